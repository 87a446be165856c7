// `floe restore`: from archives, or from the checkpoints in the containers' bundles.
#include "tools/batch_command.hpp"
#include "tools/command_line.hpp"
#include "tools/option_values.hpp"
#include "tools/output.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

namespace floe {

namespace {

/// A directory in the way of a container's or an image's name is not meant.
bool is_archive_file(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::is_regular_file(path, unknown);
}

bool looks_like_archive(const std::string& argument) {
  constexpr std::array suffixes{".tar", ".tar.zst", ".tar.gz", ".tgz"};
  return std::ranges::any_of(suffixes,
                             [&](const char* suffix) { return argument.ends_with(suffix); });
}

bool names_container(const json& container, const std::string& argument) {
  if (text_of(container, "Id").starts_with(argument))
    return true;
  const auto names = container.find("Names");
  return names != container.end() && names->is_array() &&
         std::ranges::any_of(*names, [&](const json& name) { return name == argument; });
}

struct restore_verb {
  restore_containers request;
  batch_display display;
  std::vector<std::string> arguments;
  std::string import;
  bool latest = false;

  void declare(CLI::App& app);
  exit_code run(session& s);

  expected<void> sort_arguments(session& s);
  expected<void> check() const;
};

void restore_verb::declare(CLI::App& app) {
  auto& options = request.options;
  add_arguments(app, "CONTAINER|ARCHIVE|IMAGE", arguments,
                "Exited containers that hold a checkpoint, archives, or checkpoint images. What "
                "begins with / or a dot, is a file, or ends as an archive does is one, unless a "
                "container has that name");
  app.add_flag("-a,--all", request.all, "Restore all exited containers that hold a checkpoint");
  app.add_flag("-l,--latest", latest, "Restore the container that was created last");
  app.add_option("-i,--import", import, "Restore from this archive")->type_name("FILE");
  app.add_option("--import-previous", options.previous_archive,
                 "Archive of the pre-checkpoint that the archive builds on")
      ->type_name("FILE");
  app.add_option("--to", options.engine,
                 "Who runs the container from then on: native or podman; without it podman for "
                 "archives of Podman's, if it is installed")
      ->check(CLI::IsMember({"native", "podman"}))
      ->type_name("ENGINE");
  add_source(app, options.source);
  app.add_option("-n,--name", options.name, "Name of the restored container")->type_name("NAME");
  app.add_option("--pod", options.pod,
                 "Restore into this pod of Podman's: name, id or its beginning")
      ->type_name("POD");
  add_list(app, "-p,--publish", options.publish,
           "Publish these ports instead of the archived ones, with Podman")
      ->check(fault_of_published_port);
  app.add_flag("-k,--keep", options.keep, "Keep the checkpoint in the container's bundle");
  app.add_flag("--ignore-rootfs", options.ignore_rootfs,
               "Do not apply changes of the root filesystem");
  app.add_flag("--ignore-volumes", options.ignore_volumes, "Do not restore volumes");
  app.add_flag("--ignore-static-ip", options.ignore_static_ip, "Do not ask for the same addresses");
  app.add_flag("--ignore-static-mac", options.ignore_static_mac,
               "Do not ask for the same MAC addresses");
  app.add_flag("--tcp-established", options.tcp_established, "Restore TCP connections too");
  app.add_flag("--file-locks", options.file_locks,
               "Restore file locks too, as is done anyway if the checkpoint has them");
  app.add_flag("--trust", options.trust,
               "Accept what policy refuses in archives of strangers: hooks, devices, host mounts, "
               "options of volumes' drivers");
  app.add_option("-j,--jobs", request.jobs, "Containers at once; the engine chooses without it")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N");
  add_expedite(app, request.expedite);
  add_display_options(app, display);
}

/// Decides for each argument what it is. Asks the engine only where a name could be both.
expected<void> restore_verb::sort_arguments(session& s) {
  std::optional<json> containers;
  for (const auto& argument : arguments) {
    const bool is_file = is_archive_file(argument);
    if (argument.starts_with('/') || argument.starts_with('.') ||
        (is_file && argument.find('/') != argument.npos)) {
      request.archives.push_back(argument);
      continue;
    }
    if (!is_file && !looks_like_archive(argument)) {
      request.names.push_back(argument);
      continue;
    }
    if (!containers) {
      query wanted;
      wanted.source = request.options.source;
      auto list = s.ask_document(std::move(wanted), "containers");
      if (!list)
        return tl::unexpected{list.error()};
      containers = std::move(*list);
    }
    const bool is_container = std::ranges::any_of(
        *containers, [&](const json& each) { return names_container(each, argument); });
    if (is_container && is_file)
      s.streams().remark("Warning: {0} is a container and a file; the container is meant. Write "
                         "./{0} for the file",
                         for_display(argument));
    (is_container ? request.names : request.archives).push_back(argument);
  }
  return {};
}

expected<void> restore_verb::check() const {
  const auto& options = request.options;
  if (const auto flag = flag_for_archives(options); (request.all || latest) && !flag.empty())
    return usage(std::string{flag} + " can only be used with image or --import");
  if (options.tcp_established && !options.name.empty())
    return usage("--tcp-established cannot be used with --name");
  if (!import.empty() && (request.all || latest))
    return usage("cannot use --import with --all or --latest");
  if (!import.empty() && !arguments.empty())
    return usage("cannot use --import with positional arguments");
  if ((request.all || latest) && !arguments.empty())
    return usage("--all or --latest and containers cannot be used together");
  if (!request.all && !latest && import.empty() && arguments.empty())
    return usage("you must provide at least one name or id");
  if (!options.name.empty() && arguments.size() > 1)
    return usage("--name can only be used with one checkpoint image");
  if (!options.previous_archive.empty() && arguments.size() > 1)
    return usage("--import-previous can only be used with one archive");
  return {};
}

exit_code restore_verb::run(session& s) {
  expected<void> checked;
  if (request.all && latest)
    checked = usage("--all and --latest cannot be used together");
  else if (request.all && !arguments.empty())
    checked = usage("no arguments are needed with --all");
  else
    checked = sort_arguments(s).and_then([this] { return check(); });
  if (!checked)
    return fail_with(s, checked.error(), display.format);
  if (!import.empty())
    request.archives = {import};
  if (latest) {
    const auto id = latest_container(s, request.options.source);
    if (!id)
      return fail_with(s, id.error(), display.format);
    request.names = {*id};
  }
  display.full_ids = request.all || latest;
  return run_batch(s, request, display);
}

} // namespace

void add_restore_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<restore_verb>(parent, chosen,
                         {"restore", "Restore containers, from archives or from where they stopped",
                          "floe restore /backup/*.tar.zst\n"
                          "floe restore --import /backup/web.tar.zst --name web2\n"
                          "floe restore web\n"
                          "floe restore --all"});
}

} // namespace floe
