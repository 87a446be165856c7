// A directory of the container is looked at in three ways: *upper* is what the container wrote,
// *source* the lower directories that show through it, *base* what the image alone has under the
// same path. Where nothing was renamed or re-created, source and base are the same and only what is
// in upper counts. Elsewhere all of source is new under this path, and what base has and the
// container has not is deleted.
#include "io/plan/rootfs_change.hpp"

#include "io/plan/lower_layers.hpp"
#include "io/plan/overlay_marks.hpp"
#include "io/plan/tar_builder.hpp"
#include "io/posix/system_error.hpp"
#include "model/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace floe {

namespace {

/// What the engine puts into every container: behaviours.md section 14.3. Exact paths; what is
/// below them counts.
constexpr std::array<std::string_view, 12> provided_paths{
    "dev",        "etc/hostname",      "etc/hosts",   "etc/resolv.conf", "proc", "run",
    "run/notify", "run/.containerenv", "run/secrets", "run/podman-init", "sys",  "etc/mtab",
};

bool is_provided(std::string_view path) {
  return std::ranges::find(provided_paths, path) != provided_paths.end();
}

bool same_owner_and_mode(const struct stat& left, const struct stat& right) {
  return left.st_mode == right.st_mode && left.st_uid == right.st_uid &&
         left.st_gid == right.st_gid;
}

bool same_time(const struct stat& left, const struct stat& right) {
  return left.st_mtim.tv_sec == right.st_mtim.tv_sec &&
         left.st_mtim.tv_nsec == right.st_mtim.tv_nsec;
}

bool is_utf8(const std::string& text) {
  try {
    return !json(text).dump().empty();
  } catch (const json::exception&) {
    return false;
  }
}

/// A directory of the container that is still to be looked at.
struct pending_directory {
  std::string path;
  bool in_upper = false;
  bool merged = false; ///< source and base are the same
  merged_directory source;
  merged_directory base;
};

class rootfs_planner {
 public:
  rootfs_planner(std::shared_ptr<const tree_root> upper, lower_layers lowers,
                 tar_plan_options options, const std::stop_token& stop)
      : upper_{std::move(upper)}, lowers_{std::move(lowers)}, stop_{stop},
        tar_{{.align_data = options.align_data, .overlay_upper = true}} {}

  expected<rootfs_change> run() {
    pending_.push_back({"", true, true, lowers_.root(), lowers_.root()});
    while (!pending_.empty()) {
      const auto next = std::move(pending_.back());
      pending_.pop_back();
      if (auto done = visit_directory(next); !done)
        return tl::unexpected{std::move(done).error()};
    }
    rootfs_change change;
    change.tar.entries = tar_.entries();
    change.tar.file_bytes = tar_.file_bytes();
    if (tar_.entries() > 0)
      change.tar.content = tar_.finish();
    change.tar.warnings = tar_.take_warnings();
    std::ranges::sort(deleted_);
    change.deleted = std::move(deleted_);
    return change;
  }

 private:
  expected<void> visit_directory(const pending_directory& directory);
  expected<void> visit_child(const pending_directory& directory, const tree_entry* upper,
                             const std::string& name);
  expected<void> visit_upper(const pending_directory& directory, const tree_entry& entry,
                             const std::string& name, merged_entry base);
  expected<void> visit_source(const pending_directory& directory, const std::string& name,
                              merged_entry base);
  expected<void> add_directory(const pending_directory& directory, const tree_place& place,
                               const tree_entry& entry);
  expected<bool> is_as_in_image(const pending_directory& directory, const tree_entry& entry);
  expected<void> add_file(const pending_directory& directory, const tree_entry& entry,
                          const std::string& path, const std::string& name);
  expected<merged_directory> source_below(const pending_directory& directory,
                                          const tree_entry& entry, const std::string& name,
                                          bool& moved);
  expected<std::map<std::string, bool>> names_in(const pending_directory& directory,
                                                 const tree_entry* upper);
  void note_deleted(const std::string& path);

  std::string subject(const std::string& path) const {
    return printable(join_path(upper_->path, path));
  }

