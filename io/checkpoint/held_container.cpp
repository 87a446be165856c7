#include "io/checkpoint/held_container.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/container/lifecycle.hpp"
#include "io/posix/file_tree.hpp"

namespace floe {

namespace {

constexpr size_t spec_bytes_max = size_t{16} << 20;

} // namespace

expected<held_container> hold_container(container_host& host, const std::string& name_or_id) {
  // What the store says may be older than a crash, a reboot or the container's end.
  auto found = find_current(host, name_or_id);
  if (!found)
    return tl::unexpected{std::move(found.error())};
  auto lock = object_lock::acquire(host.settings().run_root, "container", found->config.id);
  if (!lock)
    return tl::unexpected{std::move(lock.error())};
  // Another process may have changed it before the lock was ours.
  auto current = host.state().find_container(found->config.id);
  if (!current)
    return tl::unexpected{std::move(current.error())};
  return held_container{std::move(*lock), std::move(*current)};
}

expected<json> read_running_spec(const std::string& bundle, const std::string& subject) {
  const auto path = in_bundle(bundle, "config.json");
  auto text = read_small_file(path, spec_bytes_max);
  if (!text)
    return tl::unexpected{std::move(text.error())};
  return parse_json(*text, subject + ": " + path);
}

bool is_alive(oci_runtime& runtime, const std::string& id) {
  const auto state = runtime.state(id);
  return state && (state->status == "running" || state->status == "paused");
}

} // namespace floe
