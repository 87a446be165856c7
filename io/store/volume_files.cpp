#include "io/store/volume_files.hpp"

#include "io/posix/durable_file.hpp"
#include "io/posix/system_error.hpp"
#include "io/posix/unique_fd.hpp"
#include "io/store/volume_store.hpp"

#include <climits>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

/// Opening `/dev/stdout` anew would cut a file that is appended to, and fails for a socket.
expected<unique_fd> copy_of(int descriptor, const std::string& path) {
  unique_fd copy{::fcntl(descriptor, F_DUPFD_CLOEXEC, 3)};
  if (!copy)
    return system_failure(errno, path, "use");
  return copy;
}

/// What a link leads to is replaced, not the link.
std::string target_of(const std::string& path) {
  char resolved[PATH_MAX] = {};
  return ::realpath(path.c_str(), resolved) != nullptr ? resolved : path;
}

} // namespace

expected<std::vector<std::string>> export_volume_to(store& state, const std::string& name,
                                                    const std::string& path) {
  // Nothing is touched for a volume that does not exist.
  if (const auto record = state.find_volume(name); !record)
    return tl::unexpected{record.error()};
  struct stat status {};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  if (path == "/dev/stdout" || (is_there && !S_ISREG(status.st_mode))) {
    auto output = path == "/dev/stdout"
                      ? copy_of(STDOUT_FILENO, path)
                      : expected<unique_fd>{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!output)
      return tl::unexpected{output.error()};
    if (!*output)
      return system_failure(errno, path, "open", error_code::target_unwritable);
    return export_volume(state, name, output->get());
  }
  auto file = durable_file::create(is_there ? target_of(path) : path, {.overwrite = true});
  if (!file)
    return tl::unexpected{file.error()};
  auto warnings = export_volume(state, name, (*file)->fd());
  if (!warnings)
    return warnings;
  if (auto committed = (*file)->commit(); !committed)
    return tl::unexpected{committed.error()};
  return warnings;
}

expected<void> import_volume_from(store& state, const host_settings& settings,
                                  const std::string& name, const std::string& path,
                                  const std::function<expected<volume_users>()>& hold_users) {
  auto input = path == "/dev/stdin"
                   ? copy_of(STDIN_FILENO, path)
                   : expected<unique_fd>{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!input)
    return tl::unexpected{input.error()};
  if (!*input)
    return system_failure(errno, path, "open", error_code::no_such_file);
  return import_volume(state, settings, name, input->get(), hold_users);
}

} // namespace floe
