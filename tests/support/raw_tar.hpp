// Builds tars block by block, so that a test can write what no sane program would.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace floe::test {

/// One header field by field; everything can be overwritten before it becomes a block.
struct raw_header {
  std::string name;
  char type = '0';
  std::string link = {};
  uint64_t size = 0;
  std::string size_field = {}; ///< 12 bytes instead of `size`
  uint64_t mode = 0644;
  uint64_t uid = 0;
  uint64_t gid = 0;
  uint64_t mtime = 1'600'000'000;
  uint64_t major = 0;
  uint64_t minor = 0;
  bool bad_checksum = false;
};

class raw_tar {
 public:
  raw_tar() = default;

  /// \p owner and \p group are those of all entries: a test without root can only extract its own.
  raw_tar(uint64_t owner, uint64_t group) : owner_{owner}, group_{group} {}

  static std::string octal(uint64_t value, size_t width) {
    std::string digits(width, '\0');
    for (size_t i = width - 1; i-- > 0; value /= 8)
      digits[i] = static_cast<char>('0' + value % 8);
    return digits;
  }

  static std::string block(const raw_header& header) {
    std::string out(512, '\0');
    const auto put = [&](size_t at, std::string_view text, size_t width) {
      std::copy_n(text.begin(), std::min(text.size(), width), out.begin() + static_cast<long>(at));
    };
    put(0, header.name, 100);
    put(100, octal(header.mode, 8), 8);
    put(108, octal(header.uid, 8), 8);
    put(116, octal(header.gid, 8), 8);
    put(124, header.size_field.empty() ? octal(header.size, 12) : header.size_field, 12);
    put(136, octal(header.mtime, 12), 12);
    put(148, "        ", 8);
    out[156] = header.type;
    put(157, header.link, 100);
    put(257, std::string_view{"ustar\00000", 8}, 8);
    put(329, octal(header.major, 8), 8);
    put(337, octal(header.minor, 8), 8);
    uint64_t sum = header.bad_checksum ? 1 : 0;
    for (const char byte : out)
      sum += static_cast<unsigned char>(byte);
    put(148, octal(sum, 7), 7);
    return out;
  }

  raw_tar& header(raw_header header) {
    header.uid = header.uid == 0 ? owner_ : header.uid;
    header.gid = header.gid == 0 ? group_ : header.gid;
    bytes_ += block(header);
    return *this;
  }

  /// Content padded to a block.
  raw_tar& data(std::string_view content) {
    bytes_ += content;
    bytes_.append((512 - content.size() % 512) % 512, '\0');
    return *this;
  }

  raw_tar& file(std::string name, std::string_view content, uint64_t mode = 0644) {
    return header({.name = std::move(name), .size = content.size(), .mode = mode}).data(content);
  }
  raw_tar& directory(std::string name, uint64_t mode = 0755) {
    return header({.name = std::move(name), .type = '5', .mode = mode});
  }
  raw_tar& symlink(std::string name, std::string target) {
    return header({.name = std::move(name), .type = '2', .link = std::move(target), .mode = 0777});
  }
  raw_tar& hard_link(std::string name, std::string target) {
    return header({.name = std::move(name), .type = '1', .link = std::move(target)});
  }

  /// One record of a pax header, its length right.
  static std::string record(std::string_view key, std::string_view value) {
    const auto rest = key.size() + value.size() + 3;
    auto length = rest + 1;
    while (std::to_string(length).size() + rest != length)
      length = std::to_string(length).size() + rest;
    return std::to_string(length) + " " + std::string{key} + "=" + std::string{value} + "\n";
  }

  /// A pax header in front of the next entry.
  raw_tar& pax(std::string_view records, char type = 'x') {
    return header({.name = "PaxHeaders/x", .type = type, .size = records.size()}).data(records);
  }

  /// A GNU long name ('L') or long link ('K').
  raw_tar& gnu_long(std::string_view name, char type = 'L') {
    return header({.name = "././@LongLink", .type = type, .size = name.size() + 1})
        .data(std::string{name} + '\0');
  }

  raw_tar& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }

  /// The tar without its end marker so far.
  const std::string& open_end() const { return bytes_; }

  /// The tar with its two blocks of zeros.
  std::string closed() const { return bytes_ + std::string(1024, '\0'); }

 private:
  std::string bytes_;
  uint64_t owner_ = 0;
  uint64_t group_ = 0;
};

} // namespace floe::test
