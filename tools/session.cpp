#include "tools/session.hpp"

#include "tools/interrupt_watch.hpp"

namespace floe {

namespace {

/// Our own documents may be long: a list of many containers with their labels.
constexpr json_limits own_document_limits{size_t{256} << 20, 64};

} // namespace

session::session(global_options options, console streams, engine_starter start_engine)
    : options_{std::move(options)}, streams_{std::move(streams)}, start_engine_{
                                                                      std::move(start_engine)} {}

expected<engine_link*> session::engine() {
  if (engine_)
    return engine_.get();
  const signals_blocked for_its_threads;
  auto started = start_engine_(options_.host);
  if (!started)
    return tl::unexpected{started.error()};
  engine_ = std::move(*started);
  if (!options_.quiet)
    for (const auto& line : engine_->recovered())
      streams_.remark("{}", for_display(line));
  return engine_.get();
}

void session::close_engine() {
  engine_.reset();
}

expected<json> session::ask_document(query request, const std::string& subject) {
  auto answer = ask<document>(std::move(request), subject);
  if (!answer)
    return tl::unexpected{answer.error()};
  return parse_json(answer->text, subject, own_document_limits);
}

} // namespace floe
