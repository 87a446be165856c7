#include "io/plan/tar_header.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <locale.h>
#include <sys/sysmacros.h>

namespace floe {

namespace {

struct free_archive {
  void operator()(archive* what) const { archive_write_free(what); }
};
struct free_entry {
  void operator()(archive_entry* what) const { archive_entry_free(what); }
};
struct free_locale_object {
  void operator()(locale_t what) const { ::freelocale(what); }
};
using archive_ptr = std::unique_ptr<archive, free_archive>;
using entry_ptr = std::unique_ptr<archive_entry, free_entry>;
using locale_ptr = std::unique_ptr<std::remove_pointer_t<locale_t>, free_locale_object>;

/// libarchive converts names by the thread's locale; the program's is left alone.
class thread_locale {
 public:
  explicit thread_locale(locale_t wanted) : previous_{::uselocale(wanted)} {}
  ~thread_locale() { ::uselocale(previous_); }
  thread_locale(const thread_locale&) = delete;
  thread_locale& operator=(const thread_locale&) = delete;

 private:
  locale_t previous_;
};

la_ssize_t append_bytes(archive*, void* out, const void* bytes, size_t length) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), length);
  return static_cast<la_ssize_t>(length);
}

uint64_t round_up(uint64_t value, uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// libarchive writes the fraction behind the seconds, which is another time before 1970. What is
/// between -1 and 0 cannot be written so, and loses its fraction.
void set_modified(archive_entry* out, int64_t seconds, int64_t nanoseconds) {
  constexpr int64_t second = 1'000'000'000;
  const bool is_before = seconds < 0 && nanoseconds > 0;
  if (is_before && seconds < -1)
    archive_entry_set_mtime(out, seconds + 1, static_cast<long>(second - nanoseconds));
  else
    archive_entry_set_mtime(out, seconds, is_before ? 0 : static_cast<long>(nanoseconds));
}

void fill(archive_entry* out, const tar_entry& entry, uint64_t size) {
  archive_entry_clear(out);
  archive_entry_copy_pathname(out, entry.name.c_str());
  archive_entry_set_mode(out, entry.mode);
  archive_entry_set_uid(out, static_cast<la_int64_t>(entry.uid));
  archive_entry_set_gid(out, static_cast<la_int64_t>(entry.gid));
  archive_entry_set_size(out, static_cast<la_int64_t>(size));
  set_modified(out, entry.modified_seconds, entry.modified_nanoseconds);
  if (entry.hard_link)
    archive_entry_copy_hardlink(out, entry.link_target.c_str());
  else if (S_ISLNK(entry.mode))
    archive_entry_copy_symlink(out, entry.link_target.c_str());
  if (S_ISCHR(entry.mode) || S_ISBLK(entry.mode)) {
    archive_entry_set_rdevmajor(out, major(entry.device));
    archive_entry_set_rdevminor(out, minor(entry.device));
  }
  for (const auto& [name, value] : entry.attributes)
    archive_entry_xattr_add_entry(out, name.c_str(), value.data(), value.size());
  for (const auto& range : entry.sparse)
    archive_entry_sparse_add_entry(out, static_cast<la_int64_t>(range.offset),
                                   static_cast<la_int64_t>(range.length));
}

/// The map in front of a sparse file's data. libarchive announces its size, but writes it only with
/// the first data.
std::string sparse_map(const std::vector<data_range>& ranges) {
  auto map = fmt::format("{}\n", ranges.size());
  for (const auto& [offset, length] : ranges)
    map += fmt::format("{}\n{}\n", offset, length);
  map.resize(round_up(map.size(), tar_block_bytes), '\0');
  return map;
}

// -- header blocks ----------------------------------------------------------

constexpr size_t mode_at = 100;
constexpr size_t uid_at = 108;
constexpr size_t gid_at = 116;
constexpr size_t size_at = 124;
constexpr size_t mtime_at = 136;
constexpr size_t checksum_at = 148;
constexpr size_t type_at = 156;
constexpr size_t magic_at = 257;

/// What 11 octal digits hold; larger sizes need a pax record.
constexpr uint64_t octal_size_max = (uint64_t{1} << 33) - 1;

void put_octal(char* block, size_t at, int digits, uint64_t value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*llo", digits, static_cast<unsigned long long>(value));
  std::memcpy(block + at, text.data(), static_cast<size_t>(digits));
}

uint64_t get_octal(const char* block, size_t at, size_t digits) {
  uint64_t value = 0;
  for (size_t i = 0; i < digits && block[at + i] >= '0' && block[at + i] <= '7'; ++i)
    value = value * 8 + static_cast<uint64_t>(block[at + i] - '0');
  return value;
}

void put_checksum(char* block) {
  std::memset(block + checksum_at, ' ', 8);
  uint64_t sum = 0;
  for (size_t i = 0; i < tar_block_bytes; ++i)
    sum += static_cast<unsigned char>(block[i]);
  put_octal(block, checksum_at, 6, sum);
  block[checksum_at + 6] = '\0';
}

/// An empty pax header block.
std::string pax_header_block() {
  std::string block{"PaxHeader/padding"};
  block.resize(tar_block_bytes, '\0');
  put_octal(block.data(), mode_at, 7, 0644);
  put_octal(block.data(), uid_at, 7, 0);
  put_octal(block.data(), gid_at, 7, 0);
  put_octal(block.data(), size_at, 11, 0);
  put_octal(block.data(), mtime_at, 11, 0);
  block[type_at] = 'x';
  std::memcpy(block.data() + magic_at, "ustar\00000", 8);
  put_checksum(block.data());
  return block;
}

/// A pax record that is \p length bytes long in all. REQUIRES: length is larger than the record
/// without its text.
std::string comment_record(uint64_t length) {
  auto record = std::to_string(length) + " comment=";
  record.resize(length - 1, ' ');
  return record + "\n";
}

} // namespace

