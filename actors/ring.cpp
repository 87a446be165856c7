#include "actors/ring.hpp"

#include "io/posix/durable_file.hpp"
#include "io/posix/system_error.hpp"
#include "io/pour/window_slot.hpp"

#include <utility>

namespace floe {

ring::ring(handle::pointer self, io_engine& engine, worker_pool& pool)
    : self_{self}, engine_{engine}, pool_{pool} {}

ring::~ring() {
  const auto why =
      to_caf({error_code::lost, "reading and writing files", "the ring was ended", ""});
  for (auto& [tag, each] : under_way_)
    refuse(each.answer, why);
}

ring::handle::behavior_type ring::make_behavior() {
  return {
      [this](const fill_slot& request) { return on_fill(request); },
      [this](const write_block& request) { return on_write(request); },
      [this](const transfer_done& done) { return on_done(done); },
  };
}

caf::result<void> ring::on_fill(const fill_slot& request) {
  return begin([&](std::function<void(outcome)> done) {
    fill_slot_content(request.slot.value, engine_, pool_, std::move(done));
  });
}

caf::result<void> ring::on_write(const write_block& request) {
  return begin([&](std::function<void(outcome)> done) {
    engine_.submit(io_request::write(request.file.value->fd(), request.offset, request.bytes),
                   [file = request.file.value, owner = request.owner.value,
                    done = std::move(done)](int64_t result) {
                     if (result < 0)
                       done(system_failure(static_cast<int>(-result), file->target(), "write"));
                     else
                       done({});
                   });
  });
}

caf::result<void> ring::on_done(const transfer_done& done) {
  auto node = under_way_.extract(done.tag);
  if (node.empty())
    return caf::unit;
  auto& [answer, result] = node.mapped();
  if (*result)
    fulfil(answer);
  else
    refuse(answer, to_caf(result->error()));
  return caf::unit;
}

caf::result<void> ring::begin(const std::function<void(std::function<void(outcome)>)>& start) {
  const auto tag = ++last_tag_;
  auto result = std::make_shared<outcome>();
  auto answer = self_->make_response_promise<void>();
  under_way_.emplace(tag, operation{answer, result});
  start([result, target = handle{self_}, tag](outcome how) {
    *result = std::move(how);
    tell(target, transfer_done{tag});
  });
  return answer;
}

} // namespace floe
