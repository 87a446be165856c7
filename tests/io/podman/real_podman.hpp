// The real Podman in a storage of its own, with an image of busybox; gone when the test is over.
#pragma once

#include "io/posix/process.hpp"
#include "tests/support/scoped_environment.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <sys/mount.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace floe::test {

class real_podman {
 public:
  const std::string image = "localhost/busybox:test";

  real_podman() {
    const auto busybox = find_program("busybox", program_search_path());
    for (const auto* program : {"podman", "runc", "conmon", "busybox"})
      if (find_program(program, program_search_path()).empty())
        missing_ = std::string{program} + " is not installed";
    if (::geteuid() != 0)
      missing_ = "it needs root";
    if (missing_.empty())
      configure();
    if (missing_.empty())
      import(busybox);
  }
  real_podman(const real_podman&) = delete;
  real_podman& operator=(const real_podman&) = delete;
  ~real_podman() {
    if (!environment_)
      return;
    run({"pod", "rm", "--all", "--force", "--time", "0"}, false);
    run({"rm", "--all", "--force", "--time", "0"}, false);
    // Podman makes its storage a mount point of itself.
    ::umount2((directory() + "/graph/overlay").c_str(), MNT_DETACH);
  }

  /// Why there is no Podman to test with; empty if there is one.
  const std::string& missing() const { return missing_; }
  const std::string& directory() const { return scratch_.path(); }

  process_request request(std::vector<std::string> arguments) const {
    process_request request;
    request.arguments = std::move(arguments);
    request.arguments.insert(request.arguments.begin(), "podman");
    return request;
  }

  /// What a command writes, without the newline at its end.
  std::string run(std::vector<std::string> arguments, bool must_succeed = true) const {
    const auto result = run_process(request(std::move(arguments)), {std::chrono::minutes{2}});
    if (!result || !result->succeeded()) {
      EXPECT_FALSE(must_succeed) << (result ? result->errors : describe(result.error()));
      return {};
    }
    return result->output.substr(0, result->output.find_last_not_of('\n') + 1);
  }

 private:
  void configure() {
    write_file(scratch_ / "storage.conf", "[storage]\ndriver = \"overlay\"\ngraphroot = \"" +
                                              scratch_ / "graph" + "\"\nrunroot = \"" +
                                              scratch_ / "run" + "\"\n");
    write_file(scratch_ / "containers.conf",
               "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1000:1000\"]\n"
               "log_driver = \"k8s-file\"\n[engine]\ncgroup_manager = \"cgroupfs\"\n"
               "events_logger = \"file\"\nruntime = \"runc\"\ntmp_dir = \"" +
                   scratch_ / "tmp" + "\"\n");
    environment_ =
        std::make_unique<scoped_environment>(std::vector<std::pair<std::string, std::string>>{
            {"CONTAINERS_STORAGE_CONF", scratch_ / "storage.conf"},
            {"CONTAINERS_CONF", scratch_ / "containers.conf"},
            {"CONTAINERS_CONF_OVERRIDE", ""}});
  }

  void import(const std::string& busybox) {
    const auto root = std::filesystem::path{scratch_ / "rootfs"};
    std::filesystem::create_directories(root / "bin");
    std::filesystem::copy_file(busybox, root / "bin/busybox");
    for (const auto* applet : {"sh", "sleep", "true"})
      std::filesystem::create_symlink("busybox", root / "bin" / applet);
    process_request tar;
    tar.arguments = {"tar", "-C", root.string(), "-cf", scratch_ / "rootfs.tar", "."};
    if (auto packed = run_process(tar); !packed || !packed->succeeded())
      missing_ = "tar does not work";
    else if (run({"import", scratch_ / "rootfs.tar", image}, false).empty())
      missing_ = "podman does not work here";
  }

  scratch_directory scratch_;
  std::unique_ptr<scoped_environment> environment_;
  std::string missing_;
};

} // namespace floe::test
