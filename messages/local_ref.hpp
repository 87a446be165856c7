// A shared, read-only or exclusively handed-over value in a message. Such messages stay in the
// process: CAF refuses to serialise them.
#pragma once

#include "messages/caf_compat.hpp"

#include <memory>
#include <stop_token>

namespace floe {

/// Refers to a value that is too big to copy, or that can only move. Whoever receives it in a
/// request may use it until it replies; the sender does not touch it in between unless T is const.
template <class T>
struct local_ref {
  std::shared_ptr<T> value;
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
