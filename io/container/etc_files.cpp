#include "io/container/etc_files.hpp"

#include "io/posix/file_tree.hpp"
#include "io/posix/small_file.hpp"
#include "model/finish_spec.hpp"
#include "model/json_access.hpp"
#include "model/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace floe {

namespace {

constexpr size_t base_bytes_max = size_t{1} << 20;

bool user_mounts(const container_config& config, std::string_view destination) {
  auto mounts = config.spec.find("mounts");
  if (mounts != config.spec.end() && mounts->is_array())
    for (const auto& mount : *mounts)
      if (mount.is_object() && text_member(mount, "destination") == destination)
        return true;
  return std::ranges::any_of(config.volumes, [&](const named_volume& volume) {
    return volume.destination == destination;
  });
}

bool has_own_network(const container_config& config) {
  auto spec_linux = config.spec.find("linux");
  if (spec_linux == config.spec.end() || !spec_linux->is_object() ||
      !spec_linux->contains("namespaces"))
    return false;
  const auto& namespaces = (*spec_linux)["namespaces"];
  return namespaces.is_array() && std::ranges::any_of(namespaces, [](const json& entry) {
           return entry.is_object() && text_member(entry, "type") == "network";
         });
}

std::string quoted(const std::string& text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

struct own_file {
  const char* destination;
  const char* name; ///< in the run directory
  std::string text;
};

} // namespace

std::string make_hosts(std::string_view base, const std::string& own_address,
                       const std::string& hostname, const std::string& name) {
  std::string out;
  std::set<std::string> known;
  for (const auto& line : split_text(base, '\n')) {
    auto text = line.substr(0, line.find('#'));
    std::vector<std::string> words;
    for (size_t at = 0; (at = text.find_first_not_of(" \t\r", at)) != std::string::npos;) {
      auto end = std::min(text.find_first_of(" \t\r", at), text.size());
      words.push_back(text.substr(at, end - at));
      at = end;
    }
    if (words.size() < 2)
      continue;
    known.insert(words.begin() + 1, words.end());
    out += words[0] + "\t";
    for (size_t index = 1; index < words.size(); ++index)
      out += (index > 1 ? " " : "") + words[index];
    out += "\n";
  }
  auto add = [&](const std::string& address, std::vector<std::string> names) {
    std::erase_if(names, [&](const std::string& each) { return known.contains(each); });
    if (names.empty())
      return;
    out += address + "\t" + fmt::format("{}", fmt::join(names, " ")) + "\n";
  };
  add("127.0.0.1", {"localhost"});
  add("::1", {"localhost"});
  add(own_address, {hostname, name});
  return out;
}

std::string make_container_env(const container_config& config) {
  if (!config.privileged)
    return {};
  return fmt::format("engine=\"floe\"\nname={}\nid={}\nimage={}\nimageid={}\nrootless=0\n",
                     quoted(config.name), quoted(config.id), quoted(config.image_name),
                     quoted(config.image_id));
}

bool has_container_env(const container_config& config) {
  return !user_mounts(config, "/run");
}

expected<std::vector<std::pair<std::string, std::string>>>
make_etc_files(const host_settings& settings, const container_config& config, bool container_env) {
  auto directory = run_directory(settings, config.id);
  if (auto made = make_directories(directory); !made)
    return tl::unexpected{made.error()};
  auto hostname = container_hostname(config);
  auto base = read_small_file("/etc/hosts", base_bytes_max).value_or(std::string{});
  std::vector<own_file> files{
      {"/etc/hosts", "hosts", make_hosts(base, "127.0.0.1", hostname, config.name)},
      {"/etc/hostname", "hostname", hostname}};
  // Without a network there are no name servers to ask.
  if (!has_own_network(config))
    files.push_back({"/etc/resolv.conf", "resolv.conf",
                     read_small_file("/etc/resolv.conf", base_bytes_max).value_or("")});
  if (container_env)
    files.push_back({"/run/.containerenv", ".containerenv", make_container_env(config)});
  std::vector<std::pair<std::string, std::string>> mounts;
  for (const auto& file : files) {
    if (user_mounts(config, file.destination))
      continue;
    auto path = directory + "/" + file.name;
    if (auto written = write_file(path, file.text, 0644); !written)
      return tl::unexpected{written.error()};
    mounts.emplace_back(file.destination, path);
  }
  if (!config.shm_directory.empty() && !user_mounts(config, "/dev/shm"))
    mounts.emplace_back("/dev/shm", config.shm_directory);
  return mounts;
}

} // namespace floe
