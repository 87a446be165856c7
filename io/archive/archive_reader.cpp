// Finds out what kind of archive a file is.
#include "io/archive/archive_reader.hpp"

#include "io/archive/archive_damage.hpp"
#include "io/archive/decoder.hpp"
#include "io/archive/directory_reader.hpp"
#include "io/archive/index_reader.hpp"
#include "io/archive/indexed_reader.hpp"
#include "io/archive/stream_reader.hpp"
#include "io/archive/tar_header.hpp"

#include <filesystem>

namespace floe {

namespace {

constexpr auto advice =
    "give an archive that `floe checkpoint` or `podman container checkpoint` wrote";

/// By the first bytes, as Podman does it (behaviours.md section 1.1).
expected<compression> detect(const archive_file& file) {
  auto start = file.read_at(0, static_cast<size_t>(std::min<uint64_t>(file.size(), 6)));
  if (!start)
    return tl::unexpected{start.error()};
  if (start->starts_with("\x28\xb5\x2f\xfd"))
    return compression::zstd;
  if (start->starts_with("\x1f\x8b\x08"))
    return compression::gzip;
  if (start->starts_with("BZh") || start->starts_with(std::string_view{"\xfd"
                                                                       "7zXZ\0",
                                                                       6}))
    return fail(error_code::archive_refused, file.path(),
                "it is compressed with bzip2 or xz, which floe does not read",
                "decompress it first");
  return compression::none;
}

/// The first block has to be a header: other files are told apart before anything is done with
/// them.
expected<void> check_is_tar(const archive_file& file, compression method) {
  archive_file_source stored{file};
  const auto decoder = make_decoder(method, stored, file.path());
  tar_block block{};
  for (size_t filled = 0; filled < block.size();) {
    auto got = decoder->read(std::as_writable_bytes(std::span{block}.subspan(filled)));
    if (!got)
      return tl::unexpected{got.error()};
    if (*got == 0)
      return damaged_archive(file.path(), "it ends inside of its first block");
    filled += *got;
  }
  if (!is_tar_header(block))
    return fail(error_code::archive_foreign, file.path(), "there is no tar in it", advice);
  return {};
}

} // namespace

expected<std::unique_ptr<archive_reader>> archive_reader::open(const std::string& path,
                                                               archive_limits limits) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown))
    return directory_reader::open(path, limits);
  auto file = archive_file::open(path);
  if (!file)
    return tl::unexpected{file.error()};
  if (file->size() == 0)
    return fail(error_code::archive_damaged, path, "it is empty", advice);
  auto method = detect(*file);
  if (!method)
    return tl::unexpected{method.error()};
  auto index = read_index(*file, *method, limits);
  if (!index)
    return tl::unexpected{index.error()};
  if (*index) {
    auto reader = std::make_unique<indexed_reader>(std::move(*file), std::move(**index), limits);
    if (auto good = reader->check_end(); !good)
      return tl::unexpected{good.error()};
    return reader;
  }
  if (auto good = check_is_tar(*file, *method); !good)
    return tl::unexpected{good.error()};
  return std::make_unique<stream_reader>(std::move(*file), *method, limits);
}

} // namespace floe
