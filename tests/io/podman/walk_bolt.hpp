// Reads all of a BoltDB file, as far as it can be read, for tests with damaged ones.
#pragma once

#include "io/podman/bolt_file.hpp"

#include <random>
#include <string>
#include <vector>

namespace floe::test {

/// Counts the entries of \p bucket and of all below.
inline expected<size_t> count_entries(const bolt_bucket& bucket) {
  size_t count = 0;
  std::vector<std::string> buckets;
  auto walked = bucket.for_each([&](const bolt_entry& entry) -> expected<void> {
    ++count;
    if (entry.is_bucket)
      buckets.emplace_back(entry.key);
    return {};
  });
  if (!walked)
    return tl::unexpected{walked.error()};
  for (const auto& key : buckets) {
    const auto below = bucket.find_bucket(key);
    if (!below)
      return tl::unexpected{below.error()};
    if (!*below)
      continue;
    const auto counted = count_entries(**below);
    if (!counted)
      return counted;
    count += *counted;
  }
  return count;
}

inline expected<size_t> count_entries(std::string file) {
  const auto root = bolt_file::parse(std::move(file), "damaged");
  return root ? count_entries(*root) : tl::unexpected{root.error()};
}

/// A copy with some bytes changed, or cut. The same for the same \p random.
inline std::string damage(std::string file, std::mt19937& random) {
  const auto below = [&random](size_t end) { return random() % end; };
  if (below(8) == 0) {
    file.resize(below(file.size()));
    return file;
  }
  for (size_t left = 1 + below(6); left > 0; --left) {
    // Most damage goes where structure is: the beginnings of pages.
    const auto page = below(file.size() / 4096) * 4096;
    const auto at = below(2) == 0 ? page + below(160) : below(file.size());
    file[at] = static_cast<char>(below(4) == 0 ? 0xff : below(256));
  }
  return file;
}

} // namespace floe::test
