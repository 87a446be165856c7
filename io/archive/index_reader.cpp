#include "io/archive/index_reader.hpp"

#include "io/archive/archive_damage.hpp"
#include "io/archive/archive_index.pb.h"
#include "io/archive/archive_tail.hpp"
#include "io/archive/entry_name.hpp"
#include "io/archive/member_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace floe {

namespace {

/// An index of 512 MiB describes an archive of some 30 TiB.
constexpr uint64_t index_bytes_max = uint64_t{512} << 20;
constexpr uint64_t gzip_end_bytes = 10; ///< behind the payload's last byte
constexpr uint64_t seek_table_header_bytes = 8;
constexpr uint64_t gzip_member_header_bytes = 16; ///< up to the chunk

tl::unexpected<error> damaged(const archive_file& file, const std::string& cause) {
  return damaged_archive(file.path(), "its index cannot be used: " + cause);
}

uint64_t number_at(std::string_view bytes, size_t offset, size_t width) {
  uint64_t value = 0;
  for (size_t i = width; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
  return value;
}

/// Where the trailer ends, if the file is long enough to have one.
expected<std::optional<uint64_t>> find_trailer_end(const archive_file& file, compression method) {
  const auto size = file.size();
  uint64_t behind = 0;
  if (method == compression::gzip)
    behind = gzip_end_bytes;
  if (method == compression::zstd) {
    if (size < tail_format::seek_table_footer_bytes)
      return std::optional<uint64_t>{};
    auto footer = file.read_at(size - tail_format::seek_table_footer_bytes,
                               tail_format::seek_table_footer_bytes);
    if (!footer)
      return tl::unexpected{footer.error()};
    if (number_at(*footer, 5, 4) != tail_format::seek_table_footer_magic)
      return std::optional<uint64_t>{};
    const auto table = 8 * number_at(*footer, 0, 4) + tail_format::seek_table_footer_bytes;
    behind = seek_table_header_bytes + table;
    if (behind > size)
      return damaged(file, "the seek table is larger than the file");
    auto header = file.read_at(size - behind, seek_table_header_bytes);
    if (!header)
      return tl::unexpected{header.error()};
    if (number_at(*header, 0, 4) != tail_format::seek_table_frame_magic ||
        number_at(*header, 4, 4) != table)
      return damaged(file, "the seek table's header does not fit its footer");
  }
  if (size < behind + tail_format::trailer_bytes)
    return std::optional<uint64_t>{};
  return std::optional{size - behind};
}

/// The length of the index, or nothing if the file does not claim to have one.
expected<std::optional<uint64_t>> read_trailer(const archive_file& file, uint64_t end,
                                               std::string& digest) {
  auto trailer = file.read_at(end - tail_format::trailer_bytes, tail_format::trailer_bytes);
  if (!trailer)
    return tl::unexpected{trailer.error()};
  const auto is_magic = [&](size_t offset) {
    return std::string_view{*trailer}.substr(offset, 8) == tail_format::magic;
  };
  const bool first = is_magic(tail_format::digest_bytes);
  const bool second = is_magic(tail_format::digest_bytes + 16);
  if (!first && !second)
    return std::optional<uint64_t>{};
  if (!first || !second)
    return damaged(file, "its trailer is changed");
  const auto length = number_at(*trailer, tail_format::digest_bytes + 8, 8);
  if (length > index_bytes_max || length > end - tail_format::trailer_bytes)
    return damaged(file, fmt::format("it claims to have {} bytes", length));
  digest = trailer->substr(0, tail_format::digest_bytes);
  return std::optional{length};
}

/// The serialized index, put together again if gzip members lie around its chunks.
expected<std::string> read_serialized(const archive_file& file, compression method, uint64_t end,
                                      uint64_t length) {
  if (method != compression::gzip)
    return file.read_at(end - tail_format::trailer_bytes - length, static_cast<size_t>(length));
  const auto payload = length + tail_format::trailer_bytes;
  const auto chunks = (payload + tail_format::gzip_chunk_bytes - 1) / tail_format::gzip_chunk_bytes;
  const auto tail_bytes = payload + chunks * tail_format::gzip_member_bytes;
  if (tail_bytes > file.size())
    return damaged(file, fmt::format("it claims to have {} bytes", length));
  auto tail = file.read_at(file.size() - tail_bytes, static_cast<size_t>(tail_bytes));
  if (!tail)
    return tail;
  std::string out;
  out.reserve(static_cast<size_t>(payload));
  auto chunk = payload - tail_format::gzip_chunk_bytes * (chunks - 1);
  for (size_t at = 0; at < tail->size(); at += chunk + tail_format::gzip_member_bytes) {
    if (at > 0)
      chunk = tail_format::gzip_chunk_bytes;
    out.append(*tail, at + gzip_member_header_bytes, static_cast<size_t>(chunk));
  }
  out.resize(static_cast<size_t>(length));
  return out;
}

bool has_digest(std::string_view bytes, std::string_view digest) {
  const auto found = digest_of(digest_method::sha256, std::as_bytes(std::span{bytes}));
  return std::memcmp(found.data(), digest.data(), found.size()) == 0;
}

/// What is wrong with the frames; empty: nothing.
std::string check_frames(const archive::Index& index, compression method) {
  uint64_t offset = 0;
  uint64_t content = 0;
  for (const auto& frame : index.frames()) {
    if (frame.offset() != offset || frame.content_offset() != content)
      return "its frames do not follow each other";
    if (frame.stored_size() == 0 || frame.content_size() == 0 ||
        frame.content_size() > tail_format::frame_content_bytes_max ||
        frame.stored_size() > 2 * tail_format::frame_content_bytes_max)
      return "a frame has an impossible size";
    if (method == compression::none && frame.stored_size() != frame.content_size())
      return "a plain frame has two sizes";
    if (frame.digest().size() != tail_format::digest_bytes)
      return "a frame has no digest";
    offset += frame.stored_size();
    content += frame.content_size();
  }
  if (index.frames().empty() || content != index.content_size())
    return "its frames do not add up to the tar";
  const auto& last = index.frames(index.frames_size() - 1);
  if (content < tail_format::end_blocks_bytes ||
      (content > tail_format::end_blocks_bytes &&
       last.content_size() != tail_format::end_blocks_bytes))
    return "its last frame does not hold the end of the tar alone";
  return {};
}

std::string check_members(const archive::Index& index) {
  uint64_t end = 0;
  const auto limit = index.content_size() - tail_format::end_blocks_bytes;
  for (const auto& member : index.members()) {
    if (member.header_offset() < end || member.header_offset() >= member.data_offset() ||
        member.data_offset() > limit || member.size() > limit - member.data_offset() ||
        member.type() > 0x7f)
      return "a member lies outside of the tar or in another one";
    end = member.data_offset() + member.size();
  }
  return {};
}

std::vector<std::pair<std::string, std::string>>
pairs_in(const google::protobuf::RepeatedPtrField<archive::Pair>& pairs) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& pair : pairs)
    out.emplace_back(pair.key(), pair.value());
  return out;
}

