#include "io/container/user_lookup.hpp"

#include "io/posix/in_root.hpp"
#include "model/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>

namespace floe {

namespace {

constexpr size_t file_bytes_max = size_t{4} << 20;
constexpr int64_t id_max = INT32_MAX;

/// The text of a regular file, not more than the limit of it; empty for anything else.
std::string read_in_root(const std::string& root_path, const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  auto file = open_in_root(root_path, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return {};
  std::string text;
  std::array<char, 16384> buffer;
  while (text.size() < file_bytes_max) {
    auto count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      break;
    text.append(buffer.data(), static_cast<size_t>(count));
  }
  return text;
}

std::optional<int64_t> number_from(std::string_view text) {
  if (text.starts_with('+'))
    text.remove_prefix(1);
  int64_t number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

uint32_t id_from(const std::string& text) {
  auto number = number_from(text);
  return number && *number >= 0 && *number <= id_max ? static_cast<uint32_t>(*number) : 0;
}

std::string_view trim(std::string_view text) {
  auto begin = text.find_first_not_of(" \t\r");
  if (begin == text.npos)
    return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

using fields = std::vector<std::string>;

/// Lines of a file with at least \p count fields, missing ones empty.
std::vector<fields> read_lines(std::string_view text, size_t count, bool with_comments) {
  std::vector<fields> lines;
  for (const auto& line : split_text(text, '\n')) {
    auto trimmed = trim(line);
    if (trimmed.empty() || (with_comments && trimmed.starts_with('#')))
      continue;
    auto parts = split_text(trimmed, ':');
    if (parts.size() < count)
      parts.resize(count);
    lines.push_back(std::move(parts));
  }
  return lines;
}

tl::unexpected<error> unknown(const char* what, const std::string& name, const char* file) {
  return fail(error_code::usage, std::string{what} + " " + name,
              std::string{"unable to find it: no matching entries in the container's "} + file);
}

tl::unexpected<error> out_of_range(const char* what, const std::string& name) {
  return fail(error_code::usage, std::string{what} + " " + name,
              "uids and gids must be in range 0-2147483647");
}

expected<uint32_t> find_group(const std::vector<fields>& groups, const std::string& name) {
  auto number = number_from(name);
  for (const auto& group : groups)
    if (number ? number_from(group[2]) == number : group[0] == name)
      return id_from(group[2]);
  if (!number)
    return unknown("group", name, "group file");
  if (*number < 0 || *number > id_max)
    return out_of_range("group", name);
  return static_cast<uint32_t>(*number);
}

/// `--group-add`: a name or a number that is a group's, else a number.
expected<uint32_t> find_further_group(const std::vector<fields>& groups, const std::string& name) {
  for (const auto& group : groups)
    if (group[0] == name || group[2] == name)
      return id_from(group[2]);
  return find_group(groups, name);
}

void add_once(std::vector<uint32_t>& ids, uint32_t id) {
  if (std::ranges::find(ids, id) == ids.end())
    ids.push_back(id);
}

} // namespace

expected<resolved_user> resolve_user(std::string_view passwd, std::string_view group,
                                     const std::string& user,
                                     const std::vector<std::string>& further) {
  auto parts = split_text(user, ':');
  const auto& user_part = parts[0];
  const std::string group_part = parts.size() > 1 ? parts[1] : std::string{};
  auto groups = read_lines(group, 4, true);
  resolved_user found;
  auto number = user_part.empty() ? std::optional<int64_t>{0} : number_from(user_part);
  std::string matched_name;
  bool matched = false;
  for (const auto& line : read_lines(passwd, 7, false)) {
    if (number ? id_from(line[2]) != *number : line[0] != user_part)
      continue;
    found.uid = id_from(line[2]);
    found.gid = id_from(line[3]);
    found.home = line[5];
    matched_name = line[0];
    matched = true;
    break;
  }
  if (!matched && !number)
    return unknown("user", user_part, "passwd file");
  if (!matched) {
    if (*number < 0 || *number > id_max)
      return out_of_range("user", user_part);
    found.uid = static_cast<uint32_t>(*number);
  }
  if (!group_part.empty()) {
    auto gid = find_group(groups, group_part);
    if (!gid)
      return tl::unexpected{gid.error()};
    found.gid = *gid;
  } else if (matched) {
    for (const auto& line : groups) {
      auto members = split_text(line[3], ',');
      if (std::ranges::find(members, matched_name) != members.end())
        add_once(found.further, id_from(line[2]));
    }
  }
  for (const auto& name : further) {
    auto gid = find_further_group(groups, name);
    if (!gid)
      return tl::unexpected{gid.error()};
    add_once(found.further, *gid);
  }
  return found;
}

expected<resolved_user> look_up_user(const std::string& root_path, const std::string& user,
                                     const std::vector<std::string>& groups) {
  return resolve_user(read_in_root(root_path, "/etc/passwd"), read_in_root(root_path, "/etc/group"),
                      user, groups);
}

} // namespace floe
