#include "io/checkpoint/checkpoint_checks.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/posix/process.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

constexpr std::chrono::seconds feature_check_limit{30};

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

} // namespace

expected<void> check_programs(container_host& host, oci_runtime& runtime) {
  if (auto criu = host.criu(); !criu)
    return tl::unexpected{std::move(criu.error())};
  return runtime.supports_checkpoint();
}

expected<void> check_programs(container_host& host, const container_config& config) {
  auto runtime = host.runtime(config.runtime);
  if (!runtime)
    return tl::unexpected{std::move(runtime.error())};
  return check_programs(host, **runtime);
}

expected<void> check_container(const container_record& record, const std::string& bundle,
                               const checkpoint_options& options) {
  const auto subject = "container " + record.config.name;
  if (options.pre_checkpoint && options.with_previous)
    return fail(error_code::usage, subject, "--with-previous can not be used with --pre-checkpoint",
                "make the pre-checkpoint first, then the checkpoint with it");
  if (options.with_previous && !is_directory(in_bundle(bundle, pre_images_name)))
    return fail(error_code::no_checkpoint, subject, "there is no pre-checkpoint of it",
                "make one with --pre-checkpoint first");
  const auto state = record.status.state;
  if (state != container_state::running)
    return fail(error_code::wrong_state, subject,
                fmt::format("\"{}\" is not running, cannot checkpoint", to_string(state)),
                state == container_state::paused     ? "unpause it first"
                : state == container_state::stopping ? "it is being stopped by somebody"
                                                     : "start it first");
  if (record.config.auto_remove() && options.export_path.empty())
    return fail(error_code::auto_remove, subject,
                "cannot checkpoint containers that have been started with '--rm' unless '--export' "
                "is used",
                "use --export or --export-dir");
  return {};
}

expected<void> check_memory_tracking(container_host& host) {
  auto criu = host.criu();
  if (!criu)
    return tl::unexpected{std::move(criu.error())};
  process_request request;
  request.arguments = {criu->path, "check", "--feature", "mem_dirty_track"};
  process_limits limits;
  limits.time = feature_check_limit;
  auto result = run_process(request, limits);
  if (!result)
    return tl::unexpected{std::move(result.error())};
  if (!result->succeeded())
    return fail(error_code::unsupported, "memory tracking",
                "system (architecture/kernel/CRIU) does not support memory tracking",
                "make a checkpoint without --pre-checkpoint and --with-previous");
  return {};
}

expected<void> check_target(const checkpoint_options& options) {
  const auto& path = options.export_path;
  if (path.empty())
    return {};
  const auto slash = path.rfind('/');
  const auto directory = slash == std::string::npos ? std::string{"."} : path.substr(0, slash + 1);
  if (slash == path.size() - 1)
    return fail(error_code::target_unwritable, path, "it names a directory, not a file",
                "give the archive a name");
  if (!is_directory(directory))
    return fail(error_code::no_such_file, directory, "there is no such directory",
                "create it, or export to another one");
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    return fail(error_code::target_unwritable, directory,
                errno == EROFS ? "it is on a read-only file system"
                               : "nothing can be created in it",
                "export to another directory");
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0)
    return {};
  if (!S_ISREG(status.st_mode))
    return fail(error_code::target_exists, path, "something that is no regular file is there",
                "choose another name");
  if (!options.overwrite)
    return fail(error_code::target_exists, path, "there is already a file of this name",
                "choose another name, or replace it with --overwrite");
  return {};
}

} // namespace floe
