#include "actors/volume.hpp"

#include "io/plan/tar_plan.hpp"
#include "io/posix/system_error.hpp"

#include <cerrno>
#include <fcntl.h>

namespace floe {

namespace {

expected<volume_planned> plan(const plan_volume& request) {
  auto tree = open_tree(request.directory);
  if (!tree)
    return tl::unexpected(tree.error());
  auto planned =
      plan_tree(std::move(*tree), {.align_data = request.align_data}, request.cancel.token);
  if (!planned)
    return tl::unexpected(planned.error());
  return volume_planned{request.name,
                        {std::make_shared<rope>(std::move(planned->content))},
                        std::move(planned->warnings)};
}

expected<volume_filled> fill(const fill_volume& request) {
  unique_fd directory{
      ::open(request.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
  if (!directory)
    return system_failure(errno, request.directory, "open");
  auto source = request.archive.value->open_member(request.member);
  if (!source)
    return tl::unexpected(source.error());
  auto report = extract_tar(**source, directory.get(), "volume " + request.name, request.policy,
                            request.cancel.token);
  if (!report)
    return tl::unexpected(report.error());
  return volume_filled{request.name, report->bytes, std::move(report->warnings)};
}

} // namespace

volume::volume(handle::pointer self, worker_pool& pool) : self_{self}, blocking_{self, pool} {}

volume::handle::behavior_type volume::make_behavior() {
  return {
      [this](const plan_volume& request) { return on_plan(request); },
      [this](const fill_volume& request) { return on_fill(request); },
      [this](const work_done& done) { blocking_.on_done(done); },
  };
}

caf::result<volume_planned> volume::on_plan(const plan_volume& request) {
  auto promise = self_->make_response_promise<volume_planned>();
  blocking_.run(
      [request] { return plan(request); },
      [this, promise](expected<volume_planned> result) { answer(promise, std::move(result)); });
  return promise;
}

caf::result<volume_filled> volume::on_fill(const fill_volume& request) {
  auto promise = self_->make_response_promise<volume_filled>();
  blocking_.run(
      [request] { return fill(request); },
      [this, promise](expected<volume_filled> result) { answer(promise, std::move(result)); });
  return promise;
}

template <class Reply>
void volume::answer(caf::typed_response_promise<Reply> promise, expected<Reply> result) {
  if (result)
    fulfil(promise, std::move(*result));
  else
    refuse(promise, to_caf(result.error()));
  self_->quit();
}

} // namespace floe
