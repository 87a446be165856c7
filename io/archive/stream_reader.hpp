// Reads archives without an index, as Podman writes them, from front to end.
#pragma once

#include "io/archive/archive_file.hpp"
#include "io/archive/archive_reader.hpp"
#include "io/archive/member_names.hpp"

#include <map>

namespace floe {

class stream_reader final : public archive_reader {
 public:
  stream_reader(archive_file file, compression method, const archive_limits& limits)
      : file_{std::move(file)}, method_{method}, limits_{limits} {}

  const std::string& path() const override { return file_.path(); }
  compression method() const override { return method_; }
  bool indexed() const override { return false; }
  const std::string& digest() const override { return no_digest_; }
  uint64_t stored_size() const override { return file_.size(); }
  expected<std::vector<archive_member>> members() override;
  expected<std::string> document(const std::string& name) override;
  expected<std::unique_ptr<byte_source>> open_member(const archive_member& member) override;
  expected<void> visit(const member_visitor& visitor, const std::stop_token& stop) override;
  expected<void> verify(const std::stop_token& stop) override;

 private:
  expected<void> survey(const std::stop_token& stop);

  archive_file file_;
  compression method_;
  archive_limits limits_;
  std::string no_digest_;
  bool surveyed_ = false; ///< the whole archive was read and what follows is complete
  std::vector<archive_member> members_;
  std::map<std::string, std::string, std::less<>> documents_;
};

} // namespace floe
