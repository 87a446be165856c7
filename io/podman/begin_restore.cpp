#include "io/podman/begin_restore.hpp"

#include "io/checkpoint/restore_session.hpp"
#include "io/podman/container_sources.hpp"
#include "io/podman/podman_restore_session.hpp"
#include "io/podman/podman_resume_session.hpp"
#include "model/json_access.hpp"

#include <utility>

namespace floe {

namespace {

/// Whether Podman ran the container, whoever wrote the archive: libpod notes where in its storage
/// a container has its directory, floe does not.
bool is_of_podman(archive_reader& archive) {
  const auto text = archive.document("config.dump");
  if (!text)
    return false;
  const auto config = parse_json(*text, "config.dump");
  return config && text_member(*config, "staticDir").find("-containers/") != std::string::npos;
}

} // namespace

expected<std::shared_ptr<restore_steps>>
begin_import(container_host& host, std::shared_ptr<archive_reader> archive,
             const restore_options& options, std::shared_ptr<volume_claims> claims,
             unpack_progress_handler progress, const std::stop_token& stop) {
  const bool asks_for_podman = !options.pod.empty() || !options.publish.empty();
  if (options.engine == "native" && asks_for_podman)
    return fail(error_code::usage, options.pod.empty() ? "--publish" : "--pod",
                "native containers have neither pods nor published ports",
                "restore with --to podman");
  auto podman = host.podman();
  const bool is_wanted =
      options.engine == "podman" ||
      (options.engine.empty() && (asks_for_podman || (podman && is_of_podman(*archive))));
  if (!is_wanted) {
    auto begun = restore_session::begin_import(host, *archive, options, std::move(claims), stop);
    if (!begun)
      return tl::unexpected{std::move(begun.error())};
    return std::make_shared<restore_session>(std::move(*begun));
  }
  if (!podman)
    return tl::unexpected{std::move(podman.error())};
  auto begun = podman_restore_session::begin(host, **podman, std::move(archive), options,
                                             std::move(claims), std::move(progress), stop);
  if (!begun)
    return tl::unexpected{std::move(begun.error())};
  return std::shared_ptr<restore_steps>{std::move(*begun)};
}

expected<std::shared_ptr<restore_steps>>
begin_in_place(container_host& host, const std::string& name, const restore_options& options) {
  const auto found = find_in_sources(host, name, options.source);
  if (!found)
    return tl::unexpected{found.error()};
  const auto& id = found->record.config.id;
  if (found->source == container_source::podman) {
    auto begun = podman_resume_session::begin(host, id, options);
    if (!begun)
      return tl::unexpected{std::move(begun.error())};
    return std::shared_ptr<restore_steps>{std::move(*begun)};
  }
  auto begun = restore_session::begin_in_place(host, id, options);
  if (!begun)
    return tl::unexpected{std::move(begun.error())};
  auto session = std::make_shared<restore_session>(std::move(*begun));
  if (auto checked = session->check_images(); !checked)
    return tl::unexpected{std::move(checked.error())};
  return session;
}

} // namespace floe
