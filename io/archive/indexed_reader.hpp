// Reads floe's own archives by their index.
#pragma once

#include "io/archive/frame_reader.hpp"

namespace floe {

class indexed_reader final : public archive_reader {
 public:
  indexed_reader(archive_file file, checked_index index, const archive_limits& limits);

  const std::string& path() const override { return file_.path(); }
  compression method() const override { return index_.method; }
  bool indexed() const override { return true; }
  const std::string& digest() const override { return index_.digest; }
  uint64_t stored_size() const override { return file_.size(); }
  std::string engine() const override { return index_.engine; }
  archive_notes notes() const override { return index_.notes; }
  expected<std::vector<archive_member>> members() override;
  expected<std::string> document(const std::string& name) override;
  expected<std::unique_ptr<byte_source>> open_member(const archive_member& member) override;
  expected<void> visit(const member_visitor& visitor, const std::stop_token& stop) override;
  expected<void> verify(const std::stop_token& stop) override;

  /// Checks the frame with the end of the tar, which belongs to no member. Errors: archive_damaged.
  expected<void> check_end();

 private:
  expected<const indexed_member*> find(const std::string& name) const;
  expected<void> check_header(const indexed_member& member);

  archive_file file_;
  checked_index index_;
  archive_limits limits_;
  frame_reader frames_;
};

} // namespace floe
