// The Podman of this host: found once per process, its database read anew for every question.
#pragma once

#include "io/container/criu_program.hpp"
#include "io/container/oci_runtime.hpp"
#include "io/podman/podman_program.hpp"
#include "io/podman/podman_queries.hpp"
#include "io/podman/podman_state.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// Thread-safe.
class podman_host {
 public:
  /// \p criu is what runtimes and Podman find as criu; its path may be empty. Errors: as
  /// find_podman.
  static expected<std::unique_ptr<podman_host>> open(const podman_overrides& overrides,
                                                     criu_program criu);

  const podman_settings& settings() const { return settings_; }

  /// How it is called.
  podman_program program() const { return {settings_.program, settings_.global_arguments()}; }

  /// What Podman has at this moment. Errors: as podman_state::read.
  expected<podman_state> state() const { return read({}); }

  /// Whether its database has such a row, if only one that cannot be understood. Errors: as
  /// podman_state::read.
  expected<bool> has(const podman_row_key& key) const;

  /// One thing of it by its whole id, or by a volume's name, without looking at the others. Errors:
  /// also no_such_container, no_such_pod, no_such_volume.
  expected<podman_container> container(const std::string& id) const;
  expected<podman_pod> pod(const std::string& id) const;
  expected<podman_volume> volume(const std::string& name) const;

  /// As choose_podman_image, but Podman is asked only once for each image that it has.
  expected<podman_image> choose_image(const std::string& id, const std::string& name,
                                      const std::stop_token& stop);

  /// Sets up the loopback device of a container that was just restored; what is wrong as a line for
  /// people, else empty.
  std::string set_up_loopback(const std::string& id) const;

  /// The driver of a container's OCI runtime, with the state that Podman's runtime has; made once
  /// per name. Errors: runtime_missing.
  expected<oci_runtime*> runtime(const std::string& name_or_path);

  /// Runs `podman ARGUMENTS…` on this storage and returns what it wrote to stdout. \p subject names
  /// the thing concerned. Errors: \p code with what Podman says, timed_out, cancelled.
  expected<std::string> run(std::vector<std::string> arguments, const std::string& subject,
                            std::chrono::milliseconds limit, const std::stop_token& stop = {},
                            error_code code = error_code::runtime_failed) const;

 private:
  podman_host(podman_overrides overrides, podman_settings settings, criu_program criu)
      : overrides_{std::move(overrides)}, settings_{std::move(settings)}, criu_{std::move(criu)} {}

  expected<podman_state> read(const std::optional<podman_row_key>& only) const;

  podman_overrides overrides_;
  podman_settings settings_;
  criu_program criu_;
  std::mutex mutex_; ///< guards what follows
  std::map<std::string, std::unique_ptr<oci_runtime>> runtimes_;
  std::map<std::pair<std::string, std::string>, podman_image> images_; ///< by id and name
};

} // namespace floe
