#include "io/podman/restore_gate.hpp"

#include "io/plan/rope_reader.hpp"
#include "io/plan/tar_builder.hpp"
#include "io/podman/podman_program.hpp"
#include "io/posix/small_file.hpp"
#include "io/posix/system_error.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <future>
#include <optional>
#include <span>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

constexpr size_t block_bytes = 512;
constexpr std::chrono::milliseconds look_interval{5};
// Podman makes network and mounts until then.
constexpr std::chrono::seconds gate_limit{120};
// As long as libpod gives its monitor.
constexpr std::chrono::seconds resume_limit{300};
constexpr std::chrono::seconds refusal_limit{60};

/// The two halves of a tar that holds nothing but a comment: a reader that gets only the first one
/// has an unexpected end, with any implementation.
struct empty_tar {
  std::string beginning; ///< the header of a pax record
  std::string rest;      ///< the record, and the end of the archive
};

void put_octal(std::string& header, size_t at, size_t digits, unsigned value) {
  for (size_t i = digits; i-- > 0; value >>= 3)
    header[at + i] = static_cast<char>('0' + (value & 7));
}

empty_tar make_empty_tar() {
  std::string header(block_bytes, '\0');
  header.replace(0, 9, "pax/gate0");
  put_octal(header, 100, 7, 0600);
  put_octal(header, 108, 7, 0);
  put_octal(header, 116, 7, 0);
  put_octal(header, 124, 11, block_bytes);
  put_octal(header, 136, 11, 0);
  header[156] = 'x';
  header.replace(257, 8,
                 std::string{"ustar\0"
                             "00",
                             8});
  header.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (const auto byte : header)
    sum += static_cast<unsigned char>(byte);
  put_octal(header, 148, 6, sum);
  header[154] = '\0';
  std::string record = "512 comment=";
  record.resize(block_bytes - 1, '.');
  record += '\n';
  return {std::move(header), record + std::string(2 * block_bytes, '\0')};
}

expected<void> write_all(int fd, std::string_view text, const std::string& subject) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return system_failure(errno, subject, "write");
    text.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

/// Both ends of a FIFO that somebody waits at; ours for reading keeps writes from raising SIGPIPE.
struct open_gate {
  unique_fd write_end;
  unique_fd read_end;
};

/// Nothing if nobody waits there yet. Writing to it does not block.
std::optional<open_gate> try_gate(const std::string& fifo) {
  open_gate gate;
  gate.write_end = unique_fd{::open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)};
  struct stat what {};
  if (!gate.write_end || ::fstat(gate.write_end.get(), &what) != 0 || !S_ISFIFO(what.st_mode))
    return std::nullopt;
  gate.read_end = unique_fd{::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)};
  return gate.read_end ? std::optional{std::move(gate)} : std::nullopt;
}

/// A Podman under way, with its end in another thread's hands.
class gated_restore {
 public:
  gated_restore(child_process child, std::string fifo)
      : child_{std::move(child)}, fifo_{std::move(fifo)}, end_{std::async(
                                                              std::launch::async, [this] {
                                                                return child_.wait(
                                                                    {}, ending_.get_token());
                                                              })} {}
  ~gated_restore() { ending_.request_stop(); }
  gated_restore(const gated_restore&) = delete;
  gated_restore& operator=(const gated_restore&) = delete;

  expected<process_result> run(const std::function<expected<void>()>& fill,
                               const std::stop_token& stop) {
    auto gate = await_gate();
    if (!gate)
      return tl::unexpected{std::move(gate.error())};
    const auto tar = make_empty_tar();
    auto filled = write_all(gate->write_end.get(), tar.beginning, fifo_);
    if (filled && stop.stop_requested())
      filled = fail(error_code::cancelled, "restore", "it was cancelled");
    if (filled)
      filled = fill();
    if (filled)
      filled = write_all(gate->write_end.get(), tar.rest, fifo_);
    *gate = {};
    if (filled)
      return await_end(resume_limit);
    static_cast<void>(await_end(refusal_limit));
    return tl::unexpected{std::move(filled.error())};
  }

 private:
  expected<open_gate> await_gate() {
    const auto deadline = std::chrono::steady_clock::now() + gate_limit;
    while (end_.wait_for(look_interval) != std::future_status::ready) {
      if (auto gate = try_gate(fifo_)) {
        ::fcntl(gate->write_end.get(), F_SETFL, 0);
        return std::move(*gate);
      }
      if (std::chrono::steady_clock::now() > deadline)
        return fail(error_code::timed_out, "podman container restore",
                    "it had not mounted the root filesystem after " +
                        std::to_string(gate_limit.count()) + " s");
    }
    auto result = end_.get();
    if (!result)
      return tl::unexpected{std::move(result.error())};
    return fail(error_code::restore_failed, "podman container restore",
                result->succeeded() ? "this Podman does not wait for the root filesystem's change"
                                    : podman_message(*result));
  }

  expected<process_result> await_end(std::chrono::seconds limit) {
    if (end_.wait_for(limit) != std::future_status::ready) {
      ending_.request_stop();
      end_.wait();
      return fail(error_code::timed_out, "podman container restore",
                  "it did not end within " + std::to_string(limit.count()) + " s");
    }
    auto result = end_.get();
    if (result && !result->succeeded())
      return fail(error_code::restore_failed, "podman container restore", podman_message(*result));
    return result;
  }

  child_process child_;
  std::string fifo_;
  std::stop_source ending_;
  std::future<expected<process_result>> end_; ///< its destruction waits for the thread
};

} // namespace

expected<void> write_hand_over(const std::string& directory, const std::string& target) {
  tar_builder tar;
  auto tree = std::make_shared<tree_root>();
  tree->path = directory;
  tree->directory = unique_fd{::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!tree->directory)
    return system_failure(errno, directory, "open");
  const tree_place place{tree, {}};
  for (const auto* name : {"config.dump", "spec.dump", "network.status", "checkpoint",
                           "checkpoint/inventory.img", "rootfs-diff.tar"}) {
    auto entry = open_entry(tree->directory.get(), name);
    if (!entry)
      return system_failure(entry.error(), directory + "/" + name, "open");
    if (auto added = tar.add(name, {tree, name}, *entry); !added)
      return added;
  }
  const auto content = tar.finish();
  std::string bytes(content.size(), '\0');
  if (auto read = rope_reader{content}.read(0, std::as_writable_bytes(std::span{bytes})); !read)
    return read;
  return write_file(target, bytes, 0600);
}

expected<process_result> run_gated(const process_request& podman, const std::string& fifo,
                                   const std::function<expected<void>()>& fill,
                                   const std::stop_token& stop) {
  auto child = child_process::start(podman);
  if (!child)
    return tl::unexpected{std::move(child.error())};
  gated_restore restore{std::move(*child), fifo};
  return restore.run(fill, stop);
}

void refuse_at_gate(const std::string& fifo) {
  const auto gate = try_gate(fifo);
  if (!gate)
    return;
  // Who calls this over and over must not wait for a reader that has enough already.
  const std::string no_tar(block_bytes, 'x');
  [[maybe_unused]] const auto written =
      ::write(gate->write_end.get(), no_tar.data(), no_tar.size());
}

} // namespace floe
