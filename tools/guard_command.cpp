// `floe guard`: the other side of death_guard.hpp.
#include "tools/command_line.hpp"
#include "tools/death_guard.hpp"

namespace floe {

namespace {

struct guard_verb {
  void declare(CLI::App&) {}

  exit_code run(session& s) {
    const auto end = await_guarded_end();
    if (!end)
      return fail_with(s, end.error());
    if (*end == guarded_end::all_is_well)
      return exit_code::done;
    const auto recovering = s.engine();
    return recovering ? exit_code::done : fail_with(s, recovering.error());
  }
};

} // namespace

void add_guard_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<guard_verb>(parent, chosen, {"guard", "Look after what a killed floe leaves", ""})
      .group("");
}

} // namespace floe