struct tar_header_maker::parts {
  locale_ptr utf8{::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)};
  entry_ptr entry{archive_entry_new()};
  std::string bytes; ///< what the writer wrote
  archive_ptr writer;

  expected<void> write(const tar_entry& what, uint64_t announced);
  archive* open_writer();
  void end_writer();
};

tar_header_maker::tar_header_maker() : parts_{std::make_unique<parts>()} {}
tar_header_maker::~tar_header_maker() = default;
tar_header_maker::tar_header_maker(tar_header_maker&&) noexcept = default;
tar_header_maker& tar_header_maker::operator=(tar_header_maker&&) noexcept = default;

tar_entry tar_entry_from(std::string name, const struct stat& status) {
  tar_entry entry;
  entry.name = std::move(name);
  entry.mode = status.st_mode;
  entry.uid = status.st_uid;
  entry.gid = status.st_gid;
  entry.modified_seconds = status.st_mtim.tv_sec;
  entry.modified_nanoseconds = static_cast<uint32_t>(status.st_mtim.tv_nsec);
  entry.device = status.st_rdev;
  return entry;
}

/// Making a writer costs more than writing a header with it.
archive* tar_header_maker::parts::open_writer() {
  if (!writer) {
    writer.reset(archive_write_new());
    archive_write_set_format_pax(writer.get());
    archive_write_set_options(writer.get(), "pax:xattrheader=SCHILY");
    archive_write_set_bytes_per_block(writer.get(), 0);
    archive_write_set_bytes_in_last_block(writer.get(), 1);
    archive_write_open(writer.get(), &bytes, nullptr, append_bytes, nullptr);
  }
  return writer.get();
}

expected<void> tar_header_maker::parts::write(const tar_entry& what, uint64_t announced) {
  // Without this locale (there is one in every glibc since 2.35) names are passed on as bytes.
  const thread_locale names_are_utf8{utf8 ? utf8.get() : LC_GLOBAL_LOCALE};
  bytes.clear();
  auto* out = open_writer();
  fill(entry.get(), what, announced);
  const auto result = archive_write_header(out, entry.get());
  // ARCHIVE_WARN is about names that are not UTF-8; they are written as the bytes they are.
  if (result == ARCHIVE_OK || result == ARCHIVE_WARN)
    return {};
  const auto* text = archive_error_string(out);
  std::string cause =
      std::string{"a tar cannot hold it: "} + (text != nullptr ? text : "no reason given");
  end_writer();
  return fail(error_code::io_failed, what.name, std::move(cause));
}

/// archive_write_fail keeps it from writing content that was announced. It has to be closed or it
/// leaks.
void tar_header_maker::parts::end_writer() {
  const auto length = bytes.size();
  archive_write_fail(writer.get());
  archive_write_close(writer.get());
  writer.reset();
  bytes.resize(length); // closing may add an end
}

/// A writer that has announced content cannot be used again without writing it, so it hears of none
/// where the size can be filled in afterwards.
expected<std::string> tar_header_maker::make(const tar_entry& entry) {
  if (entry.sparse.empty() && entry.size <= octal_size_max) {
    if (auto written = parts_->write(entry, 0); !written)
      return tl::unexpected{std::move(written.error())};
    auto* block = parts_->bytes.data() + parts_->bytes.size() - tar_block_bytes;
    put_octal(block, size_at, 11, entry.size);
    put_checksum(block);
    return parts_->bytes;
  }
  if (auto written = parts_->write(entry, entry.size); !written)
    return tl::unexpected{std::move(written.error())};
  parts_->end_writer();
  return entry.sparse.empty() ? parts_->bytes : parts_->bytes + sparse_map(entry.sparse);
}

void align_content(std::string& header, uint64_t offset) {
  const auto over = (offset + header.size()) % tar_alignment_bytes;
  if (over == 0)
    return;
  auto gap = tar_alignment_bytes - over;
  if (header[type_at] == 'x') {
    // The record goes behind those that are there and takes up what is left of their last block as
    // well.
    const auto used = get_octal(header.data(), size_at, 11);
    const auto padded = round_up(used, tar_block_bytes);
    header.replace(tar_block_bytes + used, padded - used, comment_record(padded - used + gap));
    put_octal(header.data(), size_at, 11, padded + gap);
    put_checksum(header.data());
    return;
  }
  // A header block alone would hold no record.
  if (gap == tar_block_bytes)
    gap += tar_alignment_bytes;
  auto pax = pax_header_block();
  put_octal(pax.data(), size_at, 11, gap - tar_block_bytes);
  put_checksum(pax.data());
  header.insert(0, pax + comment_record(gap - tar_block_bytes));
}

} // namespace floe
