// `floe checkpoint`: Podman's flags and checks, and floe's own for many containers at once.
#include "tools/batch_command.hpp"
#include "tools/command_line.hpp"

namespace floe {

namespace {

struct checkpoint_verb {
  checkpoint_containers request;
  batch_display display;
  std::string compress;
  bool compress_given = false;
  bool level_given = false;
  bool latest = false;
  bool no_sync = false;

  void declare(CLI::App& app);
  void declare_export(CLI::App& app);
  exit_code run(session& s);

  bool exports() const { return !request.export_file.empty() || !request.export_directory.empty(); }
  expected<void> check_selection() const;
  expected<void> check_export() const;
  expected<void> check_compression();
};

void checkpoint_verb::declare(CLI::App& app) {
  auto& options = request.options;
  add_arguments(app, "CONTAINER", request.names, "Names, ids or unambiguous beginnings of ids");
  app.add_flag("-a,--all", request.all, "Checkpoint all running containers");
  app.add_flag("-l,--latest", latest, "Checkpoint the container that was created last");
  app.add_option("--pod", request.pod,
                 "Checkpoint all running containers of a pod, all of them or none")
      ->type_name("POD");
  add_source(app, request.source);
  add_list(app, "-f,--filter", request.filters,
           "Only containers with label=KEY[=VALUE], name=REGEX, id=PREFIX, status=STATE, "
           "volume=NAME or ancestor=IMAGE");
  declare_export(app);
  app.add_flag("-R,--leave-running", options.leave_running, "Let the container go on afterwards");
  app.add_flag("--thaw-early", options.thaw_early,
               "With --leave-running: let it go on before its files are captured");
  app.add_flag("-k,--keep", options.keep, "Keep logs and statistics in the container's bundle");
  app.add_flag("-P,--pre-checkpoint", options.pre_checkpoint,
               "Dump the memory only, the container goes on");
  app.add_flag("--with-previous", options.with_previous,
               "Dump only what changed since a pre-checkpoint");
  app.add_flag("--tcp-established", options.tcp_established, "Checkpoint TCP connections too");
  app.add_flag("--file-locks", options.file_locks, "Checkpoint file locks too");
  app.add_option("-j,--jobs", request.jobs,
                 "Containers dumped at once; the engine chooses without it")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N");
  add_expedite(app, request.expedite);
  add_display_options(app, display);
}

void checkpoint_verb::declare_export(CLI::App& app) {
  auto& options = request.options;
  app.add_option("-e,--export", request.export_file, "Write the checkpoint of one container")
      ->type_name("FILE");
  app.add_option("--export-dir", request.export_directory,
                 "Write an archive per container into a directory")
      ->check([](const std::string& value) {
        return std::string{value.empty() ? "it is empty; name a directory" : ""};
      })
      ->type_name("DIR");
  app.add_option("--export-name", request.export_name,
                 "Names of the archives in --export-dir: {name}, {id}, {short_id}, {image}, {host} "
                 "and {timestamp} are filled in; by default {name}.tar.zst")
      ->type_name("PATTERN");
  app.add_option_function<std::string>(
         "-c,--compress",
         [this](const std::string& value) {
           compress = value;
           compress_given = true;
         },
         "How the archive is compressed: zstd, gzip, none or raw")
      ->type_name("METHOD")
      ->default_str("zstd");
  app.add_option_function<int32_t>(
         "--compress-level",
         [this](const int32_t& value) {
           request.options.compression_level = value;
           level_given = true;
         },
         "Level of the compression: 1 to 22 for zstd, 1 to 9 for gzip")
      ->type_name("N");
  app.add_flag("--overwrite", options.overwrite, "Replace an archive that is there already");
  app.add_flag("--ignore-rootfs", options.ignore_rootfs,
               "Leave changes of the root filesystem out of the archive");
  app.add_flag("--ignore-volumes", options.ignore_volumes, "Leave volumes out of the archive");
  app.add_flag("--no-sync", no_sync, "Do not wait for the disk")->group("");
}

expected<void> checkpoint_verb::check_selection() const {
  if (request.all && latest)
    return usage("--all and --latest cannot be used together");
  if (request.all && !request.names.empty())
    return usage("no arguments are needed with --all");
  if (latest && !request.names.empty())
    return usage("--latest and containers cannot be used together");
  if (!request.filters.empty() && (latest || !request.names.empty()))
    return usage("--filter cannot be used with containers or --latest");
  if (!request.pod.empty() &&
      (request.all || latest || !request.filters.empty() || !request.names.empty()))
    return usage("--pod cannot be used with containers, --all, --latest or --filter");
  if (!request.pod.empty())
    return {};
  if (!request.all && !latest && request.filters.empty() && request.names.empty())
    return usage("you must provide at least one name or id");
  return {};
}

expected<void> checkpoint_verb::check_compression() {
  if (compress_given && !exports())
    return usage("--compress can only be used with --export");
  const auto method = compress_given ? compression_from_string(compress) : compression::zstd;
  if (!method)
    return usage("selected compression algorithm (\"" + compress +
                 "\") not supported. Please select one from: gzip, none, raw, zstd");
  request.options.method = *method;
  if (!level_given)
    return {};
  if (!exports())
    return usage("--compress-level can only be used with --export");
  const int32_t level_max = *method == compression::zstd   ? 22
                            : *method == compression::gzip ? 9
                                                           : 0;
  if (level_max == 0)
    return usage("--compress-level can only be used with --compress zstd or gzip");
  if (request.options.compression_level < 1 || request.options.compression_level > level_max)
    return usage("--compress-level must be between 1 and " + std::to_string(level_max));
  return {};
}

expected<void> checkpoint_verb::check_export() const {
  const auto& options = request.options;
  if (options.ignore_rootfs && !exports())
    return usage("--ignore-rootfs can only be used with --export");
  if (options.ignore_volumes && !exports())
    return usage("--ignore-volumes can only be used with --export");
  if (options.with_previous && options.pre_checkpoint)
    return usage("--with-previous can not be used with --pre-checkpoint");
  if (!request.export_file.empty() && !request.export_directory.empty())
    return usage("--export and --export-dir cannot be used together");
  if (!request.export_file.empty() && (request.all || request.names.size() > 1))
    return usage("--export can only be used with one container; use --export-dir DIR for several");
  if (!request.export_name.empty() && request.export_directory.empty())
    return usage("--export-name can only be used with --export-dir");
  if (options.overwrite && !exports())
    return usage("--overwrite can only be used with --export");
  if (options.thaw_early && !options.leave_running)
    return usage("--thaw-early can only be used with --leave-running");
  return {};
}

exit_code checkpoint_verb::run(session& s) {
  const auto checked =
      check_selection().and_then([this] { return check_compression(); }).and_then([this] {
        return check_export();
      });
  if (!checked)
    return fail_with(s, checked.error(), display.format);
  request.options.sync = !no_sync;
  request.options.trace = !display.trace.empty();
  if (!request.filters.empty())
    request.all = true;
  if (latest) {
    const auto id = latest_container(s, request.source);
    if (!id)
      return fail_with(s, id.error(), display.format);
    request.names = {*id};
  }
  display.full_ids = request.all || latest;
  return run_batch(s, request, display);
}

} // namespace

void add_checkpoint_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<checkpoint_verb>(
      parent, chosen,
      {"checkpoint", "Checkpoint running containers, into archives if wanted",
       "floe checkpoint --all --export-dir /backup\n"
       "floe checkpoint web --export /backup/web.tar.zst --leave-running\n"
       "floe checkpoint --filter label=tier=db --export-dir /backup --export-name "
       "{name}-{timestamp}.tar.zst\n"
       "floe checkpoint --pod shop --export-dir /backup\n"
       "floe checkpoint web && floe restore web"});
}

} // namespace floe
