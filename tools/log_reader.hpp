// Reads the logs that conmon writes (k8s-file): `TIME stdout|stderr F|P TEXT` per line, P for a
// line that goes on in the next one.
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"
#include "tools/console.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace floe {

struct log_line {
  std::string time; ///< as it stands in the log
  bool is_error = false;
  bool is_partial = false;
  std::string text;

  friend bool operator==(const log_line&, const log_line&) = default;
};

/// Nothing for what is no line of such a log.
std::optional<log_line> parse_log_line(std::string_view line);

/// Follows one file. A file that does not exist yet is empty; one that became shorter is read from
/// its beginning.
class log_reader {
 public:
  explicit log_reader(std::string path) : path_{std::move(path)} {}

  /// Makes an empty file if there is none, and opens it: what is written is read even if the file
  /// is removed meanwhile. Errors: io_failed.
  expected<void> create();

  using sink = std::function<void(const log_line&)>;

  /// Hands out all complete lines that are there and were not read yet. Errors: io_failed.
  expected<void> read_available(const sink& take);

 private:
  std::string path_;
  uint64_t offset_ = 0;
  unique_fd file_;
  std::string unfinished_; ///< the beginning of a line whose end is not written yet
};

/// Writes a container's words to where they belong.
void print_log_line(const console& streams, const log_line& line, bool timestamps);

/// The last \p count lines of what the containers wrote: pieces of one line count once.
std::vector<log_line> last_lines(std::vector<log_line> lines, size_t count);

} // namespace floe
