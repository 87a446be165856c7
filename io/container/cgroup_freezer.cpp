#include "io/container/cgroup_freezer.hpp"

#include "io/posix/file_tree.hpp"
#include "io/posix/process_watch.hpp"
#include "io/posix/system_error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sstream>
#include <unistd.h>
#include <utility>
#include <vector>

namespace floe {

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    auto end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool has_word(const std::string& list, const std::string& word) {
  auto words = split(list, ',');
  return std::ranges::find(words, word) != words.end();
}

/// The path within a hierarchy, from lines such as `6:freezer:/a/b` and `0::/a/b`.
std::string cgroup_path(std::string_view process_cgroups, const std::string& controller) {
  for (const auto& line : split(process_cgroups, '\n')) {
    auto first = line.find(':');
    auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos)
      continue;
    auto controllers = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? line.starts_with("0::") : has_word(controllers, controller))
      return line.substr(second + 1);
  }
  return {};
}

/// The directory of a cgroup: `36 35 0:30 ROOT MOUNT_POINT opts ... - TYPE source SUPER_OPTIONS`.
std::string cgroup_directory(std::string_view mountinfo, const std::string& type,
                             const std::string& controller, const std::string& path) {
  for (const auto& line : split(mountinfo, '\n')) {
    auto dash = line.find(" - ");
    if (dash == std::string::npos)
      continue;
    auto fields = split(std::string_view{line}.substr(0, dash), ' ');
    auto kind = split(std::string_view{line}.substr(dash + 3), ' ');
    if (fields.size() < 5 || kind.size() < 3 || kind[0] != type ||
        (!controller.empty() && !has_word(kind[2], controller)))
      continue;
    // Only what is below the mount's root can be reached through it.
    const auto& root = fields[3];
    if (root == "/")
      return fields[4] + path;
    if (path.starts_with(root + "/"))
      return fields[4] + path.substr(root.size());
  }
  return {};
}

tl::unexpected<error> freeze_failure(const std::string& directory, std::string cause) {
  return fail(error_code::freeze_failed, "cgroup " + directory, std::move(cause));
}

expected<void> write_control(const std::string& directory, const char* file,
                             std::string_view value) {
  unique_fd fd{::open((directory + "/" + file).c_str(), O_WRONLY | O_CLOEXEC)};
  if (!fd || ::write(fd.get(), value.data(), value.size()) < 0)
    return system_failure(errno, "cgroup " + directory, "write " + std::string{file},
                          error_code::freeze_failed);
  return {};
}

std::string read_control(const std::string& directory, const char* file) {
  return read_small_file(directory + "/" + file, 4096).value_or(std::string{});
}

} // namespace

std::optional<cgroup_freezer> find_freezer(std::string_view process_cgroups,
                                           std::string_view mountinfo) {
  for (bool unified : {false, true}) {
    std::string controller = unified ? "" : "freezer";
    auto path = cgroup_path(process_cgroups, controller);
    if (path.size() < 2 || path.find("/../") != path.npos || path.ends_with("/.."))
      continue;
    auto directory = cgroup_directory(mountinfo, unified ? "cgroup2" : "cgroup", controller, path);
    if (!directory.empty())
      return cgroup_freezer{std::move(directory), unified};
  }
  return std::nullopt;
}

expected<cgroup_freezer> cgroup_freezer::of_process(pid_t pid) {
  auto subject = "process " + std::to_string(pid);
  auto cgroups = read_small_file("/proc/" + std::to_string(pid) + "/cgroup", size_t{1} << 20);
  if (!cgroups)
    return fail(error_code::freeze_failed, subject, "it has ended");
  auto mountinfo = read_small_file("/proc/self/mountinfo", size_t{16} << 20);
  if (!mountinfo)
    return tl::unexpected{mountinfo.error()};
  auto own_cgroups = read_small_file("/proc/self/cgroup", size_t{1} << 20);
  if (!own_cgroups)
    return tl::unexpected{own_cgroups.error()};
  auto found = find_freezer(*cgroups, *mountinfo);
  if (!found)
    return fail(error_code::freeze_failed, subject, "it is in no cgroup that can be frozen",
                "check that the freezer controller is mounted");
  auto own = find_freezer(*own_cgroups, *mountinfo);
  if (own && (own->directory() + "/").starts_with(found->directory() + "/"))
    return fail(error_code::freeze_failed, subject, "it shares its cgroup with floe itself");
  return *found;
}

expected<void> cgroup_freezer::freeze(std::chrono::milliseconds limit,
                                      const std::stop_token& stop) const {
  auto written = unified_ ? write_control(directory_, "cgroup.freeze", "1")
                          : write_control(directory_, "freezer.state", "FROZEN");
  if (!written)
    return written;
  auto frozen = unified_ ? await_frozen(limit, stop) : await_frozen_v1(limit, stop);
  if (!frozen) [[maybe_unused]]
    auto undone = thaw();
  return frozen;
}

