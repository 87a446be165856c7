#include "io/posix/process_files.hpp"

#include "io/posix/file_tree.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

constexpr int ancestors_max = 32;

/// From the fourth field of /proc/PID/stat; the second one, in parentheses, can hold anything.
pid_t parent_of(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text;
  std::getline(file, text, '\0');
  const auto name_end = text.rfind(") ");
  constexpr size_t to_parent = 4; // `) S `
  pid_t parent = 0;
  if (name_end != std::string::npos && name_end + to_parent < text.size())
    std::from_chars(text.data() + name_end + to_parent, text.data() + text.size(), parent);
  return parent;
}

bool has_open(const std::string& process, const struct stat& wanted) {
  const auto descriptors = "/proc/" + process + "/fd";
  const auto names = list_directory(descriptors);
  if (!names)
    return false; // it is gone
  return std::ranges::any_of(*names, [&](const std::string& name) {
    struct stat found {};
    return ::stat((descriptors + "/" + name).c_str(), &found) == 0 &&
           found.st_dev == wanted.st_dev && found.st_ino == wanted.st_ino;
  });
}

std::optional<struct stat> stat_of(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? std::optional{found} : std::nullopt;
}

} // namespace

bool has_open(pid_t pid, const std::string& path) {
  const auto wanted = stat_of(path);
  return wanted && has_open(std::to_string(pid), *wanted);
}

bool lineage_has_open(pid_t pid, const std::string& path) {
  const auto wanted = stat_of(path);
  for (int generation = 0; wanted && pid > 1 && generation < ancestors_max; ++generation) {
    if (has_open(std::to_string(pid), *wanted))
      return true;
    pid = parent_of(pid);
  }
  return false;
}

std::vector<pid_t> processes_with_open(const std::string& path) {
  std::vector<pid_t> found;
  const auto wanted = stat_of(path);
  if (!wanted)
    return found;
  const auto names = list_directory("/proc");
  for (const auto& name : names.value_or(std::vector<std::string>{})) {
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec == std::errc{} && parsed.ptr == name.data() + name.size() && pid != ::getpid() &&
        has_open(name, *wanted))
      found.push_back(pid);
  }
  return found;
}

} // namespace floe
