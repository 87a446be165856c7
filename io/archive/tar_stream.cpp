#include "io/archive/tar_stream.hpp"

#include "io/archive/archive_damage.hpp"
#include "io/archive/entry_name.hpp"
#include "io/archive/pax_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace floe {

namespace {

constexpr size_t buffer_bytes = size_t{64} << 10;

/// From this size on a ustar header cannot state the size in octal digits, and a pax header has to.
constexpr uint64_t octal_size_end = uint64_t{1} << 33;

/// Bytes that fill the last block of \p size bytes.
uint64_t padding_of(uint64_t size) {
  return (tar_block_bytes - size % tar_block_bytes) % tar_block_bytes;
}

bool is_extension(char type) {
  return type == 'x' || type == 'g' || type == 'L' || type == 'K';
}

uint32_t narrow_id(uint64_t id) {
  // 2^32-1 means "leave it" to chown and is nobody's number.
  return id < UINT32_MAX ? static_cast<uint32_t>(id) : UINT32_MAX;
}

} // namespace

/// The headers that came before the one that describes the entry.
struct tar_stream::pending_headers {
  std::optional<pax_records> pax;
  std::optional<std::string> name; // GNU
  std::optional<std::string> link; // GNU
};

tar_stream::tar_stream(byte_source& source, std::string subject, tar_limits limits)
    : source_{source}, subject_{std::move(subject)}, limits_{limits}, buffer_(buffer_bytes) {}

tl::unexpected<error> tar_stream::reject(error_code code, std::string cause) const {
  const auto entry =
      entry_name_.empty() ? std::string{"the entry"} : "the entry " + quoted_name(entry_name_);
  return fail(code, subject_,
              fmt::format("{} at byte {} cannot be used: {}", entry, entry_offset_, cause),
              code == error_code::archive_damaged ? damage_advice : "");
}

expected<size_t> tar_stream::read_some(std::span<std::byte> out) {
  if (buffer_used_ == buffer_end_ && out.size() >= buffer_bytes) {
    auto got = source_.read(out);
    if (got)
      position_ += *got;
    return got;
  }
  if (buffer_used_ == buffer_end_) {
    auto got = source_.read(buffer_);
    if (!got)
      return got;
    buffer_used_ = 0;
    buffer_end_ = *got;
  }
  const auto count = std::min(out.size(), buffer_end_ - buffer_used_);
  std::memcpy(out.data(), buffer_.data() + buffer_used_, count);
  buffer_used_ += count;
  position_ += count;
  return count;
}

/// False at the end of the source, which is an error inside of a block.
expected<bool> tar_stream::read_block(tar_block& block) {
  size_t filled = 0;
  while (filled < block.size()) {
    auto got = read_some(std::as_writable_bytes(std::span{block}.subspan(filled)));
    if (!got)
      return tl::unexpected{got.error()};
    if (*got == 0 && filled == 0)
      return false;
    if (*got == 0)
      return damaged_archive(subject_,
                             fmt::format("it is cut inside of a block at byte {}", position_));
    filled += *got;
  }
  return true;
}

expected<void> tar_stream::skip(uint64_t bytes) {
  std::vector<std::byte> scratch(static_cast<size_t>(std::min<uint64_t>(bytes, buffer_bytes)));
  while (bytes > 0) {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(bytes, scratch.size()));
    auto got = read_some(std::span{scratch}.first(wanted));
    if (!got)
      return tl::unexpected{got.error()};
    if (*got == 0)
      return reject(error_code::archive_damaged, "its data is cut");
    bytes -= *got;
  }
  return {};
}

expected<size_t> tar_stream::read(std::span<std::byte> out) {
  const auto wanted = static_cast<size_t>(std::min<uint64_t>(out.size(), remaining_));
  if (wanted == 0)
    return size_t{0};
  auto got = read_some(out.first(wanted));
  if (got && *got == 0)
    return reject(error_code::archive_damaged, "its data is cut");
  if (got)
    remaining_ -= *got;
  return got;
}

expected<std::string> tar_stream::read_extension(uint64_t size, size_t bytes_max) {
  if (size > bytes_max)
    return reject(error_code::archive_refused,
                  fmt::format("an extended header of {} bytes is too large", size));
  std::string text(static_cast<size_t>(size), '\0');
  remaining_ = size;
  for (size_t filled = 0; filled < text.size();) {
    auto got = read(std::as_writable_bytes(std::span{text}.subspan(filled)));
    if (!got)
      return tl::unexpected{got.error()};
    filled += *got;
  }
  if (auto done = skip(padding_of(size)); !done)
    return tl::unexpected{done.error()};
  return text;
}

