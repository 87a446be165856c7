// Podman's database as SQLite keeps it: behaviours.md section 19.3.
#include "io/podman/podman_rows.hpp"
#include "io/posix/system_error.hpp"
#include "io/store/sqlite.hpp"

#include <cerrno>
#include <functional>
#include <optional>
#include <unistd.h>
#include <utility>

namespace floe {

namespace {

constexpr int busy_milliseconds_max = 10'000;
constexpr int64_t schema_known = 1;

/// The errors of the database of ours, told as ones of Podman's.
error told(const sqlite_connection& connection, error what) {
  const int failure = connection.last_failure();
  what.code = error_code::database_damaged;
  what.advice = "see whether `podman ps` can read it";
  if (failure == SQLITE_BUSY || failure == SQLITE_LOCKED) {
    what.code = error_code::timed_out;
    what.cause = "Podman has kept its database locked";
    what.advice = "see what it is doing, and try again";
  } else if (failure == SQLITE_READONLY || failure == SQLITE_CANTOPEN) {
    what.code = error_code::io_failed;
    what.advice = "a command of Podman was interrupted: run `podman ps`, which mends it";
  } else if (failure == SQLITE_IOERR || failure == SQLITE_NOMEM) {
    what.code = error_code::io_failed;
  }
  return what;
}

/// One snapshot: everything read through it is of the same moment.
class snapshot {
 public:
  static expected<snapshot> open(const std::string& path) {
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT)
      return fail(error_code::no_such_file, path, "there is no such file");
    auto connection = sqlite_connection::open_read_only(path, busy_milliseconds_max);
    if (!connection)
      return fail(error_code::io_failed, path, connection.error().cause);
    snapshot opened{std::move(*connection)};
    if (auto begun = opened.connection_.execute("BEGIN"); !begun)
      return tl::unexpected{told(opened.connection_, begun.error())};
    return opened;
  }

  /// Calls \p row for each row of the result. \p key is the value of the only `?`, if there is one.
  expected<void> each(const std::string& sql, const std::function<void(sqlite_statement&)>& row,
                      const std::optional<std::string>& key = {}) {
    auto statement = connection_.prepare(sql);
    if (!statement)
      return tl::unexpected{told(connection_, statement.error())};
    if (key)
      statement->bind(*key);
    for (;;) {
      const auto more = statement->step();
      if (!more)
        return tl::unexpected{told(connection_, more.error())};
      if (!*more)
        return {};
      row(*statement);
    }
  }

  const std::string& path() const { return connection_.path(); }

 private:
  explicit snapshot(sqlite_connection connection) : connection_{std::move(connection)} {}

