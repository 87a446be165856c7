#include "io/posix/durable_file.hpp"

#include "io/posix/system_error.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <linux/fs.h>
#include <random>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace floe {

namespace {

constexpr mode_t private_mode = 0600;
constexpr int name_attempts_max = 100;
constexpr size_t name_bytes_max = 255;

/// Six characters, as mkstemp chooses them.
std::string random_suffix() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device source;
  std::uniform_int_distribution<size_t> pick{0, letters.size() - 1};
  std::string out;
  for (int i = 0; i < 6; ++i)
    out.push_back(letters[pick(source)]);
  return out;
}

std::string temporary_name(const std::string& name) {
  constexpr std::string_view infix = ".floe-";
  const auto kept = name.substr(0, name_bytes_max - 1 - infix.size() - 6);
  return "." + kept + std::string{infix} + random_suffix();
}

tl::unexpected<error> exists(const std::string& target) {
  return fail(error_code::target_exists, target, "there is a file of that name already",
              "remove it, choose another name or ask for overwriting");
}

} // namespace

durable_file::durable_file(key, std::string target, durable_file_options options)
    : target_{std::move(target)}, options_{options} {}

durable_file::~durable_file() {
  if (!temporary_.empty())
    ::unlinkat(directory_.get(), temporary_.c_str(), 0);
}

expected<std::unique_ptr<durable_file>> durable_file::create(const std::string& target,
                                                             durable_file_options options) {
  auto out = std::make_unique<durable_file>(key{}, target, options);
  return out->open_directory()
      .and_then([&] { return out->refuse_existing(); })
      .and_then([&] { return out->open_file(); })
      .map([&] { return std::move(out); });
}

expected<void> durable_file::open_directory() {
  const std::filesystem::path path{target_};
  name_ = path.filename().string();
  if (name_.empty() || name_ == "." || name_ == "..")
    return fail(error_code::target_unwritable, target_, "it is not the name of a file",
                "end the path with a file name");
  const auto parent = path.has_parent_path() ? path.parent_path().string() : std::string{"."};
  directory_.reset(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory_) {
    auto failure = system_failure(errno, target_, "open the directory " + parent,
                                  error_code::target_unwritable);
    failure.value().advice = "create the directory, or choose another place";
    return failure;
  }
  return {};
}

expected<void> durable_file::refuse_existing() const {
  struct stat found {};
  if (::fstatat(directory_.get(), name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0)
    return {};
  if (S_ISDIR(found.st_mode))
    return fail(error_code::target_unwritable, target_, "it is a directory",
                "give the name of a file");
  return options_.overwrite ? expected<void>{} : exists(target_);
}

expected<void> durable_file::open_file() {
  // Naming a file that has no name goes through /proc.
  if (::access("/proc/self/fd", X_OK) != 0)
    return make_named();
  file_.reset(::openat(directory_.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, private_mode));
  return file_ ? expected<void>{} : make_named();
}

expected<void> durable_file::make_named() {
  for (int attempt = 0; attempt < name_attempts_max; ++attempt) {
    auto name = temporary_name(name_);
    file_.reset(::openat(directory_.get(), name.c_str(),
                         O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, private_mode));
    if (file_) {
      temporary_ = std::move(name);
      return {};
    }
    if (errno != EEXIST)
      return system_failure(errno, target_, "create a file beside it",
                            error_code::target_unwritable);
  }
  return system_failure(EEXIST, target_, "create a file beside it", error_code::target_unwritable);
}

expected<void> durable_file::reserve(uint64_t bytes, bool allocate, uint64_t offset) {
  struct statvfs space {};
  // Some file systems of user space do not tell: they have no blocks at all.
  if (::fstatvfs(file_.get(), &space) == 0 && space.f_blocks != 0) {
    const auto blocks = ::geteuid() == 0 ? space.f_bfree : space.f_bavail;
    const auto available = uint64_t{blocks} * space.f_frsize;
    if (available < bytes)
      return fail(error_code::no_space, target_,
                  "it needs at least " + std::to_string(bytes) + " bytes, and " +
                      std::to_string(available) + " are left there",
                  "free some space there or choose another place");
  }
  if (allocate && bytes != 0 &&
      ::fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                  static_cast<off_t>(bytes)) != 0 &&
      (errno == ENOSPC || errno == EDQUOT))
    return system_failure(errno, target_, "set space aside");
  return {};
}

expected<void> durable_file::sync() {
  if (options_.sync && ::fsync(file_.get()) != 0)
    return system_failure(errno, target_, "sync");
  synced_ = true;
  return {};
}

expected<void> durable_file::commit() {
  if (!synced_)
    if (auto durable = sync(); !durable)
      return durable;
  if (auto published = publish(); !published)
    return published;
  if (options_.sync && ::fsync(directory_.get()) != 0) {
    auto failure = system_failure(errno, target_, "sync the directory of");
    if (!options_.overwrite) // the older file is gone: this one is all there is
      ::unlinkat(directory_.get(), name_.c_str(), 0);
    return failure;
  }
  return {};
}

expected<void> durable_file::publish() {
  if (!options_.overwrite)
    return publish_new();
  if (temporary_.empty()) {
    // A file without a name cannot replace another: it gets a temporary one first.
    auto name = temporary_name(name_);
    if (auto failed = link_to(name); failed != 0)
      return system_failure(failed, target_, "name the new file", error_code::target_unwritable);
    temporary_ = std::move(name);
  }
  if (::renameat(directory_.get(), temporary_.c_str(), directory_.get(), name_.c_str()) != 0)
    return system_failure(errno, target_, "rename the new file to it",
                          error_code::target_unwritable);
  temporary_.clear();
  return {};
}

expected<void> durable_file::publish_new() {
  // Both link and RENAME_NOREPLACE fail if the name is taken; not every file system knows the
  // latter.
  if (!temporary_.empty() && ::renameat2(directory_.get(), temporary_.c_str(), directory_.get(),
                                         name_.c_str(), RENAME_NOREPLACE) == 0) {
    temporary_.clear();
    return {};
  }
  const bool renamable = temporary_.empty() || errno == EINVAL || errno == ENOSYS;
  const int failed = renamable ? link_to(name_) : errno;
  if (failed == EEXIST)
    return exists(target_);
  if (failed != 0)
    return system_failure(failed, target_, "name the new file", error_code::target_unwritable);
  if (!temporary_.empty() && ::unlinkat(directory_.get(), temporary_.c_str(), 0) == 0)
    temporary_.clear();
  return {};
}

/// Gives the file one more name; returns an errno, 0 if it worked.
int durable_file::link_to(const std::string& name) const {
  if (!temporary_.empty())
    return ::linkat(directory_.get(), temporary_.c_str(), directory_.get(), name.c_str(), 0) == 0
               ? 0
               : errno;
  const auto self = "/proc/self/fd/" + std::to_string(file_.get());
  return ::linkat(AT_FDCWD, self.c_str(), directory_.get(), name.c_str(), AT_SYMLINK_FOLLOW) == 0
             ? 0
             : errno;
}

expected<void> remove_durably(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto parent = slash == std::string::npos ? std::string{"."} : path.substr(0, slash + 1);
  const unique_fd directory{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory)
    return system_failure(errno, parent, "open");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return system_failure(errno, path, "remove");
  if (::fsync(directory.get()) != 0)
    return system_failure(errno, path, "sync the directory of");
  return {};
}

} // namespace floe
