// The exit codes' part of the store: how containers ended that are no longer there.
#include "io/store/store_database.hpp"

#include <chrono>

namespace floe {

namespace {

// libpod's exitCodeTimeout.
constexpr std::chrono::seconds exit_code_age_max{std::chrono::minutes{5}};

int64_t seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

} // namespace

expected<void> store::note_exit_code(const std::string& container_id, int32_t code) {
  const std::lock_guard guard{database_->mutex};
  auto& connection = database_->connection;
  auto transaction = sqlite_transaction::begin(connection);
  if (!transaction)
    return tl::unexpected{transaction.error()};
  auto old = connection.prepare("DELETE FROM exit_codes WHERE noted < ?");
  if (!old)
    return tl::unexpected{old.error()};
  if (auto done = old->bind(seconds_now() - exit_code_age_max.count()).run(); !done)
    return done;
  auto added = connection.prepare("INSERT OR REPLACE INTO exit_codes VALUES(?, ?, ?)");
  if (!added)
    return tl::unexpected{added.error()};
  if (auto done = added->bind(container_id).bind(int64_t{code}).bind(seconds_now()).run(); !done)
    return done;
  return transaction->commit();
}

expected<std::optional<int32_t>> store::exit_code(const std::string& container_id) {
  const std::lock_guard guard{database_->mutex};
  auto query = database_->connection.prepare("SELECT code FROM exit_codes WHERE container_id = ?");
  if (!query)
    return tl::unexpected{query.error()};
  auto row = query->bind(container_id).step();
  if (!row)
    return tl::unexpected{row.error()};
  if (!*row)
    return std::nullopt;
  return static_cast<int32_t>(query->integer(0));
}

} // namespace floe
