// One restore of one archived container as a container of Podman's, step by step.
//
// Podman itself is handed nothing but the documents: floe fills the volumes before, and at the
// moment when Podman has the root filesystem mounted and the processes are not started yet
// (restore_gate.hpp) it unpacks the change of the root filesystem and /dev/shm straight into place
// and moves CRIU's images into the bundle. So every byte is written once, by the extractor that
// does not follow links, and nothing runs before the last digest was checked.
#pragma once

#include "io/archive/archive_reader.hpp"
#include "io/checkpoint/counting_source.hpp"
#include "io/checkpoint/restore_steps.hpp"
#include "io/checkpoint/volume_claims.hpp"
#include "io/container/container_host.hpp"
#include "io/podman/podman_host.hpp"
#include "model/checkpoint_options.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace floe {

class podman_restore_session final : public restore_steps {
 public:
  /// Reads the archive's documents, checks them against policy, this host and Podman, and makes
  /// the volumes. \p progress hears of what is unpacked in resume(). Errors: those of
  /// restore_session::begin_import, with what Podman has in place of what floe has; no_podman.
  static expected<std::unique_ptr<podman_restore_session>>
  begin(container_host& host, podman_host& podman, std::shared_ptr<archive_reader> archive,
        const restore_options& options, std::shared_ptr<volume_claims> claims,
        unpack_progress_handler progress, const std::stop_token& stop);

  ~podman_restore_session() override; ///< rolls back, unless committed

  const std::string& id() const override;
  const std::string& name() const override;
  const restore_targets& targets() const override;
  const std::vector<std::string>& volumes_of_others() const override;
  expected<void> apply_deletions(const std::vector<std::string>& paths) override;
  expected<void> publish_volumes(const std::vector<std::string>& unpacked) override;
  expected<void> check_images() override;
  expected<void> resume(const std::stop_token& stop = {}) override;
  expected<void> commit() override;
  const restore_facts& facts() const override;

  struct parts;
  explicit podman_restore_session(std::unique_ptr<parts> begun); ///< for begin

 private:
  std::unique_ptr<parts> parts_;
};

} // namespace floe
