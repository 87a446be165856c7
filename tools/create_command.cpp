// `floe create` and `floe run`.
#include "tools/attached_run.hpp"
#include "tools/command_line.hpp"
#include "tools/option_values.hpp"
#include "tools/output.hpp"

namespace floe {

namespace {

/// What both verbs take.
struct container_arguments {
  create_options options;
  std::string entrypoint;
  bool entrypoint_given = false;
  std::string shm_size;
  std::string memory;
  std::string cpus;
  std::string format;
  CLI::App* app = nullptr;

  void declare(CLI::App& into);
  void declare_process(CLI::App& into);
  void declare_limits(CLI::App& into);
  expected<create_options> finish() const;
  expected<void> read_values(create_options& into) const;
};

void container_arguments::declare(CLI::App& into) {
  app = &into;
  // -h is the host name here, as it is with Podman.
  into.set_help_flag("--help", "Show this help");
  into.prefix_command();
  into.fallthrough(false);
  into.add_option("--name", options.name, "Name of the container; a generated one without it");
  into.add_option("--rootfs", options.rootfs, "Use this directory as root file system, no image")
      ->type_name("DIR");
  add_list(into, "-v,--volume", options.volumes,
           "Mount VOLUME:/path[:options] or /host/path:/path[:options]");
  add_list(into, "--tmpfs", options.tmpfs, "Mount a tmpfs at /path[:options]");
  into.add_option("--network,--net", options.network, "none or host")
      ->type_name("MODE")
      ->capture_default_str();
  add_list(into, "-l,--label", options.labels, "Label KEY=VALUE");
  add_list(into, "--annotation", options.annotations, "Annotation KEY=VALUE");
  into.add_flag("--read-only", options.read_only, "Mount the root file system read-only");
  into.add_flag("--rm", options.auto_remove, "Remove the container when it exits");
  add_format(into, format);
  declare_process(into);
  declare_limits(into);
}

void container_arguments::declare_process(CLI::App& into) {
  add_list(into, "-e,--env", options.environment,
           "Environment variable NAME=VALUE, or NAME of ours");
  into.add_option("-w,--workdir", options.working_directory, "Working directory")->type_name("DIR");
  into.add_option("-u,--user", options.user, "USER[:GROUP], by name or number");
  add_list(into, "--group-add", options.groups, "Supplementary group");
  into.add_option("-h,--hostname", options.hostname, "Host name");
  into.add_option_function<std::string>(
      "--entrypoint",
      [this](const std::string& value) {
        entrypoint = value;
        entrypoint_given = true;
      },
      "Entry point instead of the image's: a word or a JSON array; \"\" for none");
  into.add_option("--stop-signal", options.stop_signal, "Signal that stops it");
  into.add_option("--stop-timeout", options.stop_timeout, "Seconds until it is killed instead")
      ->type_name("SECONDS");
  into.add_flag("-i,--interactive", options.interactive, "Keep stdin open");
  into.add_flag("-t,--tty", options.terminal, "Give it a terminal");
  into.add_flag("--privileged", options.privileged, "All capabilities and devices");
  add_list(into, "--cap-add", options.cap_add, "Add a capability");
  add_list(into, "--cap-drop", options.cap_drop, "Drop a capability");
}

void container_arguments::declare_limits(CLI::App& into) {
  into.add_option("--shm-size", shm_size, "Size of /dev/shm, as 64m")->type_name("SIZE");
  into.add_option("-m,--memory", memory, "Memory limit, as 512m")->type_name("SIZE");
  into.add_option("--cpus", cpus, "CPUs it may use, as 1.5")->type_name("N");
  add_list(into, "--ulimit", options.ulimits, "Limit NAME=SOFT[:HARD]");
}

expected<void> container_arguments::read_values(create_options& into) const {
  if (!shm_size.empty()) {
    const auto bytes = parse_size(shm_size);
    if (!bytes)
      return fail(error_code::usage, "--shm-size", "\"" + shm_size + "\" is no size", "write 64m");
    into.shm_size = *bytes;
  }
  if (!memory.empty()) {
    const auto bytes = parse_size(memory);
    if (!bytes)
      return fail(error_code::usage, "--memory", "\"" + memory + "\" is no size", "write 512m");
    into.memory = *bytes;
  }
  if (!cpus.empty()) {
    const auto number = parse_number(cpus);
    if (!number)
      return fail(error_code::usage, "--cpus", "\"" + cpus + "\" is no number of CPUs",
                  "write 1.5");
    into.cpus = *number;
  }
  for (auto& volume : into.volumes)
    volume = absolute_volume(volume);
  return {};
}

expected<create_options> container_arguments::finish() const {
  auto arguments = trailing_arguments(*app);
  if (!arguments)
    return tl::unexpected{arguments.error()};
  auto out = options;
  if (out.rootfs.empty()) {
    if (arguments->empty())
      return usage("an image name or --rootfs DIR is needed");
    out.image = arguments->front();
    arguments->erase(arguments->begin());
  }
  out.command = std::move(*arguments);
  out.clear_entrypoint = entrypoint_given && entrypoint.empty();
  if (!entrypoint.empty()) {
    auto words = parse_entrypoint(entrypoint);
    if (!words)
      return tl::unexpected{words.error()};
    out.entrypoint = std::move(*words);
  }
  auto environment = resolve_environment(out.environment);
  if (!environment)
    return tl::unexpected{environment.error()};
  out.environment = std::move(*environment);
  if (auto values = read_values(out); !values)
    return tl::unexpected{values.error()};
  return out;
}

void show_container(const session& s, const container_done& made, const std::string& format) {
  if (format == "json")
    s.streams().out("{}", dump_json({{"Id", made.id}, {"Name", made.name}}));
  else
    s.streams().out("{}", made.id);
}

struct create_verb {
  container_arguments arguments;

