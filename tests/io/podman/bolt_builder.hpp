// Makes BoltDB files for tests: pages, branches, overflow pages and inline buckets as bbolt writes
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace floe::test {

/// What is in a bucket.
struct bolt_tree {
  std::map<std::string, std::string> values;
  std::map<std::string, bolt_tree> buckets;
};

class bolt_builder {
 public:
  static constexpr size_t page_bytes = 4096;
  static constexpr uint64_t transaction = 7;

  /// The file with \p tree in it. A bucket with more than \p leaf_entries entries gets a branch
  /// page over several leaves.
  static std::string build(const bolt_tree& tree, size_t leaf_entries = 8);

  /// Writes meta page 0 or 1 with a good checksum.
  static void write_meta(std::string& file, uint64_t id, uint64_t root, uint64_t pages,
                         uint64_t number, uint32_t version = 2);

 private:
  struct entry {
    std::string key;
    std::string value;
    uint32_t flags = 0;
  };

  explicit bolt_builder(size_t leaf_entries) : leaf_entries_{leaf_entries} {}

  static std::string leaf(const std::vector<entry>& entries);
  std::vector<entry> entries_of(const bolt_tree& tree);
  std::string bucket_value(const bolt_tree& tree);
  uint64_t write_page(std::string page);
  uint64_t write_bucket(const bolt_tree& tree);

  size_t leaf_entries_;
  std::string bytes_;
};

} // namespace floe::test
