#include "io/podman/podman_configuration.hpp"

#include "io/posix/file_tree.hpp"

#include <cstdlib>
#include <filesystem>
#include <toml++/toml.h>
#include <utility>

namespace floe {

namespace {

constexpr size_t configuration_bytes_max = size_t{1} << 20;
constexpr const char* default_graph_root = "/var/lib/containers/storage";
constexpr const char* default_run_root = "/run/containers/storage";

std::string environment(const char* name) {
  const auto* value = std::getenv(name);
  return value != nullptr ? value : std::string{};
}

enum class absence { allowed, refused };

expected<toml::table> read_toml(const std::string& path, absence absent) {
  auto text = read_small_file(path, configuration_bytes_max);
  if (!text && text.error().code == error_code::no_such_file && absent == absence::allowed)
    return toml::table{};
  if (!text)
    return fail(error_code::usage, path, text.error().cause,
                "Podman needs it too: the environment names it");
  try {
    return toml::parse(*text, path);
  } catch (const toml::parse_error& wrong) {
    return fail(error_code::usage, path,
                "line " + std::to_string(wrong.source().begin.line) + ": " +
                    std::string{wrong.description()},
                "mend it: Podman cannot read it either");
  }
}

void take(const toml::node_view<toml::node>& value, std::string& into) {
  if (auto text = value.value<std::string>())
    into = std::move(*text);
}

/// Podman follows links in the roots, and works with what it finds.
std::string resolved(const std::string& path) {
  std::error_code failed;
  const auto real = std::filesystem::canonical(path, failed);
  return failed ? std::filesystem::path{path}.lexically_normal().string() : real.string();
}

void merge(toml::table& table, engine_configuration& into) {
  const auto engine = table["engine"];
  take(engine["static_dir"], into.static_dir);
  take(engine["tmp_dir"], into.tmp_dir);
  take(engine["volume_path"], into.volume_path);
  take(engine["database_backend"], into.database_backend);
  take(engine["cgroup_manager"], into.cgroup_manager);
  take(engine["runtime"], into.runtime);
  take(engine["lock_type"], into.lock_type);
  take(table["network"]["network_backend"], into.network_backend);
  take(table["network"]["network_config_dir"], into.network_config_dir);
  auto* runtimes = engine["runtimes"].as_table();
  if (runtimes == nullptr)
    return;
  for (auto& [name, value] : *runtimes) {
    std::vector<std::string> paths;
    if (const auto* list = value.as_array())
      for (const auto& path : *list)
        paths.push_back(path.value_or(std::string{}));
    into.runtime_paths[std::string{name.str()}] = std::move(paths);
  }
}

struct configuration_file {
  std::string path;
  absence absent;
};

expected<std::vector<configuration_file>> engine_files() {
  std::vector<configuration_file> files;
  if (const auto chosen = environment("CONTAINERS_CONF"); !chosen.empty()) {
    files.push_back({chosen, absence::refused});
  } else {
    files.push_back({"/usr/share/containers/containers.conf", absence::allowed});
    files.push_back({"/etc/containers/containers.conf", absence::allowed});
    const std::string further = "/etc/containers/containers.conf.d";
    auto names = list_directory(further);
    if (!names)
      return tl::unexpected{names.error()};
    for (const auto& name : *names)
      if (name.ends_with(".conf"))
        files.push_back({further + "/" + name, absence::allowed});
  }
  if (const auto last = environment("CONTAINERS_CONF_OVERRIDE"); !last.empty())
    files.push_back({last, absence::refused});
  return files;
}

} // namespace

expected<storage_configuration> read_storage_configuration() {
  configuration_file file{environment("CONTAINERS_STORAGE_CONF"), absence::refused};
  std::error_code ignored;
  if (file.path.empty())
    file = {std::filesystem::exists("/etc/containers/storage.conf", ignored)
                ? "/etc/containers/storage.conf"
                : "/usr/share/containers/storage.conf",
            absence::allowed};
  auto table = read_toml(file.path, file.absent);
  if (!table)
    return tl::unexpected{table.error()};
  const auto storage = (*table)["storage"];
  storage_configuration found;
  take(storage["graphroot"], found.graph_root);
  take(storage["runroot"], found.run_root);
  take(storage["driver"], found.driver);
  found.transient = storage["transient_store"].value_or(false);
  if (const auto driver = environment("STORAGE_DRIVER"); !driver.empty())
    found.driver = driver;
  if (found.driver.empty() || found.driver == "overlay2")
    found.driver = "overlay";
  found.graph_root = resolved(found.graph_root.empty() ? default_graph_root : found.graph_root);
  found.run_root = resolved(found.run_root.empty() ? default_run_root : found.run_root);
  return found;
}

expected<engine_configuration> read_engine_configuration(engine_configuration defaults) {
  const auto files = engine_files();
  if (!files)
    return tl::unexpected{files.error()};
  for (const auto& [path, absent] : *files) {
    auto table = read_toml(path, absent);
    if (!table)
      return tl::unexpected{table.error()};
    merge(*table, defaults);
  }
  return defaults;
}

} // namespace floe
