#include "io/posix/file_tree.hpp"

#include "io/posix/system_error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>

namespace floe {

namespace {

struct directory_closer {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using directory_stream = std::unique_ptr<DIR, directory_closer>;

bool is_dot(const char* name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

} // namespace

expected<unique_fd> open_directory(const std::string& path) {
  unique_fd opened{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (opened)
    return opened;
  if (errno == ENOENT)
    return fail(error_code::no_such_file, path, "there is no such directory");
  return system_failure(errno, path, "open");
}

expected<void> make_directories(const std::string& path, mode_t mode) {
  for (size_t at = 0; at != std::string::npos;) {
    at = path.find('/', at + 1);
    const auto part = path.substr(0, at);
    if (part.empty() || part.back() == '/')
      continue;
    if (::mkdir(part.c_str(), mode) == 0) {
      if (::chmod(part.c_str(), mode) != 0)
        return system_failure(errno, part, "chmod");
      continue;
    }
    if (errno != EEXIST)
      return system_failure(errno, part, "mkdir");
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return system_failure(errno, path, "stat");
  if (!S_ISDIR(status.st_mode))
    return fail(error_code::io_failed, path, "it is not a directory", "move it away");
  return {};
}

expected<std::vector<std::string>> list_directory(const std::string& path) {
  std::vector<std::string> names;
  directory_stream directory{::opendir(path.c_str())};
  if (!directory) {
    if (errno == ENOENT)
      return names;
    return system_failure(errno, path, "opendir");
  }
  errno = 0;
  while (const auto* entry = ::readdir(directory.get()))
    if (!is_dot(entry->d_name))
      names.emplace_back(entry->d_name);
  if (errno != 0)
    return system_failure(errno, path, "readdir");
  std::ranges::sort(names);
  return names;
}

expected<void> sync_directory(const std::string& path) {
  const unique_fd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory)
    return system_failure(errno, path, "open");
  if (::fsync(directory.get()) != 0)
    return system_failure(errno, path, "fsync");
  return {};
}

expected<void> rename_new(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST)
      return fail(error_code::target_exists, to, "it exists");
    return system_failure(errno, to, "rename");
  }
  const auto source = from.substr(0, from.rfind('/'));
  const auto target = to.substr(0, to.rfind('/'));
  if (auto synced = sync_directory(target); !synced || source == target)
    return synced;
  return sync_directory(source);
}

expected<std::string> read_small_file(const std::string& path, size_t bytes_max) {
  const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file) {
    if (errno == ENOENT)
      return fail(error_code::no_such_file, path, "there is no such file");
    return system_failure(errno, path, "open");
  }
  std::string text;
  std::string piece(size_t{64} << 10, '\0');
  for (;;) {
    const auto got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return system_failure(errno, path, "read");
    if (got == 0)
      return text;
    text.append(piece, 0, static_cast<size_t>(got));
    if (text.size() > bytes_max)
      return fail(error_code::archive_refused, path,
                  "it is larger than " + std::to_string(bytes_max) + " bytes");
  }
}

} // namespace floe
