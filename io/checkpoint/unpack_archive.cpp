#include "io/checkpoint/unpack_archive.hpp"

#include "io/archive/extract.hpp"
#include "io/checkpoint/counting_source.hpp"
#include "io/posix/beneath.hpp"
#include "io/posix/system_error.hpp"
#include "model/json.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

constexpr size_t copy_block_bytes = size_t{256} << 10;
constexpr std::array plain_files{std::string_view{"network.status"}, std::string_view{"stats-dump"},
                                 std::string_view{"ctr.log"}};

expected<unique_fd> open_directory(const std::string& path) {
  unique_fd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
  if (!directory)
    return system_failure(errno, path, "open");
  return directory;
}

expected<std::string> read_text(byte_source& source, const archive_member& member) {
  std::string text(member.size, '\0');
  size_t filled = 0;
  while (filled < text.size()) {
    auto got = source.read(std::as_writable_bytes(std::span{text}.subspan(filled)));
    if (!got)
      return tl::unexpected(got.error());
    if (*got == 0)
      return fail(error_code::archive_damaged, member.name, "it ends early");
    filled += *got;
  }
  return text;
}

expected<void> write_all(int fd, std::span<const std::byte> bytes, const std::string& subject) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return system_failure(errno, subject, "write");
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

/// One run of unpacking: knows where things go and collects what was found.
class unpacker {
 public:
  unpacker(const restore_targets& targets, const std::stop_token& stop)
      : targets_{targets}, stop_{stop} {}

  /// Whether anything is to be done with a member.
  bool wants(const archive_member& member) const {
    if (member.name == "rootfs-diff.tar")
      return !targets_.rootfs.empty() || targets_.spool_tars;
    if (member.name == "deleted.files")
      return !targets_.rootfs.empty() || targets_.deletions;
    if (member.name == "devshm-checkpoint.tar")
      return !targets_.shared_memory.empty() || targets_.spool_tars;
    if (const auto volume = volume_of_member(member.name); !volume.empty())
      return volume_directory_of(volume) != nullptr;
    return is_image(member.name) ||
           std::ranges::find(plain_files, member.name) != plain_files.end();
  }

  expected<void> take(const archive_member& member, byte_source& source) {
    if (targets_.spool_tars &&
        (member.name == "rootfs-diff.tar" || member.name == "devshm-checkpoint.tar"))
      return put_file(member, source);
    if (member.name == "rootfs-diff.tar")
      return extract(source, targets_.rootfs, member.name);
    if (member.name == "devshm-checkpoint.tar")
      return extract(source, targets_.shared_memory, member.name);
    if (member.name == "deleted.files")
      return read_deleted(source, member);
    if (const auto volume = volume_of_member(member.name); !volume.empty()) {
      found.volumes.push_back(volume);
      return extract(source, *volume_directory_of(volume), "volume " + volume);
    }
    return put_file(member, source);
  }

  unpacked_members found;

 private:
  static bool is_image(std::string_view name) {
    return name == "checkpoint" || name.starts_with("checkpoint/") || name == "pre-checkpoint" ||
           name.starts_with("pre-checkpoint/");
  }

  const std::string* volume_directory_of(const std::string& volume) const {
    auto match = std::ranges::find(targets_.volumes, volume, &volume_target::name);
    return match == targets_.volumes.end() ? nullptr : &match->directory;
  }

  expected<void> extract(byte_source& source, const std::string& directory,
                         const std::string& subject) {
    auto opened = open_directory(directory);
    if (!opened)
      return tl::unexpected(opened.error());
    extract_policy policy;
    policy.allow_devices = targets_.allow_devices;
    policy.device_advice = restore_device_advice;
    auto report = extract_tar(source, opened->get(), subject, policy, stop_);
    if (!report)
      return tl::unexpected(report.error());
    found.warnings.insert(found.warnings.end(), report->warnings.begin(), report->warnings.end());
    return {};
  }

