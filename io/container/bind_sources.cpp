#include "io/container/bind_sources.hpp"

#include <sys/stat.h>

namespace floe {

expected<void> check_bind_sources(const std::vector<bind_source>& sources,
                                  const std::string& subject) {
  for (const auto& [destination, source] : sources) {
    struct stat status {};
    if (::stat(source.c_str(), &status) != 0)
      return fail(error_code::archive_incompatible, subject,
                  source + ", which it mounts on " + destination + ", is not on this host",
                  "create it, or mount a volume instead when the container is made");
  }
  return {};
}

} // namespace floe
