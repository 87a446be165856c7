// A small archive's content as a rope: literals, files and zeros, as a real plan has them.
#pragma once

#include "io/plan/rope.hpp"
#include "tests/support/scratch_directory.hpp"

#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <random>
#include <string>
#include <sys/stat.h>

namespace floe::test {

/// Bytes that do not compress, the same each time.
inline std::string noise(size_t size, unsigned seed = 1) {
  std::mt19937_64 source{seed};
  std::string out;
  out.reserve(size + 8);
  while (out.size() < size) {
    const auto word = source();
    out.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  out.resize(size);
  return out;
}

inline std::string tar_header(const std::string& name, size_t size) {
  std::string out(512, '\0');
  const auto put = [&](size_t at, const std::string& text) { out.replace(at, text.size(), text); };
  const auto octal = [](size_t value, size_t digits) {
    std::string text(digits, '0');
    for (auto at = digits; at-- > 0; value /= 8)
      text[at] = static_cast<char>('0' + value % 8);
    return text;
  };
  put(0, name);
  put(100, "0000600");
  put(108, "0000000");
  put(116, "0000000");
  put(124, octal(size, 11));
  put(136, octal(1'600'000'000, 11));
  put(148, "        ");
  put(156, "0");
  put(257, std::string{"ustar\00000", 8});
  size_t sum = 0;
  for (const char byte : out)
    sum += static_cast<unsigned char>(byte);
  put(148, octal(sum, 6) + std::string{"\0 ", 2});
  return out;
}

/// Builds an archive's rope and, beside it, the bytes it stands for.
class sample_rope {
 public:
  explicit sample_rope(const scratch_directory& place) : place_{place} {
    auto tree = std::make_shared<tree_root>();
    tree->directory.reset(::open(place.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    tree->path = place.path();
    tree_ = content.add_tree(std::move(tree));
  }

  void literal_member(const std::string& name, const std::string& text) {
    begin(name, text.size());
    content.append_literal(text);
    end(text);
  }

  /// \p prefix zeros in the middle show how a hole is poured.
  void file_member(const std::string& name, const std::string& text, size_t zeros = 0) {
    begin(name, text.size() + zeros);
    const auto file = add_file(name, text);
    const auto half = text.size() / 2;
    content.append_file(file, 0, half);
    content.append_zeros(zeros);
    content.append_file(file, half, text.size() - half);
    end(text.substr(0, half) + std::string(zeros, '\0') + text.substr(half));
  }

  void finish() {
    content.append_zeros(1024);
    bytes.append(1024, '\0');
  }

  /// What every test can use: small and large members, `config.dump` first, `spec.dump` last.
  void fill_up() {
    literal_member("config.dump", "{\"name\": \"sample\"}");
    for (int i = 0; i < 20; ++i)
      file_member("small-" + std::to_string(i), noise(static_cast<size_t>(i) * 700, 7));
    file_member("checkpoint/pages-1.img", noise(3'000'001) + std::string(2'000'000, 'x'), 900'000);
    file_member("empty-ish", "x");
    literal_member("spec.dump", "{}");
    finish();
  }

  std::shared_ptr<const rope> shared() { return std::make_shared<const rope>(std::move(content)); }

  rope content;
  std::string bytes;

 private:
  uint32_t add_file(const std::string& name, const std::string& text) {
    write_file(place_ / name, text);
    struct stat found {};
    ::stat((place_ / name).c_str(), &found);
    planned_file planned;
    planned.tree = tree_;
    planned.path = name;
    planned.size = text.size();
    planned.device = found.st_dev;
    planned.inode = found.st_ino;
    planned.change_seconds = found.st_ctim.tv_sec;
    planned.change_nanoseconds = static_cast<uint32_t>(found.st_ctim.tv_nsec);
    return content.add_file(std::move(planned));
  }

  void begin(const std::string& name, size_t size) {
    content.add_member({name, bytes.size(), bytes.size() + 512, size, '0'});
    const auto header = tar_header(name, size);
    content.append_literal(header);
    bytes += header;
  }

  void end(const std::string& text) {
    bytes += text;
    content.pad_to(512);
    bytes.resize((bytes.size() + 511) / 512 * 512);
  }

  const scratch_directory& place_;
  uint32_t tree_ = 0;
};

} // namespace floe::test
