// Describes the fields of a message struct once, for serialisation and for rendering.
#pragma once

namespace floe {

template <class T>
struct field_ref {
  const char* name;
  T& value;
};

template <class T>
field_ref<T> field(const char* name, T& value) {
  return {name, value};
}

/// A struct that says its name and fields: it can be a message, or a part of one.
template <class T>
concept message_struct = requires {
  T::message_name;
};

} // namespace floe
