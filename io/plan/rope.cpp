#include "io/plan/rope.hpp"

#include <algorithm>
#include <cassert>

namespace floe {

namespace {

/// Shorter runs of zeros, tar's padding, are kept as literals: they then join the next header,
/// which halves the number of segments.
constexpr uint64_t zeros_bytes_min = 512;

/// Whether \p next goes on where \p last ends, so that one segment can stand for both.
bool continues(const segment& last, const segment& next) {
  if (last.kind != next.kind || last.file != next.file)
    return false;
  return last.kind == segment_kind::zeros || last.source_offset + last.length == next.source_offset;
}

} // namespace

size_t rope::segment_at(uint64_t offset) const {
  assert(offset >= begin_ && offset < end_);
  auto next = std::ranges::upper_bound(segments_, offset, {}, &segment::offset);
  return static_cast<size_t>(next - segments_.begin()) - 1;
}

void rope::copy_literal(const segment& literal, uint64_t from, std::span<std::byte> out) const {
  assert(literal.kind == segment_kind::literal);
  assert(from >= literal.offset && from + out.size() <= literal.offset + literal.length);
  literals_.read(literal.source_offset + (from - literal.offset), out);
}

void rope::append_literal(std::string_view bytes) {
  const auto begin = literals_.size();
  literals_.append(bytes);
  append_segment({end_, bytes.size(), begin, 0, segment_kind::literal});
}

void rope::append_zeros(uint64_t length) {
  if (length >= zeros_bytes_min) {
    append_segment({end_, length, 0, 0, segment_kind::zeros});
    return;
  }
  const auto begin = literals_.size();
  literals_.append_zeros(length);
  append_segment({end_, length, begin, 0, segment_kind::literal});
}

void rope::pad_to(uint64_t alignment) {
  if (const auto over = end_ % alignment; over != 0)
    append_zeros(alignment - over);
}

uint32_t rope::add_tree(std::shared_ptr<const tree_root> tree) {
  const auto known = std::ranges::find(trees_, tree);
  const auto index = static_cast<uint32_t>(known - trees_.begin());
  if (known == trees_.end())
    trees_.push_back(std::move(tree));
  return index;
}

uint32_t rope::add_file(planned_file file) {
  assert(file.tree < trees_.size());
  files_.push_back(std::move(file));
  return static_cast<uint32_t>(files_.size() - 1);
}

void rope::append_file(uint32_t file, uint64_t source_offset, uint64_t length) {
  assert(file < files_.size());
  append_segment({end_, length, source_offset, file, segment_kind::file});
}

void rope::append(rope&& other) {
  assert(other.begin_ == 0);
  const auto first_file = static_cast<uint32_t>(files_.size());
  const auto first_literal = literals_.size();
  std::vector<uint32_t> tree_here;
  for (auto& tree : other.trees_)
    tree_here.push_back(add_tree(std::move(tree)));
  files_.reserve(files_.size() + other.files_.size());
  for (auto& file : other.files_) {
    file.tree = tree_here[file.tree];
    files_.push_back(std::move(file));
  }
  literals_.append(std::move(other.literals_));
  segments_.reserve(segments_.size() + other.segments_.size());
  for (auto next : other.segments_) {
    next.offset = end_;
    if (next.kind == segment_kind::file)
      next.file += first_file;
    if (next.kind == segment_kind::literal)
      next.source_offset += first_literal;
    append_segment(next);
  }
  other = rope{};
}

void rope::append_segment(segment next) {
  if (next.length == 0)
    return;
  end_ += next.length;
  if (!segments_.empty() && continues(segments_.back(), next))
    segments_.back().length += next.length;
  else
    segments_.push_back(next);
}

} // namespace floe
