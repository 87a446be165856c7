// Holds CRIU back at the moment when it reads its configuration, and says then what is in there.
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <thread>

namespace floe {

/// A file without a name that CRIU can read as long as the descriptor is open (criu(8),
/// CONFIGURATION FILES: `CRIU_CONFIG_FILE`). Errors: io_failed.
expected<unique_fd> make_criu_configuration(std::string_view text);

/// The path of such a file for other processes.
std::string path_of_criu_configuration(const unique_fd& configuration);

/// A configuration whose opening waits for an answer: each CRIU that a runtime starts reads it
/// before anything else. If this process dies, whoever waits goes on (fanotify(7), permission
/// events).
class criu_gate {
 public:
  /// What a CRIU is to read; nothing: something that makes it end at once.
  using answer = std::optional<std::string>;

  /// \p on_opening is called for one opening after another, with the process that waits, on a
  /// thread of the gate. Errors: unsupported, where the kernel has no such events.
  static expected<std::unique_ptr<criu_gate>> open(std::function<answer(pid_t)> on_opening);

  criu_gate(const criu_gate&) = delete;
  criu_gate& operator=(const criu_gate&) = delete;

  /// Waits for an answer that is under way. The file is gone then.
  ~criu_gate();

  std::string path() const { return path_of_criu_configuration(configuration_); }

 private:
  criu_gate() = default;

  void serve();
  bool let_in(int event_file, pid_t pid);

  unique_fd configuration_;
  unique_fd events_;
  unique_fd end_; ///< readable: nobody comes any more
  std::function<answer(pid_t)> on_opening_;
  std::jthread thread_;
};

} // namespace floe
