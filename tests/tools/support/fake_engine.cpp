#include "tests/tools/support/fake_engine.hpp"

namespace floe::testing {

namespace {

class scripted_engine {
 public:
  using handle = engine_handle;
  static constexpr const char* name = "scripted_engine";

  scripted_engine(handle::pointer self, engine_script* script) : self_{self}, script_{script} {}

  handle::behavior_type make_behavior() {
    return {
        [this](const checkpoint_containers& request) { return on_batch(request); },
        [this](const restore_containers& request) { return on_batch(request); },
        [this](const cancel_batches&) -> caf::result<void> {
          const std::lock_guard held{script_->mutex};
          ++script_->cancels;
          return caf::unit;
        },
        [this](const create_container& request) { return on_create(request); },
        [this](const container_command& command) { return on_command(command); },
        [this](const query& what) { return on_query(what); },
        [this](const prepare_exec& request) -> caf::result<exec_command> {
          const std::lock_guard held{script_->mutex};
          script_->execs.push_back(request);
          return to_caf({error_code::wrong_state, "container " + request.name, "it rests", ""});
        },
        [this](const volume_command& command) -> caf::result<document> {
          return on_change(script_->volume_commands, command);
        },
        [this](const image_command& command) -> caf::result<document> {
          return on_change(script_->image_commands, command);
        },
    };
  }

 private:
  void remember(const checkpoint_containers& request) { script_->checkpoints.push_back(request); }
  void remember(const restore_containers& request) { script_->restores.push_back(request); }

  template <class Request>
  caf::result<batch_result> on_batch(const Request& request) {
    const std::lock_guard held{script_->mutex};
    remember(request);
    if (request.observer)
      for (const auto& event : script_->events)
        tell(self_, request.observer, event);
    if (!script_->batch)
      return to_caf(script_->batch.error());
    return *script_->batch;
  }

  caf::result<container_done> on_create(const create_container& request) {
    const std::lock_guard held{script_->mutex};
    script_->created.push_back(request.options);
    return container_done{"c0ffee", request.options.name, {}};
  }

  caf::result<container_done> on_command(const container_command& command) {
    const std::lock_guard held{script_->mutex};
    script_->commands.push_back(command);
    if (const auto why = script_->refused.find(command.name); why != script_->refused.end())
      return to_caf(why->second);
    return container_done{"id of " + command.name, command.name, {}};
  }

  caf::result<document> on_query(const query& what) {
    const std::lock_guard held{script_->mutex};
    script_->queries.push_back(what);
    if (const auto known = script_->inspected.find(what.name); known != script_->inspected.end())
      return document{known->second};
    if (const auto known = script_->documents.find(what.kind); known != script_->documents.end())
      return document{known->second};
    return to_caf({error_code::no_such_container, "container " + what.name, "there is none", ""});
  }

  template <class Command>
  caf::result<document> on_change(std::vector<Command>& seen, const Command& command) {
    const std::lock_guard held{script_->mutex};
    seen.push_back(command);
    if (const auto why = script_->refused.find(command.name); why != script_->refused.end())
      return to_caf(why->second);
    return document{script_->changed};
  }

  handle::pointer self_;
  engine_script* script_;
};

class fake_link final : public engine_link {
 public:
  explicit fake_link(engine_script& script)
      : config_{1}, system_{config_}, engine_{spawn_state<scripted_engine>(system_, &script)} {}
  ~fake_link() override { end_actor(engine_); }
  const engine_handle& engine() const override { return engine_; }
  caf::actor_system& system() override { return system_; }
  std::vector<std::string> recovered() const override { return {}; }

 private:
  system_config<caf::id_block::floe_common, caf::id_block::floe_engine> config_;
  caf::actor_system system_;
  engine_handle engine_;
};

} // namespace

outcome_of_call call(std::vector<std::string> arguments, engine_script& script) {
  outcome_of_call seen;
  console streams;
  streams.write_out = [&](std::string_view text) { seen.out += text; };
  streams.write_error = [&](std::string_view text) { seen.errors += text; };
  streams.size = [] { return std::pair{24U, 80U}; };
  const engine_starter starter = [&](const host_settings& settings) {
    ++seen.engines_started;
    script.recovered = settings.recovers;
    script.runtime_is_demanded = settings.runtime_is_demanded;
    return expected<std::unique_ptr<engine_link>>{std::make_unique<fake_link>(script)};
  };
  command_line line;
  seen.status = line.run(std::move(arguments), streams, starter, "/usr/bin/floe");
  return seen;
}

outcome_of_call call(std::vector<std::string> arguments) {
  engine_script script;
  return call(std::move(arguments), script);
}

} // namespace floe::testing
