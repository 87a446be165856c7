#include "actors/archive_planner.hpp"

#include "actors/support/append_lines.hpp"
#include "actors/volume.hpp"

#include <chrono>
#include <utility>

namespace floe {

namespace {

using planned_rope = expected<local_ref<const rope>>;

planned_rope shared(expected<rope> planned) {
  if (!planned)
    return tl::unexpected(planned.error());
  return local_ref<const rope>{std::make_shared<const rope>(std::move(*planned))};
}

int64_t seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

expected<rootfs_change> plan_change(const archive_source& source, tar_plan_options options,
                                    const std::stop_token& stop) {
  auto upper = open_tree(source.upper_directory);
  if (!upper)
    return tl::unexpected(upper.error());
  return plan_rootfs_change(std::move(*upper), source.lower_directories, options, stop);
}

expected<tar_plan> plan_directory(const std::string& path, tar_plan_options options,
                                  const std::stop_token& stop) {
  auto tree = open_tree(path);
  if (!tree)
    return tl::unexpected(tree.error());
  return plan_tree(std::move(*tree), options, stop);
}

planned_rope join_files(archive_files files, const std::string& bundle) {
  auto tree = open_tree(bundle);
  if (!tree)
    return tl::unexpected(tree.error());
  files.bundle = std::move(*tree);
  files.modified_seconds = seconds_now();
  return shared(plan_archive_files(std::move(files)));
}

planned_rope plan_rest(const archive_source& source, bool align_data, uint64_t begin) {
  auto tree = open_tree(source.bundle);
  if (!tree)
    return tl::unexpected(tree.error());
  return shared(plan_archive_images({std::move(*tree), source.images_directory, source.spec_dump,
                                     seconds_now(), align_data, begin}));
}

} // namespace

archive_planner::archive_planner(handle::pointer self, worker_pool& pool)
    : self_{self}, pool_{pool}, blocking_{self, pool}, requests_{self} {}

archive_planner::handle::behavior_type archive_planner::make_behavior() {
  return {
      [this](const plan_files& request) { return on_files(request); },
      [this](const plan_images& request) { return on_images(request); },
      [this](const work_done& done) { blocking_.on_done(done); },
      [this](const receiver_ended& ended) { requests_.on_ended(ended); },
  };
}

// -- the front ------------------------------------------------------------------

caf::result<files_planned> archive_planner::on_files(const plan_files& request) {
  request_ = request;
  auto promise = self_->make_response_promise<files_planned>();
  answer_ = promise;
  const auto& what = *request_.source.value;
  files_.config_dump = what.config_dump;
  files_.network_status = what.network_status;
  files_.log_file = what.log_file;
  files_.align_data = request_.align_data;
  parts_pending_ = 1;
  plan_volumes();
  plan_rootfs();
  plan_shared_memory();
  part_planned();
  return promise;
}

void archive_planner::plan_volumes() {
  const auto& volumes = request_.source.value->volumes;
  files_.volumes.resize(volumes.size());
  for (size_t i = 0; i < volumes.size(); ++i) {
    const auto& what = volumes[i];
    ++parts_pending_;
    volume_handle planner = spawn_state<volume>(*self_, pool_);
    requests_.ask<volume_planned>(
        planner, plan_volume{what.name(), what.mount_point, request_.align_data, request_.cancel},
        "volume " + what.name(),
        [this, i](volume_planned reply) {
          files_.volumes[i] = {reply.name, std::move(*reply.content.value)};
          append_lines(warnings_, std::move(reply.warnings));
          part_planned();
        },
        [this](const error& why) { fail_with(why); });
  }
}

void archive_planner::plan_rootfs() {
  if (request_.source.value->upper_directory.empty())
    return;
  ++parts_pending_;
  blocking_.run(
      [source = request_.source, options = options(), stop = request_.cancel.token] {
        return plan_change(*source.value, options, stop);
      },
      [this](expected<rootfs_change> change) {
        if (!change)
          return fail_with(change.error());
        if (change->tar.content.size() > 0)
          files_.rootfs_diff = std::move(change->tar.content);
        files_.deleted_files = std::move(change->deleted);
        append_lines(warnings_, std::move(change->tar.warnings));
        part_planned();
      });
}

void archive_planner::plan_shared_memory() {
  if (request_.source.value->shared_memory.empty())
    return;
  ++parts_pending_;
  blocking_.run(
      [source = request_.source, options = options(), stop = request_.cancel.token] {
        return plan_directory(source.value->shared_memory, options, stop);
      },
      [this](expected<tar_plan> planned) {
        if (!planned)
          return fail_with(planned.error());
        files_.shared_memory = std::move(planned->content);
        append_lines(warnings_, std::move(planned->warnings));
        part_planned();
      });
}

void archive_planner::part_planned() {
  if (--parts_pending_ == 0 && answer_)
    join();
}

void archive_planner::join() {
  // Files are moved into the work: a std::function must be copyable, so they travel in a shared
  // pointer.
  auto files = std::make_shared<archive_files>(std::move(files_));
  blocking_.run(
      [files, source = request_.source] {
        return join_files(std::move(*files), source.value->bundle);
      },
      [this](planned_rope front) {
        if (!front)
          return fail_with(front.error());
        fulfil(*answer_, files_planned{std::move(*front), std::move(warnings_)});
        answer_.reset();
      });
}

/// The first error counts.
void archive_planner::fail_with(const error& why) {
  if (!answer_)
    return;
  refuse(*answer_, to_caf(why));
  answer_.reset();
}

// -- the rest -------------------------------------------------------------------

caf::result<images_planned> archive_planner::on_images(const plan_images& request) {
  auto promise = self_->make_response_promise<images_planned>();
  blocking_.run([source = request_.source, align_data = request_.align_data,
                 begin = request.begin] { return plan_rest(*source.value, align_data, begin); },
                [promise](planned_rope rest) mutable {
                  if (rest)
                    fulfil(promise, images_planned{std::move(*rest)});
                  else
                    refuse(promise, to_caf(rest.error()));
                });
  return promise;
}

} // namespace floe
