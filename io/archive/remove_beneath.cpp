#include "io/archive/remove_beneath.hpp"

#include "io/posix/beneath.hpp"

#include <cerrno>
#include <dirent.h>
#include <memory>
#include <vector>

namespace floe {

namespace {

struct close_directory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

/// Removes the files of a directory and returns the names of its subdirectories. No descriptor
/// stays open meanwhile, so that the depth of a tree is not bounded by the number of files a
/// process may open.
int remove_files(int root, const std::string& path, std::vector<std::string>& directories) {
  auto opened = open_beneath(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!opened)
    return opened.error();
  const std::unique_ptr<DIR, close_directory> stream{::fdopendir(opened->get())};
  if (!stream)
    return errno;
  const int directory = opened->release();
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr)
      return errno;
    const std::string_view name{entry->d_name};
    if (name == "." || name == "..")
      continue;
    if (::unlinkat(directory, entry->d_name, 0) == 0)
      continue;
    if (errno != EISDIR && errno != EPERM)
      return errno;
    directories.emplace_back(name);
  }
}

int remove_directory(int root, const std::string& path) {
  const auto [parent, name] = split_last(path);
  const auto holder = open_beneath(root, parent, O_PATH | O_DIRECTORY);
  if (!holder)
    return holder.error();
  return ::unlinkat(holder->get(), std::string{name}.c_str(), AT_REMOVEDIR) == 0 ? 0 : errno;
}

} // namespace

int remove_beneath(int root, const std::string& path) {
  const auto [parent, name] = split_last(path);
  const auto holder = open_beneath(root, parent, O_PATH | O_DIRECTORY);
  if (!holder)
    return holder.error();
  if (::unlinkat(holder->get(), std::string{name}.c_str(), 0) == 0)
    return 0;
  if (errno != EISDIR && errno != EPERM)
    return errno;
  // Each directory stays on the stack until its files are gone and its subdirectories went before
  // it.
  std::vector<std::pair<std::string, bool>> waiting{{path, false}};
  while (!waiting.empty()) {
    auto& [next, emptied] = waiting.back();
    if (emptied) {
      if (const int failure = remove_directory(root, next))
        return failure;
      waiting.pop_back();
      continue;
    }
    emptied = true;
    const std::string at = next;
    std::vector<std::string> directories;
    if (const int failure = remove_files(root, at, directories))
      return failure;
    for (const auto& directory : directories)
      waiting.emplace_back(at + '/' + directory, false);
  }
  return 0;
}

} // namespace floe