  sqlite_connection connection_;
};

/// False for a database that Podman has not filled yet.
expected<bool> has_known_schema(snapshot& database) {
  bool present = false;
  if (auto read = database.each("SELECT 1 FROM sqlite_master WHERE type = 'table' AND "
                                "name = 'DBConfig'",
                                [&](sqlite_statement&) { present = true; });
      !read)
    return tl::unexpected{read.error()};
  if (!present)
    return false;
  int64_t version = schema_known;
  if (auto read = database.each("SELECT SchemaVersion FROM DBConfig",
                                [&](sqlite_statement& row) { version = row.integer(0); });
      !read)
    return tl::unexpected{read.error()};
  if (version != schema_known)
    return fail(error_code::database_unknown, database.path(),
                "its schema has version " + std::to_string(version) + ", floe knows version " +
                    std::to_string(schema_known),
                "update floe");
  return true;
}

/// All rows of \p sql, or only that whose \p column is the key.
expected<void> each_of(snapshot& database, const std::string& sql, const std::string& column,
                       const std::optional<std::string>& key,
                       const std::function<void(sqlite_statement&)>& row) {
  const auto which = key ? " WHERE " + column + " = ?" : " ORDER BY " + column;
  return database.each(sql + which, row, key);
}

expected<void> read_containers_by(const char* column, snapshot& database,
                                  const std::optional<std::string>& key, podman_rows& into) {
  return each_of(
      database,
      "SELECT ContainerConfig.ID, ContainerConfig.JSON, ContainerState.JSON, PodID, Name "
      "FROM ContainerConfig LEFT JOIN ContainerState USING (ID)",
      column, key, [&](sqlite_statement& row) {
        podman_container_row container;
        container.id = row.text(0);
        container.config = row.text(1);
        container.state = row.text(2);
        container.pod_id = row.text(3);
        container.name = row.text(4);
        into.containers.push_back(std::move(container));
      });
}

expected<void> read_containers(snapshot& database, const std::optional<std::string>& id,
                               podman_rows& into) {
  return read_containers_by("ContainerConfig.ID", database, id, into);
}

expected<void> read_named_container(snapshot& database, const std::optional<std::string>& name,
                                    podman_rows& into) {
  return read_containers_by("ContainerConfig.Name", database, name, into);
}

expected<void> read_members(snapshot& database, podman_pod_row& pod) {
  return database.each(
      "SELECT ID FROM ContainerConfig WHERE PodID = ? ORDER BY ID",
      [&](sqlite_statement& row) { pod.containers.push_back(row.text(0)); }, pod.id);
}

expected<void> read_pods(snapshot& database, const std::optional<std::string>& id,
                         podman_rows& into) {
  const auto first = into.pods.size();
  auto read = each_of(database,
                      "SELECT PodConfig.ID, PodConfig.JSON, PodState.JSON, InfraContainerID "
                      "FROM PodConfig LEFT JOIN PodState USING (ID)",
                      "PodConfig.ID", id, [&](sqlite_statement& row) {
                        podman_pod_row pod;
                        pod.id = row.text(0);
                        pod.config = row.text(1);
                        pod.state = row.text(2);
                        pod.infra_id = row.text(3);
                        into.pods.push_back(std::move(pod));
                      });
  for (auto i = first; read && i < into.pods.size(); ++i)
    read = read_members(database, into.pods[i]);
  return read;
}

expected<void> read_volumes(snapshot& database, const std::optional<std::string>& name,
                            podman_rows& into) {
  return each_of(database,
                 "SELECT VolumeConfig.Name, VolumeConfig.JSON, VolumeState.JSON "
                 "FROM VolumeConfig LEFT JOIN VolumeState USING (Name)",
                 "VolumeConfig.Name", name, [&](sqlite_statement& row) {
                   podman_volume_row volume;
                   volume.name = row.text(0);
                   volume.config = row.text(1);
                   volume.state = row.text(2);
                   into.volumes.push_back(std::move(volume));
                 });
}

} // namespace

expected<podman_paths> read_sqlite_paths(const std::string& path) {
  auto database = snapshot::open(path);
  if (!database)
    return tl::unexpected{database.error()};
  podman_paths paths;
  const auto known = has_known_schema(*database);
  if (!known)
    return tl::unexpected{known.error()};
  if (!*known)
    return paths;
  auto read = database->each("SELECT StaticDir, TmpDir, GraphRoot, RunRoot, GraphDriver, VolumeDir "
                             "FROM DBConfig",
                             [&](sqlite_statement& row) {
                               paths = {row.text(0), row.text(1), row.text(2),
                                        row.text(3), row.text(4), row.text(5)};
                             });
  if (!read)
    return tl::unexpected{read.error()};
  return paths;
}

expected<podman_rows> read_sqlite_rows(const std::string& path,
                                       const std::optional<podman_row_key>& only) {
  using enum podman_row_key::row_kind;
  auto database = snapshot::open(path);
  if (!database)
    return tl::unexpected{database.error()};
  podman_rows rows;
  const auto known = has_known_schema(*database);
  if (!known)
    return tl::unexpected{known.error()};
  if (!*known)
    return rows;
  const auto key = only ? std::optional{only->key} : std::nullopt;
  for (const auto& [kind, read] :
       {std::pair{container, &read_containers}, std::pair{named_container, &read_named_container},
        std::pair{pod, &read_pods}, std::pair{volume, &read_volumes}}) {
    if (only ? only->kind != kind : kind == named_container)
      continue;
    if (auto done = read(*database, key, rows); !done)
      return tl::unexpected{done.error()};
  }
  return rows;
}

} // namespace floe
