#include "tests/io/podman/bolt_builder.hpp"

#include <algorithm>
#include <utility>

namespace floe::test {

namespace {

template <class Number>
void append(std::string& into, Number number) {
  into.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Its id and overflow are filled in when its place is known.
std::string page_header(uint16_t flags, size_t count) {
  std::string text;
  append(text, uint64_t{0});
  append(text, flags);
  append(text, static_cast<uint16_t>(count));
  append(text, uint32_t{0});
  return text;
}

} // namespace

std::string bolt_builder::build(const bolt_tree& tree, size_t leaf_entries) {
  bolt_builder builder{leaf_entries};
  builder.bytes_.resize(2 * page_bytes);
  const auto root = builder.write_bucket(tree);
  const auto pages = builder.bytes_.size() / page_bytes;
  for (uint64_t id : {0, 1})
    write_meta(builder.bytes_, id, root, pages, transaction - 1 + id);
  return builder.bytes_;
}

void bolt_builder::write_meta(std::string& file, uint64_t id, uint64_t root, uint64_t pages,
                              uint64_t number, uint32_t version) {
  std::string meta;
  for (uint32_t part : {0xED0CDAEDU, version, static_cast<uint32_t>(page_bytes), 0U})
    append(meta, part);
  for (uint64_t part : {root, uint64_t{0}, ~uint64_t{0}, pages, number})
    append(meta, part);
  uint64_t sum = 0xcbf29ce484222325;
  for (const char byte : meta)
    sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  append(meta, sum);
  auto page = page_header(0x04, 0) + meta;
  page.replace(0, 8, reinterpret_cast<const char*>(&id), 8);
  file.replace(id * page_bytes, page.size(), page);
}

std::string bolt_builder::leaf(const std::vector<entry>& entries) {
  auto page = page_header(0x02, entries.size());
  size_t position = entries.size() * 16;
  for (const auto& [key, value, flags] : entries) {
    append(page, flags);
    append(page, static_cast<uint32_t>(position));
    append(page, static_cast<uint32_t>(key.size()));
    append(page, static_cast<uint32_t>(value.size()));
    position += key.size() + value.size() - 16;
  }
  for (const auto& [key, value, flags] : entries)
    page += key + value;
  return page;
}

std::vector<bolt_builder::entry> bolt_builder::entries_of(const bolt_tree& tree) {
  std::map<std::string, entry> sorted;
  for (const auto& [key, value] : tree.values)
    sorted[key] = {key, value, 0};
  for (const auto& [key, bucket] : tree.buckets)
    sorted[key] = {key, bucket_value(bucket), 1};
  std::vector<entry> entries;
  for (const auto& [key, one] : sorted)
    entries.push_back(one);
  return entries;
}

/// A small bucket without buckets stands inline, as bbolt has it.
std::string bolt_builder::bucket_value(const bolt_tree& tree) {
  std::string value;
  auto inlined = tree.buckets.empty() ? leaf(entries_of(tree)) : std::string{};
  if (inlined.size() > page_bytes / 4)
    inlined.clear();
  append(value, inlined.empty() ? write_bucket(tree) : uint64_t{0});
  append(value, uint64_t{0}); // the sequence
  return value + inlined;
}

uint64_t bolt_builder::write_page(std::string page) {
  const uint64_t id = bytes_.size() / page_bytes;
  const auto pages = (page.size() + page_bytes - 1) / page_bytes;
  const auto overflow = static_cast<uint32_t>(pages - 1);
  page.replace(0, 8, reinterpret_cast<const char*>(&id), 8);
  page.replace(12, 4, reinterpret_cast<const char*>(&overflow), 4);
  page.resize(pages * page_bytes);
  bytes_ += page;
  return id;
}

uint64_t bolt_builder::write_bucket(const bolt_tree& tree) {
  const auto entries = entries_of(tree);
  if (entries.size() <= leaf_entries_)
    return write_page(leaf(entries));
  std::vector<std::pair<std::string, uint64_t>> children;
  for (size_t begin = 0; begin < entries.size(); begin += leaf_entries_) {
    const auto end = std::min(begin + leaf_entries_, entries.size());
    const std::vector<entry> some(entries.begin() + static_cast<long>(begin),
                                  entries.begin() + static_cast<long>(end));
    children.emplace_back(some.front().key, write_page(leaf(some)));
  }
  auto page = page_header(0x01, children.size());
  size_t position = children.size() * 16;
  for (const auto& [key, child] : children) {
    append(page, static_cast<uint32_t>(position));
    append(page, static_cast<uint32_t>(key.size()));
    append(page, child);
    position += key.size() - 16;
  }
  for (const auto& [key, child] : children)
    page += key;
  return write_page(page);
}

} // namespace floe::test
