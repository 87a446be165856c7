#include "io/plan/tree_entry.hpp"

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

/// Not every file system says in its listing what a name stands for.
bool is_directory(int parent, const dirent& found) {
  if (found.d_type != DT_UNKNOWN)
    return found.d_type == DT_DIR;
  struct stat status {};
  return ::fstatat(parent, found.d_name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0 &&
         S_ISDIR(status.st_mode);
}

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
      names.push_back({std::move(name), is_directory(handle, *found)});
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

} // namespace floe
