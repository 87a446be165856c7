#include "io/plan/overlay_marks.hpp"

#include "io/posix/xattr.hpp"

namespace floe {

namespace {

expected<std::optional<std::string>> mark_of(const tree_entry& entry, const char* name,
                                             const std::string& subject) {
  return read_xattr(entry.handle.get(), std::string{"trusted.overlay."} + name, subject);
}

bool is_plain_path(std::string_view path) {
  while (!path.empty()) {
    const auto part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == "..")
      return false;
    path.remove_prefix(part.size());
    if (path == "/")
      return false;
    path.remove_prefix(path.empty() ? 0 : 1);
  }
  return true;
}

} // namespace

expected<bool> is_whiteout(const tree_entry& entry, const std::string& subject) {
  if (S_ISCHR(entry.status.st_mode))
    return entry.status.st_rdev == 0;
  if (!S_ISREG(entry.status.st_mode) || entry.status.st_size != 0)
    return false;
  return mark_of(entry, "whiteout", subject).map([](auto mark) { return mark.has_value(); });
}

expected<bool> is_opaque(const tree_entry& directory, const std::string& subject) {
  return mark_of(directory, "opaque", subject).map([](auto mark) { return mark == "y"; });
}

expected<bool> is_metacopy(const tree_entry& file, const std::string& subject) {
  if (!S_ISREG(file.status.st_mode))
    return false;
  return mark_of(file, "metacopy", subject).map([](auto mark) { return mark.has_value(); });
}

expected<std::optional<std::string>> read_redirect(const tree_entry& entry,
                                                   const std::string& subject) {
  auto mark = mark_of(entry, "redirect", subject);
  if (!mark || !*mark)
    return mark;
  const std::string_view target = **mark;
  const bool absolute = target.starts_with('/');
  const auto path = target.substr(absolute ? 1 : 0);
  if (path.empty() || !is_plain_path(path) || (!absolute && path.find('/') != path.npos))
    return fail(error_code::io_failed, subject,
                "it is marked as renamed from '" + printable(target) + "', which is no path");
  return mark;
}

} // namespace floe
