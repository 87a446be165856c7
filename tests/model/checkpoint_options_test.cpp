// Goal: options that mean nothing without an archive are named in Podman's order, and what follows
// from several options together is right. Method: each flag alone, and two at once.
#include "model/checkpoint_options.hpp"

#include <gtest/gtest.h>

namespace {

using namespace floe;

TEST(checkpoint_options, name_the_flag_that_needs_an_archive) {
  const auto flag = [](auto member, auto value) {
    restore_options options;
    options.*member = value;
    return flag_for_archives(options);
  };
  EXPECT_EQ(flag(&restore_options::previous_archive, "a.tar"), "--import-previous");
  EXPECT_EQ(flag(&restore_options::ignore_rootfs, true), "--ignore-rootfs");
  EXPECT_EQ(flag(&restore_options::ignore_volumes, true), "--ignore-volumes");
  EXPECT_EQ(flag(&restore_options::name, "new"), "--name");
  EXPECT_EQ(flag(&restore_options::pod, "pod"), "--pod");
  EXPECT_EQ(flag(&restore_options::publish, std::vector<std::string>{"80"}), "--publish");
  EXPECT_EQ(flag(&restore_options::engine, "native"), "--to");
}

TEST(checkpoint_options, need_no_archive_for_what_concerns_processes) {
  restore_options options;
  options.keep = options.tcp_established = options.file_locks = true;
  EXPECT_EQ(flag_for_archives(options), "");
}

TEST(checkpoint_options, name_the_first_flag_as_podman_does) {
  restore_options options;
  options.name = "new";
  options.ignore_volumes = true;
  EXPECT_EQ(flag_for_archives(options), "--ignore-volumes");
}

TEST(checkpoint_options, let_files_be_read_beside_the_dump_only_while_all_stands_still) {
  checkpoint_options options;
  EXPECT_FALSE(reads_files_beside_dump(options)) << "nothing is read without an archive";
  options.export_path = "a.tar";
  EXPECT_TRUE(reads_files_beside_dump(options));
  options.tcp_established = true;
  EXPECT_FALSE(reads_files_beside_dump(options)) << "CRIU ends it";
  options.leave_running = true;
  EXPECT_TRUE(reads_files_beside_dump(options));
  options.thaw_early = true;
  EXPECT_FALSE(reads_files_beside_dump(options));
  options.thaw_early = false;
  options.pre_checkpoint = true;
  EXPECT_FALSE(reads_files_beside_dump(options));
}

} // namespace
