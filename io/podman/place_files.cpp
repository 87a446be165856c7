#include "io/podman/place_files.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/podman/podman_storage.hpp"
#include "io/posix/beneath.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/in_root.hpp"
#include "io/posix/mount.hpp"
#include "io/posix/system_error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

constexpr const char* rootfs_name = "rootfs-diff.tar";
constexpr mode_t mode_bits = 07777;

/// A member that was put aside as a file.
class file_source final : public byte_source {
 public:
  explicit file_source(unique_fd file) : file_{std::move(file)} {}

  expected<size_t> read(std::span<std::byte> out) override {
    for (;;) {
      const auto got = ::read(file_.get(), out.data(), out.size());
      if (got >= 0)
        return static_cast<size_t>(got);
      if (errno != EINTR)
        return system_failure(errno, "the unpacked archive", "read");
    }
  }

 private:
  unique_fd file_;
};

/// Owner, mode and times. False with errno set if that fails.
bool copy_metadata(int from, int to) {
  struct stat wanted {};
  if (::fstat(from, &wanted) != 0 || ::fchown(to, wanted.st_uid, wanted.st_gid) != 0 ||
      ::fchmod(to, wanted.st_mode & mode_bits) != 0)
    return false;
  const std::array times{wanted.st_atim, wanted.st_mtim};
  return ::futimens(to, times.data()) == 0;
}

class placer {
 public:
  placer(const file_placement& what, const std::stop_token& stop)
      : what_{what}, stop_{stop}, bundle_{podman_bundle(what.podman.graph_root, what.id)} {}

  expected<std::vector<std::string>> run() {
    if (auto moved = move_images(); !moved)
      return tl::unexpected{std::move(moved.error())};
    if (auto made = make_secret_places(); !made)
      return tl::unexpected{std::move(made.error())};
    if (what_.with_rootfs)
      if (auto changed = change_rootfs(); !changed)
        return tl::unexpected{std::move(changed.error())};
    if (!what_.volumes.empty())
      if (auto matched = match_mount_points(); !matched)
        return tl::unexpected{std::move(matched.error())};
    if (what_.with_shared_memory)
      if (auto filled =
              what_.pod_shared_memory.empty() ? fill_shared_memory() : share_memory_of_pod();
          !filled)
        return tl::unexpected{std::move(filled.error())};
    return std::move(warnings_);
  }

 private:
  expected<void> move_images() {
    const auto from = what_.stage + "/" + images_name;
    auto names = list_directory(from);
    if (!names)
      return tl::unexpected{std::move(names.error())};
    for (const auto& name : *names) // Podman has unpacked a copy of one of them
      if (auto moved = move(from + "/" + name, bundle_ + "/" + images_name + "/" + name); !moved)
        return moved;
    std::vector<const char*> others{pre_images_name, "ctr.log"};
    if (what_.keep)
      others.push_back("stats-dump");
    for (const auto* name : others)
      if (auto moved = move(in_bundle(what_.stage, name), in_bundle(bundle_, name));
          !moved && moved.error().code != error_code::no_such_file)
        return moved;
    return {};
  }

  expected<void> make_secret_places() {
    if (what_.secrets.empty())
      return {};
    const auto path =
        what_.podman.run_root + "/overlay-containers/" + what_.id + "/userdata/run/secrets";
    auto directory = open_directory(path);
    if (!directory)
      return tl::unexpected{std::move(directory.error())};
    for (const auto& name : what_.secrets) {
      const auto made = open_beneath(directory->get(), name, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
      if (!made)
        return system_failure(made.error(), path + "/" + name, "create");
    }
    return {};
  }

  static expected<void> move(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0)
      return system_failure(errno, from, "move into Podman's bundle",
                            errno == ENOENT ? error_code::no_such_file : error_code::io_failed);
    return {};
  }

  expected<std::string> mounted_rootfs() const {
    auto layers = podman_container_layers(what_.podman, what_.id);
    return layers.map([](podman_layers& found) { return std::move(found.merged); });
  }

  expected<void> change_rootfs() {
    auto opened = mounted_rootfs().and_then(open_mounted);
    if (!opened)
      return tl::unexpected{std::move(opened.error())};
    if (!what_.deleted_files.empty())
      if (auto removed = remove_deleted_files(opened->get(), what_.deleted_files); !removed)
        return removed;
    return unpack(rootfs_name, opened->get());
  }

