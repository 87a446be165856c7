// Runs a program as a child process: without a shell, without leaking descriptors, with limits on
// its time and output, and with an orderly end.
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace floe {

/// What one of a program's standard streams is connected to.
struct process_stream {
  enum class kind { inherit, null, capture, descriptor };
  kind what = kind::null;
  int fd = -1;             ///< with kind::descriptor; stays the caller's
  size_t bytes_max = 1024; ///< with kind::capture: what comes after that is read and dropped

  static process_stream inherit() { return {kind::inherit}; }
  static process_stream null() { return {kind::null}; }
  static process_stream capture(size_t bytes_max = size_t{64} << 10) {
    return {kind::capture, -1, bytes_max};
  }
  static process_stream descriptor(int fd) { return {kind::descriptor, fd}; }
};

struct process_request {
  /// The program and its arguments. A program without a `/` is searched in PATH, the one of
  /// \p environment if that is given.
  std::vector<std::string> arguments;
  /// `NAME=value`; nothing: this process's own environment.
  std::optional<std::vector<std::string>> environment;
  std::string working_directory; ///< empty: the current one
  process_stream input = process_stream::null();
  process_stream output = process_stream::capture();
  process_stream errors = process_stream::capture();
  /// Further descriptors: number in the program → ours, which stays the caller's. All others are
  /// closed in the program.
  std::vector<std::pair<int, int>> descriptors;
  bool new_session = false; ///< signals of our terminal do not reach it
};

/// How long a program may take, and how it is ended.
struct process_limits {
  std::chrono::milliseconds time = std::chrono::milliseconds::max();
  /// Between SIGTERM and SIGKILL.
  std::chrono::milliseconds grace{10'000};
  /// When it is stopped, its descendants at that moment are given \p grace to end by themselves,
  /// then SIGTERM, \p grace again, then SIGKILL. CRIU below a runtime ends in order this way.
  bool await_descendants = false;
};

enum class process_end {
  by_itself,
  stopped,   ///< by the stop token
  timed_out, ///< it was stopped because its time was over
};

struct process_result {
  process_end end = process_end::by_itself;
  int exit_code = -1; ///< -1 if a signal ended it
  int signal = 0;     ///< that ended it
  std::string output; ///< captured
  std::string errors;

  bool succeeded() const { return end == process_end::by_itself && exit_code == 0; }
};

/// A running program. Destroying one that was not waited for stops it as wait() would.
class child_process {
 public:
  /// Errors: no_such_file if the program is not found, io_failed.
  static expected<child_process> start(const process_request& request);

  child_process(child_process&&) noexcept;
  child_process& operator=(child_process&&) = delete;
  ~child_process();

  pid_t pid() const { return pid_; }

  /// Waits for its end, reading what it writes. A program that was stopped or killed is a result,
  /// not an error. Call once. Errors: io_failed.
  expected<process_result> wait(const process_limits& limits = {},
                                const std::stop_token& stop = {});

 private:
  child_process() = default;

  pid_t pid_ = -1;
  unique_fd pidfd_; ///< empty once the child is reaped
  unique_fd output_;
  unique_fd errors_;
  size_t output_bytes_max_ = 0;
  size_t errors_bytes_max_ = 0;
};

/// start() and wait() in one.
expected<process_result> run_process(const process_request& request,
                                     const process_limits& limits = {},
                                     const std::stop_token& stop = {});

/// `exit status 1` or `killed by signal 9`, and the first line of what it wrote to stderr.
std::string describe_end(const process_result& result);

/// The path of a program: \p name itself if it has a `/` and is executable, else the first hit in
/// \p search_path (as PATH is written). Empty if there is none.
std::string find_program(const std::string& name, const std::string& search_path);

/// The value of PATH here, or the usual system directories without it.
std::string program_search_path();

} // namespace floe
