// A tar unpacked into a volume that has content: beside it, so that a tar that turns out to be
// damaged changes nothing.
#include "io/archive/extract.hpp"
#include "io/plan/rope_source.hpp"
#include "io/plan/tar_plan.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"
#include "io/store/tar_input.hpp"
#include "io/store/volume_store.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace floe {

namespace {

/// All of it, owners and the directory's own mode included; only sockets, which nobody listens to
/// while no container runs, are left behind.
expected<void> copy_content(const std::string& from, int to, const std::stop_token& stop) {
  auto tree = open_tree(from);
  if (!tree)
    return tl::unexpected{tree.error()};
  auto plan = plan_tree(std::move(*tree), stop);
  if (!plan)
    return tl::unexpected{plan.error()};
  rope_source content{plan->content};
  extract_policy policy;
  policy.allow_devices = true; // what is there was let in before
  auto copied = extract_tar(content, to, from, policy, stop);
  if (!copied)
    return tl::unexpected{copied.error()};
  if (!copied->warnings.empty())
    return fail(error_code::unsupported, from,
                "it holds what a copy would lose: " + copied->warnings.front(),
                "unpack the tar into a new volume");
  if (!content.changes().empty())
    return fail(error_code::volume_in_use, from,
                "it changed while it was copied: " + describe(content.changes().front()),
                "stop what writes to it");
  return {};
}

expected<void> unpack(int input, const std::string& subject, int into,
                      const std::stop_token& stop) {
  descriptor_source packed{input, subject};
  auto source = unpacked_source(packed, subject);
  if (!source)
    return tl::unexpected{source.error()};
  return extract_tar(**source, into, subject, {}, stop).map([](const extract_report&) {});
}

/// Durable before the old content is removed.
expected<void> exchange(const std::string& staged, int descriptor, const std::string& current) {
  if (::syncfs(descriptor) != 0)
    return system_failure(errno, staged, "sync");
  if (::renameat2(AT_FDCWD, staged.c_str(), AT_FDCWD, current.c_str(), RENAME_EXCHANGE) != 0)
    return system_failure(errno, current, "exchange");
  return {};
}

expected<void> replace_content(const host_settings& settings, const volume_record& record,
                               int input, const std::stop_token& stop) {
  auto staging = staging_directory::create(settings.root + "/volumes");
  if (!staging)
    return tl::unexpected{staging.error()};
  const auto staged = staging->path() + "/_data";
  if (auto made = make_directories(staged, 0755); !made)
    return made;
  auto target = open_directory(staged);
  if (!target)
    return tl::unexpected{target.error()};
  if (auto copied = copy_content(record.mount_point, target->get(), stop); !copied)
    return copied;
  if (auto unpacked = unpack(input, "the tar for volume " + record.name, target->get(), stop);
      !unpacked)
    return unpacked;
  return exchange(staged, target->get(), record.mount_point);
}

} // namespace

expected<void> import_volume(store& state, const host_settings& settings, const std::string& name,
                             int input, const std::function<expected<volume_users>()>& hold_users,
                             const std::stop_token& stop) {
  if (auto checked = check_volume_name(name); !checked)
    return checked;
  const auto held = object_lock::acquire(settings.run_root, "volume", name);
  if (!held)
    return tl::unexpected{held.error()};
  const auto record = state.find_volume(name);
  if (!record)
    return tl::unexpected{record.error()};
  const auto users = hold_users();
  if (!users)
    return tl::unexpected{users.error()};
  auto replaced = replace_content(settings, *record, input, stop);
  if (!replaced) {
    replaced.error().cause += "; the volume is as it was";
    return replaced;
  }
  const auto& content = record->mount_point;
  return sync_directory(content.substr(0, content.rfind('/')));
}

} // namespace floe
