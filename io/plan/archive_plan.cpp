#include "io/plan/archive_plan.hpp"

#include "io/plan/tar_builder.hpp"
#include "io/plan/tree_walk.hpp"
#include "io/posix/system_error.hpp"
#include "model/json.hpp"

#include <cassert>
#include <cerrno>

namespace floe {

namespace {

std::string subject_of(const tree_root& bundle, const std::string& path) {
  return printable(join_path(bundle.path, path));
}

/// Podman leaves out what is missing, too.
expected<void> add_if_there(tar_builder& tar, const std::string& name,
                            const std::shared_ptr<const tree_root>& bundle,
                            const std::string& path) {
  auto entry = open_entry(bundle->directory.get(), path);
  if (!entry && entry.error() == ENOENT)
    return {};
  if (!entry)
    return system_failure(entry.error(), subject_of(*bundle, path), "open");
  if (!S_ISREG(entry->status.st_mode))
    return fail(error_code::io_failed, subject_of(*bundle, path), "it is not a regular file");
  return tar.add(name, {bundle, path}, *entry);
}

class files_planner {
 public:
  explicit files_planner(archive_files files)
      : files_{std::move(files)}, tar_{{.align_data = files_.align_data,
                                        .hard_links = false,
                                        .sparse = false,
                                        .list_members = true}} {}

  /// Calls the steps in the order of FORMAT.md up to the first that fails.
  expected<rope> run() {
    using step = expected<void> (files_planner::*)();
    for (const step each :
         {&files_planner::add_first, &files_planner::add_changes, &files_planner::add_volumes})
      if (auto done = (this->*each)(); !done)
        return tl::unexpected{std::move(done).error()};
    return tar_.take();
  }

 private:
  expected<void> add_first() {
    return document("config.dump", files_.config_dump)
        .and_then([&] { return document("network.status", files_.network_status); })
        .and_then([&] { return tar_.add_directory("artifacts", 0755, files_.modified_seconds); })
        .and_then([&] {
          return files_.log_file.empty()
                     ? expected<void>{}
                     : add_if_there(tar_, "ctr.log", files_.bundle, files_.log_file);
        });
  }

  expected<void> add_changes() {
    if (files_.shared_memory)
      if (auto done = nested("devshm-checkpoint.tar", *files_.shared_memory); !done)
        return done;
    if (!files_.deleted_files.empty())
      if (auto done = document("deleted.files", dump_json(json(files_.deleted_files))); !done)
        return done;
    if (files_.rootfs_diff && files_.rootfs_diff->size() > 0)
      return nested("rootfs-diff.tar", *files_.rootfs_diff);
    return {};
  }

  expected<void> add_volumes() {
    for (auto& volume : files_.volumes) {
      if (volume.name.empty() || volume.name.front() == '.' ||
          volume.name.find('/') != std::string::npos)
        return fail(error_code::usage, "volume " + printable(volume.name),
                    "its name cannot be the name of a member");
      if (auto done = nested("volumes/" + volume.name + ".tar", volume.content); !done)
        return done;
    }
    return {};
  }

  expected<void> document(std::string name, std::string_view bytes) {
    return tar_.add_document(std::move(name), bytes, files_.modified_seconds);
  }

  expected<void> nested(std::string name, rope& content) {
    return tar_.add_rope(std::move(name), std::move(content), files_.modified_seconds);
  }

  archive_files files_;
  tar_builder tar_;
};

/// CRIU has written them, and they are floe's until the checkpoint is finished.
expected<void> add_images(tar_builder& tar, const archive_images& images) {
  const auto link_to_previous = images.images_directory + "/parent";
  std::string lost;
  const tree_visitor visitor{
      [&](const std::string& path, const file_facts& facts) -> expected<void> {
        const auto mode = facts.status.st_mode;
        if (S_ISREG(mode) || S_ISDIR(mode) || (S_ISLNK(mode) && path == link_to_previous))
          return tar.add(path, {images.bundle, path}, facts);
        return fail(error_code::dump_failed, subject_of(*images.bundle, path),
                    "it is neither a file nor a directory, as all CRIU images are");
      },
      [&](std::string line) { lost = std::move(line); },
  };
  if (auto done = walk_tree(*images.bundle, images.images_directory, visitor, {}); !done)
    return done;
  if (!lost.empty())
    return fail(error_code::changed_while_read, images.bundle->path, std::move(lost));
  return {};
}

} // namespace

expected<rope> plan_archive_files(archive_files files) {
  assert(files.bundle != nullptr);
  return files_planner{std::move(files)}.run();
}

expected<rope> plan_archive_images(const archive_images& images) {
  assert(images.bundle != nullptr);
  tar_builder tar{{.align_data = images.align_data,
                   .hard_links = false,
                   .sparse = false,
                   .list_members = true,
                   .begin = images.begin}};
  // The specification comes last, so that nobody restores an archive that was cut: it lacks that.
  auto added =
      add_if_there(tar, "stats-dump", images.bundle, "stats-dump")
          .and_then([&] { return add_images(tar, images); })
          .and_then([&] {
            return tar.add_document("spec.dump", images.spec_dump, images.modified_seconds);
          });
  if (!added)
    return tl::unexpected{std::move(added).error()};
  return tar.finish();
}

} // namespace floe