  /// Podman looks at the first place of each volume; one that is not there, as below another
  /// volume, would make the volume its user's.
  expected<void> match_mount_points() {
    const auto rootfs = mounted_rootfs();
    if (auto mounted = rootfs.and_then(open_mounted); !mounted)
      return tl::unexpected{std::move(mounted.error())};
    // One that is made changes the times of that above it; what fails shows below.
    for (const auto& volume : what_.volumes)
      static_cast<void>(make_directories_in_root(*rootfs, volume.destination, 0, 0));
    for (const auto& volume : what_.volumes) {
      const auto mount_point = open_in_root(*rootfs, volume.destination, O_RDONLY | O_DIRECTORY);
      if (!mount_point) {
        warnings_.push_back("the volume at " + volume.destination +
                            " may get another owner when Podman starts the container again");
        continue;
      }
      const auto root = open_directory(volume.directory);
      if (!root)
        return tl::unexpected{root.error()};
      if (!copy_metadata(root->get(), mount_point.get()))
        return system_failure(errno, volume.destination, "give the metadata of its volume to");
    }
    return {};
  }

  expected<void> fill_shared_memory() {
    const auto directory = bundle_ + "/shm";
    auto source = open_member(shared_memory_name);
    if (!source || *source == nullptr)
      return source.map([](auto&&) {});
    auto opened = open_mounted(directory);
    if (!opened)
      return tl::unexpected{std::move(opened.error())};
    return unpack(shared_memory_name, opened->get());
  }

  /// Podman mounts one of the container's own, although the members of a pod share theirs. What the
  /// pod has there already is newer than the archive.
  expected<void> share_memory_of_pod() {
    const auto& shared = what_.pod_shared_memory;
    if (auto there = open_mounted(shared); !there)
      return tl::unexpected{std::move(there.error())};
    if (auto replaced = replace_mount(shared, bundle_ + "/shm"); !replaced)
      return replaced;
    auto names = list_directory(shared);
    if (!names)
      return tl::unexpected{std::move(names.error())};
    if (names->empty())
      return fill_shared_memory();
    warnings_.emplace_back(
        "the pod has files in its /dev/shm already; those of the archive are left "
        "out");
    return {};
  }

  /// Without a mount there the bytes would go where nobody looks for them.
  static expected<unique_fd> open_mounted(const std::string& path) {
    auto mounted = is_mount_point(path);
    if (!mounted)
      return tl::unexpected{std::move(mounted.error())};
    if (!*mounted)
      return fail(error_code::restore_failed, path, "Podman has not mounted it",
                  "restore with podman container restore --import");
    return open_directory(path);
  }

  /// nullptr if the archive does not hold it.
  expected<std::unique_ptr<byte_source>> open_member(const std::string& name) {
    if (!what_.archive->indexed()) {
      const auto path = what_.stage + "/" + name;
      unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
      if (!file && errno == ENOENT)
        return nullptr;
      if (!file)
        return system_failure(errno, path, "open");
      return std::make_unique<file_source>(std::move(file));
    }
    auto members = what_.archive->members();
    if (!members)
      return tl::unexpected{std::move(members.error())};
    const auto found = std::ranges::find(*members, name, &archive_member::name);
    if (found == members->end())
      return nullptr;
    return what_.archive->open_member(*found);
  }

  expected<void> unpack(const std::string& name, int directory) {
    auto source = open_member(name);
    if (!source || *source == nullptr)
      return source.map([](auto&&) {});
    // Of an archive without an index this was counted when it was put aside.
    static const unpack_progress_handler nobody;
    counting_source counted{**source, what_.archive->indexed() ? what_.progress : nobody, stop_};
    auto report = extract_tar(counted, directory, name, what_.policy, stop_);
    if (!report)
      return tl::unexpected{std::move(report.error())};
    warnings_.insert(warnings_.end(), report->warnings.begin(), report->warnings.end());
    return {};
  }

  const file_placement& what_;
  const std::stop_token& stop_;
  std::string bundle_;
  std::vector<std::string> warnings_;
};

} // namespace

std::string podman_bundle(const std::string& graph_root, const std::string& id) {
  return graph_root + "/overlay-containers/" + id + "/userdata";
}

expected<std::vector<std::string>> place_files(const file_placement& what,
                                               const std::stop_token& stop) {
  return placer{what, stop}.run();
}

} // namespace floe
