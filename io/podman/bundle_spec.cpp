#include "io/podman/bundle_spec.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/checkpoint/held_container.hpp"
#include "io/posix/small_file.hpp"
#include "model/loopback_hook.hpp"
#include "model/restore_spec.hpp"

namespace floe {

namespace {

constexpr const char* spec_name = "config.json";
constexpr mode_t spec_mode = 0644; ///< Podman's

expected<void> exchange(const std::string& bundle, const json& before, const json& after) {
  if (before == after)
    return {};
  return write_file(in_bundle(bundle, spec_name), dump_json(after), spec_mode);
}

} // namespace

expected<void> add_loopback_hook(const std::string& bundle, const std::string& program) {
  return read_running_spec(bundle, bundle).and_then([&](const json& spec) {
    return exchange(bundle, spec, with_loopback_hook(spec, program));
  });
}

expected<void> remove_loopback_hook(const std::string& bundle) {
  if (!is_there(in_bundle(bundle, spec_name)))
    return {};
  return read_running_spec(bundle, bundle).and_then([&](const json& spec) {
    return exchange(bundle, spec, without_loopback_hook(spec));
  });
}

expected<void> add_missing_mounts(const std::string& bundle, const json& mounts) {
  return read_running_spec(bundle, bundle).and_then([&](const json& spec) {
    return exchange(bundle, spec, with_missing_mounts(spec, mounts));
  });
}

expected<void> place_namespaces(const std::string& bundle,
                                const std::vector<placed_namespace>& placed) {
  return read_running_spec(bundle, bundle).and_then([&](const json& spec) {
    return exchange(bundle, spec, with_namespaces(spec, placed));
  });
}

} // namespace floe
