// Everything that native containers need of this host, opened once per process and shared by all
// actors' workers.
#pragma once

#include "io/container/criu_program.hpp"
#include "io/container/host_settings.hpp"
#include "io/container/oci_runtime.hpp"
#include "io/podman/podman_host.hpp"
#include "io/store/store.hpp"

#include <functional>
#include <memory>
#include <string>

namespace floe {

/// Makes the driver of a runtime by its name (`runc`, `crun`) or path. The path of the CRIU is
/// empty if there is no usable one.
using runtime_factory = std::function<expected<std::unique_ptr<oci_runtime>>(
    const std::string& name_or_path, const host_settings& settings, const criu_program& criu)>;

/// Thread-safe.
class container_host {
 public:
  /// Creates the directories (0700), opens the store. \p make_runtime is replaced by tests.
  /// Errors: not_root, store_failed, io_failed.
  static expected<std::unique_ptr<container_host>> open(host_settings settings,
                                                        runtime_factory make_runtime = {});
  ~container_host();

  const host_settings& settings() const;
  store& state();

  /// The driver for a container's runtime, made once per name. Errors: runtime_missing.
  expected<oci_runtime*> runtime(const std::string& name_or_path);

  /// A usable CRIU, found once. Errors: criu_missing, criu_unusable.
  expected<criu_program> criu();

  /// The Podman beside floe, looked for once. Errors: no_podman, usage (its configuration).
  expected<podman_host*> podman();

  struct parts;
  explicit container_host(std::unique_ptr<parts> opened); ///< for open

 private:
  std::unique_ptr<parts> parts_;
};

} // namespace floe
