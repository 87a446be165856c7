#include "io/archive/member_names.hpp"

#include "io/archive/entry_name.hpp"
#include "model/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace floe {

namespace {

constexpr std::array documents{std::string_view{"config.dump"},    std::string_view{"spec.dump"},
                               std::string_view{"network.status"}, std::string_view{"stats-dump"},
                               std::string_view{"deleted.files"},  std::string_view{"pod.options"},
                               std::string_view{"pod.dump"},       std::string_view{"status.dump"},
                               std::string_view{"status"}};

constexpr std::array files{std::string_view{"rootfs-diff.tar"},
                           std::string_view{"devshm-checkpoint.tar"}, std::string_view{"ctr.log"}};

constexpr std::array directories{std::string_view{"artifacts"}, std::string_view{"checkpoint"},
                                 std::string_view{"pre-checkpoint"}, std::string_view{"volumes"}};

template <class List>
bool has(const List& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

/// What is left of \p name behind `directory/`; empty if it does not lie there.
std::string_view below(std::string_view name, std::string_view directory) {
  if (!name.starts_with(directory) || !name.substr(directory.size()).starts_with('/'))
    return {};
  return name.substr(directory.size() + 1);
}

/// Names of CRIU's images and of artifacts: a plain file name that no shell or terminal minds.
bool is_plain(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-' || c == '+' ||
                        c == ':' || c == '@' || c == ',');
  });
}

bool is_file_name(std::string_view name) {
  if (is_document(name) || has(files, name))
    return true;
  if (const auto volume = below(name, "volumes"); !volume.empty())
    return volume.ends_with(".tar") && is_name(volume.substr(0, volume.size() - 4));
  return is_plain(below(name, "checkpoint")) || is_plain(below(name, "pre-checkpoint")) ||
         is_plain(below(name, "artifacts"));
}

constexpr std::string_view parent_link = "checkpoint/parent";
constexpr std::string_view parent_target = "../pre-checkpoint";

} // namespace

bool is_document(std::string_view name) {
  return has(documents, name);
}

expected<std::optional<archive_member>> member_check::take(const read_entry& entry) {
  const auto refused = [&](const std::string& cause) {
    return fail(error_code::archive_refused, subject_,
                fmt::format("the member {} at byte {} cannot be used: {}", quoted_name(entry.name),
                            entry.header_offset, cause));
  };
  auto name = clean_entry_name(entry.name);
  if (!name)
    return refused(name.error());
  if (name->empty() && entry.type == tar_type::directory)
    return std::optional<archive_member>{};
  if (entry.type == tar_type::symlink && entry.link != parent_target)
    return refused("it is a symlink");
  if (entry.regions)
    return refused("it is a sparse file");
  if (entry.type == tar_type::file && entry.name.ends_with('/'))
    return refused("it has a directory's name and is none");
  archive_member member{std::move(*name), entry.data_offset, entry.size,
                        static_cast<char>(entry.type)};
  if (auto good = take(member); !good)
    return tl::unexpected{good.error()};
  return std::optional{std::move(member)};
}

expected<void> member_check::take(const archive_member& member) {
  const auto refused = [&](const char* cause) {
    return fail(error_code::archive_refused, subject_,
                fmt::format("the member {}, whose data is at byte {}, cannot be used: {}",
                            quoted_name(member.name), member.data_offset, cause));
  };
  bool known = false;
  switch (static_cast<tar_type>(member.type)) {
  case tar_type::file:
    known = is_file_name(member.name);
    break;
  case tar_type::directory:
    known = has(directories, member.name);
    break;
  case tar_type::symlink:
    known = member.name == parent_link;
    break;
  default:
    return refused("it is neither a file nor a directory");
  }
  if (!known)
    return refused("no such thing belongs into a checkpoint archive");
  if (is_document(member.name) && member.size > limits_.document_bytes_max)
    return refused("it is too large");
  if (!seen_.insert(member.name).second)
    return refused("it is there twice");
  if (seen_.size() > limits_.members_max)
    return refused("there are too many members");
  return {};
}

expected<void> member_check::finish() const {
  for (const auto* needed : {"config.dump", "spec.dump"})
    if (!seen_.contains(needed))
      return fail(error_code::archive_foreign, subject_,
                  fmt::format("it is no checkpoint of a container: there is no {} in it", needed),
                  "give an archive that `floe checkpoint` or `podman container checkpoint` wrote");
  return {};
}

} // namespace floe
