// A shared, read-only or exclusively handed-over value in a message. Such messages stay in the
// process: CAF refuses to serialise them.
#pragma once

#include "messages/caf_compat.hpp"

#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

namespace floe {

/// Refers to a value that is too big to copy, or that can only move. Whoever receives it in a
/// request may use it until it replies; the sender does not touch it in between unless T is const.
template <class T>
struct local_ref {
  std::shared_ptr<T> value;
};

/// A value that several workers may have in hand one after another: if the actor that had it worked
/// on dies, whoever takes it next waits until that work has ended. Only workers may call with(): it
/// blocks.
template <class T>
class exclusive {
 public:
  explicit exclusive(T value) : value_{std::move(value)} {}

  template <class F>
  auto with(F work) {
    std::lock_guard lock{mutex_};
    return work(value_);
  }

 private:
  std::mutex mutex_;
  T value_;
};

/// Says when work is no longer wanted.
struct cancellation {
  std::stop_token token;
};

} // namespace floe

namespace caf {
template <class T>
struct allowed_unsafe_message_type<floe::local_ref<T>> : std::true_type {};
template <>
struct allowed_unsafe_message_type<floe::cancellation> : std::true_type {};
} // namespace caf
