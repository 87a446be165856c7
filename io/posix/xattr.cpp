#include "io/posix/xattr.hpp"

#include "io/posix/beneath.hpp"
#include "io/posix/system_error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/xattr.h>

namespace floe {

namespace {

/// Attributes may grow between asking for the size and asking for the value.
constexpr int attempts_max = 16;

/// Calls `ask(buffer, size)` with a buffer that is large enough. Negative result: errno is set.
template <class Ask>
ssize_t ask_until_it_fits(std::string& buffer, Ask ask) {
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    auto length = ask(buffer.data(), buffer.size());
    if (length >= 0 || errno != ERANGE)
      return length;
    length = ask(nullptr, 0);
    if (length < 0)
      return length;
    buffer.resize(static_cast<size_t>(length) + 64);
  }
  errno = ERANGE;
  return -1;
}

} // namespace

expected<std::vector<extended_attribute>> read_xattrs(int fd, const std::string& subject) {
  const auto path = proc_path(fd);
  std::string names(512, '\0');
  auto length = ask_until_it_fits(
      names, [&](char* out, size_t size) { return ::listxattr(path.c_str(), out, size); });
  std::vector<extended_attribute> found;
  if (length < 0 && errno == ENOTSUP)
    return found;
  if (length < 0)
    return system_failure(errno, subject, "list extended attributes");
  names.resize(static_cast<size_t>(length));
  for (size_t at = 0; at < names.size(); at += std::strlen(names.c_str() + at) + 1) {
    std::string name{names.c_str() + at};
    auto value = read_xattr(fd, name, subject);
    if (!value)
      return tl::unexpected{std::move(value).error()};
    if (*value)
      found.push_back({std::move(name), std::move(**value)});
  }
  std::ranges::sort(found, {}, &extended_attribute::name);
  return found;
}

expected<std::optional<std::string>> read_xattr(int fd, const std::string& name,
                                                const std::string& subject) {
  const auto path = proc_path(fd);
  std::string value(256, '\0');
  auto length = ask_until_it_fits(value, [&](char* out, size_t size) {
    return ::getxattr(path.c_str(), name.c_str(), out, size);
  });
  if (length < 0 && (errno == ENODATA || errno == ENOTSUP))
    return std::optional<std::string>{};
  if (length < 0)
    return system_failure(errno, subject, "read extended attribute " + name);
  value.resize(static_cast<size_t>(length));
  return std::optional{std::move(value)};
}

expected<void> write_xattr(int fd, const extended_attribute& attribute,
                           const std::string& subject) {
  const auto path = proc_path(fd);
  if (::setxattr(path.c_str(), attribute.name.c_str(), attribute.value.data(),
                 attribute.value.size(), 0) != 0)
    return system_failure(errno, subject, "set extended attribute " + attribute.name);
  return {};
}

} // namespace floe
