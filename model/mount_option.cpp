#include "model/mount_option.hpp"

#include "model/names.hpp"
#include "model/text.hpp"

#include <algorithm>
#include <array>

namespace floe {

namespace {

tl::unexpected<error> refuse(const std::string& text, std::string cause) {
  return fail(error_code::usage, "mount " + text, std::move(cause));
}

bool has(const std::vector<std::string>& options, std::string_view wanted) {
  return std::ranges::find(options, wanted) != options.end();
}

// At most one of each group may be given.
using group = std::vector<std::string_view>;
const std::array exclusive{group{"ro", "rw"},
                           group{"suid", "nosuid"},
                           group{"dev", "nodev"},
                           group{"exec", "noexec"},
                           group{"bind", "rbind"},
                           group{"z", "Z"},
                           group{"copy", "nocopy"},
                           group{"tmpcopyup", "notmpcopyup"},
                           group{"private", "rprivate", "shared", "rshared", "slave", "rslave",
                                 "unbindable", "runbindable"}};
constexpr size_t propagation = exclusive.size() - 1;

size_t count_of(const std::vector<std::string>& options, const group& alternatives) {
  return static_cast<size_t>(std::ranges::count_if(
      alternatives, [&](std::string_view alternative) { return has(options, alternative); }));
}

expected<void> check_options(const std::string& text, const std::vector<std::string>& options,
                             const std::vector<std::string_view>& allowed,
                             const std::vector<std::string_view>& allowed_with_value) {
  for (const auto& option : options) {
    auto name = std::string_view{option}.substr(0, option.find('='));
    bool has_value = name.size() < option.size();
    const auto& list = has_value ? allowed_with_value : allowed;
    if (std::ranges::find(list, name) == list.end())
      return refuse(text, "its option \"" + option + "\" is not known");
    if (std::ranges::count(options, option) > 1)
      return refuse(text, "its option \"" + option + "\" is given twice");
  }
  for (const auto& alternatives : exclusive)
    if (count_of(options, alternatives) > 1)
      return refuse(text, "two of its options exclude each other");
  return {};
}

const std::vector<std::string_view> volume_options{
    "ro",      "rw",     "z",      "Z",          "U",           "nosuid",  "suid",     "nodev",
    "dev",     "noexec", "exec",   "bind",       "rbind",       "private", "rprivate", "shared",
    "rshared", "slave",  "rslave", "unbindable", "runbindable", "copy",    "nocopy"};
const std::vector<std::string_view> tmpfs_options{
    "ro",      "rw",    "U",         "nosuid",      "suid",    "nodev",    "dev",
    "noexec",  "exec",  "tmpcopyup", "notmpcopyup", "private", "rprivate", "shared",
    "rshared", "slave", "rslave",    "noatime",     "relatime"};
const std::vector<std::string_view> tmpfs_options_with_value{"size", "mode",      "uid",
                                                             "gid",  "nr_inodes", "nr_blocks"};

expected<std::string> check_destination(const std::string& text, const std::string& path) {
  if (!path.starts_with('/') || path.find('\0') != std::string::npos)
    return refuse(text, "its path in the container must be absolute");
  auto clean = clean_path(path);
  if (clean == "/")
    return refuse(text, "it cannot be mounted on / of the container");
  return clean;
}

void complete_volume(mount_option& mount) {
  auto& options = mount.options;
  bool named = mount.what == mount_option::kind::volume;
  if (count_of(options, exclusive[0]) == 0)
    options.push_back("rw");
  if (count_of(options, exclusive[propagation]) == 0)
    options.push_back("rprivate");
  if (named && count_of(options, exclusive[1]) == 0)
    options.push_back("nosuid");
  if (named && count_of(options, exclusive[2]) == 0)
    options.push_back("nodev");
  if (count_of(options, exclusive[4]) == 0)
    options.push_back("rbind");
}

} // namespace

std::vector<std::string> default_volume_options() {
  mount_option mount;
  complete_volume(mount);
  return mount.options;
}

std::string clean_path(std::string_view path) {
  std::vector<std::string> parts;
  for (auto& part : split_text(path, '/')) {
    if (part == ".." && !parts.empty())
      parts.pop_back();
    else if (!part.empty() && part != "." && part != "..")
      parts.push_back(std::move(part));
  }
  std::string clean;
  for (const auto& part : parts)
    clean += "/" + part;
  return clean.empty() ? "/" : clean;
}

expected<mount_option> parse_volume_option(const std::string& text) {
  auto parts = split_text(text, ':');
  if (parts.size() > 3 || text.empty())
    return refuse(text, "it is not [SOURCE:]/PATH[:OPTIONS]");
  mount_option mount;
  // `/path` alone is an anonymous volume.
  if (parts.size() > 1) {
    mount.source = parts.front();
    parts.erase(parts.begin());
    if (mount.source.starts_with('/')) {
      mount.what = mount_option::kind::host_path;
      mount.source = clean_path(mount.source);
    } else if (!is_name(mount.source)) {
      return refuse(text, "its source is neither an absolute path nor the name of a volume");
    }
  }
  auto destination = check_destination(text, parts[0]);
  if (!destination)
    return tl::unexpected{destination.error()};
  mount.destination = std::move(*destination);
  if (parts.size() > 1)
    mount.options = split_text(parts[1], ',');
  if (auto checked = check_options(text, mount.options, volume_options, {}); !checked)
    return tl::unexpected{checked.error()};
  complete_volume(mount);
  return mount;
}

expected<mount_option> parse_tmpfs_option(const std::string& text) {
  auto colon = std::min(text.find(':'), text.size());
  mount_option mount;
  mount.what = mount_option::kind::tmpfs;
  auto destination = check_destination(text, text.substr(0, colon));
  if (!destination)
    return tl::unexpected{destination.error()};
  mount.destination = std::move(*destination);
  if (colon + 1 < text.size())
    mount.options = split_text(std::string_view{text}.substr(colon + 1), ',');
  auto& options = mount.options;
  if (auto checked = check_options(text, options, tmpfs_options, tmpfs_options_with_value);
      !checked)
    return tl::unexpected{checked.error()};
  if (count_of(options, exclusive[0]) == 0)
    options.push_back("rw");
  if (count_of(options, exclusive[propagation]) == 0)
    options.push_back("rprivate");
  if (count_of(options, exclusive[1]) == 0)
    options.push_back("nosuid");
  if (count_of(options, exclusive[2]) == 0)
    options.push_back("nodev");
  if (std::erase(options, "notmpcopyup") == 0 && !has(options, "tmpcopyup"))
    options.push_back("tmpcopyup");
  return mount;
}

} // namespace floe
