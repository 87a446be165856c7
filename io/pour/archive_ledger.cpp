#include "io/pour/archive_ledger.hpp"

#include "io/archive/archive_tail.hpp"

namespace floe {

namespace {

constexpr const char* engine = "floe " FLOE_VERSION;

void add_pairs(const std::vector<std::pair<std::string, std::string>>& pairs,
               google::protobuf::RepeatedPtrField<archive::Pair>& to) {
  for (const auto& [key, value] : pairs) {
    auto& added = *to.Add();
    added.set_key(key);
    added.set_value(value);
  }
}

std::string clean_name(std::string name) {
  if (name.starts_with("./"))
    name.erase(0, 2);
  while (name.ends_with('/'))
    name.pop_back();
  return name;
}

} // namespace

archive_ledger::archive_ledger(compression method, const archive_notes& notes) : method_{method} {
  index_.set_version(tail_format::index_version);
  index_.set_engine(engine);
  index_.set_compression(std::string{to_string(method)});
  for (const auto& warning : notes.warnings)
    index_.add_warnings(warning);
  for (const auto& volume : notes.volumes) {
    if (volume.labels.empty() && volume.options.empty())
      continue;
    auto& entry = *index_.add_volumes();
    entry.set_name(volume.name);
    add_pairs(volume.labels, *entry.mutable_labels());
    add_pairs(volume.options, *entry.mutable_options());
  }
}

void archive_ledger::add_content(const rope& content) {
  index_.set_content_size(content.end_offset());
  for (const auto& member : content.members()) {
    auto& entry = *index_.add_members();
    entry.set_name(clean_name(member.name));
    entry.set_header_offset(member.header_offset);
    entry.set_data_offset(member.data_offset);
    entry.set_size(member.size);
    entry.set_type(static_cast<unsigned char>(member.type));
  }
}

void archive_ledger::add_frame(const window& content, uint64_t stored_bytes,
                               const content_digest& digest) {
  auto& frame = *index_.add_frames();
  frame.set_offset(end_);
  frame.set_stored_size(stored_bytes);
  frame.set_content_offset(content.offset);
  frame.set_content_size(content.length);
  frame.set_digest(digest.data(), digest.size());
  end_ += stored_bytes;
}

void archive_ledger::add_changes(std::vector<file_change> changes) {
  for (auto& change : changes)
    if (changed_paths_.insert(change.path).second)
      changes_.push_back(std::move(change));
}

archive_ledger::closing archive_ledger::close() {
  for (const auto& change : changes_)
    index_.add_warnings(describe(change));
  const auto serialized = index_.SerializeAsString();
  return {archive_tail(method_, serialized, index_), archive_digest(serialized)};
}

uint64_t archive_bytes_min(compression method, std::span<const window> windows) {
  constexpr uint64_t frame_bytes_min = 13; ///< of a zstd frame; a gzip member has more
  constexpr uint64_t frame_entry_bytes_min = 40;
  const uint64_t count = windows.size();
  const uint64_t content_bytes =
      windows.empty() ? 0 : windows.back().offset + windows.back().length - windows.front().offset;
  const auto index = count * frame_entry_bytes_min + tail_format::trailer_bytes;
  if (method == compression::none)
    return content_bytes + index;
  if (method == compression::raw) {
    constexpr uint64_t raw_frame_bytes = 16; ///< with one block
    return content_bytes + count * raw_frame_bytes + index;
  }
  return count * frame_bytes_min + index;
}

} // namespace floe
