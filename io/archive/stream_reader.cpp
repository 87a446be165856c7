#include "io/archive/stream_reader.hpp"

#include "io/archive/decoder.hpp"
#include "io/archive/entry_name.hpp"
#include "io/archive/tar_stream.hpp"

#include <algorithm>

namespace floe {

namespace {

/// The tar of one pass through the file.
struct open_tar {
  open_tar(const archive_file& file, compression method, const archive_limits& limits)
      : stored{file}, decoder{make_decoder(method, stored, file.path(),
                                           {.content_bytes_max = limits.content_bytes_max,
                                            .expansion_max = limits.expansion_max})},
        tar{*decoder,
            file.path(),
            {.entries_max = limits.members_max, .bytes_max = limits.content_bytes_max}} {}

  archive_file_source stored;
  std::unique_ptr<byte_source> decoder;
  tar_stream tar;
};

/// The data of the tar's current entry.
class entry_source final : public byte_source {
 public:
  explicit entry_source(tar_stream& tar) : tar_{tar} {}
  expected<size_t> read(std::span<std::byte> out) override { return tar_.read(out); }

 private:
  tar_stream& tar_;
};

/// One member, with a pass of its own that stands in front of its data.
class member_pass final : public byte_source {
 public:
  explicit member_pass(std::unique_ptr<open_tar> pass) : pass_{std::move(pass)} {}
  expected<size_t> read(std::span<std::byte> out) override { return pass_->tar.read(out); }

 private:
  std::unique_ptr<open_tar> pass_;
};

expected<std::string> read_whole(byte_source& source, uint64_t size) {
  std::string text(static_cast<size_t>(size), '\0');
  for (size_t filled = 0; filled < text.size();) {
    auto got = source.read(std::as_writable_bytes(std::span{text}.subspan(filled)));
    if (!got)
      return tl::unexpected{got.error()};
    filled += *got;
  }
  return text;
}

} // namespace

expected<void> stream_reader::visit(const member_visitor& visitor, const std::stop_token& stop) {
  open_tar pass{file_, method_, limits_};
  member_check names{file_.path(), limits_};
  while (true) {
    if (stop.stop_requested())
      return fail(error_code::cancelled, file_.path(), "it was being read when the stop came");
    auto entry = pass.tar.next();
    if (!entry)
      return tl::unexpected{entry.error()};
    if (!*entry)
      return names.finish();
    auto member = names.take(**entry);
    if (!member)
      return tl::unexpected{member.error()};
    if (!*member)
      continue;
    entry_source data{pass.tar};
    if (auto done = visitor(**member, data); !done)
      return done;
  }
}

expected<void> stream_reader::survey(const std::stop_token& stop) {
  if (surveyed_)
    return {};
  members_.clear();
  documents_.clear();
  auto visited = visit(
      [&](const archive_member& member, byte_source& data) -> expected<void> {
        members_.push_back(member);
        if (!is_document(member.name))
          return {};
        auto text = read_whole(data, member.size);
        if (!text)
          return tl::unexpected{text.error()};
        documents_[member.name] = std::move(*text);
        return {};
      },
      stop);
  surveyed_ = visited.has_value();
  return visited;
}

expected<std::vector<archive_member>> stream_reader::members() {
  if (auto done = survey({}); !done)
    return tl::unexpected{done.error()};
  return members_;
}

expected<std::string> stream_reader::document(const std::string& name) {
  if (auto done = survey({}); !done)
    return tl::unexpected{done.error()};
  if (const auto known = documents_.find(name); known != documents_.end())
    return known->second;
  const auto found = std::ranges::find(members_, name, &archive_member::name);
  if (found == members_.end())
    return fail(error_code::no_such_file, file_.path(),
                "there is no " + quoted_name(name) + " in it");
  if (found->size > limits_.document_bytes_max)
    return fail(error_code::archive_refused, file_.path(),
                quoted_name(name) + " in it is too large");
  auto source = open_member(*found);
  if (!source)
    return tl::unexpected{source.error()};
  return read_whole(**source, found->size);
}

expected<std::unique_ptr<byte_source>> stream_reader::open_member(const archive_member& member) {
  auto pass = std::make_unique<open_tar>(file_, method_, limits_);
  member_check names{file_.path(), limits_};
  while (true) {
    auto entry = pass->tar.next();
    if (!entry)
      return tl::unexpected{entry.error()};
    if (!*entry)
      return fail(error_code::no_such_file, file_.path(),
                  "there is no " + quoted_name(member.name) + " in it");
    auto found = names.take(**entry);
    if (!found)
      return tl::unexpected{found.error()};
    if (*found && (*found)->name == member.name)
      return std::make_unique<member_pass>(std::move(pass));
  }
}

expected<void> stream_reader::verify(const std::stop_token& stop) {
  surveyed_ = false;
  return survey(stop);
}

} // namespace floe
