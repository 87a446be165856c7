// Reads a rope's bytes in any order: literals and zeros from the plan, files from where they stand,
// cut or filled up to their planned size.
#pragma once

#include "io/plan/rope.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace floe {

/// A file that was not, or did not stay, as it was planned.
struct file_change {
  std::string path; ///< with its tree's path in front
  uint64_t planned_size = 0;
  std::optional<uint64_t> size; ///< nothing if the file is no longer there or no longer a file

  friend bool operator==(const file_change&, const file_change&) = default;
};

/// One line: `/a/b: it changed while it was read: planned 10 bytes, found 7`.
std::string describe(const file_change& change);

/// Whether a file is no longer what was planned: another file, another size, or touched since.
bool differs(const planned_file& planned, const struct stat& now);

struct opened_file {
  unique_fd fd; ///< for reading; empty if the file is no longer there
  std::optional<file_change> change;
};

/// Opens a planned file for reading without following any link. A file that vanished or is no
/// regular file any more is a change, not an error. \p file indexes content.files().
expected<opened_file> open_planned_file(const rope& content, uint32_t file);

/// Looks at an open file again after it was read. \p fd is what open_planned_file gave.
std::optional<file_change> check_planned_file(const rope& content, uint32_t file, int fd);

/// To be used by one thread at a time; several readers may read one rope at once. The rope must
/// outlive it.
class rope_reader {
 public:
  explicit rope_reader(const rope& content) : content_{content} {}

  /// Fills \p out with the bytes from \p offset on. REQUIRES: offset + out.size() <=
  /// content.size().
  expected<void> read(uint64_t offset, std::span<std::byte> out);

  /// The files found changed so far, each once. Looks once more at the file that was read last.
  const std::vector<file_change>& changes();

 private:
  expected<void> read_file(const segment& part, uint64_t skip, std::span<std::byte> out);
  expected<void> open(uint32_t file);
  void close();
  void note(uint32_t file, std::optional<file_change> change);

  const rope& content_;
  std::optional<uint32_t> file_; ///< the one that is open
  unique_fd fd_;
  std::set<uint32_t> changed_;
  std::vector<file_change> changes_;
};

} // namespace floe
