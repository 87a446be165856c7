#include "io/container/expedited_grace_periods.hpp"

#include "io/posix/file_lock.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace floe {

namespace {

constexpr int attempts_max = 100;

std::string file_below(const std::string& run_root) {
  return run_root + "/rcu-expedited";
}

expected<unique_fd> open_file(const std::string& path, int flags) {
  unique_fd file{::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file)
    return system_failure(errno, path, "open",
                          errno == ENOENT ? error_code::no_such_file : error_code::io_failed);
  return file;
}

/// What stands in a small file, up to the end of its line.
expected<std::string> read_line(int fd, const std::string& subject) {
  std::array<char, 32> text;
  const auto length = ::pread(fd, text.data(), text.size(), 0);
  if (length < 0)
    return system_failure(errno, subject, "read");
  const std::string line{text.data(), static_cast<size_t>(length)};
  return line.substr(0, line.find('\n'));
}

expected<void> write_line(int fd, const std::string& line, const std::string& subject) {
  if (::pwrite(fd, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()))
    return system_failure(errno, subject, "write");
  return {};
}

expected<std::string> read_knob(const std::string& knob) {
  auto file = open_file(knob, O_RDONLY);
  if (!file)
    return tl::unexpected{std::move(file.error())};
  return read_line(file->get(), knob);
}

expected<void> set_knob(const std::string& knob, const std::string& value) {
  auto file = open_file(knob, O_WRONLY);
  if (!file)
    return tl::unexpected{std::move(file.error())};
  return write_line(file->get(), value, knob);
}

/// REQUIRES: \p file is locked by nobody else. What a process that died has noted counts.
expected<void> expedite(int file, const std::string& path, const std::string& knob) {
  auto noted = read_line(file, path);
  if (!noted)
    return tl::unexpected{std::move(noted.error())};
  if (noted->empty()) {
    auto before = read_knob(knob);
    if (!before)
      return tl::unexpected{std::move(before.error())};
    if (auto written = write_line(file, *before, path); !written)
      return written;
  }
  return set_knob(knob, "1");
}

/// Puts back what is noted, unless somebody else still needs it. True if it was put back.
expected<bool> put_back(int file, const std::string& path, const std::string& knob) {
  auto alone = try_lock(file, lock_mode::exclusive, path);
  if (!alone || !*alone)
    return alone;
  auto noted = read_line(file, path);
  if (!noted)
    return tl::unexpected{std::move(noted.error())};
  if (noted->empty())
    return false;
  if (auto restored = set_knob(knob, *noted); !restored)
    return tl::unexpected{std::move(restored.error())};
  if (::ftruncate(file, 0) != 0)
    return system_failure(errno, path, "empty");
  return true;
}

} // namespace

expected<std::shared_ptr<const expedited_grace_periods>>
expedited_grace_periods::begin(const std::string& run_root, const std::string& knob) {
  const auto refused = [&](const error& why) {
    return fail(error_code::unsupported, "--expedite",
                "this host does not let grace periods be expedited: " + describe(why),
                "leave the option away");
  };
  if (auto there = make_directories(run_root); !there)
    return tl::unexpected{std::move(there.error())};
  const auto path = file_below(run_root);
  auto file = open_file(path, O_RDWR | O_CREAT);
  if (!file)
    return tl::unexpected{std::move(file.error())};
  // Between two locks somebody else may be alone for a moment and put the value back.
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    auto alone = try_lock(file->get(), lock_mode::exclusive, path);
    if (!alone)
      return tl::unexpected{std::move(alone.error())};
    if (*alone)
      if (auto done = expedite(file->get(), path, knob); !done)
        return refused(done.error());
    if (auto shared = wait_lock(file->get(), lock_mode::shared, path); !shared)
      return tl::unexpected{std::move(shared.error())};
    auto noted = read_line(file->get(), path);
    if (noted && !noted->empty())
      return std::make_shared<const expedited_grace_periods>(std::move(*file), knob);
  }
  return fail(error_code::internal, "--expedite", "others end it again and again");
}

expedited_grace_periods::~expedited_grace_periods() {
  // Should it fail, the file stays, and the next command of floe tries again.
  static_cast<void>(put_back(file_.get(), knob_, knob_));
}

expected<bool> end_left_expedition(const std::string& run_root, const std::string& knob) {
  const auto path = file_below(run_root);
  auto file = open_file(path, O_RDWR);
  if (!file && file.error().code == error_code::no_such_file)
    return false;
  if (!file)
    return tl::unexpected{std::move(file.error())};
  return put_back(file->get(), path, knob);
}

} // namespace floe
