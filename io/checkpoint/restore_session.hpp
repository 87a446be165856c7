// One native restore of one container, step by step. Every step blocks; until it is committed
// nothing that it made stays when it is destroyed.
#pragma once

#include "io/archive/archive_reader.hpp"
#include "io/checkpoint/restore_steps.hpp"
#include "io/checkpoint/volume_claims.hpp"
#include "io/container/container_host.hpp"
#include "model/checkpoint_options.hpp"

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// In place: begin_in_place, check_images, resume, commit.
class restore_session final : public restore_steps {
 public:
  /// Reads config.dump and spec.dump, checks them against policy and this host, and makes the
  /// container: record, directories, staging of its volumes, its mounted root filesystem. Errors:
  /// archive_foreign, archive_refused, archive_incompatible (pod, dependencies, runtime),
  /// container_exists, container_busy, volume_exists, no_such_image, criu_missing, criu_unusable,
  /// runtime_missing, runtime_unsupported, and those of \p archive.
  static expected<restore_session> begin_import(container_host& host, archive_reader& archive,
                                                const restore_options& options,
                                                std::shared_ptr<volume_claims> claims = {},
                                                const std::stop_token& stop = {});

  /// Takes an exited container whose bundle holds a checkpoint. Errors: no_such_container,
  /// wrong_state, container_busy, no_checkpoint, those of the host's programs.
  static expected<restore_session> begin_in_place(container_host& host,
                                                  const std::string& name_or_id,
                                                  const restore_options& options);
  restore_session(restore_session&&) noexcept;
  restore_session& operator=(restore_session&&) = delete;
  ~restore_session() override; ///< rolls back, unless committed

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

 private:
  struct parts;
  explicit restore_session(std::unique_ptr<parts> begun);
  std::unique_ptr<parts> parts_;
};

} // namespace floe
