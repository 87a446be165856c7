#include "io/store/volume_store.hpp"

#include "io/archive/extract.hpp"
#include "io/plan/rope_source.hpp"
#include "io/plan/tar_plan.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"
#include "io/store/tar_input.hpp"
#include "model/json_access.hpp"
#include "model/names.hpp"

#include <cerrno>
#include <chrono>
#include <random>
#include <sys/stat.h>

namespace floe {

namespace {

/// As Podman names anonymous volumes: 64 hexadecimal digits.
std::string random_volume_name() {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::random_device source;
  std::uniform_int_distribution<size_t> pick{0, digits.size() - 1};
  std::string name;
  for (int i = 0; i < 64; ++i)
    name += digits[pick(source)];
  return name;
}

expected<volume_record> make_record(const host_settings& settings, const volume_request& request) {
  volume_record record;
  record.name = request.name.empty() ? random_volume_name() : request.name;
  if (auto checked = check_volume_name(record.name); !checked)
    return tl::unexpected{checked.error()};
  record.mount_point = volume_directory(settings, record.name);
  record.created = format_time(std::chrono::system_clock::now());
  record.labels = request.labels;
  record.options = request.options;
  record.anonymous = request.anonymous || request.name.empty();
  return record;
}

/// The directory that holds `_data`.
std::string directory_of(const volume_record& record) {
  return record.mount_point.substr(0, record.mount_point.rfind('/'));
}

expected<void> refuse_existing(store& state, const std::string& name) {
  const auto known = state.find_volume(name);
  if (known)
    return fail(error_code::volume_exists, "volume " + name, "there is a volume of this name",
                "remove it or choose another name");
  if (known.error().code != error_code::no_such_volume)
    return tl::unexpected{known.error()};
  return {};
}

/// Takes away what a process left that died between making a directory and recording it, or the
/// reverse. REQUIRES: the volume's lock is held and it has no record.
expected<void> clear_orphan(const volume_record& record) {
  const auto taken = staging_directory::take_away(directory_of(record));
  if (!taken && taken.error().code != error_code::no_such_file)
    return tl::unexpected{taken.error()};
  return {};
}

} // namespace

expected<void> check_volume_name(const std::string& name) {
  if (is_name(name))
    return {};
  return fail(error_code::usage, "volume " + name, "this cannot be the name of a volume",
              "begin with a letter or digit and go on with those, '_', '.' and '-'");
}

expected<volume_record> create_volume(store& state, const host_settings& settings,
                                      const volume_request& request) {
  auto staged = staged_volume::stage(state, settings, request);
  if (!staged)
    return tl::unexpected{staged.error()};
  return staged->publish();
}

expected<void> remove_volume(store& state, const host_settings& settings, const std::string& name,
                             bool force) {
  if (auto checked = check_volume_name(name); !checked)
    return checked;
  const auto held = object_lock::acquire(settings.run_root, "volume", name);
  if (!held)
    return tl::unexpected{held.error()};
  auto record = state.find_volume(name);
  if (!record)
    return tl::unexpected{record.error()};
  if (auto removed = state.remove_volume(name, !force); !removed)
    return removed;
  return clear_orphan(*record);
}

json volume_document(const volume_record& record) {
  auto document = json::object();
  document["Name"] = record.name;
  document["Driver"] = "local";
  document["Mountpoint"] = record.mount_point;
  document["CreatedAt"] = record.created;
  document["Labels"] = object_of(record.labels);
  document["Scope"] = "local";
  document["Options"] = object_of(record.options);
  document["Anonymous"] = record.anonymous;
  return document;
}

expected<std::vector<std::string>> export_volume(store& state, const std::string& name, int output,
                                                 const std::stop_token& stop) {
  const auto record = state.find_volume(name);
  if (!record)
    return tl::unexpected{record.error()};
  auto tree = open_tree(record->mount_point);
  if (!tree)
    return tl::unexpected{tree.error()};
  auto plan = plan_tree(std::move(*tree), stop);
  if (!plan)
    return tl::unexpected{plan.error()};
  rope_source source{plan->content};
  if (auto copied = copy_to_descriptor(source, output, "the export of volume " + name, stop);
      !copied)
    return tl::unexpected{copied.error()};
  auto warnings = std::move(plan->warnings);
  for (const auto& change : source.changes())
    warnings.push_back(describe(change));
  return warnings;
}

// -- staging ------------------------------------------------------------------

staged_volume::staged_volume(store& state, volume_record record, object_lock held,
                             staging_directory staging)
    : state_{&state}, record_{std::move(record)}, held_{std::move(held)},
      staging_{std::move(staging)}, directory_{staging_.path() + "/_data"} {}

expected<staged_volume> staged_volume::stage(store& state, const host_settings& settings,
                                             const volume_request& request) {
  auto record = make_record(settings, request);
  if (!record)
    return tl::unexpected{record.error()};
  auto held = object_lock::acquire(settings.run_root, "volume", record->name);
  if (!held)
    return tl::unexpected{held.error()};
  if (auto unknown = refuse_existing(state, record->name); !unknown)
    return tl::unexpected{unknown.error()};
  auto staging = staging_directory::create(settings.root + "/volumes");
  if (!staging)
    return tl::unexpected{staging.error()};
  staged_volume staged{state, std::move(*record), std::move(*held), std::move(*staging)};
  if (auto made = make_directories(staged.directory_, 0755); !made)
    return tl::unexpected{made.error()};
  return staged;
}

expected<volume_record> staged_volume::publish() {
  if (auto cleared = clear_orphan(record_); !cleared)
    return tl::unexpected{cleared.error()};
  const auto final_path = directory_of(record_);
  if (auto published = staging_.publish(final_path); !published)
    return tl::unexpected{published.error()};
  directory_ = record_.mount_point;
  if (auto added = state_->add_volume(record_); !added) {
    static_cast<void>(remove_tree(final_path));
    return tl::unexpected{added.error()};
  }
  held_.reset();
  return record_;
}

} // namespace floe
