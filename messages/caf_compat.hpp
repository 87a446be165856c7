// The only file that knows which CAF it is compiled against: 0.17 (Debian 12) or 1.x.
#pragma once

#include "model/fields.hpp"

#include <caf/all.hpp>
#if __has_include(<caf/actor_from_state.hpp>)
#include <caf/actor_from_state.hpp>
#endif

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#if CAF_MAJOR_VERSION == 0 && CAF_MINOR_VERSION < 18
#define FLOE_CAF_017 1
#else
#define FLOE_CAF_017 0
#endif

namespace floe {

// -- interfaces: api<caf::result<Reply>(Request)> ------------------------------

#if FLOE_CAF_017
template <class F>
struct signature_impl;
template <class... Os, class... Is>
struct signature_impl<caf::result<Os...>(Is...)> {
  static_assert((caf::has_type_id<Is>::value && ...), "message type lacks CAF_ADD_TYPE_ID");
  using type = typename caf::replies_to<Is...>::template with<Os...>;
};
template <class... Fs>
using api = caf::typed_actor<typename signature_impl<Fs>::type...>;

/// An interface with more handlers: what an actor says to itself stays out of its public interface.
template <class Handle, class... Fs>
using extended_api = typename Handle::template extend<typename signature_impl<Fs>::type...>;
#else
template <class... Fs>
using api = caf::typed_actor<Fs...>;
template <class Handle, class... Fs>
using extended_api = typename Handle::template extend<Fs...>;
#endif

// -- messages: plain structs with message_name and fields() --------------------

#if FLOE_CAF_017
template <class Inspector, message_struct T>
typename Inspector::result_type inspect(Inspector& f, T& x) {
  return T::fields(
      x, [&](auto... each) { return f(caf::meta::type_name(T::message_name), each.value...); });
}
#else
template <class Inspector, message_struct T>
bool inspect(Inspector& f, T& x) {
  return T::fields(x, [&](auto... each) {
    return f.object(x).pretty_name(T::message_name).fields(f.field(each.name, each.value)...);
  });
}
#endif

// -- actors: State{using handle; static name; State(handle::pointer, ...); make_behavior()} ---

#if FLOE_CAF_017
template <class State>
class state_actor final : public State::handle::base {
 public:
  using base = typename State::handle::base;
  template <class... Ts>
  explicit state_actor(caf::actor_config& config, Ts&&... xs) : base(config) {
    state_.emplace(this, std::forward<Ts>(xs)...);
  }
  typename base::behavior_type make_behavior() override { return state_->make_behavior(); }
  const char* name() const override { return State::name; }
  void on_exit() override { state_.reset(); }

 private:
  std::optional<State> state_;
};
template <class State, caf::spawn_options Os = caf::no_spawn_options, class Host, class... Ts>
typename State::handle spawn_state(Host& host, Ts&&... xs) {
  return host.template spawn<state_actor<State>, Os>(std::forward<Ts>(xs)...);
}
#else
template <class State, caf::spawn_options Os = caf::no_spawn_options, class Host, class... Ts>
typename State::handle spawn_state(Host& host, Ts&&... xs) {
  return host.template spawn<Os>(caf::actor_from_state<State>, std::forward<Ts>(xs)...);
}
#endif

// -- sending --------------------------------------------------------------------

/// Sends without expecting a reply.
template <class Self, class Handle, class Message>
void tell(Self* self, const Handle& to, Message&& message) {
#if FLOE_CAF_017
  self->send(to, std::forward<Message>(message));
#else
  self->mail(std::forward<Message>(message)).send(to);
#endif
}

/// Sends from outside of any actor: the only call for foreign threads.
template <class Handle, class Message>
void tell(const Handle& to, Message&& message) {
#if FLOE_CAF_017
  caf::anon_send(to, std::forward<Message>(message));
#else
  caf::anon_mail(std::forward<Message>(message)).send(to);
#endif
}

/// Asks; `.then(on_reply, on_error)` in actors, `.receive(...)` in scoped_actor.
template <class Self, class Handle, class Timeout, class Message>
auto ask(Self* self, const Handle& to, Timeout timeout, Message&& message) {
#if FLOE_CAF_017
  return self->request(to, timeout, std::forward<Message>(message));
#else
  return self->mail(std::forward<Message>(message)).request(to, timeout);
#endif
}

/// Ends an actor in order: it handles what is in its mailbox before the exit message, then
/// terminates.
template <class Handle>
void end_actor(const Handle& whom, caf::exit_reason reason = caf::exit_reason::user_shutdown) {
  caf::anon_send_exit(whom, reason);
}

template <class... Ts>
void fulfil(caf::typed_response_promise<Ts...>& promise, Ts... xs) {
  promise.deliver(std::move(xs)...);
}
inline void fulfil(caf::typed_response_promise<void>& promise) {
#if FLOE_CAF_017
  static_cast<caf::response_promise&>(promise).deliver(caf::unit);
#else
  promise.deliver();
#endif
}
template <class... Ts>
void refuse(caf::typed_response_promise<Ts...>& promise, caf::error why) {
  static_cast<caf::response_promise&>(promise).deliver(std::move(why));
}

/// Calls \p f when \p watched ends. \p f runs on whatever thread ends it: it may only send.
template <class Handle, class F>
void watch(const Handle& watched, F f) {
  watched->attach_functor([f](const caf::error& reason) mutable { f(reason); });
}

// -- system ----------------------------------------------------------------------

/// Settings that every actor system of floe uses (caf.md section 4, pitfall 3: the default policy
/// is quadratic).
template <class... IdBlocks>
struct system_config : caf::actor_system_config {
  explicit system_config(size_t threads) {
#if FLOE_CAF_017
    (add_message_types<IdBlocks>(), ...);
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", threads);
#else
    set("caf.scheduler.policy", "sharing");
    set("caf.scheduler.max-threads", threads);
#endif
  }
};

template <class... IdBlocks>
void init_types() {
#if !FLOE_CAF_017
  caf::init_global_meta_objects<IdBlocks...>();
  caf::core::init_global_meta_objects();
#endif
}

} // namespace floe

#if FLOE_CAF_017
#define FLOE_ERROR_ENUM(type, category) CAF_ERROR_CODE_ENUM(type, category)
#else
#define FLOE_ERROR_ENUM(type, category) CAF_ERROR_CODE_ENUM(type)
#endif