expected<void> tar_stream::take_extension(const tar_header& header, pending_headers& pending) {
  const bool is_pax = header.type == 'x' || header.type == 'g';
  auto text = read_extension(header.size, is_pax ? limits_.extended_header_bytes_max
                                                 : limits_.name_bytes_max + 1);
  if (!text)
    return tl::unexpected{text.error()};
  if (is_pax) {
    auto records = parse_pax_records(*text);
    if (!records)
      return reject(records.error().code, records.error().cause);
    if (header.type == 'g' && records->changes_entry)
      return reject(error_code::archive_refused,
                    "a global pax header changes all entries behind it");
    if (header.type == 'x' && pending.pax)
      return reject(error_code::archive_damaged, "it has two pax headers");
    if (header.type == 'x')
      pending.pax = std::move(*records);
    return {};
  }
  auto& target = header.type == 'L' ? pending.name : pending.link;
  const auto end = text->find('\0');
  if (target ||
      (end != std::string::npos && text->find_first_not_of('\0', end) != std::string::npos))
    return reject(error_code::archive_refused, "its long name is malformed or given twice");
  target = text->substr(0, end);
  return {};
}

expected<std::optional<read_entry>> tar_stream::next() {
  if (ended_)
    return std::optional<read_entry>{};
  if (auto done = skip(remaining_ + padding_); !done)
    return tl::unexpected{done.error()};
  remaining_ = padding_ = 0;
  entry_offset_ = position_;
  entry_name_.clear();
  pending_headers pending;
  bool extended = false;
  while (true) {
    tar_block block;
    auto more = read_block(block);
    if (!more)
      return tl::unexpected{more.error()};
    if (!*more)
      return damaged_archive(subject_, "it is cut: the end-of-archive blocks are missing");
    if (is_zero(block) && extended)
      return reject(error_code::archive_damaged, "there is an extended header without an entry");
    if (is_zero(block)) {
      if (auto done = finish(); !done)
        return tl::unexpected{done.error()};
      return std::optional<read_entry>{};
    }
    auto header = parse_tar_header(block);
    if (!header)
      return reject(header.error().code, header.error().cause);
    if (!is_extension(header->type)) {
      auto entry = make_entry(std::move(*header), std::move(pending));
      if (!entry)
        return tl::unexpected{entry.error()};
      return std::optional{std::move(*entry)};
    }
    extended = extended || header->type != 'g';
    if (auto done = take_extension(*header, pending); !done)
      return tl::unexpected{done.error()};
  }
}

expected<read_entry> tar_stream::make_entry(tar_header header, pending_headers pending) {
  const auto pax = std::move(pending.pax).value_or(pax_records{});
  if ((pax.path && pending.name) || (pax.link && pending.link))
    return reject(error_code::archive_refused, "it has a pax name and a GNU name");
  read_entry entry;
  entry.name = pax.path.value_or(pending.name.value_or(header.name));
  entry.link = pax.link.value_or(pending.link.value_or(header.link));
  if (pax.sparse_name)
    entry.name = *pax.sparse_name;
  entry_name_ = entry.name;
  if (header.type < '0' || header.type > '6')
    return reject(error_code::archive_refused,
                  "its type " + quoted_name({&header.type, 1}) + " is not supported");
  if (entry.name.size() > limits_.name_bytes_max || entry.link.size() > limits_.name_bytes_max)
    return reject(error_code::archive_refused, "its name is too long");
  entry.type = static_cast<tar_type>(header.type);
  entry.mode = header.mode;
  entry.uid = narrow_id(pax.uid.value_or(header.uid));
  entry.gid = narrow_id(pax.gid.value_or(header.gid));
  if (entry.uid == UINT32_MAX || entry.gid == UINT32_MAX)
    return reject(error_code::archive_refused, "its owner is out of range");
  if (header.device_major > UINT32_MAX || header.device_minor > UINT32_MAX)
    return reject(error_code::archive_refused, "its device number is out of range");
  entry.device_major = static_cast<uint32_t>(header.device_major);
  entry.device_minor = static_cast<uint32_t>(header.device_minor);
  entry.modified = pax.modified.value_or(tar_time{header.modified, 0});
  entry.accessed = pax.accessed;
  entry.attributes = pax.attributes;
  entry.has_text_acl = pax.has_text_acl;
  entry.size = entry.stored_size = pax.size.value_or(header.size);
  entry.header_offset = entry_offset_;
  if (auto good = check_size(entry, header.size, pax.size); !good)
    return tl::unexpected{good.error()};
  remaining_ = entry.stored_size;
  padding_ = padding_of(entry.stored_size);
  if (pax.sparse_major || pax.sparse_minor || pax.sparse_size || pax.sparse_name) {
    if (entry.type != tar_type::file || pax.sparse_major != uint64_t{1} ||
        pax.sparse_minor != uint64_t{0} || !pax.sparse_size)
      return reject(error_code::archive_refused, "it is a sparse file in a format other than 1.0");
    if (auto done = read_sparse_map(entry, *pax.sparse_size); !done)
      return tl::unexpected{done.error()};
  }
  if (entry.size > limits_.bytes_max - bytes_)
    return reject(error_code::archive_refused,
                  fmt::format("the files exceed the limit of {} bytes", limits_.bytes_max));
  bytes_ += entry.size;
  if (++entries_ > limits_.entries_max)
    return reject(error_code::archive_refused,
                  fmt::format("there are more than {} entries", limits_.entries_max));
  entry.data_offset = position_;
  return entry;
}