  expected<void> read_deleted(byte_source& source, const archive_member& member) {
    auto text = read_text(source, member);
    if (!text)
      return tl::unexpected(text.error());
    auto list = parse_json(*text, member.name);
    if (!list)
      return tl::unexpected(list.error());
    if (!list->is_array())
      return fail(error_code::archive_refused, member.name, "it is not a list of paths");
    for (const auto& path : *list) {
      if (!path.is_string())
        return fail(error_code::archive_refused, member.name, "it holds something else than paths");
      found.deleted_files.push_back(path.get<std::string>());
    }
    return {};
  }

  expected<void> put_file(const archive_member& member, byte_source& source) {
    auto bundle = open_directory(targets_.bundle);
    if (!bundle)
      return tl::unexpected(bundle.error());
    if (member.type == '5')
      return make_directories(bundle->get(), member.name);
    if (member.type ==
        '2') // the reader lets only checkpoint/parent pass; the session makes that link anew
      return {};
    const auto parent = split_last(member.name).parent;
    if (!parent.empty())
      if (auto made = make_directories(bundle->get(), std::string{parent}); !made)
        return made;
    auto file =
        open_beneath(bundle->get(), member.name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    if (!file)
      return system_failure(file.error(), member.name, "create");
    return copy(source, file->get(), member.name);
  }

  static expected<void> make_directories(int bundle, const std::string& path) {
    for (size_t end = 0; end != std::string::npos;) {
      end = path.find('/', end + 1);
      const auto part = path.substr(0, end);
      const auto [parent, name] = split_last(part);
      auto directory = open_beneath(bundle, parent, O_PATH | O_DIRECTORY);
      if (!directory)
        return system_failure(directory.error(), part, "open the parent of");
      if (::mkdirat(directory->get(), std::string{name}.c_str(), 0700) != 0 && errno != EEXIST)
        return system_failure(errno, part, "create");
    }
    return {};
  }

  static expected<void> copy(byte_source& source, int fd, const std::string& subject) {
    std::vector<std::byte> block(copy_block_bytes);
    for (;;) {
      auto got = source.read(block);
      if (!got)
        return tl::unexpected(got.error());
      if (*got == 0)
        return {};
      if (auto written = write_all(fd, std::span{block}.first(*got), subject); !written)
        return written;
    }
  }

  const restore_targets& targets_;
  const std::stop_token& stop_;
};

} // namespace

expected<unpacked_members> unpack_members(archive_reader& archive,
                                          const std::vector<archive_member>& members,
                                          const restore_targets& targets,
                                          const unpack_progress_handler& progress,
                                          const std::stop_token& stop) {
  unpacker run{targets, stop};
  for (const auto& member : members) {
    if (!run.wants(member))
      continue;
    auto source = archive.open_member(member);
    if (!source)
      return tl::unexpected(source.error());
    counting_source counted{**source, progress, stop};
    if (auto taken = run.take(member, counted); !taken)
      return tl::unexpected(taken.error());
  }
  return std::move(run.found);
}

expected<unpacked_members> unpack_stream(archive_reader& archive, const restore_targets& targets,
                                         const unpack_progress_handler& progress,
                                         const std::stop_token& stop) {
  unpacker run{targets, stop};
  auto visited = archive.visit(
      [&](const archive_member& member, byte_source& source) -> expected<void> {
        if (!run.wants(member))
          return {};
        counting_source counted{source, progress, stop};
        return run.take(member, counted);
      },
      stop);
  if (!visited)
    return tl::unexpected(visited.error());
  return std::move(run.found);
}

std::string volume_of_member(const std::string& member) {
  constexpr std::string_view prefix = "volumes/";
  constexpr std::string_view suffix = ".tar";
  if (!member.starts_with(prefix) || !member.ends_with(suffix) ||
      member.size() <= prefix.size() + suffix.size())
    return {};
  return member.substr(prefix.size(), member.size() - prefix.size() - suffix.size());
}

} // namespace floe
