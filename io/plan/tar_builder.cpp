#include "io/plan/tar_builder.hpp"

#include "io/posix/system_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace floe {

namespace {

/// Smaller files gain nothing from being aligned.
constexpr uint64_t align_bytes_min = tar_alignment_bytes;

// A sparse member saves its reader the zeros, but not every reader makes holes of it: only where it
// pays.
constexpr uint64_t sparse_hole_bytes_min = uint64_t{1} << 20;

/// Keeps the map, which readers hold in memory, below 1 MiB.
constexpr size_t sparse_ranges_max = 20'000;

/// More of them help nobody.
constexpr size_t warnings_max = 1000;

constexpr std::string_view overlay_prefix = "trusted.overlay.";

/// Attributes that mean the same wherever the file goes. Labels of a security policy do not, nor do
/// overlayfs' own marks; a name with `=` cannot be told from its value in a pax record.
bool is_carried(std::string_view name) {
  const bool wanted = name.starts_with("user.") || name.starts_with("trusted.") ||
                      name == "security.capability" || name == "security.ima" ||
                      name == "system.posix_acl_access" || name == "system.posix_acl_default";
  return wanted && !name.starts_with(overlay_prefix) && name.find('=') == name.npos;
}

/// Whether the path of a link, looked at as text, leads out of the root that \p name is relative
/// to.
bool leads_outside(std::string_view name, std::string_view target) {
  int64_t depth = -1;
  const auto step = [&](std::string_view part) {
    if (part == "..")
      --depth;
    else if (!part.empty() && part != ".")
      ++depth;
    return depth;
  };
  bool outside = false;
  const auto walk = [&](std::string_view path, bool judge) {
    while (!path.empty()) {
      const auto part = path.substr(0, path.find('/'));
      path.remove_prefix(std::min(path.size(), part.size() + 1));
      outside = (step(part) < 0 && judge) || outside;
    }
  };
  walk(name, false);
  // The name itself brought the depth to that of its directory.
  walk(target, true);
  return outside;
}

bool is_mostly_holes(const std::vector<data_range>& ranges, uint64_t size) {
  const auto data =
      std::accumulate(ranges.begin(), ranges.end(), uint64_t{0},
                      [](uint64_t sum, const data_range& each) { return sum + each.length; });
  const auto holes = size - data;
  return holes > sparse_hole_bytes_min && holes > size / 2 && ranges.size() <= sparse_ranges_max;
}

/// The ranges as a pax 1.0 map has them: one without length says how far the hole at the end goes.
std::vector<data_range> sparse_map(std::vector<data_range> ranges, uint64_t size) {
  if (ranges.empty() || ranges.back().offset + ranges.back().length < size)
    ranges.push_back({size, 0});
  return ranges;
}

planned_file planned_from(uint32_t tree, const std::string& path, const struct stat& status) {
  return {tree,
          path,
          static_cast<uint64_t>(status.st_size),
          status.st_dev,
          status.st_ino,
          status.st_ctim.tv_sec,
          static_cast<uint32_t>(status.st_ctim.tv_nsec)};
}

/// What kind of thing a member is, as ustar says it.
char type_flag(const tar_entry& header) {
  if (header.hard_link)
    return '1';
  switch (header.mode & S_IFMT) {
  case S_IFLNK:
    return '2';
  case S_IFCHR:
    return '3';
  case S_IFBLK:
    return '4';
  case S_IFDIR:
    return '5';
  case S_IFIFO:
    return '6';
  default:
    return '0';
  }
}

tar_entry plain_entry(std::string name, mode_t mode, int64_t modified_seconds) {
  tar_entry header;
  header.name = std::move(name);
  header.mode = mode;
  header.modified_seconds = modified_seconds;
  return header;
}

std::string subject_of(const tree_place& place) {
  return printable(join_path(place.tree->path, place.path));
}

} // namespace

expected<std::vector<extended_attribute>> carried_xattrs(const tree_entry& entry,
                                                         const std::string& subject) {
  auto attributes = read_xattrs(entry.handle.get(), subject);
  if (attributes)
    std::erase_if(*attributes, [](const auto& each) { return !is_carried(each.name); });
  return attributes;
}

expected<void> tar_builder::add(std::string name, const tree_place& place,
                                const file_facts& facts) {
  return add_member(std::move(name), facts, {place, facts.status, facts.data});
}

expected<void> tar_builder::add(std::string name, const tree_place& place,
                                const tree_entry& entry) {
  const auto facts = look_at(entry, subject_of(place));
  if (!facts)
    return tl::unexpected{facts.error()};
  return add(std::move(name), place, *facts);
}

expected<void> tar_builder::add_with_data(std::string name, const tree_place& place,
                                          const tree_entry& entry, const tree_place& data_place,
                                          const tree_entry& data) {
  const auto facts = look_at(entry, subject_of(place));
  if (!facts)
    return tl::unexpected{facts.error()};
  const auto ranges = find_data(data, subject_of(data_place));
  if (!ranges)
    return tl::unexpected{ranges.error()};
  return add_member(std::move(name), *facts, {data_place, data.status, *ranges});
}

