#include "io/store/layer_store.hpp"

#include "io/posix/file_lock.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"
#include "io/store/digest.hpp"
#include "io/store/staging_directory.hpp"
#include "io/store/tar_input.hpp"
#include "model/names.hpp"

#include <cerrno>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

std::string layers_directory(const host_settings& settings) {
  return settings.root + "/images/layers";
}

tl::unexpected<error> wrong_digest(const std::string& subject, const std::string& wanted,
                                   const std::string& found) {
  return fail(error_code::archive_damaged, subject,
              "its digest should be sha256:" + wanted + " and is sha256:" + found, "get it again");
}

/// What container processes see as their root directory has to let them in, whatever the staging
/// directory's own mode is; a tar that describes its root says otherwise.
constexpr mode_t layer_mode = 0755;

/// Unpacks into \p staging and returns the diff_id.
expected<std::string> unpack(const staging_directory& staging, const layer_request& request,
                             byte_source& packed, const std::stop_token& stop) {
  if (::fchmod(staging.descriptor(), layer_mode) != 0)
    return system_failure(errno, staging.path(), "chmod");
  digesting_source blob{packed};
  auto plain = unpacked_source(blob, request.subject);
  if (!plain)
    return tl::unexpected{plain.error()};
  digesting_source tar{**plain};
  extract_policy policy;
  policy.allow_devices =
      true; // nobody but root reaches them here, and a container has its own rules
  policy.whiteouts = request.whiteouts;
  auto extracted = extract_tar(tar, staging.descriptor(), request.subject, policy, stop);
  if (!extracted)
    return tl::unexpected{extracted.error()};
  auto diff_id = tar.finish();
  if (!diff_id)
    return diff_id;
  if (!request.diff_id.empty() && *diff_id != request.diff_id)
    return wrong_digest(request.subject, request.diff_id, *diff_id);
  auto blob_id = blob.finish();
  if (!blob_id)
    return blob_id;
  if (!request.blob_id.empty() && *blob_id != request.blob_id)
    return wrong_digest(request.subject, request.blob_id, *blob_id);
  return diff_id;
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

} // namespace

expected<images_lock> images_lock::acquire(const host_settings& settings) {
  const auto path = layers_directory(settings);
  if (auto made = make_directories(path); !made)
    return tl::unexpected{made.error()};
  auto directory = open_directory(path);
  if (!directory)
    return tl::unexpected{directory.error()};
  if (auto locked = wait_lock(directory->get(), lock_mode::exclusive, path); !locked)
    return tl::unexpected{locked.error()};
  return images_lock{std::move(*directory)};
}

std::string layer_path(const host_settings& settings, const std::string& diff_id) {
  return layers_directory(settings) + "/" + diff_id;
}

expected<std::string> add_layer(const host_settings& settings, const layer_request& request,
                                byte_source& packed, const std::stop_token& stop) {
  if (!request.diff_id.empty() && exists(layer_path(settings, request.diff_id)))
    return request.diff_id;
  auto staging = staging_directory::create(layers_directory(settings));
  if (!staging)
    return tl::unexpected{staging.error()};
  auto diff_id = unpack(*staging, request, packed, stop);
  if (!diff_id)
    return diff_id;
  const auto path = layer_path(settings, *diff_id);
  if (exists(path))
    return diff_id;
  // A layer is trusted by its name later on, so its files have to be there after a power cut too.
  if (::syncfs(staging->descriptor()) != 0)
    return system_failure(errno, staging->path(), "sync");
  if (auto published = staging->publish(path); !published)
    return tl::unexpected{published.error()};
  return diff_id;
}

expected<void> remove_unused_layers(store& state, const host_settings& settings) {
  auto images = state.images();
  if (!images)
    return tl::unexpected{images.error()};
  std::set<std::string> used;
  for (const auto& image : *images)
    used.insert(image.layers.begin(), image.layers.end());
  auto present = list_directory(layers_directory(settings));
  if (!present)
    return tl::unexpected{present.error()};
  for (const auto& diff_id : *present) {
    const auto path = layer_path(settings, diff_id);
    if (!is_id(diff_id) || used.contains(path))
      continue;
    const auto taken = staging_directory::take_away(path);
    if (!taken)
      return tl::unexpected{taken.error()};
  }
  return {};
}

} // namespace floe
