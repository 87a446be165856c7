// Where floe's words go: results to one side, remarks and errors to the other.
#pragma once

#include "model/error.hpp"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace floe {

/// The two streams of a command, replaceable by tests. Not thread-safe: one writer at a time.
struct console {
  std::function<void(std::string_view)> write_out;   ///< stdout: what scripts read
  std::function<void(std::string_view)> write_error; ///< stderr: what people read
  bool error_is_terminal = false;
  std::function<std::pair<unsigned, unsigned>()> size; ///< rows and columns of the terminal

  template <class... Ts>
  void out(fmt::format_string<Ts...> format, Ts&&... xs) const {
    write_out(fmt::format(format, std::forward<Ts>(xs)...) + '\n');
  }

  template <class... Ts>
  void remark(fmt::format_string<Ts...> format, Ts&&... xs) const {
    write_error(fmt::format(format, std::forward<Ts>(xs)...) + '\n');
  }

  /// `Error: ` and the description, on stderr.
  void report(const error& what) const;
};

/// The process's own streams.
console standard_console();

/// Text that came from containers or archives, safe to show on a terminal: control characters are
/// replaced.
std::string for_display(std::string_view text);

} // namespace floe
