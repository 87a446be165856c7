// A container that really runs: busybox, counting in memory and into files, under runc, conmon and
// CRIU. Needs root and these programs.
#pragma once

#include "io/container/container_host.hpp"
#include "io/container/lifecycle.hpp"
#include "io/posix/process.hpp"
#include "io/posix/unique_fd.hpp"
#include "io/store/image_store.hpp"
#include "io/store/volume_store.hpp"
#include "tests/support/scratch_directory.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <poll.h>
#include <string>
#include <sys/inotify.h>
#include <unistd.h>

namespace floe::test {

class real_container {
 public:
  static constexpr const char* name = "counter";

  /// \p reason says what is missing on this machine; it stays empty if nothing is.
  explicit real_container(std::string& reason) { reason = build(); }

  ~real_container() {
    if (!host)
      return;
    const auto containers = host->state().containers();
    for (const auto& record : *containers)
      static_cast<void>(remove_container(*host, record.config.id, {.force = true}));
    const auto volumes = host->state().volumes();
    for (const auto& volume : *volumes)
      static_cast<void>(remove_volume(host->state(), host->settings(), volume.name, true));
  }

  container_record record(const std::string& which = name) {
    return *host->state().find_container(which);
  }
  std::string bundle() { return bundle_directory(host->settings(), record().config.id); }
  std::string volume_file() const { return volume_directory(host->settings(), "data") + "/n"; }

  /// The count in the volume; 0 while the file is being written.
  uint64_t count() const { return number_in(volume_file()); }

  /// The last one that cannot be caught half written.
  uint64_t stable_count() {
    uint64_t value = 0;
    await([&] { return (value = count()) > 0; });
    return value;
  }
  static uint64_t number_in(const std::string& path) {
    const auto text = read_file(path);
    return text.empty() ? 0 : std::stoull(text);
  }

  bool counts_beyond(uint64_t value) {
    return await([&] { return count() > value; });
  }

  /// Looks again whenever something happens in the volume, for at most half a minute.
  bool await(const std::function<bool()>& condition) const {
    const unique_fd watch{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    const auto directory = volume_directory(host->settings(), "data");
    ::inotify_add_watch(watch.get(), directory.c_str(), IN_CLOSE_WRITE);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end)
        return false;
      pollfd waiting{watch.get(), POLLIN, 0};
      ::poll(&waiting, 1, 1000);
      char events[4096];
      while (::read(watch.get(), events, sizeof events) > 0) {
      }
    }
    return true;
  }

  scratch_directory scratch;
  std::unique_ptr<container_host> host;

 private:
  std::string build() {
    if (::geteuid() != 0)
      return "needs root";
    const auto box = find_program("busybox", program_search_path());
    if (box.empty())
      return "needs a static busybox";
    host_settings settings;
    settings.root = scratch / "root";
    settings.run_root = scratch / "run";
    settings.floe = "/bin/true";
    auto opened = container_host::open(settings);
    if (!opened)
      return describe(opened.error());
    host = std::move(*opened);
    auto criu = host->criu();
    if (!criu)
      return describe(criu.error());
    process_request check;
    check.arguments = {criu->path, "check"};
    if (auto checked = run_process(check); !checked || !checked->succeeded())
      return criu->path + " check fails";
    if (auto runtime = host->runtime("runc"); !runtime)
      return describe(runtime.error());
    const auto rootfs = scratch / "rootfs";
    for (const char* directory : {"bin", "data", "dev", "etc", "proc", "run", "sys", "tmp"})
      std::filesystem::create_directories(rootfs + "/" + directory);
    std::filesystem::copy_file(box, rootfs + "/bin/busybox");
    std::filesystem::create_symlink("busybox", rootfs + "/bin/sh");
    write_file(rootfs + "/etc/original", "original");
    if (auto imported = import_image(host->state(), settings, rootfs, "localhost/box:latest");
        !imported)
      return describe(imported.error());
    return start();
  }

  std::string start() {
    create_options options;
    options.name = name;
    options.image = "localhost/box:latest";
    options.volumes = {"data:/data"};
    options.command = {"/bin/sh", "-c",
                       "echo shared > /dev/shm/s; i=0; while :; do i=$((i+1)); echo $i > /count; "
                       "echo $i > /data/n; /bin/busybox usleep 2000; done"};
    if (auto created = create_container(*host, options); !created)
      return describe(created.error());
    if (auto started = start_container(*host, name); !started)
      return describe(started.error());
    return counts_beyond(5) ? "" : "the container does not count";
  }
};

} // namespace floe::test
