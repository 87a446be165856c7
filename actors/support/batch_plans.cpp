#include "actors/support/batch_plans.hpp"

#include "io/checkpoint/checkpoint_image.hpp"
#include "io/podman/container_sources.hpp"
#include "io/posix/system_error.hpp"
#include "model/container_filter.hpp"
#include "model/export_name.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace floe {

namespace {

struct selection {
  std::string input;
  container_source source;
  std::vector<std::string> owners;
  container_record record;
};

bool runs(const sourced_container& container) {
  return container.record.status.state == container_state::running;
}

bool is_up(const sourced_container& container) {
  return runs(container) || container.record.status.state == container_state::paused;
}

bool can_be_restored(const sourced_container& container) {
  const auto& status = container.record.status;
  return status.state == container_state::exited && status.checkpointed;
}

selection select(std::string input, sourced_container container) {
  return {std::move(input), container.source, std::move(container.owners),
          std::move(container.record)};
}

/// All containers that the filters mean and that \p wanted holds for, as they really are. Infra
/// containers come and go with their pods. What cannot be understood might be meant: its job says
/// what is wrong with it, so that all of a host never means all but one without a word.
expected<std::vector<selection>> select_all(container_host& host, source_scope scope,
                                            const std::vector<std::string>& filter_texts,
                                            bool (*wanted)(const sourced_container&)) {
  auto filters = parse_container_filters(filter_texts);
  if (!filters)
    return tl::unexpected(filters.error());
  auto containers = containers_in_sources(host, scope);
  if (!containers)
    return tl::unexpected(containers.error());
  std::vector<selection> out;
  for (auto& each : *containers)
    if (each.problem || (!each.is_infra && wanted(each) &&
                         matches(*filters, each.record.config, each.record.status))) {
      auto id = each.record.config.id;
      out.push_back(select(std::move(id), std::move(each)));
    }
  return out;
}

/// A paused one cannot be dumped as it is; who asks for all must not learn too late that it was not
/// meant.
std::vector<selection> without_paused(std::vector<selection> selected) {
  std::erase_if(selected, [](const selection& each) {
    const bool is_paused = each.record.status.state == container_state::paused;
    if (is_paused)
      spdlog::warn("container {} is paused and is not saved: unpause it first",
                   each.record.config.name);
    return is_paused;
  });
  return selected;
}

/// The named containers; one that is named twice counts once.
expected<std::vector<selection>> select_named(container_host& host, source_scope scope,
                                              const std::vector<std::string>& names) {
  std::vector<selection> out;
  std::set<std::pair<container_source, std::string>> seen;
  for (const auto& name : names) {
    auto found = find_in_sources(host, name, scope);
    if (!found)
      return tl::unexpected(found.error());
    if (seen.emplace(found->source, found->record.config.id).second)
      out.push_back(select(name, std::move(*found)));
  }
  return out;
}

/// What runs of a pod. Errors: wrong_state if nothing does, or if one is paused: it would be lost
/// with the pod, and cannot be saved as it is.
expected<std::vector<selection>> select_pod(container_host& host, const std::string& pod) {
  auto members = containers_in_pod(host, pod);
  if (!members)
    return tl::unexpected(members.error());
  std::vector<selection> out;
  for (auto& member : *members)
    if (runs(member)) {
      auto name = member.record.config.name;
      out.push_back(select(std::move(name), std::move(member)));
    } else if (member.record.status.state == container_state::paused) {
      return fail(error_code::wrong_state, "pod " + pod,
                  "its container " + member.record.config.name + " is paused", "unpause it first");
    }
  if (out.empty())
    return fail(error_code::wrong_state, "pod " + pod, "none of its containers runs",
                "start it first");
  return out;
}

expected<std::vector<selection>> select(container_host& host,
                                        const checkpoint_containers& request) {
  if (!request.pod.empty())
    return select_pod(host, request.pod);
  if (request.names.empty())
    return select_all(host, request.source, request.filters, is_up).map(without_paused);
  return select_named(host, request.source, request.names);
}

std::string_view suffix_of(compression method) {
  switch (method) {
  case compression::zstd:
  case compression::raw:
    return ".tar.zst";
  case compression::gzip:
    return ".tar.gz";
  case compression::none:
    return ".tar";
  }
  return ".tar";
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

std::string batch_timestamp() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts)};
}

expected<void> check_directory(const std::string& path) {
  struct stat what {};
  if (::stat(path.c_str(), &what) != 0) {
    if (errno == ENOENT)
      return fail(error_code::no_such_file, "--export-dir " + path, "there is no such directory",
                  "create it, or name another one");
    return system_failure(errno, "--export-dir " + path, "find", error_code::no_such_file);
  }
  if (!S_ISDIR(what.st_mode))
    return fail(error_code::usage, "--export-dir " + path, "it is not a directory",
                "name a directory, or use --export for one file");
  return {};
}

