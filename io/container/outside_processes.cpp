#include "io/container/outside_processes.hpp"

#include "io/posix/file_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace floe {

namespace {

constexpr size_t list_bytes_max = size_t{4} << 20;
constexpr size_t stat_bytes_max = 4096;
constexpr int depth_max = 4096; ///< the tree changes while it is climbed

process_line look_at(pid_t pid) {
  const auto text = read_small_file(fmt::format("/proc/{}/stat", pid), stat_bytes_max);
  return text ? parse_process_stat(*text) : process_line{};
}

bool descends_from(pid_t first, pid_t pid) {
  for (int depth = 0; depth < depth_max && pid > 1; ++depth) {
    if (pid == first)
      return true;
    pid = look_at(pid).parent;
  }
  return false;
}

} // namespace

process_line parse_process_stat(std::string_view text) {
  // A name may hold anything, spaces and brackets too.
  const auto begin = text.find('(');
  const auto end = text.rfind(')');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin ||
      text.size() < end + 5)
    return {};
  process_line line;
  line.name = text.substr(begin + 1, end - begin - 1);
  const auto rest = text.substr(end + 4); // behind ` S `
  std::from_chars(rest.data(), rest.data() + rest.size(), line.parent);
  return line;
}

std::vector<std::string> outside_processes(const cgroup_freezer& cgroup, pid_t first) {
  std::vector<std::string> outside;
  const auto list = read_small_file(cgroup.directory() + "/cgroup.procs", list_bytes_max);
  std::string_view left;
  if (list)
    left = *list;
  while (!left.empty()) {
    const auto line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(left.size(), line.size() + 1));
    pid_t pid = 0;
    std::from_chars(line.data(), line.data() + line.size(), pid);
    if (pid <= 0 || descends_from(first, pid))
      continue;
    if (const auto what = look_at(pid); what.parent > 0)
      outside.push_back(fmt::format("{} ({})", pid, what.name));
  }
  return outside;
}

} // namespace floe
