#include "io/plan/tree_walk.hpp"

#include "io/posix/system_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <memory>

namespace floe {

namespace {

struct close_directory {
  void operator()(DIR* what) const { ::closedir(what); }
};

/// So many directories are kept open while there is something to enter in them; beyond, they are
/// opened anew by their path.
constexpr int kept_open_max = 64;

/// A directory that stays open, and counts as such, for the sake of those in it.
struct kept_directory {
  kept_directory(unique_fd taken, std::shared_ptr<int> counter)
      : fd{std::move(taken)}, count{std::move(counter)} {
    ++*count;
  }
  kept_directory(const kept_directory&) = delete;
  kept_directory& operator=(const kept_directory&) = delete;
  ~kept_directory() { --*count; }

  unique_fd fd;
  std::shared_ptr<int> count;
};

/// A directory that is to be entered.
struct pending_directory {
  std::string path;
  size_t depth = 0;
  std::shared_ptr<const kept_directory> parent; ///< null: not kept open
};

class walk {
 public:
  walk(const tree_root& tree, const tree_visitor& visitor, const std::stop_token& stop)
      : tree_{tree}, visitor_{visitor}, stop_{stop} {}

  expected<void> run(const std::string& start) {
    auto first = open_entry(tree_.directory.get(), start);
    if (!first)
      return system_failure(first.error(), subject_of(start), "open");
    if (auto done = enter({start, 0, nullptr}, *first); !done)
      return done;
    while (!pending_.empty()) {
      const auto next = std::move(pending_.back());
      pending_.pop_back();
      auto entry = open(next);
      auto done = entry ? enter(next, *entry) : lost(next.path, entry.error());
      if (!done)
        return done;
    }
    return {};
  }

 private:
  tl::expected<tree_entry, int> open(const pending_directory& directory) const {
    if (directory.parent)
      return open_entry(directory.parent->fd.get(), split_last(directory.path).name);
    return open_entry(tree_.directory.get(), directory.path);
  }

  /// Visits a directory and the files in it, and leaves the directories in it for later.
  expected<void> enter(const pending_directory& directory, tree_entry& entry) {
    const auto& path = directory.path;
    if (stop_.stop_requested())
      return fail(error_code::cancelled, subject_of(path), "it was to be stopped");
    if (auto done = visit(path, entry); !done)
      return done;
    if (!S_ISDIR(entry.status.st_mode) || entry.mount_point)
      return {};
    if (directory.depth >= tree_depth_max)
      return fail(error_code::io_failed, subject_of(path),
                  fmt::format("directories are more than {} deep there", tree_depth_max));
    auto names = list_directory(entry.handle.get(), subject_of(path));
    if (!names)
      return tl::unexpected{std::move(names).error()};
    std::vector<std::string> directories;
    for (const auto& [name, listed_directory] : *names) {
      auto child_path = join_path(path, name);
      if (listed_directory) {
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
    leave_for_later(std::move(directories), directory.depth + 1, entry);
    return {};
  }

  void leave_for_later(std::vector<std::string> paths, size_t depth, tree_entry& parent) {
    std::shared_ptr<const kept_directory> kept;
    if (!paths.empty() && *kept_open_ < kept_open_max)
      kept = std::make_shared<const kept_directory>(std::move(parent.handle), kept_open_);
    for (auto path = paths.rbegin(); path != paths.rend(); ++path)
      pending_.push_back({std::move(*path), depth, kept});
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
  std::shared_ptr<int> kept_open_ = std::make_shared<int>(0);
  std::vector<pending_directory> pending_; ///< the next one last
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
  const auto is_control = [](char each) {
    const auto code = static_cast<unsigned char>(each);
    return code < 0x20 || code == 0x7f;
  };
  if (std::ranges::none_of(path, is_control))
    return std::string{path};
  std::string out;
  for (const char each : path) {
    if (is_control(each))
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(each));
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