expected<checked_index> convert(const archive::Index& index, compression method,
                                const archive_file& file, const archive_limits& limits) {
  checked_index out;
  out.method = method;
  out.frame_digests = index.version() == tail_format::index_version_sha256 ? digest_method::sha256
                                                                           : digest_method::blake3;
  out.engine = index.engine();
  out.content_size = index.content_size();
  out.notes.warnings.assign(index.warnings().begin(), index.warnings().end());
  for (const auto& volume : index.volumes())
    out.notes.volumes.push_back(
        {volume.name(), pairs_in(volume.labels()), pairs_in(volume.options())});
  out.frames.reserve(static_cast<size_t>(index.frames_size()));
  for (const auto& frame : index.frames()) {
    auto& added = out.frames.emplace_back(indexed_frame{
        frame.offset(), frame.stored_size(), frame.content_offset(), frame.content_size(), {}});
    std::memcpy(added.digest.data(), frame.digest().data(), added.digest.size());
  }
  member_check names{file.path(), limits};
  for (const auto& member : index.members()) {
    auto& added = out.members.emplace_back();
    added.member = {member.name(), member.data_offset(), member.size(),
                    static_cast<char>(member.type())};
    added.header_offset = member.header_offset();
    if (clean_entry_name(member.name()) != member.name())
      return damaged(file, "a member's name is not clean");
    if (auto good = names.take(added.member); !good)
      return tl::unexpected{good.error()};
  }
  if (auto good = names.finish(); !good)
    return tl::unexpected{good.error()};
  return out;
}

expected<checked_index> check(const archive_file& file, compression magic,
                              const std::string& serialized, const archive_limits& limits) {
  archive::Index index;
  if (!index.ParseFromArray(serialized.data(), static_cast<int>(serialized.size())))
    return damaged(file, "it is no message of ours");
  if (index.version() != tail_format::index_version &&
      index.version() != tail_format::index_version_sha256)
    return fail(error_code::archive_incompatible, file.path(),
                fmt::format("its index has version {}", index.version()),
                "use the floe that wrote it or a newer one");
  const auto method = compression_from_string(index.compression());
  if (!method || (*method == compression::raw ? compression::zstd : *method) != magic)
    return damaged(file, "its compression is not that of the file");
  auto wrong = check_frames(index, *method);
  if (wrong.empty())
    wrong = check_members(index);
  if (wrong.empty() && index.content_size() > limits.content_bytes_max)
    return fail(error_code::archive_refused, file.path(),
                fmt::format("its content exceeds {} bytes", limits.content_bytes_max));
  if (!wrong.empty())
    return damaged(file, wrong);
  // One function of the index is all that may stand behind the frames: no bit there is left
  // unchecked.
  const auto& last = index.frames(index.frames_size() - 1);
  const auto frames_end = last.offset() + last.stored_size();
  const auto tail = archive_tail(*method, serialized, index);
  if (frames_end > file.size() || file.size() - frames_end != tail.size())
    return damaged(file, "there is something else between or behind its parts");
  auto found = file.read_at(frames_end, tail.size());
  if (!found)
    return tl::unexpected{found.error()};
  if (*found != tail)
    return damaged(file, "what is behind the frames does not fit it");
  return convert(index, *method, file, limits);
}

} // namespace

expected<std::optional<checked_index>> read_index(const archive_file& file, compression method,
                                                  const archive_limits& limits) {
  auto end = find_trailer_end(file, method);
  if (!end)
    return tl::unexpected{end.error()};
  if (!*end)
    return std::optional<checked_index>{};
  std::string digest;
  auto length = read_trailer(file, **end, digest);
  if (!length)
    return tl::unexpected{length.error()};
  if (!*length)
    return std::optional<checked_index>{};
  auto serialized = read_serialized(file, method, **end, **length);
  if (!serialized)
    return tl::unexpected{serialized.error()};
  if (!has_digest(*serialized, digest))
    return damaged(file, "its digest is wrong");
  auto index = check(file, method, *serialized, limits);
  if (!index)
    return tl::unexpected{index.error()};
  index->digest = archive_digest(*serialized);
  return std::optional{std::move(*index)};
}

} // namespace floe
