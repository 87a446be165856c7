// SQLite as RAII and expected<T>: a connection, a statement, a transaction.
#pragma once

#include "model/error.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace floe {

/// One statement, bound from left to right, then stepped. Must not outlive its connection.
class sqlite_statement {
 public:
  sqlite_statement& bind(std::string_view text) &;
  sqlite_statement& bind(int64_t number) &;

  /// True if there is a row to look at, false at the end.
  expected<bool> step();

  /// Steps to the end.
  expected<void> run();

  std::string text(int column) const; ///< empty for NULL
  int64_t integer(int column) const;

 private:
  friend class sqlite_connection;
  struct finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit sqlite_statement(sqlite3_stmt* prepared) : prepared_{prepared} {}

  std::unique_ptr<sqlite3_stmt, finalizer> prepared_;
  int bound_ = 0;
  int bind_result_ = SQLITE_OK;
};

class sqlite_connection {
 public:
  /// Opens or creates a database that is durable at every commit: write-ahead log, full
  /// synchronisation, foreign keys. Waits for other processes up to half a minute.
  static expected<sqlite_connection> open(const std::string& path);

  /// Opens a database of somebody else for reading only; nothing is created or changed. Waits for
  /// writers at most \p busy_milliseconds. What is wrong with the file may show with the first
  /// statement only.
  static expected<sqlite_connection> open_read_only(const std::string& path, int busy_milliseconds);

  /// SQLite's primary result code of the last call on this connection that failed.
  int last_failure() const { return sqlite3_errcode(opened_.get()) & 0xff; }

  expected<sqlite_statement> prepare(std::string_view sql);

  /// Statements without parameters and results.
  expected<void> execute(const std::string& sql);

  const std::string& path() const { return path_; }

 private:
  struct closer {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  sqlite_connection(sqlite3* opened, std::string path) : opened_{opened}, path_{std::move(path)} {}

  std::unique_ptr<sqlite3, closer> opened_;
  std::string path_;
};

/// Takes the write lock at once, so that nobody changes between reading and writing; rolled back
/// unless committed.
class sqlite_transaction {
 public:
  static expected<sqlite_transaction> begin(sqlite_connection& connection);
  sqlite_transaction(sqlite_transaction&& other) noexcept
      : connection_{std::exchange(other.connection_, nullptr)} {}
  sqlite_transaction& operator=(sqlite_transaction&&) = delete;
  ~sqlite_transaction();

  expected<void> commit();

 private:
  explicit sqlite_transaction(sqlite_connection& connection) : connection_{&connection} {}
  sqlite_connection* connection_;
};

} // namespace floe
