#include "io/container/container_host.hpp"

#include "io/container/runc_runtime.hpp"
#include "io/posix/file_tree.hpp"
#include "io/store/staging_directory.hpp"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <unistd.h>

namespace floe {

struct container_host::parts {
  host_settings settings;
  runtime_factory make_runtime;
  std::unique_ptr<store> state;
  std::mutex mutex; ///< guards what follows
  std::map<std::string, std::unique_ptr<oci_runtime>> runtimes;
  std::optional<criu_program> criu;
  std::optional<expected<std::unique_ptr<podman_host>>> podman;
};

expected<std::unique_ptr<container_host>> container_host::open(host_settings settings,
                                                               runtime_factory make_runtime) {
  if (::geteuid() != 0)
    return fail(error_code::not_root, "floe", "native containers need root",
                "run it as root, as with sudo");
  for (const auto* base : {&settings.root, &settings.run_root})
    if (!base->starts_with('/'))
      return fail(error_code::usage, *base, "it is not an absolute path");
  for (const auto& directory : {settings.root + "/containers", settings.root + "/volumes",
                                settings.run_root + "/containers", exit_directory(settings),
                                settings.run_root + "/runtime"})
    if (auto made = make_directories(directory); !made)
      return tl::unexpected{made.error()};
  auto state = store::open(settings.root);
  if (!state)
    return tl::unexpected{state.error()};
  // Each start tries again; meanwhile what is left over is in nobody's way.
  if (auto swept = sweep_leftovers(settings); !swept)
    spdlog::warn("what an earlier floe left over stays: {}", describe(swept.error()));
  auto opened = std::make_unique<parts>();
  opened->settings = std::move(settings);
  opened->make_runtime = make_runtime ? std::move(make_runtime) : make_runc_runtime;
  opened->state = std::move(*state);
  return std::make_unique<container_host>(std::move(opened));
}

namespace {

/// A list without Podman's containers looks like that of a host without any.
void warn_of_what_is_not_seen(const expected<std::unique_ptr<podman_host>>& podman,
                              const podman_overrides& overrides) {
  if (podman || podman.error().code != error_code::no_podman) {
    std::error_code ignored;
    if (!overrides.root.empty() && !std::filesystem::is_directory(overrides.root, ignored))
      spdlog::warn("there is no storage of Podman's at {}", overrides.root);
    return;
  }
  if (const auto database = unseen_podman_database(overrides); !database.empty())
    spdlog::warn("containers of Podman's are not seen: its database is {}, but podman is not in "
                 "PATH; name it with --podman",
                 database);
}

} // namespace

container_host::container_host(std::unique_ptr<parts> opened) : parts_{std::move(opened)} {}
container_host::~container_host() = default;

const host_settings& container_host::settings() const {
  return parts_->settings;
}

store& container_host::state() {
  return *parts_->state;
}

expected<oci_runtime*> container_host::runtime(const std::string& name_or_path) {
  // Without CRIU containers can still live; checkpoints say what is missing.
  const auto found = criu();
  std::lock_guard guard{parts_->mutex};
  // Containers note the short name; the configured path is meant by it too.
  const auto& configured = parts_->settings.runtime;
  auto is_configured = name_or_path.empty() || configured.ends_with("/" + name_or_path);
  const auto& wanted = is_configured ? configured : name_or_path;
  auto& known = parts_->runtimes[wanted];
  if (!known) {
    auto made = parts_->make_runtime(wanted, parts_->settings, found.value_or(criu_program{}));
    if (!made)
      return tl::unexpected{made.error()};
    known = std::move(*made);
  }
  return known.get();
}

expected<criu_program> container_host::criu() {
  std::lock_guard guard{parts_->mutex};
  if (!parts_->criu) {
    auto found = find_criu(parts_->settings.criu);
    if (!found)
      return tl::unexpected{found.error()};
    parts_->criu = *found;
  }
  return *parts_->criu;
}

expected<podman_host*> container_host::podman() {
  const auto found = criu();
  const std::lock_guard guard{parts_->mutex};
  auto& known = parts_->podman;
  if (!known) {
    known.emplace(podman_host::open(parts_->settings.podman, found.value_or(criu_program{})));
    warn_of_what_is_not_seen(*known, parts_->settings.podman);
  }
  if (!*known)
    return tl::unexpected{known->error()};
  return (*known)->get();
}

} // namespace floe