expected<void> tar_stream::check_size(const read_entry& entry, uint64_t stated,
                                      std::optional<uint64_t> extended) {
  // Readers disagree on which of two sizes counts, so that one of them sees entries that the other
  // does not.
  if (extended && *extended != stated && *extended < octal_size_end)
    return reject(error_code::archive_refused,
                  fmt::format("it states two sizes, {} and {}", stated, *extended));
  if (entry.type != tar_type::file && entry.size != 0)
    return reject(error_code::archive_refused, "it has data although it is no file");
  return {};
}

/// GNU 1.0: in front of the data stand decimal numbers, one per line and padded to a block: the
/// count of regions, then offset and length of each.
expected<void> tar_stream::read_sparse_map(read_entry& entry, uint64_t real_size) {
  std::string line;
  tar_block block;
  size_t used = block.size();
  const auto next_number = [&]() -> expected<uint64_t> {
    uint64_t value = 0;
    for (int digits = 0;; ++digits) {
      if (used == block.size()) {
        for (used = 0; used < block.size();) {
          auto got = read(std::as_writable_bytes(std::span{block}.subspan(used)));
          if (!got)
            return tl::unexpected{got.error()};
          if (*got == 0)
            return reject(error_code::archive_damaged, "its sparse map is cut");
          used += *got;
        }
        used = 0;
      }
      const char next = block[used++];
      if (next == '\n' && digits > 0)
        return value;
      if (next < '0' || next > '9' || digits == 18)
        return reject(error_code::archive_damaged, "its sparse map has a line that is no number");
      value = value * 10 + static_cast<uint64_t>(next - '0');
    }
  };
  auto count = next_number();
  if (!count)
    return tl::unexpected{count.error()};
  if (*count > limits_.sparse_regions_max)
    return reject(error_code::archive_refused,
                  fmt::format("its sparse map claims {} regions", *count));
  entry.regions.emplace();
  uint64_t end = 0;
  uint64_t data = 0;
  for (uint64_t i = 0; i < *count; ++i) {
    auto offset = next_number();
    auto length = offset ? next_number() : offset;
    if (!length)
      return tl::unexpected{length.error()};
    if (*offset < end || *offset > real_size || *length > real_size - *offset)
      return reject(error_code::archive_refused, "its sparse regions overlap or exceed the file");
    end = *offset + *length;
    data += *length;
    if (*length > 0)
      entry.regions->push_back({*offset, *length});
  }
  if (data != remaining_)
    return reject(error_code::archive_damaged, "its sparse map does not fit its data");
  entry.size = real_size;
  entry.stored_size = data;
  return {};
}

expected<void> tar_stream::finish() {
  tar_block block;
  auto more = read_block(block);
  if (!more)
    return tl::unexpected{more.error()};
  if (!*more || !is_zero(block))
    return damaged_archive(subject_, "it is cut: the second end-of-archive block is missing");
  const auto end = position_;
  std::vector<std::byte> rest(buffer_bytes);
  while (true) {
    auto got = read_some(rest);
    if (!got)
      return tl::unexpected{got.error()};
    if (*got == 0)
      break;
    const auto tail = std::span{rest}.first(*got);
    if (std::ranges::any_of(tail, [](std::byte byte) { return byte != std::byte{0}; }))
      return damaged_archive(subject_,
                             fmt::format("there is something behind its end at byte {}", end));
    if (position_ - end > limits_.padding_bytes_max)
      return fail(error_code::archive_refused, subject_, "there are too many zeros behind its end");
  }
  ended_ = true;
  return {};
}

} // namespace floe
