// A directory with many files, for as long as a benchmark runs.
#pragma once

#include "tests/support/scratch_directory.hpp"

#include <string>

namespace floe::bench {

/// Files of equal size with the same bytes that do not compress, a hundred in each directory.
class tree_of_files {
 public:
  tree_of_files(size_t count, size_t bytes) {
    std::string content(bytes, '\0');
    uint64_t state = 1;
    for (char& each : content) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      each = static_cast<char>(state >> 56);
    }
    for (size_t i = 0; i < count; ++i)
      test::write_file(scratch_ / (std::to_string(i / per_directory) + "/" + std::to_string(i)),
                       content);
  }

  const std::string& path() const { return scratch_.path(); }

 private:
  static constexpr size_t per_directory = 100;
  test::scratch_directory scratch_;
};

} // namespace floe::bench
