#include "tools/death_guard.hpp"

#include "io/posix/process_watch.hpp"
#include "io/posix/system_error.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

constexpr int guard_fd = 3;
constexpr std::chrono::seconds death_limit{60};

std::vector<std::string> guard_command(const host_settings& settings) {
  std::vector<std::string> command{settings.floe};
  const auto add = [&command](const char* option, const std::string& value) {
    if (!value.empty())
      command.insert(command.end(), {option, value});
  };
  add("--root", settings.root);
  add("--runroot", settings.run_root);
  add("--runtime", settings.runtime);
  add("--conmon", settings.monitor);
  add("--criu", settings.criu);
  add("--podman", settings.podman.program);
  add("--podman-root", settings.podman.root);
  add("--podman-runroot", settings.podman.run_root);
  command.emplace_back("guard");
  return command;
}

} // namespace

expected<death_guard> death_guard::start(const host_settings& settings) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return system_failure(errno, "pipe", "make");
  const unique_fd read_end{ends[0]};
  unique_fd write_end{ends[1]};
  process_request request;
  request.arguments = guard_command(settings);
  request.output = process_stream::null();
  request.errors = process_stream::inherit();
  request.descriptors = {{guard_fd, read_end.get()}};
  request.new_session = true; // Ctrl-C is not meant for it
  auto process = child_process::start(request);
  if (!process)
    return tl::unexpected{std::move(process.error())};
  return death_guard{std::move(*process), std::move(write_end)};
}

death_guard::~death_guard() {
  if (!alive_)
    return;
  const char all_is_well = 0;
  [[maybe_unused]] const auto written = ::write(alive_.get(), &all_is_well, 1);
  static_cast<void>(process_.wait());
}

expected<guarded_end> await_guarded_end() {
  struct stat what {};
  if (::fstat(guard_fd, &what) != 0 || !S_ISFIFO(what.st_mode))
    return fail(error_code::usage, "guard", "only floe itself starts it");
  const auto parent = ::getppid();
  // One that is dead already has handed us over to another process.
  const auto guarded = parent > 1 ? open_pidfd(parent) : unique_fd{};
  for (;;) {
    char byte = 0;
    const auto read = ::read(guard_fd, &byte, 1);
    if (read < 0 && errno == EINTR)
      continue;
    if (read == 1)
      return guarded_end::all_is_well;
    // A dying process closes one descriptor after another: its locks may go after the pipe.
    if (guarded)
      static_cast<void>(await_exit(guarded.get(), death_limit));
    return guarded_end::killed;
  }
}

} // namespace floe
