#include "io/pour/pour_to_file.hpp"

#include "io/posix/durable_file.hpp"
#include "io/posix/system_error.hpp"
#include "io/pour/archive_ledger.hpp"
#include "io/pour/frame_codec.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <unistd.h>

namespace floe {

namespace {

expected<void> append(const durable_file& file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto put = ::write(file.fd(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0)
      return system_failure(put == 0 ? EIO : errno, file.target(), "write");
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
  return {};
}

/// One archive under way.
class plain_pour {
 public:
  plain_pour(const rope& content, const pour_options& options)
      : content_{content}, options_{options}, windows_{cut_windows(content, options.window_bytes)},
        ledger_{options.method, options.notes} {
    ledger_.add_content(content);
  }

  expected<pour_report> run(const std::stop_token& stop) {
    return open().and_then([&] { return pour(stop); }).and_then([&] { return finish(); });
  }

 private:
  expected<void> open() {
    auto codec = make_frame_codec(options_.method, options_.level);
    if (!codec)
      return tl::unexpected{std::move(codec.error())};
    codec_ = std::move(*codec);
    auto file = durable_file::create(options_.target, {options_.overwrite, options_.sync});
    if (!file)
      return tl::unexpected{std::move(file.error())};
    file_ = std::move(*file);
    return file_->reserve(archive_bytes_min(options_.method, windows_),
                          options_.method == compression::none);
  }

  expected<void> pour(const std::stop_token& stop) {
    size_t largest = 0;
    for (const auto& each : windows_)
      largest = std::max<size_t>(largest, each.length);
    content_bytes_.resize(largest);
    frame_bytes_.resize(codec_->frame_bytes_max(largest));
    for (const auto& each : windows_) {
      if (stop.stop_requested())
        return fail(error_code::cancelled, options_.target, "writing it was cancelled");
      if (auto done = pour_window(each); !done)
        return done;
    }
    return {};
  }

  expected<void> pour_window(const window& which) {
    const auto content = std::span{content_bytes_}.first(which.length);
    auto changes = fill_window(content_, which, content);
    if (!changes)
      return tl::unexpected{std::move(changes.error())};
    ledger_.add_changes(std::move(*changes));
    auto stored = codec_->encode(content, frame_bytes_);
    if (!stored)
      return tl::unexpected{std::move(stored.error())};
    ledger_.add_frame(which, stored->size(), digest_of(digest_method::blake3, *stored));
    return append(*file_, *stored);
  }

  expected<pour_report> finish() {
    auto closing = ledger_.close();
    return append(*file_, std::as_bytes(std::span{closing.tail}))
        .and_then([&] { return file_->commit(); })
        .map([&] {
          return pour_report{content_.size(), ledger_.end() + closing.tail.size(),
                             std::move(closing.digest), ledger_.changes()};
        });
  }

  const rope& content_;
  const pour_options& options_;
  std::vector<window> windows_;
  archive_ledger ledger_;
  std::unique_ptr<frame_codec> codec_;
  std::unique_ptr<durable_file> file_;
  std::vector<std::byte> content_bytes_;
  std::vector<std::byte> frame_bytes_;
};

} // namespace

expected<pour_report> pour_to_file(const rope& content, const pour_options& options,
                                   const std::stop_token& stop) {
  if (options.window_bytes == 0 || options.window_bytes > window_bytes_max)
    return fail(error_code::usage, "window of " + std::to_string(options.window_bytes) + " bytes",
                "it is out of range", "choose 1 to " + std::to_string(window_bytes_max) + " bytes");
  return plain_pour{content, options}.run(stop);
}

} // namespace floe
