#include "io/criu/image_file.hpp"

#include <cstddef>

namespace floe {

namespace {

/// Cuts a little-endian number off the front. REQUIRES: 4 bytes are there.
uint32_t take_number(std::string_view& bytes) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(4);
  return value;
}

} // namespace

expected<std::vector<std::string_view>> split_criu_image(std::string_view bytes, uint32_t primary,
                                                         uint32_t secondary,
                                                         const std::string& subject) {
  const auto damaged = [&](const char* cause) {
    return fail(error_code::archive_damaged, subject, cause);
  };
  if (bytes.size() < 8)
    return damaged("it is too short for a file of CRIU");
  if (take_number(bytes) != primary)
    return damaged("its primary magic number is not CRIU's");
  if (take_number(bytes) != secondary)
    return damaged("its secondary magic number is that of another file");
  std::vector<std::string_view> messages;
  while (!bytes.empty()) {
    if (bytes.size() < 4)
      return damaged("it is cut");
    const auto length = take_number(bytes);
    if (length > bytes.size())
      return damaged("it is cut");
    messages.push_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return messages;
}

} // namespace floe
