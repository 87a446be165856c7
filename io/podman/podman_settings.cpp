#include "io/podman/podman_settings.hpp"

#include "io/podman/podman_configuration.hpp"
#include "io/podman/podman_rows.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/process.hpp"

#include <algorithm>
#include <filesystem>
#include <unistd.h>

namespace floe {

namespace {

constexpr size_t short_file_bytes_max = 4096;

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// Podman's built-in list, which `[engine.runtimes]` adds to.
std::map<std::string, std::vector<std::string>> known_runtimes() {
  const auto usual = [](const std::string& name) {
    std::vector<std::string> paths;
    for (const auto* directory : {"/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/",
                                  "/sbin/", "/bin/", "/run/current-system/sw/bin/"})
      paths.push_back(directory + name);
    return paths;
  };
  std::map<std::string, std::vector<std::string>> runtimes;
  for (const auto* name : {"crun", "runc", "runsc", "youki"})
    runtimes[name] = usual(name);
  runtimes["runc"].insert(runtimes["runc"].end() - 1, "/usr/lib/cri-o-runc/sbin/runc");
  return runtimes;
}

std::string first_line(const std::string& path) {
  auto text = read_small_file(path, short_file_bytes_max);
  return text ? text->substr(0, text->find('\n')) : std::string{};
}

/// crun where it is installed, as Podman has it.
std::string default_runtime(const podman_settings& settings) {
  for (const auto* name : {"crun", "runc", "runsc"})
    if (!settings.runtime_program(name).empty())
      return name;
  return "runc";
}

/// The directory of networks depends on the backend that Podman settled for at its first start.
std::string default_network_directory(const engine_configuration& engine,
                                      const podman_settings& settings) {
  auto backend = engine.network_backend;
  if (backend.empty())
    backend = first_line(settings.graph_root + "/defaultNetworkBackend");
  return backend == "cni" ? "/etc/cni/net.d" : "/etc/containers/networks";
}

void choose_database(podman_settings& settings, const engine_configuration& engine,
                     bool transient) {
  const auto bolt = (transient ? settings.tmp_dir : settings.static_dir) + "/bolt_state.db";
  auto directory = settings.graph_root;
  if (transient)
    directory = settings.run_root;
  else if (!engine.static_dir.empty() && settings.overrides.root.empty())
    directory = settings.static_dir;
  const auto sqlite = directory + "/db.sql";
  const auto wanted = engine.database_backend;
  if (wanted != "sqlite" && exists(bolt)) {
    settings.database_backend = "boltdb";
    settings.database = bolt;
  } else if (wanted != "boltdb" && exists(sqlite)) {
    settings.database_backend = "sqlite";
    settings.database = sqlite;
  }
}

void take(const std::string& recorded, std::string& into) {
  if (!recorded.empty())
    into = recorded;
}

/// Podman goes by what the database was made with, except for what its options say.
void merge_recorded(podman_settings& settings) {
  if (settings.database.empty())
    return;
  const auto recorded = settings.database_backend == "sqlite" ? read_sqlite_paths(settings.database)
                                                              : read_bolt_paths(settings.database);
  if (!recorded)
    return;
  take(recorded->tmp_dir, settings.tmp_dir);
  take(recorded->graph_driver, settings.graph_driver);
  if (settings.overrides.run_root.empty())
    take(recorded->run_root, settings.run_root);
  if (settings.overrides.root.empty()) {
    take(recorded->graph_root, settings.graph_root);
    take(recorded->static_dir, settings.static_dir);
    take(recorded->volume_path, settings.volume_path);
  }
}

void place(podman_settings& settings, const storage_configuration& storage,
           const engine_configuration& engine) {
  const auto& overrides = settings.overrides;
  const auto or_else = [](const std::string& text, const std::string& other) {
    return text.empty() ? other : text;
  };
  settings.graph_root = or_else(overrides.root, storage.graph_root);
  settings.run_root = or_else(overrides.run_root, storage.run_root);
  settings.graph_driver = storage.driver;
  settings.static_dir = settings.graph_root + "/libpod";
  settings.volume_path = settings.graph_root + "/volumes";
  if (overrides.root.empty()) {
    settings.static_dir = or_else(engine.static_dir, settings.static_dir);
    settings.volume_path = or_else(engine.volume_path, settings.volume_path);
  }
  settings.tmp_dir = or_else(engine.tmp_dir, "/run/libpod");
  const auto systemd = first_line("/proc/1/comm") == "systemd";
  settings.cgroup_manager = or_else(engine.cgroup_manager, systemd ? "systemd" : "cgroupfs");
  settings.lock_type = or_else(engine.lock_type, "shm");
  settings.runtime_paths = engine.runtime_paths;
  settings.runtime = or_else(engine.runtime, default_runtime(settings));
}

} // namespace

std::vector<std::string> podman_settings::global_arguments() const {
  std::vector<std::string> arguments;
  if (!overrides.root.empty())
    arguments.insert(arguments.end(), {"--root", overrides.root});
  if (!overrides.run_root.empty())
    arguments.insert(arguments.end(), {"--runroot", overrides.run_root});
  return arguments;
}

std::string podman_settings::runtime_program(const std::string& name) const {
  const auto executable = [](const std::string& path) {
    return path.starts_with('/') && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.starts_with('/'))
    return executable(name) ? name : std::string{};
  if (const auto paths = runtime_paths.find(name); paths != runtime_paths.end()) {
    const auto found = std::ranges::find_if(paths->second, executable);
    if (found != paths->second.end())
      return *found;
  }
  return find_program(name, program_search_path());
}

namespace {

/// All but the program.
expected<podman_settings> read_settings(const podman_overrides& overrides) {
  podman_settings settings;
  settings.overrides = overrides;
  for (const auto& root : {overrides.root, overrides.run_root})
    if (!root.empty() && !root.starts_with('/'))
      return fail(error_code::usage, root, "a root of Podman must be an absolute path");
  const auto storage = read_storage_configuration();
  if (!storage)
    return tl::unexpected{storage.error()};
  engine_configuration defaults;
  defaults.runtime_paths = known_runtimes();
  const auto engine = read_engine_configuration(std::move(defaults));
  if (!engine)
    return tl::unexpected{engine.error()};
  place(settings, *storage, *engine);
  choose_database(settings, *engine, storage->transient);
  merge_recorded(settings);
  settings.network_config_dir = engine->network_config_dir.empty()
                                    ? default_network_directory(*engine, settings)
                                    : engine->network_config_dir;
  return settings;
}

} // namespace

expected<podman_settings> find_podman(const podman_overrides& overrides) {
  const auto name = overrides.program.empty() ? std::string{"podman"} : overrides.program;
  auto program = find_program(name, program_search_path());
  if (program.empty())
    return fail(error_code::no_podman, name, "Podman is not installed, or not found",
                "install it, or name it with --podman");
  auto settings = read_settings(overrides);
  if (settings)
    settings->program = std::move(program);
  return settings;
}

std::string unseen_podman_database(const podman_overrides& overrides) {
  const auto settings = read_settings(overrides);
  return settings ? settings->database : std::string{};
}

} // namespace floe