expected<void> cgroup_freezer::await_frozen(std::chrono::milliseconds limit,
                                            const std::stop_token& stop) const {
  unique_fd events{::open((directory_ + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC)};
  if (!events)
    return system_failure(errno, "cgroup " + directory_, "open cgroup.events",
                          error_code::freeze_failed);
  stop_event stopped{stop};
  poll_deadline deadline{limit};
  for (;;) {
    char text[512];
    auto count = ::pread(events.get(), text, sizeof text, 0);
    if (count > 0 &&
        std::string_view{text, static_cast<size_t>(count)}.find("frozen 1") != std::string::npos)
      return {};
    if (stop.stop_requested())
      return fail(error_code::cancelled, "cgroup " + directory_, "the freeze was cancelled");
    if (count < 0 || deadline.is_over())
      return freeze_failure(directory_, "not all of its processes stopped in time");
    // The kernel reports a change of this file as an exceptional condition.
    pollfd watched[] = {{events.get(), POLLPRI, 0}, {stopped.fd(), POLLIN, 0}};
    ::poll(watched, 2, deadline.left_ms());
  }
}

/// The v1 freezer announces nothing, so its state is read again after pauses of 0.1 ms growing to
/// 5 ms. A process that forks meanwhile can keep it in FREEZING, so the request is repeated, and
/// every 50th time the cgroup may run for a moment, which is what lets such a process get on.
expected<void> cgroup_freezer::await_frozen_v1(std::chrono::milliseconds limit,
                                               const std::stop_token& stop) const {
  stop_event stopped{stop};
  poll_deadline deadline{limit};
  int64_t pause_ns = 100'000;
  for (uint32_t round = 1;; ++round) {
    auto state = read_control(directory_, "freezer.state");
    if (state.starts_with("FROZEN"))
      return {};
    if (stop.stop_requested())
      return fail(error_code::cancelled, "cgroup " + directory_, "the freeze was cancelled");
    if (state.empty() || deadline.is_over())
      return freeze_failure(directory_, "not all of its processes stopped in time");
    if (round % 50 == 0)
      if (auto thawed = write_control(directory_, "freezer.state", "THAWED"); !thawed)
        return thawed;
    timespec pause{0, static_cast<long>(pause_ns)};
    pollfd watched{stopped.fd(), POLLIN, 0};
    ::ppoll(&watched, 1, &pause, nullptr);
    pause_ns = std::min<int64_t>(pause_ns * 3 / 2, 5'000'000);
    if (auto again = write_control(directory_, "freezer.state", "FROZEN"); !again)
      return again;
  }
}

expected<void> cgroup_freezer::thaw() const {
  auto thawed = unified_ ? write_control(directory_, "cgroup.freeze", "0")
                         : write_control(directory_, "freezer.state", "THAWED");
  // Killed processes may have taken it with them.
  return thawed || ::access(directory_.c_str(), F_OK) == 0 ? thawed : expected<void>{};
}

bool cgroup_freezer::is_frozen() const {
  return unified_ ? read_control(directory_, "cgroup.freeze").starts_with('1')
                  : read_control(directory_, "freezer.state").starts_with('F');
}

frozen_cgroup::frozen_cgroup(cgroup_freezer freezer)
    : freezer_{std::move(freezer)}, since_{std::chrono::steady_clock::now()} {}

expected<frozen_cgroup> frozen_cgroup::freeze(cgroup_freezer freezer,
                                              std::chrono::milliseconds limit,
                                              const std::stop_token& stop) {
  frozen_cgroup guard{std::move(freezer)};
  auto frozen = guard.freezer_.freeze(limit, stop);
  if (!frozen) {
    guard.release();
    return tl::unexpected{frozen.error()};
  }
  return guard;
}

frozen_cgroup::frozen_cgroup(frozen_cgroup&& other) noexcept
    : freezer_{std::move(other.freezer_)}, since_{other.since_}, until_{other.until_} {
  other.release();
}

frozen_cgroup::~frozen_cgroup() {
  [[maybe_unused]] auto thawed = thaw();
}

expected<void> frozen_cgroup::thaw() {
  if (until_)
    return {};
  auto thawed = freezer_.thaw();
  until_ = std::chrono::steady_clock::now();
  return thawed;
}

void frozen_cgroup::release() {
  if (!until_)
    until_ = std::chrono::steady_clock::now();
}

std::chrono::microseconds frozen_cgroup::frozen_time() const {
  auto end = until_.value_or(std::chrono::steady_clock::now());
  return std::chrono::duration_cast<std::chrono::microseconds>(end - since_);
}

} // namespace floe
