#include "io/store/image_import.hpp"

#include "io/archive/entry_name.hpp"
#include "io/archive/tar_stream.hpp"
#include "io/plan/rope_source.hpp"
#include "io/plan/tar_plan.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"
#include "io/store/digest.hpp"
#include "io/store/image_blobs.hpp"
#include "io/store/staging_directory.hpp"
#include "io/store/tar_input.hpp"
#include "model/container.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

enum class tar_content : uint8_t { rootfs, oci_layout, docker_archive };

/// Whether a member may belong to a saved image. The first that may not makes the tar that of a
/// root filesystem, so that such a one is not read twice.
bool may_be_saved_image(const std::string& name) {
  return name.empty() || name == "oci-layout" || name == "blobs" || name.starts_with("blobs/") ||
         name == "repositories" || name.ends_with(".json") || name.ends_with("/json") ||
         name.ends_with("/VERSION") || name.ends_with(".tar") ||
         (name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos);
}

/// The file, or a copy of what a pipe has to say: a tar is read twice. `/dev/stdin` is our own
/// stdin.
expected<unique_fd> open_input(const host_settings& settings, const std::string& path,
                               const std::stop_token& stop) {
  unique_fd file{path == "/dev/stdin" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                      : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0)
    return system_failure(errno, path, "open");
  if (S_ISREG(status.st_mode))
    return file;
  if (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode))
    return fail(error_code::bad_image, path, "it is neither a directory, a file nor a pipe",
                "give a root filesystem or a saved image");
  const auto directory = settings.root + "/images";
  if (auto made = make_directories(directory); !made)
    return tl::unexpected{made.error()};
  unique_fd copy{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  if (!copy)
    return system_failure(errno, directory, "create a file in");
  descriptor_source source{file.get(), path};
  if (auto copied = copy_to_descriptor(source, copy.get(), path, stop); !copied)
    return tl::unexpected{copied.error()};
  return copy;
}

/// The file from its beginning.
expected<descriptor_source> rewound(const unique_fd& file, const std::string& path) {
  if (::lseek(file.get(), 0, SEEK_SET) != 0)
    return system_failure(errno, path, "rewind");
  return descriptor_source{file.get(), path};
}

expected<tar_content> look_into_tar(const unique_fd& file, const std::string& path,
                                    const std::stop_token& stop) {
  auto packed = rewound(file, path);
  if (!packed)
    return tl::unexpected{packed.error()};
  auto plain = unpacked_source(*packed, path);
  if (!plain)
    return tl::unexpected{plain.error()};
  tar_stream tar{**plain, path};
  bool has_index = false;
  bool has_layout = false;
  bool has_manifest = false;
  while (!stop.stop_requested()) {
    auto entry = tar.next();
    if (!entry)
      return tl::unexpected{entry.error()};
    if (!*entry)
      break;
    const auto name = clean_entry_name((*entry)->name);
    if (!name || !may_be_saved_image(*name))
      return tar_content::rootfs;
    has_index |= *name == "index.json";
    has_layout |= *name == "oci-layout";
    has_manifest |= *name == "manifest.json";
  }
  if (has_index && has_layout)
    return tar_content::oci_layout;
  return has_manifest ? tar_content::docker_archive : tar_content::rootfs;
}

expected<image_record> record_of(const host_settings& settings, const image_blobs& blobs) {
  image_record record;
  record.id = blobs.id;
  record.created =
      blobs.created.empty() ? format_time(std::chrono::system_clock::now()) : blobs.created;
  record.config = blobs.config;
  for (const auto& layer : blobs.layers) {
    const auto path = layer_path(settings, layer.diff_id);
    auto bytes = disk_usage(path);
    if (!bytes)
      return tl::unexpected{bytes.error()};
    record.size += *bytes;
    record.layers.insert(record.layers.begin(), path);
  }
  return record;
}

expected<image_record> import_blobs(const host_settings& settings, const std::string& directory,
                                    const std::string& subject, const image_blobs& blobs,
                                    const std::stop_token& stop) {
  for (const auto& layer : blobs.layers) {
    const auto file = open_blob(directory, layer.path, subject);
    if (!file)
      return tl::unexpected{file.error()};
    descriptor_source source{file->get(), subject};
    const layer_request request{subject + ": layer " + layer.diff_id.substr(0, 12), layer.blob_id,
                                layer.diff_id, whiteout_mode::oci};
    if (auto added = add_layer(settings, request, source, stop); !added)
      return tl::unexpected{added.error()};
  }
  return record_of(settings, blobs);
}