  void declare(CLI::App& app) { arguments.declare(app); }

  exit_code run(session& s) {
    const auto options = arguments.finish();
    if (!options)
      return fail_with(s, options.error(), arguments.format);
    const auto made = create_and_warn(s, *options);
    if (!made)
      return fail_with(s, made.error(), arguments.format);
    show_container(s, *made, arguments.format);
    return exit_code::done;
  }
};

struct run_verb {
  container_arguments arguments;
  bool detach = false;

  void declare(CLI::App& app) {
    arguments.declare(app);
    app.add_flag("-d,--detach", detach, "Let it run in the background and print its id");
  }

  int run(session& s);
};

int run_verb::run(session& s) {
  const auto fail_run = [&](const error& what) {
    return static_cast<int>(fail_with(s, what, arguments.format));
  };
  const auto options = arguments.finish();
  if (!options)
    return fail_run(options.error());
  if (!detach && (options->interactive || options->terminal))
    return fail_run({error_code::usage, options->terminal ? "--tty" : "--interactive",
                     "floe run shows a container's output but does not pass on a terminal or stdin",
                     "start it with -d, then use floe exec -it"});
  if (!detach)
    return run_attached(s, *options, arguments.format);
  const auto made = create_and_warn(s, *options);
  if (!made)
    return fail_run(made.error());
  if (auto started = start_created(s, *made, options->auto_remove); !started)
    return fail_run(started.error());
  show_container(s, *made, arguments.format);
  return static_cast<int>(exit_code::done);
}

} // namespace

void add_create_verbs(CLI::App& parent, chosen_verb& chosen) {
  add_verb<create_verb>(parent, chosen,
                        {"create", "Create a container without starting it",
                         "floe create --name web -v data:/data web:latest\n"
                         "floe create --rootfs /srv/root --name shell /bin/sh -c 'sleep 1000'"});
  add_verb<run_verb>(parent, chosen,
                     {"run", "Create a container and start it",
                      "floe run -d --name web -v data:/data web:latest\n"
                      "floe run --rm busybox echo hello"});
}

} // namespace floe
