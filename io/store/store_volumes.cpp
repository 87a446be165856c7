// The volumes' part of the store.
#include "io/store/store_database.hpp"
#include "model/json_access.hpp"

namespace floe {

namespace {

using text_list = std::vector<std::pair<std::string, std::string>>;

expected<text_list> texts_in(const std::string& column, const std::string& subject) {
  auto document = column_document(column, subject);
  if (!document)
    return tl::unexpected{document.error()};
  text_list pairs;
  for (const auto& [key, value] : document->items()) {
    if (!value.is_string())
      return fail(error_code::store_failed, subject, key + " is not a text");
    pairs.emplace_back(key, value.get<std::string>());
  }
  return pairs;
}

expected<volume_record> record_in(const sqlite_statement& row) {
  volume_record record;
  record.name = row.text(0);
  record.mount_point = row.text(1);
  record.created = row.text(2);
  const auto subject = "the store's volume " + record.name;
  auto labels = texts_in(row.text(3), subject);
  if (!labels)
    return tl::unexpected{labels.error()};
  record.labels = std::move(*labels);
  auto options = texts_in(row.text(4), subject);
  if (!options)
    return tl::unexpected{options.error()};
  record.options = std::move(*options);
  record.anonymous = row.integer(5) != 0;
  return record;
}

tl::unexpected<error> no_such_volume(const std::string& name) {
  return fail(error_code::no_such_volume, "volume " + name, "there is no such volume",
              "`floe volume ls` lists them");
}

constexpr std::string_view all_columns =
    "SELECT name, mount_point, created, labels, options, anonymous FROM volumes ";

std::string select_columns(std::string_view rest) {
  return std::string{all_columns}.append(rest);
}

} // namespace

expected<void> store::add_volume(const volume_record& record) {
  const auto subject = "volume " + record.name;
  auto labels = column_text(object_of(record.labels), subject);
  if (!labels)
    return tl::unexpected{labels.error()};
  auto options = column_text(object_of(record.options), subject);
  if (!options)
    return tl::unexpected{options.error()};
  const std::lock_guard guard{database_->mutex};
  auto insert = database_->connection.prepare(
      "INSERT INTO volumes VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(name) DO NOTHING RETURNING name");
  if (!insert)
    return tl::unexpected{insert.error()};
  insert->bind(record.name).bind(record.mount_point).bind(record.created);
  insert->bind(*labels).bind(*options).bind(int64_t{record.anonymous});
  auto inserted = insert->step();
  if (!inserted)
    return tl::unexpected{inserted.error()};
  if (!*inserted)
    return fail(error_code::volume_exists, subject, "there is a volume of this name",
                "remove it or choose another name");
  return insert->run();
}

expected<void> store::remove_volume(const std::string& name, bool only_unused) {
  const std::lock_guard guard{database_->mutex};
  auto& connection = database_->connection;
  auto transaction = sqlite_transaction::begin(connection);
  if (!transaction)
    return tl::unexpected{transaction.error()};
  auto users = names_in(connection, containers_by_volume, name);
  if (!users)
    return tl::unexpected{users.error()};
  if (only_unused && !users->empty())
    return fail(error_code::volume_in_use, "volume " + name, "containers use it: " + joined(*users),
                "remove them first");
  auto removed = names_in(connection, "DELETE FROM volumes WHERE name = ? RETURNING name", name);
  if (!removed)
    return tl::unexpected{removed.error()};
  if (removed->empty())
    return no_such_volume(name);
  return transaction->commit();
}

expected<volume_record> store::find_volume(const std::string& name) {
  const std::lock_guard guard{database_->mutex};
  auto query = database_->connection.prepare(select_columns("WHERE name = ?"));
  if (!query)
    return tl::unexpected{query.error()};
  auto found = query->bind(name).step();
  if (!found)
    return tl::unexpected{found.error()};
  if (!*found)
    return no_such_volume(name);
  return record_in(*query);
}

expected<std::vector<volume_record>> store::volumes() {
  const std::lock_guard guard{database_->mutex};
  auto query = database_->connection.prepare(select_columns("ORDER BY name"));
  if (!query)
    return tl::unexpected{query.error()};
  std::vector<volume_record> records;
  for (;;) {
    auto row = query->step();
    if (!row)
      return tl::unexpected{row.error()};
    if (!*row)
      return records;
    auto record = record_in(*query);
    if (!record)
      return tl::unexpected{record.error()};
    records.push_back(std::move(*record));
  }
}

} // namespace floe
