#include "io/plan/tree_walk.hpp"

#include "io/posix/system_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <memory>
#include <ranges>

namespace floe {

namespace {

struct close_directory {
  void operator()(DIR* what) const { ::closedir(what); }
};

class walk {
 public:
  walk(const tree_root& tree, const tree_visitor& visitor, const std::stop_token& stop)
      : tree_{tree}, visitor_{visitor}, stop_{stop} {}

  expected<void> run(const std::string& start) {
    auto first = open_entry(tree_.directory.get(), start);
    if (!first)
      return system_failure(first.error(), subject_of(start), "open");
    if (auto done = enter(start, *first); !done)
      return done;
    while (!pending_.empty()) {
      const auto path = std::move(pending_.back());
      pending_.pop_back();
      auto entry = open_entry(tree_.directory.get(), path);
      auto done = entry ? enter(path, *entry) : lost(path, entry.error());
      if (!done)
        return done;
    }
    return {};
  }

 private:
  /// Visits a directory and the files in it, and leaves the directories in it for later.
  expected<void> enter(const std::string& path, const tree_entry& entry) {
    if (stop_.stop_requested())
      return fail(error_code::cancelled, subject_of(path), "it was to be stopped");
    if (auto done = visit(path, entry); !done)
      return done;
    if (!S_ISDIR(entry.status.st_mode) || entry.mount_point)
      return {};
    if (std::ranges::count(path, '/') + 1 >= static_cast<ptrdiff_t>(tree_depth_max))
      return fail(error_code::io_failed, subject_of(path),
                  fmt::format("directories are more than {} deep there", tree_depth_max));
    auto names = list_directory(entry.handle.get(), subject_of(path));
    if (!names)
      return tl::unexpected{std::move(names).error()};
    std::vector<std::string> directories;
    for (const auto& [name, directory] : *names) {
      auto child_path = join_path(path, name);
      if (directory) {
        directories.push_back(std::move(child_path));
        continue;
      }
      auto child = open_entry(entry.handle.get(), name);
      if (child && S_ISDIR(child->status.st_mode)) {
        directories.push_back(std::move(child_path));
        continue;
      }
      auto done = child ? visit(child_path, *child) : lost(child_path, child.error());
      if (!done)
        return done;
    }
    std::ranges::move(directories | std::views::reverse, std::back_inserter(pending_));
    return {};
  }

  expected<void> visit(const std::string& path, const tree_entry& entry) {
    if (entry.mount_point)
      visitor_.warn(printable(path) +
                    ": something is mounted there; what the mount holds is left out");
    return visitor_.visit(path, entry);
  }

  expected<void> lost(const std::string& path, int error_number) {
    if (!means_vanished(error_number))
      return system_failure(error_number, subject_of(path), "open");
    visitor_.warn(printable(path) + ": it vanished while the tree was read");
    return {};
  }

  std::string subject_of(const std::string& path) const {
    return printable(join_path(tree_.path, path));
  }

  const tree_root& tree_;
  const tree_visitor& visitor_;
  const std::stop_token& stop_;
  std::vector<std::string> pending_; ///< directories to enter, the next one last
};

} // namespace

tl::expected<tree_entry, int> open_entry(int directory, std::string_view path) {
  constexpr int flags = O_PATH | O_NOFOLLOW;
  tree_entry entry;
  auto handle = open_beneath(directory, path, flags, 0, mounts::stay);
  if (!handle && handle.error() == EXDEV) {
    handle = open_beneath(directory, path, flags);
    entry.mount_point = true;
  }
  if (!handle)
    return tl::unexpected{handle.error()};
  entry.handle = std::move(*handle);
  if (::fstat(entry.handle.get(), &entry.status) != 0)
    return tl::unexpected{errno};
  return entry;
}

bool means_vanished(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP ||
         error_number == ESTALE;
}

expected<std::vector<listed_name>> list_directory(int handle, const std::string& subject) {
  auto readable = open_beneath(handle, ".", O_RDONLY | O_DIRECTORY);
  if (!readable)
    return system_failure(readable.error(), subject, "open");
  std::unique_ptr<DIR, close_directory> stream{::fdopendir(readable->get())};
  if (!stream)
    return system_failure(errno, subject, "list");
  readable->release();
  std::vector<listed_name> names;
  for (;;) {
    errno = 0;
    const auto* found = ::readdir(stream.get());
    if (found == nullptr && errno != 0)
      return system_failure(errno, subject, "list");
    if (found == nullptr)
      break;
    std::string name{found->d_name};
    if (name != "." && name != "..")
      names.push_back({std::move(name), found->d_type == DT_DIR});
  }
  std::ranges::sort(names, {}, &listed_name::name);
  return names;
}

std::string printable(std::string_view path) {
  std::string out;
  for (const char each : path) {
    const auto code = static_cast<unsigned char>(each);
    if (code < 0x20 || code == 0x7f)
      out += fmt::format("\\x{:02x}", code);
    else
      out += each;
  }
  return out;
}

std::string join_path(std::string_view parent, std::string_view name) {
  if (parent.empty() || name.empty())
    return std::string{parent.empty() ? name : parent};
  std::string path{parent};
  path += '/';
  return path += name;
}

expected<void> walk_tree(const tree_root& tree, const std::string& start,
                         const tree_visitor& visitor, const std::stop_token& stop) {
  return walk{tree, visitor, stop}.run(start);
}

} // namespace floe
