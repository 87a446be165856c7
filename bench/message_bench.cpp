// What a message from one actor to another and its reply cost.
#include "actors/budget.hpp"
#include "messages/type_ids.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace floe;

void ask_and_answer(benchmark::State& state) {
  all_types_config settings{2};
#if FLOE_CAF_017
  settings.add_message_types<caf::id_block::floe_holder>();
#endif
  caf::actor_system system{settings};
  {
    caf::scoped_actor self{system};
    budget_handle windows = spawn_state<budget>(system, uint32_t{8});
    for ([[maybe_unused]] auto _ : state)
      ask(self.ptr(), windows, caf::infinite, release_windows{})
          .receive([] {}, [&](const caf::error&) { state.SkipWithError("no answer"); });
    end_actor(windows);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ask_and_answer);

} // namespace
