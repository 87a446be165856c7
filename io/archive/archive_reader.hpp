// Reads checkpoint archives: floe's own by their index, anybody else's (Podman's) as a stream, and
// what lies unpacked in a directory.
#pragma once

#include "io/archive/byte_source.hpp"
#include "model/archive_notes.hpp"
#include "model/compression.hpp"
#include "model/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// What an archive may cost before it is refused.
struct archive_limits {
  uint64_t members_max = 100'000;
  uint64_t content_bytes_max = uint64_t{64} << 40;
  uint64_t document_bytes_max = uint64_t{16} << 20; ///< of one .dump, .status or .files member
  uint64_t expansion_max = 20'000;                  ///< content bytes per stored byte
};

struct archive_member {
  std::string name; ///< cleaned: no leading `./`, no trailing `/`
  uint64_t data_offset = 0;
  uint64_t size = 0;
  char type = '0'; ///< ustar type flag
};

class archive_reader {
 public:
  virtual ~archive_reader() = default;

  /// Opens an archive, finds out its compression and whether it carries floe's index, and checks
  /// the index. Reads the end of the file and its first bytes only. A directory is listed instead:
  /// it holds the members themselves (directory_reader.hpp). Errors: archive_unreadable,
  /// archive_damaged (bad index), archive_foreign (no tar inside), archive_refused.
  static expected<std::unique_ptr<archive_reader>> open(const std::string& path,
                                                        archive_limits limits = {});

  virtual const std::string& path() const = 0;
  virtual compression method() const = 0;
  /// Whether members can be read one by one, in any order and at once.
  virtual bool indexed() const = 0;

  /// SHA-256 of the index in hex, which stands for the whole archive; empty without an index.
  virtual const std::string& digest() const = 0;

  /// Size of the file in bytes.
  virtual uint64_t stored_size() const = 0;

  /// The program that wrote an indexed archive, as `floe 0.1.0`, and what it noted; else empty.
  virtual std::string engine() const { return {}; }
  virtual archive_notes notes() const { return {}; }

  /// All members in archive order. Reads the whole archive once if it has no index.
  virtual expected<std::vector<archive_member>> members() = 0;

  /// A small member, whole. Errors: no_such_file, archive_damaged, archive_refused (too large).
  virtual expected<std::string> document(const std::string& name) = 0;

  /// The content of one member; frames are checked against their digest before a byte of them is
  /// handed out. May be called for several members at once from several threads, but only if
  /// indexed().
  virtual expected<std::unique_ptr<byte_source>> open_member(const archive_member& member) = 0;

  /// Calls \p visitor for each member in archive order. What a visitor leaves unread is skipped.
  using member_visitor = std::function<expected<void>(const archive_member&, byte_source&)>;
  virtual expected<void> visit(const member_visitor& visitor, const std::stop_token& stop = {}) = 0;

  /// Reads everything and checks every digest and checksum there is, the tar's structure and the
  /// closed list of member names (docs and FORMAT.md). Without an index this is what compression
  /// and tar offer.
  virtual expected<void> verify(const std::stop_token& stop = {}) = 0;
};

} // namespace floe
