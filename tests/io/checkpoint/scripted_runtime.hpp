// An OCI runtime that does what a test says.
#pragma once

#include "io/container/oci_runtime.hpp"
#include "tests/support/scratch_directory.hpp"

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace floe::test {

/// What a scripted runtime knows and was asked for; shared with the test.
struct runtime_script {
  pid_t pid = 0;
  bool alive = true;
  std::optional<error> dump_error;
  std::optional<error> kill_error;
  std::function<void(const dump_request&)> on_dump; ///< before the images are written
  std::vector<dump_request> dumps;
  bool locks_network = true; ///< of the last dump
  std::vector<int> signals;
  std::string status = "running";
  std::stop_token stop; ///< of the last dump

  bool dump_is_wanted() const { return !stop.stop_requested(); }
};

/// Dumps are two small files.
class scripted_runtime final : public oci_runtime {
 public:
  explicit scripted_runtime(std::shared_ptr<runtime_script> script) : script_{std::move(script)} {}

  const std::string& name() const override { return name_; }
  const std::string& path() const override { return path_; }
  expected<void> start(const std::string&) override { return {}; }
  expected<void> kill(const std::string&, int signal, bool) override {
    if (script_->kill_error)
      return tl::unexpected{*script_->kill_error};
    script_->signals.push_back(signal);
    if (signal == SIGKILL)
      end();
    return {};
  }
  expected<void> remove(const std::string&, bool) override { return {}; }
  expected<void> pause(const std::string&) override { return {}; }
  expected<void> resume(const std::string&) override { return {}; }
  expected<runtime_state> state(const std::string& id) override {
    if (!script_->alive)
      return fail(error_code::no_such_container, "container " + id, "it is not there");
    return runtime_state{script_->status, script_->pid};
  }
  expected<void> checkpoint(const dump_request& request, std::chrono::milliseconds,
                            const std::stop_token& stop) override {
    script_->stop = stop;
    script_->dumps.push_back(request);
    if (request.stand_still) {
      const auto lock = request.stand_still();
      if (!lock)
        return tl::unexpected{lock.error()};
      script_->locks_network = *lock;
    }
    if (script_->on_dump)
      script_->on_dump(request);
    write_file(request.image_path + "/pages-1.img", "pages");
    if (script_->dump_error)
      return tl::unexpected{*script_->dump_error};
    write_file(request.image_path + "/inventory.img", "inventory");
    if (!request.leave_running && !request.pre_dump)
      end();
    return {};
  }
  expected<void> supports_checkpoint() override { return {}; }
  std::vector<std::string> exec_command(const std::string&, bool, bool, const std::string&,
                                        const std::string&, const std::vector<std::string>&,
                                        const std::vector<std::string>&) const override {
    return {};
  }

 private:
  void end() {
    ::kill(script_->pid, SIGKILL);
    script_->alive = false;
  }

  std::shared_ptr<runtime_script> script_;
  std::string name_ = "runc";
  std::string path_ = "/scripted/runc";
};

} // namespace floe::test