expected<std::vector<std::string>> export_paths(const checkpoint_containers& request,
                                                const std::vector<selection>& selected) {
  if (!request.export_file.empty()) {
    if (selected.size() > 1)
      return fail(error_code::usage, "--export " + request.export_file,
                  "it is one file, but there are " + std::to_string(selected.size()) +
                      " containers",
                  "use --export-dir");
    return std::vector<std::string>(selected.size(), request.export_file);
  }
  if (request.export_directory.empty())
    return std::vector<std::string>(selected.size());
  if (auto checked = check_directory(request.export_directory); !checked)
    return tl::unexpected(checked.error());
  const auto pattern = request.export_name.empty()
                           ? "{name}" + std::string{suffix_of(request.options.method)}
                           : request.export_name;
  std::vector<export_subject> subjects;
  const auto host = host_name();
  const auto timestamp = batch_timestamp();
  for (const auto& each : selected)
    subjects.push_back({each.record.config.name, each.record.config.id,
                        each.record.config.image_name, host, timestamp});
  auto names = export_file_names(pattern, subjects);
  if (!names)
    return tl::unexpected(names.error());
  for (auto& name : *names)
    name = (std::filesystem::path{request.export_directory} / name).string();
  return names;
}

expected<void> check_request(const checkpoint_containers& request) {
  const auto everything = request.all || !request.filters.empty();
  if (!request.pod.empty() && (everything || !request.names.empty()))
    return fail(error_code::usage, "checkpoint",
                "--pod cannot be used with containers, --all or --filter");
  if (!request.pod.empty() && request.options.pre_checkpoint)
    return fail(error_code::usage, "checkpoint",
                "--pod and --pre-checkpoint cannot be used together");
  if (!request.pod.empty())
    return {};
  if (everything && !request.names.empty())
    return fail(error_code::usage, "checkpoint", "no arguments are needed with --all or --filter");
  if (!everything && request.names.empty())
    return fail(error_code::usage, "checkpoint", "you must provide at least one name or id");
  if (!request.export_file.empty() && !request.export_directory.empty())
    return fail(error_code::usage, "checkpoint",
                "--export and --export-dir cannot be used together");
  return {};
}

expected<std::vector<restore_target>> all_restorable(container_host& host, source_scope scope) {
  auto selected = select_all(host, scope, {}, can_be_restored);
  if (!selected)
    return tl::unexpected(selected.error());
  std::vector<restore_target> out;
  for (auto& each : *selected)
    out.push_back({std::move(each.input),
                   each.record.config.id,
                   each.record.config.name,
                   {},
                   std::move(each.owners)});
  return out;
}

/// The named ones; a container that is named twice counts once.
expected<std::vector<restore_target>> find_restorable(container_host& host,
                                                      const restore_containers& request) {
  std::vector<restore_target> out;
  std::set<std::pair<container_source, std::string>> seen;
  for (const auto& name : request.names) {
    auto found = find_in_sources(host, name, request.options.source);
    if (found) {
      if (seen.emplace(found->source, found->record.config.id).second)
        out.push_back({name,
                       found->record.config.id,
                       found->record.config.name,
                       {},
                       std::move(found->owners)});
      continue;
    }
    if (found.error().code != error_code::no_such_container)
      return tl::unexpected(found.error());
    auto image = find_checkpoint_image(host, name);
    if (!image) {
      const auto code = image.error().code;
      const bool names_image =
          code == error_code::no_checkpoint || code == error_code::ambiguous_name;
      if (names_image)
        return tl::unexpected(image.error());
      return fail(found.error().code, name, "there is no such container or checkpoint image",
                  "`floe ps --all` lists containers, `podman images` images");
    }
    out.push_back({name, {}, {}, std::move(*image)});
  }
  return out;
}

} // namespace

expected<std::vector<checkpoint_target>> plan_checkpoints(container_host& host,
                                                          const checkpoint_containers& request) {
  if (auto checked = check_request(request); !checked)
    return tl::unexpected(checked.error());
  auto selected = select(host, request);
  if (!selected)
    return tl::unexpected(selected.error());
  auto paths = export_paths(request, *selected);
  if (!paths)
    return tl::unexpected(paths.error());
  std::vector<checkpoint_target> out;
  for (size_t i = 0; i < selected->size(); ++i) {
    auto& each = (*selected)[i];
    out.push_back({each.input, each.record.config.id, each.record.config.name, each.source,
                   request.options, std::move(each.owners)});
    out.back().options.export_path = (*paths)[i];
  }
  return out;
}

expected<std::vector<restore_target>> plan_restores(container_host& host,
                                                    const restore_containers& request) {
  if (!request.options.name.empty() && request.archives.size() + request.names.size() > 1)
    return fail(error_code::usage, "--name " + request.options.name,
                "it can only be used with one archive");
  auto targets =
      request.all ? all_restorable(host, request.options.source) : find_restorable(host, request);
  if (!targets)
    return targets;
  const bool in_place =
      request.archives.empty() && std::ranges::all_of(*targets, [](const restore_target& target) {
        return target.image_directory.empty();
      });
  if (const auto flag = flag_for_archives(request.options); in_place && !flag.empty())
    return fail(error_code::usage, "restore",
                std::string{flag} + " can only be used with image or --import");
  return targets;
}

} // namespace floe
