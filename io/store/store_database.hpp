// What the parts of the store share: the connection, its lock, and JSON in columns.
#pragma once

#include "io/store/sqlite.hpp"
#include "io/store/store.hpp"

#include <mutex>

namespace floe {

struct store::database {
  explicit database(sqlite_connection opened) : connection{std::move(opened)} {}

  std::mutex mutex; ///< one thread at a time: a transaction belongs to the connection
  sqlite_connection connection;
};

/// The first column of a query with one text parameter.
expected<std::vector<std::string>> names_in(sqlite_connection& connection, std::string_view sql,
                                            const std::string& parameter);

/// `web, db`.
std::string joined(const std::vector<std::string>& names);

inline constexpr std::string_view containers_by_volume =
    "SELECT c.name FROM containers c JOIN container_volumes v ON v.container_id = c.id "
    "WHERE v.volume = ? ORDER BY c.position";
inline constexpr std::string_view containers_by_image =
    "SELECT name FROM containers WHERE image_id = ? ORDER BY position";

/// A document as it is kept in a column. Errors: store_failed for text that is not UTF-8.
expected<std::string> column_text(const json& document, const std::string& subject);

/// The document in a column. Errors: store_failed.
expected<json> column_document(const std::string& text, const std::string& subject);

/// The same error, but it is the store that is at fault.
error store_fault(error cause);

} // namespace floe