/// A root filesystem becomes an image of one layer, with a configuration as `podman import` makes.
expected<image_record> import_rootfs(const host_settings& settings, byte_source& tar,
                                     const std::string& subject, const std::stop_token& stop) {
  auto diff_id = add_layer(settings, {subject, {}, {}, whiteout_mode::literal}, tar, stop);
  if (!diff_id)
    return tl::unexpected{diff_id.error()};
  image_blobs blobs;
  blobs.created = format_time(std::chrono::system_clock::now());
  blobs.layers = {{{}, {}, *diff_id}};
  auto configuration = json::object();
  configuration["created"] = blobs.created;
  configuration["architecture"] = image_architecture();
  configuration["os"] = "linux";
  configuration["config"] = json::object();
  configuration["rootfs"] = {{"type", "layers"}, {"diff_ids", {"sha256:" + *diff_id}}};
  configuration["history"] = json::array({{{"created", blobs.created}, {"comment", "imported"}}});
  blobs.id = sha256_hex(configuration.dump());
  return record_of(settings, blobs);
}

bool is_directory_transport(const std::string& path) {
  const auto version = read_small_file(path + "/version", 4096);
  return version && version->starts_with("Directory Transport Version");
}

expected<image_record> import_directory(const host_settings& settings, const std::string& path,
                                        const std::stop_token& stop) {
  if (is_oci_layout(path)) {
    auto blobs = read_oci_layout(path, path);
    if (!blobs)
      return tl::unexpected{blobs.error()};
    return import_blobs(settings, path, path, *blobs, stop);
  }
  // Podman's docker-dir would pass for a root filesystem with some odd files in it.
  if (is_directory_transport(path))
    return fail(error_code::bad_image, path, "it is an image saved in the format 'dir'",
                "save it as oci-dir, oci-archive or docker-archive");
  auto tree = open_tree(path);
  if (!tree)
    return tl::unexpected{tree.error()};
  auto plan = plan_tree(std::move(*tree), stop);
  if (!plan)
    return tl::unexpected{plan.error()};
  rope_source source{plan->content};
  auto record = import_rootfs(settings, source, path, stop);
  if (record && !source.changes().empty())
    return fail(error_code::changed_while_read, path, describe(source.changes().front()),
                "import it when nobody writes into it");
  return record;
}

/// A saved image is unpacked first: its manifest may come last, and its layers in any order.
expected<image_record> import_saved(const host_settings& settings, const unique_fd& file,
                                    const std::string& path, tar_content content,
                                    const std::stop_token& stop) {
  auto staging = staging_directory::create(settings.root + "/images");
  if (!staging)
    return tl::unexpected{staging.error()};
  auto packed = rewound(file, path);
  if (!packed)
    return tl::unexpected{packed.error()};
  auto plain = unpacked_source(*packed, path);
  if (!plain)
    return tl::unexpected{plain.error()};
  auto extracted = extract_tar(**plain, staging->descriptor(), path, {}, stop);
  if (!extracted)
    return tl::unexpected{extracted.error()};
  auto blobs = content == tar_content::oci_layout ? read_oci_layout(staging->path(), path)
                                                  : read_docker_archive(staging->path(), path);
  if (!blobs)
    return tl::unexpected{blobs.error()};
  return import_blobs(settings, staging->path(), path, *blobs, stop);
}

expected<image_record> import_tar(const host_settings& settings, const std::string& path,
                                  const std::stop_token& stop) {
  const auto file = open_input(settings, path, stop);
  if (!file)
    return tl::unexpected{file.error()};
  auto content = look_into_tar(*file, path, stop);
  if (!content)
    return tl::unexpected{content.error()};
  if (stop.stop_requested())
    return fail(error_code::cancelled, path, "the import was stopped");
  if (*content != tar_content::rootfs)
    return import_saved(settings, *file, path, *content, stop);
  auto packed = rewound(*file, path);
  if (!packed)
    return tl::unexpected{packed.error()};
  return import_rootfs(settings, *packed, path, stop);
}

} // namespace

expected<image_record> import_layers(const host_settings& settings, const std::string& path,
                                     const std::stop_token& stop) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      return fail(error_code::no_such_file, path, "there is no such file or directory",
                  "give a root filesystem or a saved image");
    return system_failure(errno, path, "stat");
  }
  auto record = S_ISDIR(status.st_mode) ? import_directory(settings, path, stop)
                                        : import_tar(settings, path, stop);
  if (!record) {
    // What is wrong with an archive is wrong with the image here.
    auto& code = record.error().code;
    if (code == error_code::archive_damaged || code == error_code::archive_refused ||
        code == error_code::archive_unreadable)
      code = error_code::bad_image;
  }
  return record;
}

} // namespace floe
