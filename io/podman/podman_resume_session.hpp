// One restore of a container of Podman's that holds a checkpoint in its bundle, step by step.
// Podman does it: nothing has to be unpacked, and only Podman may write down that its container
// runs.
#pragma once

#include "io/checkpoint/restore_steps.hpp"
#include "io/container/container_host.hpp"
#include "io/podman/podman_host.hpp"
#include "io/podman/podman_state.hpp"
#include "io/store/object_lock.hpp"
#include "model/checkpoint_options.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace floe {

/// Only check_images, resume and commit have something to do.
class podman_resume_session final : public restore_steps {
 public:
  /// \p id is the whole one. Errors: no_podman, no_such_container, container_busy, wrong_state,
  /// no_checkpoint, those of reading Podman's database.
  static expected<std::unique_ptr<podman_resume_session>>
  begin(container_host& host, const std::string& id, const restore_options& options);

  podman_resume_session(podman_host& podman, const host_settings& settings,
                        podman_container container, object_lock lock,
                        restore_options options); ///< for begin

  const std::string& id() const override { return container_.config.id; }
  const std::string& name() const override { return container_.config.name; }
  const restore_targets& targets() const override { return targets_; }
  const std::vector<std::string>& volumes_of_others() const override { return volumes_of_others_; }
  expected<void> apply_deletions(const std::vector<std::string>&) override { return {}; }
  expected<void> publish_volumes(const std::vector<std::string>&) override { return {}; }
  expected<void> check_images() override;
  expected<void> resume(const std::stop_token& stop = {}) override;
  expected<void> commit() override;
  const restore_facts& facts() const override { return facts_; }

 private:
  std::string subject() const { return "container " + name(); }
  expected<void> check_volumes() const;
  expected<void> check_sources() const;

  podman_host& podman_;
  std::string floe_; ///< path of this program
  std::string run_root_;
  podman_container container_;
  object_lock lock_;
  restore_options options_;
  restore_targets targets_;                    ///< none
  std::vector<std::string> volumes_of_others_; ///< none
  restore_facts facts_;
};

} // namespace floe
