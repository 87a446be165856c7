#include "io/plan/archive_plan.hpp"

#include "io/plan/tar_builder.hpp"
#include "io/plan/tree_walk.hpp"
#include "io/posix/system_error.hpp"
#include "model/json.hpp"

#include <cassert>
#include <cerrno>

namespace floe {

namespace {

class archive_planner {
 public:
  explicit archive_planner(archive_parts parts)
      : parts_{std::move(parts)}, tar_{{.align_data = parts_.align_data,
                                        .hard_links = false,
                                        .sparse = false,
                                        .list_members = true}} {}

  /// Calls the steps in the order of FORMAT.md up to the first that fails.
  expected<rope> run() {
    using step = expected<void> (archive_planner::*)();
    for (const step each : {&archive_planner::add_first, &archive_planner::add_changes,
                            &archive_planner::add_volumes, &archive_planner::add_images})
      if (auto done = (this->*each)(); !done)
        return tl::unexpected{std::move(done).error()};
    // Last, so that nobody restores an archive that was cut: it lacks its specification.
    if (auto done = document("spec.dump", parts_.spec_dump); !done)
      return tl::unexpected{std::move(done).error()};
    return tar_.finish();
  }

 private:
  expected<void> add_first() {
    return document("config.dump", parts_.config_dump)
        .and_then([&] { return document("network.status", parts_.network_status); })
        .and_then([&] { return tar_.add_directory("artifacts", 0755, parts_.modified_seconds); })
        .and_then([&] { return file_if_there("stats-dump", "stats-dump"); })
        .and_then([&] {
          return parts_.log_file.empty() ? expected<void>{}
                                         : file_if_there("ctr.log", parts_.log_file);
        });
  }

  expected<void> add_changes() {
    if (parts_.shared_memory)
      if (auto done = nested("devshm-checkpoint.tar", *parts_.shared_memory); !done)
        return done;
    if (!parts_.deleted_files.empty())
      if (auto done = document("deleted.files", dump_json(json(parts_.deleted_files))); !done)
        return done;
    if (parts_.rootfs_diff && parts_.rootfs_diff->size() > 0)
      return nested("rootfs-diff.tar", *parts_.rootfs_diff);
    return {};
  }

  expected<void> add_volumes() {
    for (auto& volume : parts_.volumes) {
      if (volume.name.empty() || volume.name.front() == '.' ||
          volume.name.find('/') != std::string::npos)
        return fail(error_code::usage, "volume " + printable(volume.name),
                    "its name cannot be the name of a member");
      if (auto done = nested("volumes/" + volume.name + ".tar", volume.content); !done)
        return done;
    }
    return {};
  }

  /// CRIU has written them, and they are floe's until the checkpoint is finished.
  expected<void> add_images() {
    tar_.settle();
    const auto link_to_previous = parts_.images_directory + "/parent";
    std::string lost;
    const tree_visitor visitor{
        [&](const std::string& path, const file_facts& facts) -> expected<void> {
          const auto mode = facts.status.st_mode;
          if (S_ISREG(mode) || S_ISDIR(mode) || (S_ISLNK(mode) && path == link_to_previous))
            return tar_.add(path, {parts_.bundle, path}, facts);
          return fail(error_code::dump_failed, subject_of(path),
                      "it is neither a file nor a directory, as all CRIU images are");
        },
        [&](std::string line) { lost = std::move(line); },
    };
    if (auto done = walk_tree(*parts_.bundle, parts_.images_directory, visitor, {}); !done)
      return done;
    if (!lost.empty())
      return fail(error_code::changed_while_read, parts_.bundle->path, std::move(lost));
    return {};
  }

  expected<void> document(std::string name, std::string_view bytes) {
    return tar_.add_document(std::move(name), bytes, parts_.modified_seconds);
  }

  expected<void> nested(std::string name, rope& content) {
    return tar_.add_rope(std::move(name), std::move(content), parts_.modified_seconds);
  }

  /// Podman leaves out what is missing, too.
  expected<void> file_if_there(const std::string& name, const std::string& path) {
    auto entry = open_entry(parts_.bundle->directory.get(), path);
    if (!entry && entry.error() == ENOENT)
      return {};
    if (!entry)
      return system_failure(entry.error(), subject_of(path), "open");
    if (!S_ISREG(entry->status.st_mode))
      return fail(error_code::io_failed, subject_of(path), "it is not a regular file");
    return tar_.add(name, {parts_.bundle, path}, *entry);
  }

  std::string subject_of(const std::string& path) const {
    return printable(join_path(parts_.bundle->path, path));
  }

  archive_parts parts_;
  tar_builder tar_;
};

} // namespace

expected<rope> plan_archive(archive_parts parts) {
  assert(parts.bundle != nullptr);
  return archive_planner{std::move(parts)}.run();
}

} // namespace floe
