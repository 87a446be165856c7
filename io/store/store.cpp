// Opening, the schema, containers and the journal; volumes and images have files of their own.
#include "io/store/store.hpp"

#include "io/posix/file_lock.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"
#include "io/store/store_database.hpp"
#include "model/source_scope.hpp"

#include <cerrno>
#include <fcntl.h>

namespace floe {

namespace {

constexpr int64_t schema_version = 2;

constexpr const char* schema = R"(
  CREATE TABLE schema_version(version INTEGER NOT NULL);
  CREATE TABLE containers(
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    image_id TEXT NOT NULL,
    config TEXT NOT NULL,
    status TEXT NOT NULL);
  CREATE INDEX containers_by_image ON containers(image_id);
  CREATE TABLE container_volumes(
    container_id TEXT NOT NULL REFERENCES containers(id) ON DELETE CASCADE,
    volume TEXT NOT NULL,
    PRIMARY KEY(container_id, volume)) WITHOUT ROWID;
  CREATE INDEX container_volumes_by_volume ON container_volumes(volume);
  CREATE TABLE volumes(
    name TEXT PRIMARY KEY,
    mount_point TEXT NOT NULL,
    created TEXT NOT NULL,
    labels TEXT NOT NULL,
    options TEXT NOT NULL,
    anonymous INTEGER NOT NULL);
  CREATE TABLE images(
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    size INTEGER NOT NULL,
    config TEXT NOT NULL,
    layers TEXT NOT NULL);
  CREATE TABLE image_names(
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    image_id TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE);
  CREATE TABLE journal(
    container_id TEXT PRIMARY KEY,
    operation TEXT NOT NULL,
    phase TEXT NOT NULL,
    details TEXT NOT NULL);
  CREATE TABLE exit_codes(
    container_id TEXT PRIMARY KEY,
    code INTEGER NOT NULL,
    noted INTEGER NOT NULL);
  INSERT INTO schema_version VALUES(2);
)";

/// Makes the tables of a new database, refuses one of a newer floe.
expected<void> prepare_schema(sqlite_connection& connection) {
  auto transaction = sqlite_transaction::begin(connection);
  if (!transaction)
    return tl::unexpected{transaction.error()};
  auto tables = connection.prepare("SELECT count(*) FROM sqlite_master WHERE type = 'table'");
  if (!tables)
    return tl::unexpected{tables.error()};
  if (auto row = tables->step(); !row)
    return tl::unexpected{row.error()};
  if (tables->integer(0) == 0) {
    if (auto made = connection.execute(schema); !made)
      return made;
    return transaction->commit();
  }
  auto version = connection.prepare("SELECT version FROM schema_version");
  if (!version)
    return fail(error_code::store_failed, connection.path(), "it is not a database of floe",
                "move it away or give another --root");
  if (auto row = version->step(); !row)
    return tl::unexpected{row.error()};
  if (version->integer(0) != schema_version)
    return fail(error_code::store_failed, connection.path(),
                "its schema has version " + std::to_string(version->integer(0)) +
                    ", this floe knows version " + std::to_string(schema_version),
                "use the floe that wrote it, or another --root");
  return {};
}

/// The directory and an empty file with the modes they keep; SQLite's other files inherit them.
expected<unique_fd> prepare_file(const std::string& root, const std::string& path) {
  const auto denied = [&](error cause) -> tl::unexpected<error> {
    if (::geteuid() != 0)
      return fail(error_code::not_root, root, cause.cause, "run floe as root");
    cause.code = cause.code == error_code::no_space ? cause.code : error_code::store_failed;
    return tl::unexpected{std::move(cause)};
  };
  if (auto made = make_directories(root); !made)
    return denied(made.error());
  unique_fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file)
    return denied(system_failure(errno, path, "open").value());
  return open_directory(root);
}

tl::unexpected<error> no_such_container(const std::string& name) {
  return fail(error_code::no_such_container, "container " + name,
              "there is no such container of floe's",
              "`floe ps --all` lists them; for what else is done to Podman's, use podman");
}

expected<container_record> record_in(const sqlite_statement& row) {
  const auto subject = "the store's container " + row.text(0);
  auto config = column_document(row.text(1), subject);
  if (!config)
    return tl::unexpected{config.error()};
  auto status = column_document(row.text(2), subject);
  if (!status)
    return tl::unexpected{status.error()};
  container_record record;
  auto parsed = container_config_from_json(*config, subject);
  if (!parsed)
    return tl::unexpected{store_fault(parsed.error())};
  record.config = std::move(*parsed);
  auto state = container_status_from_json(*status, subject);
  if (!state)
    return tl::unexpected{store_fault(state.error())};
  record.status = std::move(*state);
  return record;
}

