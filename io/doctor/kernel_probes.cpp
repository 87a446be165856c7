// Looks at what the kernel and the file systems offer.
#include "io/container/criu_gate.hpp"
#include "io/doctor/host_probes.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/unique_fd.hpp"

#include <fmt/format.h>
#include <liburing.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>

namespace floe {

namespace {

constexpr size_t proc_file_bytes_max = size_t{1} << 20;

std::string errno_text(int number) {
  return std::generic_category().message(number);
}

bool exists(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::exists(path, unknown);
}

/// What mounting, dumping and restoring need one by one.
const std::vector<capability> essential{
    {0, "CAP_CHOWN"},      {1, "CAP_DAC_OVERRIDE"}, {6, "CAP_SETGID"},     {7, "CAP_SETUID"},
    {12, "CAP_NET_ADMIN"}, {19, "CAP_SYS_PTRACE"},  {21, "CAP_SYS_ADMIN"},
};
const std::vector<capability> useful{
    {24, "CAP_SYS_RESOURCE"},
    {27, "CAP_MKNOD"},
};

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words)
    out += (out.empty() ? "" : ", ") + word;
  return out;
}

/// An errno, or 0.
int try_reflink(const std::string& directory) {
  const auto make = [&] {
    return unique_fd{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  };
  const auto from = make();
  const auto to = make();
  if (!from || !to)
    return errno;
  const std::array<char, 4096> block{};
  if (::write(from.get(), block.data(), block.size()) != static_cast<ssize_t>(block.size()))
    return errno;
  return ::ioctl(to.get(), FICLONE, from.get()) == 0 ? 0 : errno;
}

} // namespace

std::vector<std::string> missing_capabilities(std::string_view status,
                                              const std::vector<capability>& needed) {
  constexpr std::string_view key = "CapEff:\t";
  uint64_t bits = 0;
  if (const auto at = status.find(key); at != status.npos) {
    const auto text = status.substr(at + key.size());
    std::from_chars(text.data(), text.data() + std::min(text.find('\n'), text.size()), bits, 16);
  }
  std::vector<std::string> missing;
  for (const auto& each : needed)
    if ((bits >> each.number & 1) == 0)
      missing.emplace_back(each.name);
  return missing;
}

bool lists_filesystem(std::string_view text, std::string_view name) {
  const auto line = fmt::format("\t{}\n", name);
  return text.find(line) != text.npos;
}

host_finding probe_root() {
  if (::geteuid() == 0)
    return {"root", verdict::good, "floe runs as root", ""};
  return {"root", verdict::missing, "floe does not run as root", "call it with sudo"};
}

host_finding probe_capabilities() {
  const auto status = read_small_file("/proc/self/status", proc_file_bytes_max);
  if (!status)
    return {"capabilities", verdict::missing, describe(status.error()), "mount /proc"};
  const auto needed = missing_capabilities(*status, essential);
  const auto wanted = missing_capabilities(*status, useful);
  const json details = {{"missing", needed}, {"missing_useful", wanted}};
  if (!needed.empty())
    return {"capabilities", verdict::missing, "capabilities are missing: " + joined(needed),
            "run floe outside of the sandbox that takes them away", details};
  if (!wanted.empty())
    return {"capabilities", verdict::limited, "capabilities are missing: " + joined(wanted),
            "limits of containers cannot be raised above ours; processes of other users than root "
            "may not be dumped",
            details};
  return {"capabilities", verdict::good, "all capabilities that are needed are there", "", details};
}

host_finding probe_cgroups() {
  struct statfs root {};
  if (::statfs("/sys/fs/cgroup", &root) != 0)
    return {"cgroups", verdict::missing, "/sys/fs/cgroup: " + errno_text(errno),
            "mount the cgroup file system"};
  const bool unified = root.f_type == CGROUP2_SUPER_MAGIC;
  const std::string version = unified                                         ? "v2"
                              : exists("/sys/fs/cgroup/unified/cgroup.procs") ? "hybrid"
                                                                              : "v1";
  const bool freezer = unified || exists("/sys/fs/cgroup/freezer");
  const json details = {{"version", version}, {"freezer", freezer}};
  if (!freezer)
    return {"cgroups", verdict::missing, "cgroups " + version + " without a freezer",
            "mount the freezer controller", details};
  return {"cgroups", verdict::good, "cgroups " + version + " with a freezer", "", details};
}

host_finding probe_late_freeze() {
  const auto gate = criu_gate::open([](pid_t) { return ""; });
  if (gate)
    return {"late_freeze", verdict::good, "containers are frozen when CRIU is ready for them", ""};
  return {
      "late_freeze", verdict::limited,
      "containers are frozen before CRIU is started: " + gate.error().cause,
      "they stand still some tens of milliseconds longer; it takes CAP_SYS_ADMIN and a kernel with "
      "CONFIG_FANOTIFY_ACCESS_PERMISSIONS to do better"};
}

host_finding probe_criu_cache() {
  struct statfs run {};
  if (::statfs("/run", &run) == 0 && run.f_type == TMPFS_MAGIC)
    return {"criu_cache", verdict::good, "CRIU remembers in /run what the kernel can do", ""};
  return {
      "criu_cache", verdict::limited, "CRIU finds out anew for each dump what the kernel can do",
      "mount a tmpfs on /run at boot, as systemd does: containers stand still for a shorter time"};
}

host_finding probe_overlay() {
  const auto known = read_small_file("/proc/filesystems", proc_file_bytes_max);
  if (known && lists_filesystem(*known, "overlay"))
    return {"overlay", verdict::good, "overlayfs is there", ""};
  return {"overlay", verdict::limited, "overlayfs is not loaded",
          "modprobe overlay; without it containers cannot be made from images"};
}

host_finding probe_io_uring() {
  io_uring ring{};
  const int result = io_uring_queue_init(1, &ring, 0);
  if (result == 0) {
    io_uring_queue_exit(&ring);
    return {"io_uring", verdict::good, "io_uring is there", ""};
  }
  return {"io_uring", verdict::limited, "io_uring cannot be used: " + errno_text(-result),
          "archives are written with threads instead; see sysctl kernel.io_uring_disabled"};
}

host_finding probe_reflink(const std::string& directory) {
  struct statvfs space {};
  if (::statvfs(directory.c_str(), &space) != 0)
    return {"target", verdict::missing, directory + ": " + errno_text(errno),
            "give a directory that exists with --target"};
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    return {"target", verdict::missing,
            "nothing can be written to " + directory + ": " + errno_text(errno),
            "give another directory with --target"};
  const auto free_bytes = uint64_t{space.f_bavail} * space.f_frsize;
  const int problem = try_reflink(directory);
  const json details = {{"path", directory}, {"reflink", problem == 0}, {"free_bytes", free_bytes}};
  if (problem == 0)
    return {"target", verdict::good, directory + " shares blocks between files (reflink)", "",
            details};
  return {"target", verdict::limited,
          directory + " cannot share blocks between files: " + errno_text(problem),
          "with --compress none every byte is copied; XFS and btrfs can share", details};
}

} // namespace floe
