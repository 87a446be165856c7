#include "io/store/tar_input.hpp"

#include "io/posix/system_error.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <optional>
#include <unistd.h>
#include <vector>

namespace floe {

namespace {

constexpr size_t buffer_bytes = size_t{256} << 10;

struct archive_closer {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

/// libarchive's filters without its formats: what comes out is one stream of bytes.
class filtered_source : public byte_source {
 public:
  filtered_source(byte_source& packed, std::string subject)
      : packed_{packed}, subject_{std::move(subject)},
        buffer_(buffer_bytes), reader_{archive_read_new()} {}

  expected<void> open() {
    auto* reader = reader_.get();
    archive_read_support_format_raw(reader);
    archive_read_support_format_empty(reader);
    archive_read_support_filter_gzip(reader);
    archive_read_support_filter_zstd(reader);
    archive_read_support_filter_xz(reader);
    archive_read_support_filter_bzip2(reader);
    archive_entry* entry = nullptr;
    if (archive_read_open(reader, this, nullptr, &filtered_source::feed, nullptr) != ARCHIVE_OK)
      return failure();
    const auto header = archive_read_next_header(reader, &entry);
    if (header != ARCHIVE_OK && header != ARCHIVE_EOF)
      return failure();
    ended_ = header == ARCHIVE_EOF;
    return {};
  }

  expected<size_t> read(std::span<std::byte> out) override {
    if (ended_ || out.empty())
      return 0;
    const auto got = archive_read_data(reader_.get(), out.data(), out.size());
    if (got < 0)
      return failure();
    ended_ = got == 0;
    return static_cast<size_t>(got);
  }

 private:
  /// libarchive asks for more of the packed bytes.
  static la_ssize_t feed(archive* reader, void* self, const void** bytes) {
    auto& source = *static_cast<filtered_source*>(self);
    auto got = source.packed_.read(source.buffer_);
    if (!got) {
      source.fault_ = std::move(got.error());
      archive_set_error(reader, EIO, "the source failed");
      return -1;
    }
    *bytes = source.buffer_.data();
    return static_cast<la_ssize_t>(*got);
  }

  tl::unexpected<error> failure() {
    if (fault_)
      return tl::unexpected{*fault_};
    const auto* text = archive_error_string(reader_.get());
    return fail(error_code::archive_damaged, subject_,
                std::string{"it cannot be unpacked: "} + (text != nullptr ? text : "unknown error"),
                "get it again");
  }

  byte_source& packed_;
  std::string subject_;
  std::vector<std::byte> buffer_;
  std::optional<error> fault_; ///< of the source, which libarchive cannot carry
  bool ended_ = false;
  std::unique_ptr<archive, archive_closer> reader_;
};

} // namespace

expected<size_t> descriptor_source::read(std::span<std::byte> out) {
  for (;;) {
    const auto got = ::read(fd_, out.data(), out.size());
    if (got >= 0)
      return static_cast<size_t>(got);
    if (errno != EINTR)
      return system_failure(errno, subject_, "read");
  }
}

expected<std::unique_ptr<byte_source>> unpacked_source(byte_source& packed, std::string subject) {
  auto source = std::make_unique<filtered_source>(packed, std::move(subject));
  if (auto opened = source->open(); !opened)
    return tl::unexpected{opened.error()};
  return source;
}

expected<void> copy_to_descriptor(byte_source& source, int output, const std::string& subject,
                                  const std::stop_token& stop) {
  std::vector<std::byte> buffer(buffer_bytes);
  for (;;) {
    if (stop.stop_requested())
      return fail(error_code::cancelled, subject, "it was stopped");
    auto got = source.read(buffer);
    if (!got)
      return tl::unexpected{got.error()};
    if (*got == 0)
      return {};
    for (std::span<const std::byte> left{buffer.data(), *got}; !left.empty();) {
      const auto wrote = ::write(output, left.data(), left.size());
      if (wrote < 0 && errno != EINTR)
        return system_failure(errno, subject, "write");
      if (wrote > 0)
        left = left.subspan(static_cast<size_t>(wrote));
    }
  }
}

} // namespace floe
