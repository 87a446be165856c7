#include "io/container/host_settings.hpp"

namespace floe {

std::string bundle_directory(const host_settings& settings, const std::string& id) {
  return settings.root + "/containers/" + id;
}

std::string run_directory(const host_settings& settings, const std::string& id) {
  return settings.run_root + "/containers/" + id;
}

std::string runtime_state_directory(const host_settings& settings, const std::string& runtime) {
  return settings.run_root + "/runtime/" + runtime;
}

std::string exit_directory(const host_settings& settings) {
  return settings.run_root + "/exits";
}

std::string volume_directory(const host_settings& settings, const std::string& name) {
  return settings.root + "/volumes/" + name + "/_data";
}

} // namespace floe
