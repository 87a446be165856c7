#include "io/store/staging_directory.hpp"

#include "io/posix/file_lock.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"

#include <array>
#include <cerrno>
#include <random>
#include <string_view>
#include <sys/stat.h>

namespace floe {

namespace {

constexpr std::string_view staging_prefix = ".staging-";

/// Enough for names that never meet; more means that something else is wrong.
constexpr int attempts_max = 100;

std::string random_name() {
  static constexpr std::string_view digits = "abcdefghijklmnopqrstuvwxyz234567";
  std::random_device source;
  std::uniform_int_distribution<size_t> pick{0, digits.size() - 1};
  std::string name{staging_prefix};
  for (int i = 0; i < 12; ++i)
    name += digits[pick(source)];
  return name;
}

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

/// Locks a directory that may be taken away at the same moment by a sweep. An empty descriptor: it
/// was.
expected<unique_fd> lock_directory(const std::string& path) {
  auto directory = open_directory(path);
  if (!directory) {
    if (directory.error().code == error_code::no_such_file)
      return unique_fd{};
    return directory;
  }
  if (auto locked = wait_lock(directory->get(), lock_mode::exclusive, path); !locked)
    return tl::unexpected{locked.error()};
  auto linked = still_linked(directory->get(), path);
  if (!linked)
    return tl::unexpected{linked.error()};
  return *linked ? std::move(*directory) : unique_fd{};
}

/// Removes a staging directory whose owner is gone.
expected<void> sweep(const std::string& path) {
  const auto directory = open_directory(path);
  if (!directory)
    return {};
  const auto locked = try_lock(directory->get(), lock_mode::exclusive, path);
  if (!locked)
    return tl::unexpected{locked.error()};
  return *locked ? remove_tree(path) : expected<void>{};
}

} // namespace

expected<staging_directory> staging_directory::create(const std::string& parent) {
  if (auto made = make_directories(parent); !made)
    return tl::unexpected{made.error()};
  for (int i = 0; i < attempts_max; ++i) {
    auto path = parent + "/" + random_name();
    if (::mkdir(path.c_str(), 0700) != 0) {
      if (errno == EEXIST)
        continue;
      return system_failure(errno, path, "mkdir");
    }
    auto held = lock_directory(path);
    if (!held)
      return tl::unexpected{held.error()};
    if (*held)
      return staging_directory{std::move(path), std::move(*held)};
  }
  return fail(error_code::io_failed, parent, "no directory can be made in it that stays");
}

expected<staging_directory> staging_directory::take_away(const std::string& path) {
  auto held = lock_directory(path);
  if (!held)
    return tl::unexpected{held.error()};
  if (!*held)
    return fail(error_code::no_such_file, path, "there is no such directory");
  auto staged = parent_of(path) + "/" + random_name();
  if (auto renamed = rename_new(path, staged); !renamed)
    return tl::unexpected{renamed.error()};
  return staging_directory{std::move(staged), std::move(*held)};
}

staging_directory::~staging_directory() {
  // What cannot be removed is left to a sweep.
  if (held_ && !path_.empty())
    static_cast<void>(remove_tree(path_));
}

expected<void> staging_directory::publish(const std::string& final_path) {
  if (auto renamed = rename_new(path_, final_path); !renamed)
    return renamed;
  path_.clear();
  held_.reset();
  return {};
}

expected<void> sweep_staging_directories(const std::string& parent) {
  auto names = list_directory(parent);
  if (!names)
    return tl::unexpected{names.error()};
  for (const auto& name : *names)
    if (name.starts_with(staging_prefix))
      if (auto swept = sweep(parent + "/" + name); !swept)
        return swept;
  return {};
}

expected<void> sweep_leftovers(const host_settings& settings) {
  const std::array parents{settings.root + "/volumes", settings.root + "/images",
                           settings.root + "/images/layers", settings.root + "/containers"};
  for (const auto& parent : parents)
    if (auto swept = sweep_staging_directories(parent); !swept)
      return swept;
  return {};
}

} // namespace floe
