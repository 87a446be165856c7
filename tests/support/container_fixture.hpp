// Containers with the real runc and conmon and a root filesystem of one busybox, as root; each test
// has a store of its own.
#pragma once

#include "io/container/container_upkeep.hpp"
#include "io/container/lifecycle.hpp"
#include "io/posix/await_file.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/process.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace floe {

inline constexpr std::chrono::seconds patience{60};

class container_fixture : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0)
      GTEST_SKIP() << "containers need root";
    for (const auto* program : {"runc", "conmon", "busybox"})
      if (find_program(program, program_search_path()).empty())
        GTEST_SKIP() << program << " is not installed";
    std::string pattern = "/var/tmp/floe-lifecycle-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    make_rootfs();
    settings_.root = directory_ + "/root";
    settings_.run_root = directory_ + "/run";
    open_host();
  }

  void TearDown() override {
    if (directory_.empty())
      return;
    if (host_) {
      auto left = host_->state().containers().value_or(std::vector<container_record>{});
      for (const auto& record : left) {
        auto removed = remove_container(*host_, record.config.id, {true, true});
        EXPECT_TRUE(removed) << describe(removed.error());
      }
    }
    host_.reset();
    EXPECT_TRUE(remove_tree(directory_));
  }

  void open_host() {
    auto host = container_host::open(settings_);
    ASSERT_TRUE(host) << describe(host.error());
    host_ = std::move(*host);
  }

  void make_rootfs() {
    for (const auto* path : {"bin", "etc", "proc", "dev", "sys", "tmp", "run", "data"})
      std::filesystem::create_directories(rootfs() + "/" + path);
    std::filesystem::copy_file(find_program("busybox", program_search_path()),
                               rootfs() + "/bin/busybox");
    for (const auto* name : {"sh", "sleep", "cat", "id", "echo", "hostname", "pwd"})
      std::filesystem::create_symlink("busybox", rootfs() + "/bin/" + name);
    std::ofstream{rootfs() + "/etc/passwd"} << "root:x:0:0::/root:/bin/sh\n"
                                               "web:x:1000:1001::/home/web:/bin/sh\n";
    std::ofstream{rootfs() + "/etc/group"} << "root:x:0:\nweb:x:1001:\nlogs:x:7:web\n";
  }

  std::string rootfs() const { return directory_ + "/rootfs"; }

  create_options options(std::vector<std::string> command, std::string name = "web") const {
    create_options made;
    made.name = std::move(name);
    made.rootfs = rootfs();
    made.command = std::move(command);
    return made;
  }

  container_record make(const create_options& wanted) {
    auto made = create_container(*host_, wanted);
    EXPECT_TRUE(made) << describe(made.error());
    return made ? *made : container_record{};
  }

  /// Starts a container and waits for its end; the monitor has no floe to call here.
  container_record run(const create_options& wanted) {
    auto made = make(wanted);
    auto started = start_container(*host_, made.config.id);
    EXPECT_TRUE(started) << describe(started.error());
    if (!started)
      return made;
    EXPECT_TRUE(await_file(exit_directory(settings_) + "/" + made.config.id, -1, patience));
    auto ended = find_current(*host_, made.config.id);
    EXPECT_TRUE(ended) << describe(ended.error());
    return ended ? *ended : made;
  }

  std::string log_of(const container_record& record) const {
    std::string text;
    std::ifstream log{record.config.log_path};
    for (std::string time, stream, tag, line; log >> time >> stream >> tag;) {
      std::getline(log, line);
      text += line.substr(std::min<size_t>(1, line.size())) + "\n";
    }
    return text;
  }

  host_settings settings_;
  std::string directory_; ///< everything of one test is below it
  std::unique_ptr<container_host> host_;
};

} // namespace floe
