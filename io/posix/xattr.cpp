#include "io/posix/xattr.hpp"

#include "io/posix/beneath.hpp"
#include "io/posix/system_error.hpp"

#include <algorithm>
#include <array>
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

/// How a file's attributes are asked for: by a path that is followed or not.
struct attribute_calls {
  ssize_t (*list)(const char*, char*, size_t);
  ssize_t (*get)(const char*, const char*, void*, size_t);
};
constexpr attribute_calls followed{::listxattr, ::getxattr};
constexpr attribute_calls not_followed{::llistxattr, ::lgetxattr};

expected<std::optional<std::string>> read_value(const attribute_calls& calls,
                                                const std::string& path, const std::string& name,
                                                const std::string& subject) {
  std::string value(256, '\0');
  auto length = ask_until_it_fits(value, [&](char* out, size_t size) {
    return calls.get(path.c_str(), name.c_str(), out, size);
  });
  if (length < 0 && (errno == ENODATA || errno == ENOTSUP))
    return std::optional<std::string>{};
  if (length < 0)
    return system_failure(errno, subject, "read extended attribute " + name);
  value.resize(static_cast<size_t>(length));
  return std::optional{std::move(value)};
}

expected<std::vector<extended_attribute>>
read_all(const attribute_calls& calls, const std::string& path, const std::string& subject) {
  std::array<char, 512> front; // most files have no attributes at all
  auto length = calls.list(path.c_str(), front.data(), front.size());
  std::string names;
  if (length > 0)
    names.assign(front.data(), static_cast<size_t>(length));
  if (length < 0 && errno == ERANGE) {
    names.resize(2 * front.size());
    length = ask_until_it_fits(
        names, [&](char* out, size_t size) { return calls.list(path.c_str(), out, size); });
    names.resize(static_cast<size_t>(std::max<ssize_t>(length, 0)));
  }
  std::vector<extended_attribute> found;
  if (length < 0 && errno == ENOTSUP)
    return found;
  if (length < 0)
    return system_failure(errno, subject, "list extended attributes",
                          errno == ENOENT ? error_code::no_such_file : error_code::io_failed);
  for (size_t at = 0; at < names.size(); at += std::strlen(names.c_str() + at) + 1) {
    std::string name{names.c_str() + at};
    auto value = read_value(calls, path, name, subject);
    if (!value)
      return tl::unexpected{std::move(value).error()};
    if (*value)
      found.push_back({std::move(name), std::move(**value)});
  }
  std::ranges::sort(found, {}, &extended_attribute::name);
  return found;
}

} // namespace

expected<std::vector<extended_attribute>> read_xattrs(int fd, const std::string& subject) {
  return read_all(followed, proc_path(fd), subject);
}

expected<std::vector<extended_attribute>>
read_xattrs_of_name(int directory, const std::string& name, const std::string& subject) {
  return read_all(not_followed, proc_path(directory) + "/" + name, subject);
}

expected<std::optional<std::string>> read_xattr(int fd, const std::string& name,
                                                const std::string& subject) {
  return read_value(followed, proc_path(fd), name, subject);
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
