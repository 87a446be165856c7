// The journal's part of the store: what must be finished or undone if its process dies.
#include "io/store/store_database.hpp"

namespace floe {

expected<void> store::begin_operation(const journal_entry& entry) {
  auto details = column_text(entry.details, "the journal of container " + entry.container_id);
  if (!details)
    return tl::unexpected{details.error()};
  const std::lock_guard guard{database_->mutex};
  auto insert = database_->connection.prepare("INSERT OR REPLACE INTO journal VALUES(?, ?, ?, ?)");
  if (!insert)
    return tl::unexpected{insert.error()};
  insert->bind(entry.container_id).bind(entry.operation).bind(entry.phase).bind(*details);
  return insert->run();
}

expected<void> store::end_operation(const std::string& container_id) {
  const std::lock_guard guard{database_->mutex};
  auto removal = database_->connection.prepare("DELETE FROM journal WHERE container_id = ?");
  if (!removal)
    return tl::unexpected{removal.error()};
  return removal->bind(container_id).run();
}

expected<std::vector<journal_entry>> store::operations() {
  const std::lock_guard guard{database_->mutex};
  auto query = database_->connection.prepare(
      "SELECT container_id, operation, phase, details FROM journal ORDER BY container_id");
  if (!query)
    return tl::unexpected{query.error()};
  std::vector<journal_entry> entries;
  for (;;) {
    auto row = query->step();
    if (!row)
      return tl::unexpected{row.error()};
    if (!*row)
      return entries;
    auto details = column_document(query->text(3), "the store's journal");
    if (!details)
      return tl::unexpected{details.error()};
    entries.push_back({query->text(0), query->text(1), query->text(2), std::move(*details)});
  }
}

} // namespace floe
