#include "io/store/sqlite.hpp"

namespace floe {

namespace {

/// Long enough for any transaction of ours, short enough for a person to see that something hangs.
constexpr int busy_milliseconds_max = 30'000;

tl::unexpected<error> database_failure(sqlite3* connection, const std::string& path, int result) {
  const auto* file = path.c_str();
  std::string cause = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(result);
  const int primary = result & 0xff;
  if (primary == SQLITE_FULL)
    return fail(error_code::no_space, file, cause, "free some space there");
  if (primary == SQLITE_BUSY)
    return fail(error_code::store_failed, file, cause,
                "another process keeps the database locked: end it and try again");
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
    return fail(error_code::store_failed, file, cause,
                "the database is damaged: restore it from a backup or move it away");
  return fail(error_code::store_failed, file, cause);
}

tl::unexpected<error> database_failure(sqlite3_stmt* statement, int result) {
  auto* connection = sqlite3_db_handle(statement);
  const auto* path = sqlite3_db_filename(connection, "main");
  return database_failure(connection, path != nullptr ? path : "the database", result);
}

} // namespace

// -- statements ---------------------------------------------------------------

sqlite_statement& sqlite_statement::bind(std::string_view text) & {
  const int result = sqlite3_bind_text64(prepared_.get(), ++bound_, text.data(), text.size(),
                                         SQLITE_TRANSIENT, SQLITE_UTF8);
  if (bind_result_ == SQLITE_OK)
    bind_result_ = result;
  return *this;
}

sqlite_statement& sqlite_statement::bind(int64_t number) & {
  const int result = sqlite3_bind_int64(prepared_.get(), ++bound_, number);
  if (bind_result_ == SQLITE_OK)
    bind_result_ = result;
  return *this;
}

expected<bool> sqlite_statement::step() {
  if (bind_result_ != SQLITE_OK)
    return database_failure(prepared_.get(), bind_result_);
  const int result = sqlite3_step(prepared_.get());
  if (result == SQLITE_ROW)
    return true;
  if (result == SQLITE_DONE)
    return false;
  return database_failure(prepared_.get(), result);
}

expected<void> sqlite_statement::run() {
  for (;;) {
    auto row = step();
    if (!row)
      return tl::unexpected{row.error()};
    if (!*row)
      return {};
  }
}

std::string sqlite_statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(prepared_.get(), column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(prepared_.get(), column));
  return bytes != nullptr ? std::string{reinterpret_cast<const char*>(bytes), size} : std::string{};
}

int64_t sqlite_statement::integer(int column) const {
  return sqlite3_column_int64(prepared_.get(), column);
}

// -- connections --------------------------------------------------------------

expected<sqlite_connection> sqlite_connection::open(const std::string& path) {
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &opened,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                                         SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW,
                                     nullptr);
  sqlite_connection connection{opened, path}; // also a failed open gives something to close
  if (result != SQLITE_OK)
    return database_failure(opened, path, result);
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, busy_milliseconds_max);
  if (auto set = connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                    "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;");
      !set)
    return tl::unexpected{set.error()};
  return connection;
}

expected<sqlite_connection> sqlite_connection::open_read_only(const std::string& path,
                                                              int busy_milliseconds) {
  sqlite3* opened = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX, nullptr);
  sqlite_connection connection{opened, path};
  if (result != SQLITE_OK)
    return database_failure(opened, path, result);
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, busy_milliseconds);
  if (auto set = connection.execute("PRAGMA trusted_schema = OFF;"); !set)
    return tl::unexpected{set.error()};
  return connection;
}

expected<sqlite_statement> sqlite_connection::prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const int result = sqlite3_prepare_v2(opened_.get(), sql.data(), static_cast<int>(sql.size()),
                                        &prepared, nullptr);
  if (result != SQLITE_OK)
    return database_failure(opened_.get(), path_, result);
  return sqlite_statement{prepared};
}

expected<void> sqlite_connection::execute(const std::string& sql) {
  const int result = sqlite3_exec(opened_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK)
    return database_failure(opened_.get(), path_, result);
  return {};
}

// -- transactions -------------------------------------------------------------

expected<sqlite_transaction> sqlite_transaction::begin(sqlite_connection& connection) {
  if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun)
    return tl::unexpected{begun.error()};
  return sqlite_transaction{connection};
}

sqlite_transaction::~sqlite_transaction() {
  // A rollback can only fail when SQLite has rolled back by itself already.
  if (connection_ != nullptr)
    static_cast<void>(connection_->execute("ROLLBACK"));
}

expected<void> sqlite_transaction::commit() {
  if (auto committed = connection_->execute("COMMIT"); !committed)
    return committed;
  connection_ = nullptr;
  return {};
}

} // namespace floe
