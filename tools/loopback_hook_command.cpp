// `floe loopback-hook`: what runtimes call while they restore a container, with its state on the
// standard input (OCI runtime specification, runtime.md, "State").
#include "io/container/loopback.hpp"
#include "model/loopback_hook.hpp"
#include "tools/command_line.hpp"
#include "tools/output.hpp"

#include <iostream>
#include <iterator>

namespace floe {

namespace {

struct loopback_hook {
  void declare(CLI::App&) {}

  exit_code run(session& s) {
    const std::string text{std::istreambuf_iterator<char>{std::cin}, {}};
    const auto up = parse_json(text, "the container's state").and_then([](const json& state) {
      return set_loopback_up(static_cast<pid_t>(number_of(state, "pid")));
    });
    return up ? exit_code::done : fail_with(s, up.error());
  }
};

} // namespace

void add_loopback_hook_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<loopback_hook>(parent, chosen,
                          {loopback_hook_verb, "Set up a restored container's loopback device", ""})
      .group("");
}

} // namespace floe
