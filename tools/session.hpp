// What a verb works with: the options that all verbs share, the console, and the engine, which is
// started when the first request is made.
#pragma once

#include "io/container/host_settings.hpp"
#include "messages/engine.hpp"
#include "tools/console.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace floe {

struct global_options {
  host_settings host;
  std::string log_level = "warn";
  bool quiet = false; ///< no progress and no remarks; errors and results stay
};

/// A running engine, in this process or, later, behind a socket. Destroying it ends it in order.
class engine_link {
 public:
  virtual ~engine_link() = default;
  virtual const engine_handle& engine() const = 0;
  virtual caf::actor_system& system() = 0;

  /// From now on things are under way that somebody must undo if this process is killed: has
  /// somebody stand by until the engine ends. Errors: those of starting a process.
  virtual expected<void> guard() { return {}; }

  /// What was finished or undone for processes that died, one line each.
  virtual std::vector<std::string> recovered() const = 0;
};

using engine_starter = std::function<expected<std::unique_ptr<engine_link>>(const host_settings&)>;

class session {
 public:
  /// The message system is slow with more: it searches them one by one.
  static constexpr size_t requests_at_once = 64;

  session(global_options options, console streams, engine_starter start_engine);

  const global_options& options() const { return options_; }
  const console& streams() const { return streams_; }

  /// The engine, started on the first call. Errors: those of the start.
  expected<engine_link*> engine();

  /// For verbs that others start at any time and that concern one container: what died processes
  /// had begun is left to the next command. Before the engine is started.
  void leave_interrupted_operations() { options_.host.recovers = false; }

  /// Ends the engine, for verbs that become another program.
  void close_engine();

  /// Sends one request and waits for its reply, however long that takes. \p subject names what is
  /// asked for in the errors of the message system; \p on_sent is called as soon as the request
  /// stands in the engine's mailbox.
  template <class Reply, class Request>
  expected<Reply> ask(Request request, const std::string& subject,
                      const std::function<void()>& on_sent = {}) {
    const auto link = engine();
    if (!link)
      return tl::unexpected{link.error()};
    expected<Reply> answer = fail(error_code::internal, subject, "no reply came");
    caf::scoped_actor self{(*link)->system()};
    auto pending = floe::ask(self.ptr(), (*link)->engine(), caf::infinite, std::move(request));
    if (on_sent)
      on_sent();
    pending.receive([&answer](Reply& reply) { answer = std::move(reply); },
                    [&](caf::error& why) { answer = tl::unexpected{to_error(why, subject)}; });
    return answer;
  }

  /// Sends many requests, requests_at_once of them at a time, and returns the replies in their
  /// order. \p subjects name what each is about.
  template <class Reply, class Request>
  std::vector<expected<Reply>> ask_all(const std::vector<Request>& requests,
                                       const std::vector<std::string>& subjects) {
    std::vector<expected<Reply>> answers;
    const auto link = engine();
    if (!link)
      return {expected<Reply>{tl::unexpected{link.error()}}};
    caf::scoped_actor self{(*link)->system()};
    const auto send = [&](const Request& request) {
      return floe::ask(self.ptr(), (*link)->engine(), caf::infinite, request);
    };
    std::deque<decltype(send(requests.front()))> pending;
    for (size_t sent = 0; answers.size() < requests.size();) {
      while (sent < requests.size() && pending.size() < requests_at_once)
        pending.push_back(send(requests[sent++]));
      const auto& subject = subjects[answers.size()];
      pending.front().receive(
          [&](Reply& reply) { answers.emplace_back(std::move(reply)); },
          [&](caf::error& why) { answers.emplace_back(tl::unexpected{to_error(why, subject)}); });
      pending.pop_front();
    }
    return answers;
  }

  /// A query whose document is parsed.
  expected<json> ask_document(query request, const std::string& subject);

 private:
  global_options options_;
  console streams_;
  engine_starter start_engine_;
  std::unique_ptr<engine_link> engine_;
};

} // namespace floe
