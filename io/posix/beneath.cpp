#include "io/posix/beneath.hpp"

#include <climits>

#include <array>
#include <cerrno>
#include <linux/openat2.h>
#include <sys/syscall.h>

namespace floe {

namespace {

/// The kernel takes paths up to PATH_MAX with the NUL; longer ones are walked in pieces.
constexpr size_t piece_bytes_max = 4000;

tl::expected<unique_fd, int> open_piece(int directory, std::string_view path, int flags,
                                        mode_t mode, mounts policy) {
  const std::string text{path.empty() ? "." : path};
  open_how how{};
  how.flags = static_cast<uint64_t>(flags) | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  if (policy == mounts::stay)
    how.resolve |= RESOLVE_NO_XDEV;
  // RESOLVE_BENEATH answers EAGAIN when a rename raced with the walk: the walk is to be repeated.
  for (int attempts = 0; attempts < 1000; ++attempts) {
    const long fd = ::syscall(SYS_openat2, directory, text.c_str(), &how, sizeof how);
    if (fd >= 0)
      return unique_fd{static_cast<int>(fd)};
    if (errno != EAGAIN && errno != EINTR)
      break;
  }
  return tl::unexpected{errno};
}

} // namespace

tl::expected<unique_fd, int> open_beneath(int directory, std::string_view path, int flags,
                                          mode_t mode, mounts policy) {
  unique_fd reached;
  while (path.size() > piece_bytes_max) {
    const auto cut = path.rfind('/', piece_bytes_max);
    if (cut == std::string_view::npos || cut == 0)
      return tl::unexpected{ENAMETOOLONG};
    auto next = open_piece(reached ? reached.get() : directory, path.substr(0, cut),
                           O_PATH | O_DIRECTORY, 0, policy);
    if (!next)
      return next;
    reached = std::move(*next);
    path.remove_prefix(cut + 1);
  }
  return open_piece(reached ? reached.get() : directory, path, flags, mode, policy);
}

std::string proc_path(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

tl::expected<std::string, int> read_link(int link) {
  std::array<char, PATH_MAX + 1> target;
  const auto length = ::readlinkat(link, "", target.data(), target.size());
  if (length < 0)
    return tl::unexpected{errno};
  return std::string{target.data(), static_cast<size_t>(length)};
}

split_path split_last(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos)
    return {{}, path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

} // namespace floe
