// Keeps a container's /dev/shm, a tmpfs that vanishes with its mount, in the bundle.
#include "io/archive/byte_source.hpp"
#include "io/archive/extract.hpp"
#include "io/checkpoint/checkpoint_files.hpp"
#include "io/plan/rope_reader.hpp"
#include "io/plan/tar_plan.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <span>
#include <unistd.h>
#include <vector>

namespace floe {

namespace {

constexpr size_t buffer_bytes = size_t{1} << 20;

expected<void> write_all(int fd, std::span<const std::byte> bytes, const std::string& subject) {
  while (!bytes.empty()) {
    const auto wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0)
      return system_failure(errno, subject, "write");
    bytes = bytes.subspan(static_cast<size_t>(wrote));
  }
  return {};
}

expected<void> write_rope(const rope& content, int fd, const std::string& subject) {
  rope_reader reader{content};
  std::vector<std::byte> buffer(buffer_bytes);
  for (uint64_t at = 0; at < content.size();) {
    const auto count = std::min<uint64_t>(buffer.size(), content.size() - at);
    const std::span part{buffer.data(), static_cast<size_t>(count)};
    if (auto read = reader.read(at, part); !read)
      return read;
    if (auto written = write_all(fd, part, subject); !written)
      return written;
    at += count;
  }
  return {};
}

class file_source : public byte_source {
 public:
  file_source(unique_fd fd, std::string path) : fd_{std::move(fd)}, path_{std::move(path)} {}

  expected<size_t> read(std::span<std::byte> out) override {
    for (;;) {
      const auto count = ::read(fd_.get(), out.data(), out.size());
      if (count >= 0)
        return static_cast<size_t>(count);
      if (errno != EINTR)
        return system_failure(errno, path_, "read");
    }
  }

 private:
  unique_fd fd_;
  std::string path_;
};

} // namespace

expected<void> save_shared_memory(const std::string& directory, const std::string& bundle) {
  auto tree = open_tree(directory);
  if (!tree)
    return tl::unexpected{std::move(tree.error())};
  auto plan = plan_tree(std::move(*tree));
  if (!plan)
    return tl::unexpected{std::move(plan.error())};
  const auto path = in_bundle(bundle, shared_memory_name);
  if (auto removed = remove_tree(path); !removed)
    return removed;
  const unique_fd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!fd)
    return system_failure(errno, path, "open");
  if (auto written = write_rope(plan->content, fd.get(), path); !written)
    return written;
  if (::fsync(fd.get()) != 0)
    return system_failure(errno, path, "fsync");
  return {};
}

expected<void> load_shared_memory(const std::string& bundle, const std::string& directory,
                                  bool allow_devices) {
  const auto path = in_bundle(bundle, shared_memory_name);
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd && errno == ENOENT)
    return {};
  if (!fd)
    return system_failure(errno, path, "open");
  auto target = open_directory(directory);
  if (!target)
    return tl::unexpected{std::move(target.error())};
  file_source source{std::move(fd), path};
  extract_policy policy;
  policy.allow_devices = allow_devices;
  auto report = extract_tar(source, target->get(), path, policy);
  if (!report)
    return tl::unexpected{std::move(report.error())};
  return {};
}

} // namespace floe