  std::shared_ptr<const tree_root> upper_;
  lower_layers lowers_;
  const std::stop_token& stop_;
  tar_builder tar_;
  std::vector<pending_directory> pending_;  ///< the next one last
  std::vector<pending_directory> children_; ///< of the directory being visited, in order
  std::vector<std::string> deleted_;
};

expected<void> rootfs_planner::visit_directory(const pending_directory& directory) {
  if (stop_.stop_requested())
    return fail(error_code::cancelled, subject(directory.path), "looking through it was cancelled");
  if (std::ranges::count(directory.path, '/') >= static_cast<ptrdiff_t>(tree_depth_max))
    return fail(error_code::io_failed, subject(directory.path),
                fmt::format("directories are more than {} deep there", tree_depth_max));
  const bool in_upper = directory.in_upper;
  auto opened = in_upper ? open_entry(upper_->directory.get(), directory.path)
                         : open_entry(lowers_.place(directory.source[0]).tree->directory.get(),
                                      directory.source[0].path);
  if (!opened && means_vanished(opened.error()) && !directory.path.empty()) {
    tar_.warn(printable(directory.path) + ": it vanished while the tree was read");
    return {};
  }
  if (!opened)
    return system_failure(opened.error(), subject(directory.path), "open");
  const auto place =
      in_upper ? tree_place{upper_, directory.path} : lowers_.place(directory.source[0]);
  if (auto done = add_directory(directory, place, *opened); !done)
    return done;
  const auto* upper = in_upper ? &*opened : nullptr;
  const auto names = names_in(directory, upper);
  if (!names)
    return tl::unexpected{names.error()};
  for (const auto& [name, written] : *names)
    if (auto done = visit_child(directory, written ? upper : nullptr, name); !done)
      return done;
  std::ranges::move(children_.rbegin(), children_.rend(), std::back_inserter(pending_));
  children_.clear();
  return {};
}

/// Every name that has to be looked at, with whether it is in upper.
expected<std::map<std::string, bool>> rootfs_planner::names_in(const pending_directory& directory,
                                                               const tree_entry* upper) {
  std::map<std::string, bool> names;
  if (!directory.merged)
    for (const auto* part : {&directory.source, &directory.base}) {
      auto listed = lowers_.list(*part);
      if (!listed)
        return tl::unexpected{std::move(listed).error()};
      for (auto& name : *listed)
        names.emplace(std::move(name), false);
    }
  if (upper != nullptr) {
    auto listed = list_directory(upper->handle.get(), subject(directory.path));
    if (!listed)
      return tl::unexpected{std::move(listed).error()};
    for (auto& each : *listed)
      names[std::move(each.name)] = true;
  }
  return names;
}

expected<void> rootfs_planner::visit_child(const pending_directory& directory,
                                           const tree_entry* upper, const std::string& name) {
  auto base = lowers_.find(directory.base, name);
  if (!base)
    return tl::unexpected{std::move(base).error()};
  if (upper == nullptr)
    return visit_source(directory, name, std::move(*base));
  const auto path = join_path(directory.path, name);
  const auto entry = open_entry(upper->handle.get(), name);
  if (entry)
    return visit_upper(directory, *entry, name, std::move(*base));
  if (!means_vanished(entry.error()))
    return system_failure(entry.error(), subject(path), "open");
  tar_.warn(printable(path) + ": it vanished while the tree was read");
  return {};
}

expected<void> rootfs_planner::visit_upper(const pending_directory& directory,
                                           const tree_entry& entry, const std::string& name,
                                           merged_entry base) {
  const auto path = join_path(directory.path, name);
  const auto whiteout = is_whiteout(entry, subject(path));
  if (!whiteout)
    return tl::unexpected{whiteout.error()};
  if (S_ISDIR(entry.status.st_mode)) {
    bool moved = !directory.merged;
    auto source = source_below(directory, entry, name, moved);
    if (!source)
      return tl::unexpected{std::move(source).error()};
    children_.push_back({path, true, !moved, std::move(*source), std::move(base.directories)});
    return {};
  }
  // A socket cannot be restored; what it replaced must not come back in its place.
  if (*whiteout || S_ISSOCK(entry.status.st_mode)) {
    if (base.exists())
      note_deleted(path);
    if (*whiteout)
      return {};
  }
  return add_file(directory, entry, path, name);
}

/// Looks at what shows through from the lower layers under another path than the image has it.
expected<void> rootfs_planner::visit_source(const pending_directory& directory,
                                            const std::string& name, merged_entry base) {
  const auto path = join_path(directory.path, name);
  auto found = lowers_.find(directory.source, name);
  if (!found)
    return tl::unexpected{std::move(found).error()};
  if (!found->directories.empty()) {
    children_.push_back(
        {path, false, false, std::move(found->directories), std::move(base.directories)});
    return {};
  }
  if (!found->file) {
    note_deleted(path);
    return {};
  }
  if (is_provided(path))
    return {};
  const auto entry = lowers_.open(*found->file);
  if (!entry)
    return tl::unexpected{entry.error()};
  if (S_ISSOCK(entry->status.st_mode) && base.exists())
    note_deleted(path);
  auto data = lowers_.find_data(directory.source, name);
  if (!data)
    return tl::unexpected{std::move(data).error()};
  const auto where = lowers_.place(*found->file);
  if (!*data || **data == *found->file)
    return tar_.add(path, where, *entry);
  const auto data_entry = lowers_.open(**data);
  if (!data_entry)
    return tl::unexpected{data_entry.error()};
  return tar_.add_with_data(path, where, *entry, lowers_.place(**data), *data_entry);
}

/// The lower directories that show through a directory of upper. Sets \p moved if they are not
/// those of its path.
expected<merged_directory> rootfs_planner::source_below(const pending_directory& directory,
                                                        const tree_entry& entry,
                                                        const std::string& name, bool& moved) {
  const auto what = subject(join_path(directory.path, name));
  const auto opaque = is_opaque(entry, what);
  if (!opaque)
    return tl::unexpected{opaque.error()};
  if (*opaque) {
    moved = true;
    return merged_directory{};
  }
  const auto redirect = read_redirect(entry, what);
  if (!redirect)
    return tl::unexpected{redirect.error()};
  moved = moved || redirect->has_value();
  const bool from_root = *redirect && (*redirect)->starts_with('/');
  auto found = from_root ? lowers_.find_path(**redirect)
                         : lowers_.find(directory.source, redirect->value_or(name));
  if (!found)
    return tl::unexpected{std::move(found).error()};
  return std::move(found->directories);
}

expected<void> rootfs_planner::add_directory(const pending_directory& directory,
                                             const tree_place& place, const tree_entry& entry) {
  const auto known = is_as_in_image(directory, entry);
  if (!known)
    return tl::unexpected{known.error()};
  if (*known || is_provided(directory.path))
    return {};
  return tar_.add(directory.path.empty() ? "./" : directory.path, place, entry);
}

/// Whether restoring a directory would change nothing. The times of the root do not count: the
/// engine itself makes mount points in it, and Podman does not restore the root's attributes
/// anyway.
expected<bool> rootfs_planner::is_as_in_image(const pending_directory& directory,
                                              const tree_entry& entry) {
  if (!directory.merged || directory.base.empty())
    return false;
  const auto& image_path = directory.base.front();
  const auto image = lowers_.open(image_path);
  if (!image)
    return tl::unexpected{image.error()};
  if (!same_owner_and_mode(entry.status, image->status) ||
      (!directory.path.empty() && !same_time(entry.status, image->status)))
    return false;
  const auto here = carried_xattrs(entry, subject(directory.path));
  if (!here)
    return tl::unexpected{here.error()};
  const auto there = carried_xattrs(*image, lowers_.subject(image_path));
  if (!there)
    return tl::unexpected{there.error()};
  return *here == *there;
}

expected<void> rootfs_planner::add_file(const pending_directory& directory, const tree_entry& entry,
                                        const std::string& path, const std::string& name) {
  if (is_provided(path))
    return {};
  const auto what = subject(path);
  const auto metacopy = is_metacopy(entry, what);
  if (!metacopy)
    return tl::unexpected{metacopy.error()};
  if (!*metacopy)
    return tar_.add(path, {upper_, path}, entry);
  const auto redirect = read_redirect(entry, what);
  if (!redirect)
    return tl::unexpected{redirect.error()};
  const auto data = lowers_.find_data(directory.source, redirect->value_or(name));
  if (!data)
    return tl::unexpected{data.error()};
  if (!*data)
    return fail(error_code::io_failed, what,
                "its data should be in a lower layer and is not there");
  const auto data_entry = lowers_.open(**data);
  if (!data_entry)
    return tl::unexpected{data_entry.error()};
  return tar_.add_with_data(path, {upper_, path}, entry, lowers_.place(**data), *data_entry);
}

void rootfs_planner::note_deleted(const std::string& path) {
  if (is_provided(path))
    return;
  if (is_utf8(path))
    deleted_.push_back("/" + path);
  else
    tar_.warn(printable(path) + ": it was deleted, which JSON cannot say of a name that is not "
                                "UTF-8; it will be there again");
}

} // namespace

expected<rootfs_change> plan_rootfs_change(std::shared_ptr<const tree_root> upper,
                                           const std::vector<std::string>& lowers,
                                           const std::stop_token& stop) {
  return plan_rootfs_change(std::move(upper), lowers, tar_plan_options{}, stop);
}

expected<rootfs_change> plan_rootfs_change(std::shared_ptr<const tree_root> upper,
                                           const std::vector<std::string>& lowers,
                                           tar_plan_options options, const std::stop_token& stop) {
  auto layers = lower_layers::open(lowers);
  if (!layers)
    return tl::unexpected{std::move(layers).error()};
  return rootfs_planner{std::move(upper), std::move(*layers), options, stop}.run();
}

} // namespace floe
