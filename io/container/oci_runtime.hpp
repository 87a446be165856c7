// Drives an OCI runtime (runc, crun) as a program. An interface, so that tests can replace the
// runtime.
#pragma once

#include "model/error.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// behaviours.md section 15.1.
struct dump_request {
  std::string id;
  std::string image_path;  ///< directory of the images; made by the runtime
  std::string work_path;   ///< where dump.log and stats-dump appear: the bundle
  std::string parent_path; ///< `../pre-checkpoint`, or empty
  bool leave_running = false;
  bool tcp_established = false;
  bool file_locks = false;
  bool pre_dump = false;
  /// Has the container stand still, and says whether CRIU has to keep packets from it meanwhile,
  /// which takes four runs of iptables: it need not where nothing could receive one. Called once,
  /// on any thread, before CRIU looks at a process, and as shortly before as the runtime can
  /// arrange; an error ends the dump. Empty: CRIU does both.
  std::function<expected<bool>()> stand_still{};
};

struct runtime_state {
  std::string status; ///< creating, created, running, paused, stopped
  int32_t pid = 0;
};

class oci_runtime {
 public:
  virtual ~oci_runtime() = default;

  virtual const std::string& name() const = 0; ///< as written into config.dump: `runc`
  virtual const std::string& path() const = 0;

  virtual expected<void> start(const std::string& id) = 0;
  virtual expected<void> kill(const std::string& id, int signal, bool all) = 0;
  virtual expected<void> remove(const std::string& id, bool force) = 0;
  virtual expected<void> pause(const std::string& id) = 0;
  virtual expected<void> resume(const std::string& id) = 0;
  /// Errors: no_such_container if the runtime does not know it.
  virtual expected<runtime_state> state(const std::string& id) = 0;

  /// Dumps by CRIU. Errors: dump_failed with CRIU's first error line and the log's path; cancelled
  /// when \p stop is requested (CRIU gets SIGTERM, never SIGKILL before its time is over:
  /// reliability.md section 3), timed_out.
  virtual expected<void> checkpoint(const dump_request& request, std::chrono::milliseconds limit,
                                    const std::stop_token& stop) = 0;

  /// Whether the runtime can checkpoint at all: `checkpoint --help` exits with 0. Asked once per
  /// run.
  virtual expected<void> supports_checkpoint() = 0;

  /// The command line that runs a process in the container: for `floe exec`.
  virtual std::vector<std::string> exec_command(const std::string& id, bool interactive,
                                                bool terminal, const std::string& user,
                                                const std::string& working_directory,
                                                const std::vector<std::string>& environment,
                                                const std::vector<std::string>& command) const = 0;
};

} // namespace floe
