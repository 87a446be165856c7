#include "io/posix/in_root.hpp"

#include "io/posix/system_error.hpp"
#include "model/text.hpp"

#include <climits>

#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace floe {

unique_fd open_in_root(const std::string& root_path, const std::string& path, int flags) {
  unique_fd root{::open(root_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!root)
    return {};
  open_how how{};
  how.flags = static_cast<uint64_t>(flags) | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  unique_fd opened;
  // EAGAIN: something was renamed meanwhile.
  for (int tries = 0; tries < 16 && !opened; ++tries) {
    opened.reset(
        static_cast<int>(::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how)));
    if (!opened && errno != EAGAIN)
      break;
  }
  return opened;
}

expected<std::string> resolve_in_root(const std::string& root_path, const std::string& path) {
  auto opened = open_in_root(root_path, path, O_PATH);
  if (!opened) {
    if (errno == ENOENT || errno == ENOTDIR)
      return fail(error_code::no_such_file, path, "it does not exist in the container");
    return system_failure(errno, path, "look for it in the container");
  }
  std::array<char, PATH_MAX> target;
  auto link = "/proc/self/fd/" + std::to_string(opened.get());
  auto length = ::readlink(link.c_str(), target.data(), target.size());
  if (length <= 0 || static_cast<size_t>(length) == target.size())
    return system_failure(length < 0 ? errno : ENAMETOOLONG, path, "look for it in the container");
  return std::string{target.data(), static_cast<size_t>(length)};
}

expected<void> make_directories_in_root(const std::string& root_path, const std::string& path,
                                        uid_t uid, gid_t gid) {
  auto parts = split_text(path, '/');
  std::erase(parts, "");
  std::string parent = "/";
  for (size_t index = 0; index < parts.size(); ++index) {
    auto directory = open_in_root(root_path, parent, O_PATH | O_DIRECTORY);
    if (!directory)
      return system_failure(errno, parent, "open in the container");
    auto made = ::mkdirat(directory.get(), parts[index].c_str(), 0755) == 0;
    if (!made && errno != EEXIST)
      return system_failure(errno, path, "create in the container");
    if (made && index + 1 == parts.size() &&
        ::fchownat(directory.get(), parts[index].c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
      return system_failure(errno, path, "give to its user in the container");
    parent += (parent == "/" ? "" : "/") + parts[index];
  }
  return {};
}

} // namespace floe
