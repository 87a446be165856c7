#include "io/criu/statistics.hpp"

#include "io/criu/criu_images.pb.h"
#include "io/criu/image_file.hpp"
#include "io/posix/file_tree.hpp"

namespace floe {

namespace {
constexpr size_t statistics_bytes_max = size_t{64} << 10; // 47 bytes are usual
} // namespace

expected<criu_statistics> parse_criu_statistics(std::string_view bytes,
                                                const std::string& subject) {
  auto messages = split_criu_image(bytes, criu_magic::service, criu_magic::statistics, subject);
  if (!messages)
    return tl::unexpected{messages.error()};
  criu::Statistics read;
  if (messages->size() != 1 ||
      !read.ParseFromArray(messages->front().data(), static_cast<int>(messages->front().size())))
    return fail(error_code::archive_damaged, subject, "it holds no statistics of CRIU");
  criu_statistics out;
  if (read.has_dump()) {
    out.freezing_time = read.dump().freezing_time();
    out.frozen_time = read.dump().frozen_time();
    out.memdump_time = read.dump().memdump_time();
    out.memwrite_time = read.dump().memwrite_time();
    out.pages_scanned = read.dump().pages_scanned();
    out.pages_written = read.dump().pages_written();
  }
  if (read.has_restore()) {
    out.pages_compared = read.restore().pages_compared();
    out.pages_skipped_cow = read.restore().pages_skipped_cow();
    out.forking_time = read.restore().forking_time();
    out.restore_time = read.restore().restore_time();
    out.pages_restored = read.restore().pages_restored();
  }
  return out;
}

expected<criu_statistics> read_criu_statistics(const std::string& path) {
  auto bytes = read_small_file(path, statistics_bytes_max);
  if (!bytes)
    return tl::unexpected{bytes.error()};
  return parse_criu_statistics(*bytes, path);
}

} // namespace floe
