// Removal and measuring of directory trees of strangers: by descriptors, however deep they are,
// never through a link or into a mount.
#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"

#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <memory>
#include <set>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace floe {

namespace {

/// Deeper directories are moved to the top first, so that open descriptors stay few.
constexpr size_t depth_open_max = 64;

struct directory_closer {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using directory_stream = std::unique_ptr<DIR, directory_closer>;

unique_fd open_below(int parent, const char* name) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  return unique_fd{static_cast<int>(::syscall(SYS_openat2, parent, name, &how, sizeof how))};
}

struct level {
  directory_stream entries;
  std::string name; ///< in its parent
};

/// Walks one tree, depth first, with a stack of its own.
class tree_remover {
 public:
  tree_remover(int parent, std::string path, std::string name)
      : parent_{parent}, path_{std::move(path)}, name_{std::move(name)} {}

  expected<void> run() {
    if (auto entered = enter(parent_, name_); !entered)
      return entered;
    while (!levels_.empty())
      if (auto done = step(); !done)
        return done;
    return {};
  }

 private:
  int descriptor() const { return ::dirfd(levels_.back().entries.get()); }

  expected<void> enter(int directory, const std::string& name) {
    auto opened = open_below(directory, name.c_str());
    if (!opened && errno == EXDEV)
      return fail(error_code::io_failed, path_, "something is mounted at " + name + " in it",
                  "unmount it first");
    if (!opened)
      return system_failure(errno, path_, "open " + name);
    directory_stream entries{::fdopendir(opened.get())};
    if (!entries)
      return system_failure(errno, path_, "opendir " + name);
    static_cast<void>(opened.release());
    levels_.push_back({std::move(entries), name});
    return {};
  }

  expected<void> step() {
    errno = 0;
    const auto* entry = ::readdir(levels_.back().entries.get());
    if (entry == nullptr)
      return errno == 0 ? leave() : system_failure(errno, path_, "readdir");
    const std::string name{entry->d_name};
    if (name == "." || name == "..")
      return {};
    if (::unlinkat(descriptor(), name.c_str(), 0) == 0 || errno == ENOENT)
      return {};
    if (errno != EISDIR && errno != EPERM)
      return system_failure(errno, path_, "unlink " + name);
    if (::unlinkat(descriptor(), name.c_str(), AT_REMOVEDIR) == 0)
      return {};
    return levels_.size() < depth_open_max ? enter(descriptor(), name) : raise(name);
  }

  /// Moves a directory that lies too deep to the top of the tree, where it is met later.
  expected<void> raise(const std::string& name) {
    const int top = ::dirfd(levels_.front().entries.get());
    for (;;) { // a name that is taken is one that was there before: at most as often as there are
      const auto raised = ".raised-" + std::to_string(raised_++);
      if (::renameat2(descriptor(), name.c_str(), top, raised.c_str(), RENAME_NOREPLACE) == 0)
        return {};
      if (errno != EEXIST)
        return system_failure(errno, path_, "rename " + name);
    }
  }

  /// A directory is done when nothing is left: what was raised or came late is met by reading it
  /// again.
  expected<void> leave() {
    const bool top = levels_.size() == 1;
    const int parent = top ? parent_ : ::dirfd(levels_[levels_.size() - 2].entries.get());
    if (::unlinkat(parent, levels_.back().name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) {
      levels_.pop_back();
      return {};
    }
    if (errno != ENOTEMPTY || ++rereads_ > rereads_max)
      return system_failure(errno, path_, "rmdir " + levels_.back().name);
    ::rewinddir(levels_.back().entries.get());
    return {};
  }

  static constexpr size_t rereads_max = 1'000'000;

  int parent_;
  std::string path_;
  std::string name_;
  std::vector<level> levels_;
  size_t raised_ = 0;
  size_t rereads_ = 0;
};

/// Deeper than this nothing is counted: each level holds a descriptor.
constexpr size_t depth_measured_max = 200;

/// Adds up what lies below a directory that is open.
expected<void> add_usage(unique_fd directory, const std::string& path, size_t depth,
                         std::set<std::pair<dev_t, ino_t>>& linked, uint64_t& bytes) {
  directory_stream entries{::fdopendir(directory.get())};
  if (!entries)
    return system_failure(errno, path, "opendir");
  const int here = directory.release();
  while (const auto* entry = ::readdir(entries.get())) {
    const std::string name{entry->d_name};
    struct stat status {};
    if (name == ".." || ::fstatat(here, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    if (S_ISDIR(status.st_mode) && name != ".") {
      auto below = open_below(here, entry->d_name);
      if (!below || depth == depth_measured_max)
        continue;
      if (auto added = add_usage(std::move(below), path, depth + 1, linked, bytes); !added)
        return added;
    } else if (status.st_nlink < 2 || S_ISDIR(status.st_mode) ||
               linked.emplace(status.st_dev, status.st_ino).second) {
      bytes += static_cast<uint64_t>(status.st_blocks) * 512;
    }
  }
  return {};
}

} // namespace

expected<void> remove_tree(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT)
    return {};
  if (errno != EISDIR && errno != EPERM)
    return system_failure(errno, path, "unlink");
  const auto slash = path.rfind('/');
  const auto above = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const unique_fd parent{::open(above.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!parent)
    return system_failure(errno, above, "open");
  return tree_remover{parent.get(), path, path.substr(slash + 1)}.run();
}

expected<uint64_t> disk_usage(const std::string& path) {
  auto directory = open_directory(path);
  if (!directory)
    return tl::unexpected{directory.error()};
  std::set<std::pair<dev_t, ino_t>> linked;
  uint64_t bytes = 0;
  if (auto added = add_usage(std::move(*directory), path, 0, linked, bytes); !added)
    return tl::unexpected{added.error()};
  return bytes;
}

} // namespace floe
