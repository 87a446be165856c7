#include "io/archive/extract.hpp"

#include "io/archive/entry_name.hpp"
#include "io/archive/extractor.hpp"
#include "io/archive/remove_beneath.hpp"
#include "io/posix/beneath.hpp"
#include "io/posix/system_error.hpp"

#include <cerrno>
#include <sys/stat.h>

namespace floe {

expected<extract_report> extract_tar(byte_source& source, int directory, const std::string& subject,
                                     const extract_policy& policy, const std::stop_token& stop) {
  tar_limits limits;
  limits.entries_max = policy.entries_max;
  limits.bytes_max = policy.bytes_max;
  tar_stream tar{source, subject, limits};
  extractor into{tar, directory, subject, policy, stop};
  while (true) {
    if (stop.stop_requested())
      return fail(error_code::cancelled, subject, "it was being unpacked when the stop came");
    auto entry = tar.next();
    if (!entry)
      return tl::unexpected{entry.error()};
    if (!*entry)
      break;
    if (auto done = into.take(**entry); !done)
      return tl::unexpected{done.error()};
  }
  if (auto done = into.finish(); !done)
    return tl::unexpected{done.error()};
  return std::move(into.report());
}

namespace {

/// Removes what stands at a path; the directory that it was in looks untouched afterwards: its
/// times are the container's. Returns 0 or an errno.
int remove_quietly(int root, const std::string& path) {
  const auto parent = open_beneath(root, split_last(path).parent, O_PATH | O_DIRECTORY);
  if (!parent)
    return parent.error();
  struct stat before {};
  if (::fstat(parent->get(), &before) != 0)
    return errno;
  const int failure = remove_beneath(root, path);
  const timespec times[] = {before.st_atim, before.st_mtim};
  if (failure == 0 && ::utimensat(parent->get(), "", times, AT_EMPTY_PATH) != 0)
    return errno;
  return failure;
}

} // namespace

expected<void> remove_deleted_files(int rootfs, const std::vector<std::string>& paths) {
  constexpr auto advice = "the archive is damaged or hostile; do not restore it";
  std::vector<std::string> cleaned;
  cleaned.reserve(paths.size());
  for (const auto& path : paths) {
    const auto subject = "deleted.files: " + quoted_name(path);
    if (!path.starts_with('/'))
      return fail(error_code::archive_refused, subject, "it is no absolute path", advice);
    // Slashes in front are the root of the container, not of the host.
    const auto first = path.find_first_not_of('/');
    auto relative = clean_entry_name(first == std::string::npos ? "." : path.substr(first));
    if (!relative)
      return fail(error_code::archive_refused, subject, relative.error(), advice);
    if (relative->empty())
      return fail(error_code::archive_refused, subject, "it is the root itself", advice);
    cleaned.push_back(std::move(*relative));
  }
  for (const auto& path : cleaned) {
    const int failure = remove_quietly(rootfs, path);
    // A symlink or a file where the path has a directory: the path does not exist in this tree.
    if (failure != 0 && failure != ENOENT && failure != ELOOP && failure != ENOTDIR)
      return system_failure(failure, "deleted.files: " + quoted_name('/' + path), "remove it");
  }
  return {};
}

} // namespace floe
