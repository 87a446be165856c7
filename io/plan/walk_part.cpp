#include "io/plan/walk_part.hpp"

#include "io/posix/system_error.hpp"

#include <fmt/format.h>

namespace floe {

namespace {

using findings = expected<std::vector<walk_finding>>;

std::string subject_of(const tree_root& tree, const std::string& path) {
  return printable(join_path(tree.path, path));
}

tl::expected<tree_entry, int> open_directory_of(const walk_part& part, const tree_root& tree) {
  if (part.directory)
    return open_entry(part.directory->fd(), split_last(part.path).name);
  return open_entry(tree.directory.get(), part.path);
}

findings look_up_directory(walk_part& part, const tree_root& tree,
                           const std::shared_ptr<std::atomic<int>>& kept_open) {
  const auto subject = subject_of(tree, part.path);
  auto entry = open_directory_of(part, tree);
  if (!entry && means_vanished(entry.error()))
    return std::vector<walk_finding>{{part.path, {}}};
  if (!entry)
    return system_failure(entry.error(), subject, "open");
  auto facts = look_at(*entry, subject);
  if (!facts)
    return tl::unexpected{std::move(facts.error())};
  if (S_ISDIR(facts->status.st_mode) && !facts->mount_point) {
    if (part.depth >= tree_depth_max)
      return fail(error_code::io_failed, subject,
                  fmt::format("directories are more than {} deep there", tree_depth_max));
    auto names = list_directory(entry->handle.get(), subject);
    if (!names)
      return tl::unexpected{std::move(names.error())};
    part.names = std::move(*names);
    part.opened = std::make_shared<const kept_directory>(std::move(entry->handle), kept_open);
  }
  std::vector<walk_finding> itself;
  itself.push_back({part.path, std::move(*facts)});
  return itself;
}

findings look_up_files(const walk_part& part, const tree_root& tree) {
  std::vector<walk_finding> found;
  found.reserve(part.files.size());
  for (const auto& name : part.files) {
    auto path = join_path(part.path, name);
    auto facts = look_at_name(part.directory->fd(), name, name);
    if (!facts) {
      facts.error().subject = subject_of(tree, path); // not made for the many that have no error
      return tl::unexpected{std::move(facts.error())};
    }
    found.push_back({std::move(path), std::move(*facts)});
  }
  return found;
}

} // namespace

void look_up(walk_part& part, const tree_root& tree,
             const std::shared_ptr<std::atomic<int>>& kept_open, const std::stop_token& stop) {
  if (stop.stop_requested())
    part.findings = fail(error_code::cancelled, subject_of(tree, part.path),
                         "looking through it was cancelled");
  else if (part.files.empty())
    part.findings = look_up_directory(part, tree, kept_open);
  else
    part.findings = look_up_files(part, tree);
}

} // namespace floe
