// The actor system of one floe process: starts the engine with everything it needs, and ends it in
// order.
#pragma once

#include "io/container/host_settings.hpp"
#include "messages/engine.hpp"
#include "model/error.hpp"

#include <memory>

namespace floe {

class engine_system {
 public:
  /// Opens the host (container_host), recovers what a dead process left behind if the settings say
  /// so, and spawns the engine. Errors: not_root, store_failed, io_failed.
  static expected<std::unique_ptr<engine_system>> start(host_settings settings);

  /// The shutdown ladder: cancels, waits for what must be undone, ends all actors.
  ~engine_system();

  const engine_handle& engine() const;
  caf::actor_system& system();

  /// What recovery did at the start, one line each.
  const std::vector<std::string>& recovered() const;

 private:
  struct parts;
  explicit engine_system(std::unique_ptr<parts> started);
  std::unique_ptr<parts> parts_;
};

} // namespace floe
