#include "io/archive/indexed_reader.hpp"

#include "io/archive/archive_damage.hpp"
#include "io/archive/entry_name.hpp"
#include "io/archive/tar_stream.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace floe {

namespace {

/// Whether the tar says of an entry what the index says. \p start: offset in the tar where the
/// entry's stream began.
bool agree(const read_entry& entry, const indexed_member& member, uint64_t start) {
  return clean_entry_name(entry.name) == member.member.name && entry.size == member.member.size &&
         static_cast<char>(entry.type) == member.member.type && !entry.regions &&
         start + entry.header_offset == member.header_offset &&
         start + entry.data_offset == member.member.data_offset &&
         (entry.type != tar_type::symlink || entry.link == "../pre-checkpoint");
}

} // namespace

indexed_reader::indexed_reader(archive_file file, checked_index index, const archive_limits& limits)
    : file_{std::move(file)}, index_{std::move(index)}, limits_{limits}, frames_{file_, index_} {}

expected<std::vector<archive_member>> indexed_reader::members() {
  std::vector<archive_member> out;
  out.reserve(index_.members.size());
  for (const auto& member : index_.members)
    out.push_back(member.member);
  return out;
}

expected<const indexed_member*> indexed_reader::find(const std::string& name) const {
  const auto found = std::ranges::find_if(
      index_.members, [&](const indexed_member& known) { return known.member.name == name; });
  if (found == index_.members.end())
    return fail(error_code::no_such_file, file_.path(),
                "there is no " + quoted_name(name) + " in it");
  return &*found;
}

/// The tar is what other readers go by: a member that it does not have under this name is not
/// handed out.
expected<void> indexed_reader::check_header(const indexed_member& member) {
  tar_range_source blocks{frames_, member.header_offset, index_.content_size};
  tar_stream tar{blocks, file_.path()};
  auto entry = tar.next();
  if (!entry)
    return tl::unexpected{entry.error()};
  if (!*entry || !agree(**entry, member, member.header_offset))
    return damaged_archive(file_.path(), fmt::format("its index and its tar disagree about {}",
                                                     quoted_name(member.member.name)));
  return {};
}

expected<std::unique_ptr<byte_source>> indexed_reader::open_member(const archive_member& member) {
  auto found = find(member.name);
  if (!found)
    return tl::unexpected{found.error()};
  if (auto good = check_header(**found); !good)
    return tl::unexpected{good.error()};
  const auto& known = (*found)->member;
  return std::make_unique<tar_range_source>(frames_, known.data_offset,
                                            known.data_offset + known.size);
}

expected<std::string> indexed_reader::document(const std::string& name) {
  auto found = find(name);
  if (!found)
    return tl::unexpected{found.error()};
  const auto& member = (*found)->member;
  if (member.size > limits_.document_bytes_max)
    return fail(error_code::archive_refused, file_.path(),
                quoted_name(name) + " in it is too large");
  auto source = open_member(member);
  if (!source)
    return tl::unexpected{source.error()};
  std::string text(static_cast<size_t>(member.size), '\0');
  for (size_t filled = 0; filled < text.size();) {
    auto got = (*source)->read(std::as_writable_bytes(std::span{text}.subspan(filled)));
    if (!got)
      return tl::unexpected{got.error()};
    filled += *got;
  }
  return text;
}

expected<void> indexed_reader::visit(const member_visitor& visitor, const std::stop_token& stop) {
  for (const auto& known : index_.members) {
    if (stop.stop_requested())
      return fail(error_code::cancelled, file_.path(), "it was being read when the stop came");
    auto source = open_member(known.member);
    if (!source)
      return tl::unexpected{source.error()};
    if (auto done = visitor(known.member, **source); !done)
      return done;
  }
  return {};
}

expected<void> indexed_reader::check_end() {
  if (index_.frames.empty())
    return {};
  auto last = frames_.frame(index_.frames.size() - 1);
  if (!last)
    return tl::unexpected{last.error()};
  return {};
}

expected<void> indexed_reader::verify(const std::stop_token& stop) {
  const auto disagree = [&](const std::string& what) {
    return damaged_archive(file_.path(), "its index and its tar disagree about " + what);
  };
  tar_range_source content{frames_, 0, index_.content_size};
  tar_stream tar{content, file_.path()};
  std::vector<std::byte> sink(size_t{256} << 10);
  for (size_t number = 0;; ++number) {
    auto entry = tar.next();
    if (!entry)
      return tl::unexpected{entry.error()};
    if (!*entry && number == index_.members.size() && tar.position() == index_.content_size)
      return {};
    if (!*entry || number == index_.members.size())
      return disagree("the number of members");
    if (!agree(**entry, index_.members[number], 0))
      return disagree(quoted_name((*entry)->name));
    while (true) {
      auto got = tar.read(sink);
      if (!got)
        return tl::unexpected{got.error()};
      if (*got == 0)
        break;
      if (stop.stop_requested())
        return fail(error_code::cancelled, file_.path(),
                    "it was being verified when the stop came");
    }
  }
}

} // namespace floe
