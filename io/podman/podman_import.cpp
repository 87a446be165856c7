#include "io/podman/podman_import.hpp"

#include "io/checkpoint/checkpoint_checks.hpp"
#include "io/checkpoint/import_container.hpp"
#include "io/container/bind_sources.hpp"
#include "model/checkpoint_policy.hpp"
#include "model/json_access.hpp"
#include "model/restore_spec.hpp"

#include <fmt/format.h>

#include <tuple>
#include <utility>

namespace floe {

namespace {

/// The documents, checked as those of a stranger.
struct checked_documents {
  container_config config;
  bool container_env;
  hand_over_documents documents;
};

/// An absent or broken network.status is that of a container without networks, as with Podman.
json network_status_of(archive_reader& archive) {
  auto text = archive.document("network.status");
  if (!text)
    return nullptr;
  auto status = parse_json(*text, "network.status");
  return status && status->is_object() ? std::move(*status) : json(nullptr);
}

/// Volumes get their places here later.
expected<void> check_host_mounts(const archived_container& archived) {
  auto sources = bind_sources(archived.spec);
  std::erase_if(sources, [&](const bind_source& mounted) {
    return is_engine_place(mounted.destination) ||
           is_volume_place(archived.config, mounted.destination);
  });
  return check_bind_sources(sources, "container " + archived.config.name);
}

expected<checked_documents> read_documents(archive_reader& archive,
                                           const restore_options& options) {
  auto spec = archive.document("spec.dump");
  if (!spec)
    return tl::unexpected{std::move(spec.error())};
  auto config = archive.document("config.dump");
  if (!config)
    return tl::unexpected{std::move(config.error())};
  auto archived = parse_documents(*config, *spec, archive.path());
  if (!archived)
    return tl::unexpected{std::move(archived.error())};
  auto document = parse_json(*config, archive.path() + ": config.dump");
  if (!document)
    return tl::unexpected{std::move(document.error())};
  if (auto possible = check_for_podman(*archived, *document, !options.pod.empty(), archive.path());
      !possible)
    return tl::unexpected{std::move(possible.error())};
  if (!options.publish.empty() && !flag_member(*document, "createNetNS"))
    return fail(error_code::usage, "--publish",
                "container " + archived->config.name + " has no network of its own",
                "leave it out; the ports of a pod are published by the pod");
  const bool container_env = has_mount(archived->spec, container_env_path);
  archived->spec = without_engine_mounts(std::move(archived->spec), *document);
  if (!options.trust) {
    if (auto allowed = check_policy(*archived, archive.path()); !allowed)
      return tl::unexpected{std::move(allowed.error())};
    if (auto allowed = check_podman_policy(*document, archive.path()); !allowed)
      return tl::unexpected{std::move(allowed.error())};
  }
  if (auto there = check_host_mounts(*archived); !there)
    return tl::unexpected{std::move(there.error())};
  return checked_documents{
      std::move(archived->config),
      container_env,
      {std::move(*document), std::move(archived->spec), network_status_of(archive)}};
}

/// Another restore of the same container in this command, or in another process.
error while_restoring(error busy, const container_config& config) {
  if (busy.code == error_code::container_busy)
    busy = {error_code::container_busy, "container " + config.name,
            "another archive of this container, or of one with its name, is being restored",
            "restore this one with --name, or only one of them"};
  return busy;
}

expected<void> check_free(const podman_host& engine, const container_config& config) {
  using enum podman_row_key::row_kind;
  for (const auto& [kind, wanted, shown] :
       {std::tuple{named_container, config.name, "name " + config.name},
        std::tuple{container, config.id, "id " + config.id.substr(0, 12)}}) {
    const auto there = engine.has({kind, wanted});
    if (!there)
      return tl::unexpected{there.error()};
    if (*there)
      return fail(error_code::container_exists, "container " + config.name,
                  fmt::format("the container {} is already in use in Podman", shown),
                  "remove that container, or restore this one with --name");
  }
  return {};
}

expected<std::string> choose_pod(const podman_program& podman, const json& config,
                                 const std::string& name, const std::stop_token& stop) {
  if (name.empty())
    return std::string{};
  auto pod = inspect_pod(podman, name, stop);
  if (!pod)
    return tl::unexpected{std::move(pod.error())};
  if (auto fits = check_pod(config, *pod, name); !fits)
    return tl::unexpected{std::move(fits.error())};
  return text_member(*pod, "Id"); // Podman before 5.2 knows a pod by nothing else (D6)
}

std::vector<std::string> warnings_of(const container_config& config, const json& document,
                                     const podman_image& image, const archive_notes& notes,
                                     const restore_options& options) {
  std::vector<std::string> warnings;
  if (!options.trust && !options.ignore_volumes)
    for (const auto& lost : lost_driver_options(notes))
      warnings.push_back(lost + "; --trust keeps them");
  if (!options.trust)
    for (const auto& wish : lost_wishes(document))
      warnings.push_back(wish + " is left out; --trust keeps it");
  if (image.id != config.image_id)
    warnings.push_back(fmt::format("image {} has the id {} here, {} where the checkpoint was made",
                                   config.image_name, image.id.substr(0, 12),
                                   config.image_id.substr(0, 12)));
  for (const auto& volume : config.volumes)
    for (const auto& option : volume.options)
      if (option.starts_with("volume-opt"))
        warnings.push_back("volume " + volume.name + " is made without its driver's options");
  return warnings;
}

} // namespace

expected<podman_import> plan_podman_import(container_host& host, podman_host& engine,
                                           archive_reader& archive, const restore_options& options,
                                           const std::stop_token& stop) {
  const auto podman = engine.program();
  const auto& storage = engine.settings();
  if (storage.graph_driver != "overlay")
    return fail(error_code::unsupported, "podman",
                "its storage driver is " + storage.graph_driver + ", not overlay",
                "restore with podman container restore --import, or with --to native");
  auto read = read_documents(archive, options);
  if (!read)
    return tl::unexpected{std::move(read.error())};
  auto& config = read->config;
  auto runtime = choose_runtime(config.runtime, host.settings(), archive.path());
  if (!runtime)
    return tl::unexpected{std::move(runtime.error())};
  config.runtime = *runtime;
  if (auto usable = check_programs(host, config); !usable)
    return tl::unexpected{std::move(usable.error())};
  auto criu = host.criu();
  if (!criu)
    return tl::unexpected{std::move(criu.error())};
  if (auto renamed = rename_import(config, options.name); !renamed)
    return tl::unexpected{std::move(renamed.error())};
  const auto& run_root = host.settings().run_root;
  auto by_id = object_lock::acquire(run_root, "container", config.id);
  if (!by_id)
    return tl::unexpected{while_restoring(std::move(by_id.error()), config)};
  auto by_name = object_lock::acquire(run_root, "podman-name", config.name);
  if (!by_name)
    return tl::unexpected{while_restoring(std::move(by_name.error()), config)};
  if (auto free = check_free(engine, config); !free)
    return tl::unexpected{std::move(free.error())};
  auto pod = choose_pod(podman, read->documents.config, options.pod, stop);
  if (!pod)
    return tl::unexpected{std::move(pod.error())};
  auto image = engine.choose_image(config.image_id, config.image_name, stop);
  if (!image)
    return tl::unexpected{std::move(image.error())};
  podman_place place{config.id,
                     config.name,
                     image->id,
                     image->name,
                     *runtime,
                     {},
                     !options.name.empty(),
                     options.ignore_static_ip,
                     options.ignore_static_mac,
                     options.trust};
  auto warnings = warnings_of(config, read->documents.config, *image, archive.notes(), options);
  return podman_import{
      std::move(*by_id), std::move(*by_name), std::move(read->documents), std::move(place),
      storage,           std::move(config),   read->container_env,        std::move(*pod),
      criu->path,        std::move(warnings)};
}

} // namespace floe
