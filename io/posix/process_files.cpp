#include "io/posix/process_files.hpp"

#include "io/posix/file_tree.hpp"

#include <climits>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
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

/// By name: to look at the file itself can mean to ask a file system that does not answer, one of a
/// frozen container's for example.
bool has_open_path(const std::string& process, const std::string& path) {
  const auto descriptors = "/proc/" + process + "/fd";
  const auto names = list_directory(descriptors);
  if (!names)
    return false; // it is gone
  return std::ranges::any_of(*names, [&](const std::string& name) {
    char target[PATH_MAX];
    const auto length = ::readlink((descriptors + "/" + name).c_str(), target, sizeof target);
    return length > 0 && std::string_view{target, static_cast<size_t>(length)} == path;
  });
}

/// As /proc writes it. Empty if there is none.
std::string real_path(const std::string& path) {
  std::error_code failed;
  return std::filesystem::canonical(path, failed).string();
}

} // namespace

bool has_open(pid_t pid, const std::string& path) {
  const auto wanted = real_path(path);
  return !wanted.empty() && has_open_path(std::to_string(pid), wanted);
}

bool lineage_has_open(pid_t pid, const std::string& path) {
  const auto wanted = real_path(path);
  for (int generation = 0; !wanted.empty() && pid > 1 && generation < ancestors_max; ++generation) {
    if (has_open_path(std::to_string(pid), wanted))
      return true;
    pid = parent_of(pid);
  }
  return false;
}

std::vector<pid_t> processes_with_open(const std::string& path) {
  std::vector<pid_t> found;
  const auto wanted = real_path(path);
  if (wanted.empty())
    return found;
  const auto names = list_directory("/proc");
  for (const auto& name : names.value_or(std::vector<std::string>{})) {
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec == std::errc{} && parsed.ptr == name.data() + name.size() && pid != ::getpid() &&
        has_open_path(name, wanted))
      found.push_back(pid);
  }
  return found;
}

} // namespace floe
