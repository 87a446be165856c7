// The envelope of CRIU's files: two magic numbers, then protobuf messages with their length in
// front (behaviours.md section 18).
#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace floe {

namespace criu_magic {
constexpr uint32_t image = 0x54564319;   ///< the first number of images
constexpr uint32_t service = 0x55105940; ///< the first number of statistics and the like
constexpr uint32_t statistics = 0x57093306;
constexpr uint32_t core = 0x55053847;
constexpr uint32_t process_tree = 0x50273030;
constexpr uint32_t seccomp = 0x64413049;
} // namespace criu_magic

/// The serialized messages of a file, views into \p bytes. \p subject names the file in errors,
/// which are archive_damaged: a magic number is wrong, a length leads beyond the end.
expected<std::vector<std::string_view>> split_criu_image(std::string_view bytes, uint32_t primary,
                                                         uint32_t secondary,
                                                         const std::string& subject);

} // namespace floe
