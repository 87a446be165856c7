// A host with a scripted runtime, and a container on it that is a real process in a real freezer
// cgroup. Needs root.
#pragma once

#include "io/container/container_host.hpp"
#include "io/posix/process.hpp"
#include "tests/io/checkpoint/scripted_runtime.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace floe::test {

class scripted_container {
 public:
  static constexpr const char* name = "counter";

  /// Nothing if this machine does not allow it; then the test is to be skipped.
  static std::unique_ptr<scripted_container> make() {
    if (::geteuid() != 0)
      return nullptr;
    auto made = std::make_unique<scripted_container>();
    return made->build() ? std::move(made) : nullptr;
  }

  ~scripted_container() {
    if (child) {
      std::ofstream{cgroup + "/freezer.state"} << "THAWED";
      std::ofstream{cgroup + "/cgroup.freeze"} << "0";
      ::kill(child->pid(), SIGKILL);
      static_cast<void>(child->wait());
    }
    if (!cgroup.empty())
      ::rmdir(cgroup.c_str());
  }

  bool is_frozen() const {
    if (std::filesystem::exists(cgroup + "/freezer.state"))
      return read_file(cgroup + "/freezer.state") != "THAWED\n";
    return read_file(cgroup + "/cgroup.freeze") != "0\n";
  }
  bool exists(const std::string& file) const {
    return std::filesystem::exists(bundle + "/" + file);
  }
  container_status status() { return host->state().find_container(name)->status; }
  void update(const std::function<void(container_record&)>& change) {
    auto record = *host->state().find_container(name);
    change(record);
    static_cast<void>(host->state().update_config(record.config));
    static_cast<void>(host->state().update_status(record.config.id, record.status));
  }

  scratch_directory scratch;
  std::shared_ptr<runtime_script> script = std::make_shared<runtime_script>();
  std::unique_ptr<container_host> host;
  std::optional<child_process> child;
  std::string cgroup;
  std::string bundle;
  std::string id = std::string(64, 'a');

 private:
  bool build() {
    if (!start())
      return false;
    host_settings settings;
    settings.root = scratch / "root";
    settings.run_root = scratch / "run";
    settings.criu = scratch / "criu";
    write_file(settings.criu, "#!/bin/sh\n[ \"$1\" = check ] && exit 1\necho Version: 4.2.1\n");
    ::chmod(settings.criu.c_str(), 0755);
    auto opened = container_host::open(
        settings, [script = script](const std::string&, const host_settings&, const criu_program&) {
          return expected<std::unique_ptr<oci_runtime>>{std::make_unique<scripted_runtime>(script)};
        });
    if (!opened)
      return false;
    host = std::move(*opened);
    bundle = bundle_directory(settings, id);
    write_file(bundle + "/config.json", R"({"root":{"path":"/"},"mounts":[]})");
    container_record record;
    record.config.id = id;
    record.config.name = name;
    record.config.rootfs = scratch / "rootfs";
    record.config.created = "2026-01-31T23:59:59Z";
    std::filesystem::create_directories(record.config.rootfs);
    record.status.state = container_state::running;
    record.status.pid = child->pid();
    return host->state().add_container(record).has_value();
  }

  bool start() {
    const auto own = "/floe-steps-test-" + std::to_string(::getpid());
    for (const std::string root : {"/sys/fs/cgroup/freezer", "/sys/fs/cgroup"})
      if (cgroup.empty() && std::filesystem::exists(root + "/cgroup.procs") &&
          ::mkdir((root + own).c_str(), 0755) == 0)
        cgroup = root + own;
    if (cgroup.empty())
      return false;
    process_request request;
    request.arguments = {"/bin/sh", "-c", "while :; do :; done"};
    auto started = child_process::start(request);
    if (!started)
      return false;
    child.emplace(std::move(*started));
    script->pid = child->pid();
    std::ofstream procs{cgroup + "/cgroup.procs"};
    procs << child->pid() << std::flush;
    return procs.good();
  }
};

} // namespace floe::test
