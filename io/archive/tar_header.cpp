#include "io/archive/tar_header.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

namespace floe {

namespace {

using number = tl::expected<int64_t, tar_fault>;

tl::unexpected<tar_fault> damaged(std::string cause) {
  return tl::unexpected{tar_fault{error_code::archive_damaged, std::move(cause)}};
}

std::string_view field(const tar_block& block, size_t offset, size_t length) {
  return {block.data() + offset, length};
}

std::string text(const tar_block& block, size_t offset, size_t length) {
  const auto whole = field(block, offset, length);
  return std::string{whole.substr(0, whole.find('\0'))};
}

/// Big-endian two's complement behind the mark 0x80, for what octal digits cannot hold (GNU, star).
number parse_binary(std::string_view digits, const char* what) {
  const auto first = static_cast<unsigned char>(digits.front());
  const bool negative = (first & 0x40) != 0;
  // The value without its mark, sign-extended from bit 6 of the first byte.
  int64_t value = negative ? static_cast<int64_t>(first | ~int64_t{0x7f}) : first & 0x3f;
  for (const char digit : digits.substr(1)) {
    if (value > (std::numeric_limits<int64_t>::max() >> 8) ||
        value < (std::numeric_limits<int64_t>::min() >> 8))
      return damaged(std::string{"its "} + what + " is out of range");
    value = value * 256 + static_cast<unsigned char>(digit);
  }
  return value;
}

/// Octal digits between optional leading spaces and trailing spaces or NULs; an empty field is 0.
number parse_number(std::string_view digits, const char* what) {
  if ((static_cast<unsigned char>(digits.front()) & 0x80) != 0)
    return parse_binary(digits, what);
  while (!digits.empty() && digits.front() == ' ')
    digits.remove_prefix(1);
  int64_t value = 0;
  while (!digits.empty() && digits.front() >= '0' && digits.front() <= '7') {
    value = value * 8 + (digits.front() - '0'); // at most 12 digits: 36 bits
    digits.remove_prefix(1);
  }
  if (digits.find_first_not_of(std::string_view{" \0", 2}) != std::string_view::npos)
    return damaged(std::string{"its "} + what + " is not a number");
  return value;
}

/// Moves a number that must not be negative to \p target.
template <class Target>
std::optional<tar_fault> take(number value, const char* what, Target& target) {
  if (!value)
    return value.error();
  if (*value < 0)
    return tar_fault{error_code::archive_refused, std::string{"its "} + what + " is negative"};
  target = static_cast<Target>(*value);
  return std::nullopt;
}

constexpr size_t checksum_offset = 148;
constexpr size_t checksum_bytes = 8;

std::string name_with_prefix(const tar_block& block) {
  auto name = text(block, 0, 100);
  if (field(block, 257, 6) != std::string_view{"ustar\0", 6})
    return name;
  // star keeps two times behind a shorter prefix and marks that at the end of the block.
  const bool star = field(block, 508, 4) == std::string_view{"tar\0", 4};
  const auto prefix = text(block, 345, star ? 131 : 155);
  return prefix.empty() ? name : prefix + '/' + name;
}

} // namespace

bool is_zero(const tar_block& block) {
  return std::ranges::all_of(block, [](char byte) { return byte == 0; });
}

bool is_tar_header(const tar_block& block) {
  int64_t plain = 0;
  int64_t with_signs = 0; // some old writers added up signed characters
  for (size_t i = 0; i < block.size(); ++i) {
    const bool blank = i >= checksum_offset && i < checksum_offset + checksum_bytes;
    plain += blank ? ' ' : static_cast<unsigned char>(block[i]);
    with_signs += blank ? ' ' : static_cast<signed char>(block[i]);
  }
  const auto stated = parse_number(field(block, checksum_offset, checksum_bytes), "checksum");
  return stated && !is_zero(block) && (*stated == plain || *stated == with_signs);
}

tl::expected<tar_header, tar_fault> parse_tar_header(const tar_block& block) {
  if (!is_tar_header(block))
    return damaged("the checksum of its header is wrong");
  const auto magic = field(block, 257, 8);
  if (!magic.starts_with("ustar") && magic != std::string_view{"\0\0\0\0\0\0\0\0", 8})
    return damaged("its header has an unknown magic");
  tar_header out;
  out.type = block[156] == '\0' ? '0' : block[156];
  out.name = name_with_prefix(block);
  out.link = text(block, 157, 100);
  const auto modified = parse_number(field(block, 136, 12), "time");
  if (!modified)
    return tl::unexpected{modified.error()};
  out.modified = *modified;
  uint64_t mode = 0;
  for (auto fault : {take(parse_number(field(block, 100, 8), "mode"), "mode", mode),
                     take(parse_number(field(block, 108, 8), "owner"), "owner", out.uid),
                     take(parse_number(field(block, 116, 8), "group"), "group", out.gid),
                     take(parse_number(field(block, 124, 12), "size"), "size", out.size)})
    if (fault)
      return tl::unexpected{std::move(*fault)};
  out.mode = static_cast<uint32_t>(mode & 07777);
  if (out.type == '3' || out.type == '4') {
    for (auto fault :
         {take(parse_number(field(block, 329, 8), "device"), "device", out.device_major),
          take(parse_number(field(block, 337, 8), "device"), "device", out.device_minor)})
      if (fault)
        return tl::unexpected{std::move(*fault)};
  }
  // Before there was a type for them, directories were files with a slash behind the name.
  if (block[156] == '\0' && out.name.ends_with('/') && out.size == 0)
    out.type = '5';
  return out;
}

} // namespace floe