expected<void> write_volumes(sqlite_connection& connection, const container_config& config) {
  auto cleared = connection.prepare("DELETE FROM container_volumes WHERE container_id = ?");
  if (!cleared)
    return tl::unexpected{cleared.error()};
  if (auto done = cleared->bind(config.id).run(); !done)
    return done;
  for (const auto& volume : config.volumes) {
    auto added = connection.prepare("INSERT OR IGNORE INTO container_volumes VALUES(?, ?)");
    if (!added)
      return tl::unexpected{added.error()};
    if (auto done = added->bind(config.id).bind(volume.name).run(); !done)
      return done;
  }
  return {};
}

/// Whether a query with one text parameter finds anything.
expected<bool> any_row(sqlite_connection& connection, std::string_view sql,
                       const std::string& parameter) {
  auto query = connection.prepare(sql);
  if (!query)
    return tl::unexpected{query.error()};
  return query->bind(parameter).step();
}

} // namespace

expected<std::vector<std::string>> names_in(sqlite_connection& connection, std::string_view sql,
                                            const std::string& parameter) {
  auto query = connection.prepare(sql);
  if (!query)
    return tl::unexpected{query.error()};
  query->bind(parameter);
  std::vector<std::string> names;
  for (;;) {
    auto row = query->step();
    if (!row)
      return tl::unexpected{row.error()};
    if (!*row)
      return names;
    names.push_back(query->text(0));
  }
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

expected<std::string> column_text(const json& document, const std::string& subject) {
  try {
    return document.dump();
  } catch (const json::exception& refused) {
    return fail(error_code::store_failed, subject,
                std::string{"it cannot be written as JSON: "} + refused.what(),
                "use names and values in UTF-8");
  }
}

expected<json> column_document(const std::string& text, const std::string& subject) {
  auto parsed = parse_json(text, subject);
  if (!parsed)
    return tl::unexpected{store_fault(parsed.error())};
  return parsed;
}

error store_fault(error cause) {
  cause.code = error_code::store_failed;
  return cause;
}

// -- opening ------------------------------------------------------------------

store::store(std::unique_ptr<database> opened) : database_{std::move(opened)} {}

store::~store() = default;

expected<std::unique_ptr<store>> store::open(const std::string& root) {
  const auto path = root + "/floe.sqlite";
  auto directory = prepare_file(root, path);
  if (!directory)
    return tl::unexpected{directory.error()};
  // Two processes that make the same database at the same moment do it one after the other.
  if (auto locked = wait_lock(directory->get(), lock_mode::exclusive, root); !locked)
    return tl::unexpected{locked.error()};
  auto connection = sqlite_connection::open(path);
  if (!connection)
    return tl::unexpected{connection.error()};
  if (auto prepared = prepare_schema(*connection); !prepared)
    return tl::unexpected{prepared.error()};
  if (auto synced = sync_directory(root); !synced)
    return tl::unexpected{store_fault(synced.error())};
  return std::make_unique<store>(std::make_unique<database>(std::move(*connection)));
}

// -- containers ---------------------------------------------------------------

expected<void> store::add_container(const container_record& record) {
  const auto& config = record.config;
  const auto subject = "container " + config.name;
  auto document = column_text(to_json(config), subject);
  if (!document)
    return tl::unexpected{document.error()};
  auto status = column_text(to_json(record.status), subject);
  if (!status)
    return tl::unexpected{status.error()};
  const std::lock_guard guard{database_->mutex};
  auto& connection = database_->connection;
  auto transaction = sqlite_transaction::begin(connection);
  if (!transaction)
    return tl::unexpected{transaction.error()};
  auto id_taken = any_row(connection, "SELECT 1 FROM containers WHERE id = ?", config.id);
  auto name_taken = any_row(connection, "SELECT 1 FROM containers WHERE name = ?", config.name);
  if (!id_taken || !name_taken)
    return tl::unexpected{!id_taken ? id_taken.error() : name_taken.error()};
  if (*name_taken)
    return fail(error_code::container_exists, subject, "the name is taken",
                "remove that container or choose another name");
  if (*id_taken)
    return fail(error_code::container_exists, "container " + config.id, "the id is taken",
                "remove that container, or give a --name to get a new id");
  auto insert = connection.prepare(
      "INSERT INTO containers(id, name, image_id, config, status) VALUES(?, ?, ?, ?, ?)");
  if (!insert)
    return tl::unexpected{insert.error()};
  insert->bind(config.id).bind(config.name).bind(config.image_id).bind(*document).bind(*status);
  if (auto done = insert->run(); !done)
    return done;
  if (auto written = write_volumes(connection, config); !written)
    return written;
  return transaction->commit();
}

expected<void> store::update_status(const std::string& id, const container_status& status) {
  auto document = column_text(to_json(status), "container " + id);
  if (!document)
    return tl::unexpected{document.error()};
  const std::lock_guard guard{database_->mutex};
  auto update = database_->connection.prepare(
      "UPDATE containers SET status = ? WHERE id = ? RETURNING position");
  if (!update)
    return tl::unexpected{update.error()};
  auto found = update->bind(*document).bind(id).step();
  if (!found)
    return tl::unexpected{found.error()};
  return *found ? update->run() : no_such_container(id);
}

expected<void> store::update_config(const container_config& config) {
  auto document = column_text(to_json(config), "container " + config.name);
  if (!document)
    return tl::unexpected{document.error()};
  const std::lock_guard guard{database_->mutex};
  auto& connection = database_->connection;
  auto transaction = sqlite_transaction::begin(connection);
  if (!transaction)
    return tl::unexpected{transaction.error()};
  auto known = any_row(connection, "SELECT 1 FROM containers WHERE id = ?", config.id);
  if (!known)
    return tl::unexpected{known.error()};
  if (!*known)
    return no_such_container(config.id);
  auto owner = names_in(connection, "SELECT id FROM containers WHERE name = ?", config.name);
  if (!owner)
    return tl::unexpected{owner.error()};
  if (!owner->empty() && owner->front() != config.id)
    return fail(error_code::container_exists, "container " + config.name, "the name is taken",
                "choose another name");
  auto update =
      connection.prepare("UPDATE containers SET name = ?, image_id = ?, config = ? WHERE id = ?");
  if (!update)
    return tl::unexpected{update.error()};
  update->bind(config.name).bind(config.image_id).bind(*document).bind(config.id);
  if (auto done = update->run(); !done)
    return done;
  if (auto written = write_volumes(connection, config); !written)
    return written;
  return transaction->commit();
}

expected<void> store::remove_container(const std::string& id) {
  const std::lock_guard guard{database_->mutex};
  auto& connection = database_->connection;
  auto transaction = sqlite_transaction::begin(connection);
  if (!transaction)
    return tl::unexpected{transaction.error()};
  auto known = any_row(connection, "SELECT 1 FROM containers WHERE id = ?", id);
  if (!known)
    return tl::unexpected{known.error()};
  if (!*known)
    return no_such_container(id);
  for (const auto* sql :
       {"DELETE FROM containers WHERE id = ?", "DELETE FROM journal WHERE container_id = ?"}) {
    auto removal = connection.prepare(sql);
    if (!removal)
      return tl::unexpected{removal.error()};
    if (auto done = removal->bind(id).run(); !done)
      return done;
  }
  return transaction->commit();
}

expected<container_record> store::find_container(const std::string& scoped) {
  const auto [scope, name_or_id] = parse_scoped_name(scoped, source_scope::native);
  if (scope == source_scope::podman)
    return no_such_container(scoped);
  if (name_or_id.empty())
    return fail(error_code::no_such_container, "container", "its name is empty");
  const std::lock_guard guard{database_->mutex};
  auto exact = database_->connection.prepare(
      "SELECT id, config, status FROM containers WHERE name = ?1 OR id = ?1 ORDER BY id = ?1 DESC");
  if (!exact)
    return tl::unexpected{exact.error()};
  auto found = exact->bind(name_or_id).step();
  if (!found)
    return tl::unexpected{found.error()};
  if (*found)
    return record_in(*exact);
  auto prefixed = database_->connection.prepare(
      "SELECT id, config, status, count(*) FROM containers WHERE substr(id, 1, length(?1)) = ?1");
  if (!prefixed)
    return tl::unexpected{prefixed.error()};
  if (auto row = prefixed->bind(name_or_id).step(); !row)
    return tl::unexpected{row.error()};
  if (prefixed->integer(3) == 0)
    return no_such_container(name_or_id);
  if (prefixed->integer(3) > 1)
    return fail(error_code::ambiguous_name, "container " + name_or_id,
                std::to_string(prefixed->integer(3)) + " containers have ids that begin so",
                "give more of the id, or the name");
  return record_in(*prefixed);
}

expected<std::vector<container_record>> store::containers() {
  const std::lock_guard guard{database_->mutex};
  auto query =
      database_->connection.prepare("SELECT id, config, status FROM containers ORDER BY position");
  if (!query)
    return tl::unexpected{query.error()};
  std::vector<container_record> records;
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

expected<std::vector<std::string>> store::containers_using_volume(const std::string& volume) {
  const std::lock_guard guard{database_->mutex};
  return names_in(database_->connection, containers_by_volume, volume);
}

expected<std::vector<std::string>> store::containers_using_image(const std::string& image_id) {
  const std::lock_guard guard{database_->mutex};
  return names_in(database_->connection, containers_by_image, image_id);
}

} // namespace floe