expected<void> tar_builder::add_member(std::string name, const file_facts& facts,
                                       const content_source& content) {
  if (S_ISSOCK(facts.status.st_mode)) {
    warn(printable(name) + ": a socket, which a tar cannot hold, is left out");
    return {};
  }
  auto header = tar_entry_from(std::move(name), facts.status);
  if (is_further_link(header, facts.status))
    return begin_member(header);
  if (S_ISLNK(header.mode)) {
    header.link_target = facts.link_target;
    if (leads_outside(header.name, header.link_target))
      warn(fmt::format("{}: a link to {}, outside of its root: Podman refuses to restore it",
                       printable(header.name), printable(header.link_target)));
  }
  take_attributes(header, facts.attributes);
  if (S_ISREG(header.mode))
    return add_content(std::move(header), content);
  return begin_member(header);
}

expected<void> tar_builder::add_content(tar_entry header, const content_source& content) {
  header.size = static_cast<uint64_t>(content.status.st_size);
  const auto& ranges = content.ranges;
  const bool sparse = options_.sparse && is_mostly_holes(ranges, header.size);
  if (sparse)
    header.sparse = sparse_map(ranges, header.size);
  if (auto begun = begin_member(header); !begun)
    return begun;
  file_bytes_ += header.size;
  if (header.size == 0)
    return {};
  const auto tree = content_.add_tree(content.place.tree);
  const auto file = content_.add_file(planned_from(tree, content.place.path, content.status));
  uint64_t at = 0;
  for (const auto& range : ranges) {
    if (!sparse)
      content_.append_zeros(range.offset - at);
    content_.append_file(file, range.offset, range.length);
    at = range.offset + range.length;
  }
  if (!sparse)
    content_.append_zeros(header.size - at);
  content_.pad_to(tar_block_bytes);
  return {};
}

expected<void> tar_builder::add_directory(std::string name, mode_t permissions,
                                          int64_t modified_seconds) {
  return begin_member(plain_entry(std::move(name), S_IFDIR | permissions, modified_seconds));
}

expected<void> tar_builder::add_document(std::string name, std::string_view bytes,
                                         int64_t modified_seconds) {
  rope content;
  content.append_literal(bytes);
  return add_rope(std::move(name), std::move(content), modified_seconds);
}

expected<void> tar_builder::add_rope(std::string name, rope&& content, int64_t modified_seconds) {
  auto header = plain_entry(std::move(name), S_IFREG | 0600, modified_seconds);
  header.size = content.size();
  if (auto begun = begin_member(header); !begun)
    return begun;
  file_bytes_ += header.size;
  content_.append(std::move(content));
  content_.pad_to(tar_block_bytes);
  return {};
}

expected<void> tar_builder::begin_member(const tar_entry& header) {
  auto blocks = headers_.make(header);
  if (!blocks)
    return tl::unexpected{std::move(blocks).error()};
  if (options_.align_data && header.size >= align_bytes_min && header.sparse.empty())
    align_content(*blocks, content_.end_offset());
  const auto header_offset = content_.end_offset();
  content_.append_literal(*blocks);
  ++entries_;
  if (options_.list_members)
    content_.add_member(
        {header.name, header_offset, content_.end_offset(), header.size, type_flag(header)});
  return {};
}

void tar_builder::take_attributes(tar_entry& header,
                                  const std::vector<extended_attribute>& attributes) {
  for (const auto& each : attributes) {
    const bool overlay = each.name.starts_with(overlay_prefix);
    if (is_carried(each.name))
      header.attributes.push_back(each);
    else if (each.name.find('=') != std::string::npos || (overlay && !options_.overlay_upper))
      warn(fmt::format("{}: its attribute {} is left out", printable(header.name),
                       printable(each.name)));
  }
}

bool tar_builder::is_further_link(tar_entry& header, const struct stat& status) {
  if (!options_.hard_links || S_ISDIR(status.st_mode) || status.st_nlink < 2)
    return false;
  const auto [known, first] =
      first_names_.try_emplace(std::pair{status.st_dev, status.st_ino}, header.name);
  if (first)
    return false;
  header.hard_link = true;
  header.link_target = known->second;
  return true;
}

void tar_builder::warn(std::string line) {
  if (warnings_.size() < warnings_max)
    warnings_.push_back(std::move(line));
  else
    ++warnings_dropped_;
}

rope tar_builder::finish() {
  content_.append_zeros(tar_end_bytes);
  return take();
}

rope tar_builder::take() {
  return std::exchange(content_, {});
}

std::vector<std::string> tar_builder::take_warnings() {
  if (warnings_dropped_ > 0)
    warnings_.push_back(fmt::format("and {} more of the kind", warnings_dropped_));
  warnings_dropped_ = 0;
  return std::exchange(warnings_, {});
}

} // namespace floe
