#include "io/container/dump_standstill.hpp"

#include "io/posix/process_files.hpp"

#include <utility>

namespace floe {

expected<void> dump_standstill::await_criu() {
  if (!dump_.stand_still)
    return {};
  auto gate = criu_gate::open([this](pid_t criu) { return let_in(criu); });
  if (!gate)
    return begin_at_once(); // a kernel without permission events: it only stands still for longer
  gate_ = std::move(*gate);
  return {};
}

expected<void> dump_standstill::begin_at_once() {
  if (!dump_.stand_still)
    return {};
  needs_lock_ = dump_.stand_still();
  if (!*needs_lock_)
    return tl::unexpected{needs_lock_->error()};
  const auto text = configuration();
  if (text.empty())
    return {};
  auto file = make_criu_configuration(text);
  if (!file)
    return tl::unexpected{std::move(file.error())};
  file_ = std::move(*file);
  return {};
}

std::string dump_standstill::configuration_path() const {
  if (gate_)
    return gate_->path();
  return file_ ? path_of_criu_configuration(file_) : std::string{};
}

criu_gate::answer dump_standstill::let_in(pid_t criu) {
  if (stop_.stop_requested())
    return std::nullopt;
  if (!needs_lock_ && lineage_has_open(criu, dump_.image_path))
    needs_lock_ = dump_.stand_still();
  if (needs_lock_ && !*needs_lock_)
    return std::nullopt;
  return configuration();
}

std::string dump_standstill::configuration() const {
  return needs_lock_ && !**needs_lock_ && skips_lock_ ? "network-lock skip\n" : "";
}

expected<bool> dump_standstill::end() {
  gate_.reset();
  if (needs_lock_ && !*needs_lock_)
    return tl::unexpected{needs_lock_->error()};
  return needs_lock_.has_value() || !dump_.stand_still;
}

} // namespace floe
