// Looks at the programs that floe starts.
#include "io/container/criu_program.hpp"
#include "io/doctor/host_probes.hpp"
#include "io/podman/podman_settings.hpp"
#include "io/posix/process.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace floe {

namespace {

/// `criu check` tries many features one after another; a program that hangs is not waited for.
constexpr std::chrono::seconds probe_time_max{60};

expected<process_result> try_program(std::vector<std::string> arguments) {
  process_request request;
  request.arguments = std::move(arguments);
  request.new_session = true;
  process_limits limits;
  limits.time = probe_time_max;
  return run_process(request, limits);
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

/// The first line that says what is wrong: CRIU's begin with `Error`, behind a time stamp or not.
std::string first_error_line(const std::string& text) {
  for (size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    auto line = text.substr(begin, end - begin);
    if (line.find("Error") != line.npos)
      return line;
    begin = end + 1;
  }
  return first_line(text);
}

std::string version_text(uint32_t version) {
  return fmt::format("{}.{}.{}", version / 10'000, version / 100 % 100, version % 100);
}

/// What a program says of its version, in one line.
std::string version_line(const std::string& path) {
  const auto said = try_program({path, "--version"});
  return said && said->succeeded() ? first_line(said->output) : std::string{};
}

bool can_checkpoint(const std::string& runtime) {
  const auto said = try_program({runtime, "checkpoint", "--help"});
  return said && said->succeeded();
}

} // namespace

host_finding probe_criu(const host_settings& settings) {
  const std::string advice = "install a newer CRIU (scripts/provide-criu fetches one) and give its "
                             "path with --criu";
  const auto criu = find_criu(settings.criu);
  if (!criu)
    return {"criu", verdict::missing, describe(criu.error()), advice};
  json details = {{"path", criu->path}, {"version", version_text(criu->version)}};
  const auto check = try_program({criu->path, "check"});
  if (!check)
    return {"criu", verdict::missing, describe(check.error()), advice, details};
  if (!check->succeeded()) {
    details["check"] = first_error_line(check->errors + check->output);
    return {"criu", verdict::missing,
            fmt::format("CRIU {} at {} does not work on this kernel: {}",
                        version_text(criu->version), criu->path,
                        details["check"].get<std::string>()),
            advice, details};
  }
  return {
      "criu", verdict::good,
      fmt::format("CRIU {} at {} passes its own check", version_text(criu->version), criu->path),
      "", details};
}

host_finding probe_memory_tracking(const host_settings& settings) {
  const auto criu = find_criu(settings.criu);
  const auto tried = criu ? try_program({criu->path, "check", "--feature", "mem_dirty_track"})
                          : expected<process_result>{tl::unexpected{criu.error()}};
  if (tried && tried->succeeded())
    return {"memory_tracking", verdict::good, "the kernel tracks which memory changes", ""};
  return {"memory_tracking", verdict::limited,
          criu ? "the kernel does not track which memory changes"
               : "nobody can ask whether the kernel tracks which memory changes: there is no CRIU",
          "--pre-checkpoint and --with-previous need a kernel with CONFIG_MEM_SOFT_DIRTY"};
}

host_finding probe_runtime(const host_settings& settings) {
  json found = json::object();
  for (const auto& name : {settings.runtime, std::string{"runc"}, std::string{"crun"}}) {
    const auto path = find_program(name, program_search_path());
    if (!path.empty() && !found.contains(name))
      found[name] = {
          {"path", path}, {"version", version_line(path)}, {"checkpoint", can_checkpoint(path)}};
  }
  const json details = {{"configured", settings.runtime}, {"runtimes", found}};
  if (!found.contains(settings.runtime))
    return {"runtime", verdict::missing,
            "the OCI runtime " + settings.runtime + " is not installed",
            "install runc, or choose another with --runtime", details};
  const auto& chosen = found.at(settings.runtime);
  if (!chosen.at("checkpoint").get<bool>())
    return {"runtime", verdict::missing,
            "the OCI runtime " + settings.runtime + " was built without checkpoints",
            "use runc, with --runtime runc", details};
  return {"runtime", verdict::good,
          fmt::format("{} at {} can checkpoint", chosen.at("version").get<std::string>(),
                      chosen.at("path").get<std::string>()),
          "", details};
}

host_finding probe_monitor(const host_settings& settings) {
  const auto path = find_program(settings.monitor, program_search_path());
  if (path.empty())
    return {"monitor", verdict::missing,
            "the container monitor " + settings.monitor + " is not installed",
            "install conmon, or give its path with --conmon"};
  const auto version = version_line(path);
  return {"monitor",
          verdict::good,
          fmt::format("{} at {}", version, path),
          "",
          {{"path", path}, {"version", version}}};
}

host_finding probe_packet_filter() {
  for (const char* name : {"iptables-restore", "nft"})
    if (const auto path = find_program(name, program_search_path()); !path.empty())
      return {"packet_filter",
              verdict::good,
              "CRIU can hold back packets with " + path,
              "",
              {{"path", path}}};
  return {"packet_filter", verdict::limited, "neither iptables-restore nor nft is installed",
          "install iptables to checkpoint containers with sockets in a network of their own"};
}

host_finding probe_podman(const host_settings& settings) {
  const auto found = find_podman(settings.podman);
  if (!found)
    return {"podman", verdict::limited, describe(found.error()),
            "without it only floe's own containers are seen"};
  const auto backend = found->database_backend.empty() ? "none yet" : found->database_backend;
  const json details = {
      {"path", found->program}, {"storage", found->graph_root}, {"database", backend}};
  return {"podman", verdict::good,
          fmt::format("{}, its containers in {} (database: {})", found->program, found->graph_root,
                      backend),
          "", details};
}

} // namespace floe
