#include "io/container/criu_gate.hpp"

#include "io/posix/system_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace floe {

namespace {

constexpr const char* subject = "the configuration of CRIU";
/// CRIU goes on without a configuration that it cannot open, but not with an option that it does
/// not know.
constexpr const char* refusal = "refused-by-floe\n";

bool write_text(int file, std::string_view text) {
  return ::ftruncate(file, 0) == 0 &&
         ::pwrite(file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

/// Waits until there is an event; false: it is the end.
bool await_event(int events, int end) {
  pollfd wanted[] = {{events, POLLIN, 0}, {end, POLLIN, 0}};
  while (::poll(wanted, 2, -1) < 0)
    if (errno != EINTR)
      return false;
  return wanted[0].revents != 0;
}

} // namespace

expected<unique_fd> make_criu_configuration(std::string_view text) {
  unique_fd file{::memfd_create("criu.conf", MFD_CLOEXEC)};
  if (!file || !write_text(file.get(), text))
    return system_failure(errno, subject, "make");
  return file;
}

std::string path_of_criu_configuration(const unique_fd& configuration) {
  return fmt::format("/proc/{}/fd/{}", ::getpid(), configuration.get());
}

expected<std::unique_ptr<criu_gate>> criu_gate::open(std::function<answer(pid_t)> on_opening) {
  auto configuration = make_criu_configuration("");
  if (!configuration)
    return tl::unexpected{std::move(configuration.error())};
  std::unique_ptr<criu_gate> made{new criu_gate};
  made->configuration_ = std::move(*configuration);
  made->events_.reset(
      ::fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC));
  made->end_.reset(::eventfd(0, EFD_CLOEXEC));
  if (!made->events_ || !made->end_ ||
      ::fanotify_mark(made->events_.get(), FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD,
                      made->path().c_str()) != 0)
    return system_failure(errno, subject, "watch", error_code::unsupported);
  made->on_opening_ = std::move(on_opening);
  try {
    made->thread_ = std::jthread{[gate = made.get()] { gate->serve(); }};
  } catch (const std::system_error& failed) {
    return system_failure(failed.code().value(), subject, "start a thread for",
                          error_code::unsupported);
  }
  return made;
}

criu_gate::~criu_gate() {
  if (thread_.joinable())
    ::eventfd_write(end_.get(), 1);
}

void criu_gate::serve() {
  while (await_event(events_.get(), end_.get())) {
    fanotify_event_metadata event{};
    // One at a time: what is read and not answered stays waiting.
    const auto got = ::read(events_.get(), &event, sizeof event);
    // Without a descriptor to spare the kernel turns away who asks, and goes on.
    if (got < 0 && errno != EBADF && errno != EINVAL)
      continue;
    const unique_fd opened{event.fd};
    if (got != static_cast<ssize_t>(sizeof event) || !opened || !let_in(opened.get(), event.pid))
      break;
  }
  events_.reset(); // whoever waits goes on
}

bool criu_gate::let_in(int event_file, pid_t pid) {
  const auto text = on_opening_(pid).value_or(refusal);
  const bool allowed = write_text(configuration_.get(), text);
  const fanotify_response response{event_file, allowed ? uint32_t{FAN_ALLOW} : uint32_t{FAN_DENY}};
  return ::write(events_.get(), &response, sizeof response) ==
         static_cast<ssize_t>(sizeof response);
}

} // namespace floe
