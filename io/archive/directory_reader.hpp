// Reads a checkpoint that lies unpacked in a directory, as in the layer of a checkpoint image
// (behaviours.md section 16).
#pragma once

#include "io/archive/archive_reader.hpp"
#include "io/posix/unique_fd.hpp"

namespace floe {

class directory_reader final : public archive_reader {
 public:
  /// Lists the directory and checks the names in it as those of an archive: a closed list, files
  /// and directories, no link but `checkpoint/parent`. Errors: archive_unreadable, archive_refused,
  /// archive_foreign (config.dump or spec.dump is missing).
  static expected<std::unique_ptr<archive_reader>> open(const std::string& path,
                                                        const archive_limits& limits);

  /// For open.
  directory_reader(std::string path, unique_fd directory, const archive_limits& limits)
      : path_{std::move(path)}, directory_{std::move(directory)}, limits_{limits} {}

  const std::string& path() const override { return path_; }
  compression method() const override { return compression::none; }
  /// Members can be read in any order and by several threads, as with an index.
  bool indexed() const override { return true; }
  const std::string& digest() const override { return digest_; }
  uint64_t stored_size() const override { return stored_size_; }
  expected<std::vector<archive_member>> members() override { return members_; }
  expected<std::string> document(const std::string& name) override;
  expected<std::unique_ptr<byte_source>> open_member(const archive_member& member) override;
  expected<void> visit(const member_visitor& visitor, const std::stop_token& stop) override;
  /// There is no digest to check: reads everything.
  expected<void> verify(const std::stop_token& stop) override;

 private:
  expected<void> list(const std::string& below, std::vector<archive_member>& found) const;
  expected<unique_fd> open_file(const archive_member& member) const;

  std::string path_;
  unique_fd directory_;
  archive_limits limits_;
  std::string digest_;
  uint64_t stored_size_ = 0;
  std::vector<archive_member> members_;
};

} // namespace floe
