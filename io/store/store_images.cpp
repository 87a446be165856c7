// The images' part of the store.
#include "io/store/store_database.hpp"

namespace floe {

namespace {

expected<void> run_with(sqlite_connection& connection, std::string_view sql,
                        std::initializer_list<std::string_view> parameters) {
  auto statement = connection.prepare(sql);
  if (!statement)
    return tl::unexpected{statement.error()};
  for (const auto& parameter : parameters)
    statement->bind(parameter);
  return statement->run();
}

expected<image_record> record_in(const sqlite_statement& row) {
  image_record record;
  record.id = row.text(0);
  record.created = row.text(1);
  record.size = static_cast<uint64_t>(row.integer(2));
  const auto subject = "the store's image " + record.id;
  auto config = column_document(row.text(3), subject);
  if (!config)
    return tl::unexpected{config.error()};
  record.config = std::move(*config);
  auto layers = column_document(row.text(4), subject);
  if (!layers)
    return tl::unexpected{layers.error()};
  for (const auto& layer : *layers) {
    if (!layer.is_string())
      return fail(error_code::store_failed, subject, "a layer is not a text");
    record.layers.push_back(layer.get<std::string>());
  }
  return record;
}

/// Gives an image its names; those that another one has are taken from it or refuse everything.
expected<void> write_names(sqlite_connection& connection, const image_record& record,
                           bool take_names) {
  for (const auto& name : record.names) {
    auto owner = connection.prepare("SELECT image_id FROM image_names WHERE name = ?");
    if (!owner)
      return tl::unexpected{owner.error()};
    auto found = owner->bind(name).step();
    if (!found)
      return tl::unexpected{found.error()};
    if (*found && owner->text(0) == record.id)
      continue;
    if (*found && !take_names)
      return fail(error_code::image_exists, "image " + name, "another image has this name",
                  "remove it or choose another name");
    if (auto written =
            run_with(connection, "INSERT OR REPLACE INTO image_names(name, image_id) VALUES(?, ?)",
                     {name, record.id});
        !written)
      return written;
  }
  return {};
}

} // namespace

expected<void> store::add_image(const image_record& record, bool take_names) {
  const auto subject = "image " + record.id;
  auto config = column_text(record.config, subject);
  if (!config)
    return tl::unexpected{config.error()};
  auto layers = column_text(json(record.layers), subject);
  if (!layers)
    return tl::unexpected{layers.error()};
  const std::lock_guard guard{database_->mutex};
  auto& connection = database_->connection;
  auto transaction = sqlite_transaction::begin(connection);
  if (!transaction)
    return tl::unexpected{transaction.error()};
  auto insert = connection.prepare("INSERT INTO images(id, created, size, config, layers) "
                                   "VALUES(?, ?, ?, ?, ?) ON CONFLICT(id) DO NOTHING");
  if (!insert)
    return tl::unexpected{insert.error()};
  insert->bind(record.id).bind(record.created).bind(static_cast<int64_t>(record.size));
  if (auto done = insert->bind(*config).bind(*layers).run(); !done)
    return done;
  if (auto written = write_names(connection, record, take_names); !written)
    return written;
  return transaction->commit();
}

expected<void> store::remove_image_name(const std::string& name) {
  const std::lock_guard guard{database_->mutex};
  return run_with(database_->connection, "DELETE FROM image_names WHERE name = ?", {name});
}

expected<void> store::remove_image(const std::string& id, bool only_unused) {
  const std::lock_guard guard{database_->mutex};
  auto& connection = database_->connection;
  auto transaction = sqlite_transaction::begin(connection);
  if (!transaction)
    return tl::unexpected{transaction.error()};
  auto users = names_in(connection, containers_by_image, id);
  if (!users)
    return tl::unexpected{users.error()};
  if (only_unused && !users->empty())
    return fail(error_code::image_in_use, "image " + id, "containers use it: " + joined(*users),
                "remove them first");
  auto removed = names_in(connection, "DELETE FROM images WHERE id = ? RETURNING id", id);
  if (!removed)
    return tl::unexpected{removed.error()};
  if (removed->empty())
    return fail(error_code::no_such_image, "image " + id, "there is no such image",
                "`floe image ls` lists them");
  return transaction->commit();
}

expected<std::vector<image_record>> store::images() {
  const std::lock_guard guard{database_->mutex};
  auto query = database_->connection.prepare(
      "SELECT id, created, size, config, layers FROM images ORDER BY position");
  auto names =
      database_->connection.prepare("SELECT image_id, name FROM image_names ORDER BY position");
  if (!query || !names)
    return tl::unexpected{!query ? query.error() : names.error()};
  std::vector<image_record> records;
  for (;;) {
    auto row = query->step();
    if (!row)
      return tl::unexpected{row.error()};
    if (!*row)
      break;
    auto record = record_in(*query);
    if (!record)
      return tl::unexpected{record.error()};
    records.push_back(std::move(*record));
  }
  for (;;) {
    auto row = names->step();
    if (!row)
      return tl::unexpected{row.error()};
    if (!*row)
      return records;
    const auto owner = names->text(0);
    for (auto& record : records)
      if (record.id == owner)
        record.names.push_back(names->text(1));
  }
}

} // namespace floe
