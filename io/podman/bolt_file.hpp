// Reads a BoltDB file, Podman's database up to version 4.7, without ever writing to it. Everything
// in the file is checked before it is used. Format: etcd-io/bbolt, version 2 of the file.
#pragma once

#include "model/error.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace floe {

/// A file as it was at one moment, in memory.
struct bolt_image;

/// What stands under one key. The texts live as long as any bucket of the file.
struct bolt_entry {
  std::string_view key;
  std::string_view value; ///< of a bucket: its header, of no use to others
  bool is_bucket = false;
};

/// A bucket of a file: keys with values, and keys with further buckets. Keeps the file's image
/// alive. All functions fail with database_damaged if pages that they need are not as they must be.
class bolt_bucket {
 public:
  /// The bucket below \p key; nothing if there is no such key or if it holds a value.
  expected<std::optional<bolt_bucket>> find_bucket(std::string_view key) const;

  /// A copy of the value under \p key; nothing if there is no such key or if it holds a bucket.
  expected<std::optional<std::string>> find_value(std::string_view key) const;

  /// Calls \p visit for each entry in the order of the keys, until it fails.
  expected<void> for_each(const std::function<expected<void>(const bolt_entry&)>& visit) const;

 private:
  friend class bolt_file;
  expected<std::optional<bolt_entry>> find(std::string_view key) const;

  std::shared_ptr<const bolt_image> image_;
  uint64_t root_ = 0;              ///< page of the topmost node
  std::string_view inline_page_{}; ///< instead of a page, for small buckets
  size_t depth_ = 0;               ///< how many buckets this one is below the root
};

class bolt_file {
 public:
  /// Copies the file at \p path into memory and gives its topmost bucket. While it is copied the
  /// shared lock is held that readers of bbolt hold: who writes has the exclusive one for as long
  /// as the file is open, so the copy is of one moment. Waits for writers at most \p limit. Errors:
  /// no_such_file, timed_out (Podman has the file open for longer than that), database_damaged,
  /// database_unknown, io_failed.
  static expected<bolt_bucket> open(const std::string& path,
                                    std::chrono::milliseconds limit = std::chrono::seconds{10});

  /// The same for a file that is in memory already. \p path names it in errors.
  static expected<bolt_bucket> parse(std::string bytes, std::string path);
};

} // namespace floe
