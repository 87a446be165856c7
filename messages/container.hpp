// The protocol of one container: its life, and the steps of a checkpoint, one after another.
#pragma once

#include "io/checkpoint/checkpoint_session.hpp"
#include "messages/engine.hpp"
#include "messages/local_ref.hpp"

namespace floe {

using capture_ref = local_ref<const archive_source>;

/// Asks a container to be held for a checkpoint: everything that can be checked without touching it
/// is checked. Sent by: a CHECKPOINT JOB, once, first of all. Reply: checkpoint_begun; or the
/// errors of checkpoint_session::begin. From then on until finish_checkpoint or abort_checkpoint
/// the container refuses everything else with container_busy.
struct begin_checkpoint {
  checkpoint_options options;
  cancellation cancel; ///< of all steps

  static constexpr const char* message_name = "begin_checkpoint";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("options", self.options), field("cancel", self.cancel));
  }
};

/// Names the container that is held.
struct checkpoint_begun {
  std::string id;
  std::string name;

  static constexpr const char* message_name = "checkpoint_begun";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("id", self.id), field("name", self.name));
  }
};

enum class checkpoint_step : uint8_t {
  freeze = 0,     ///< stop the processes before their dump, where the options ask for it
  begin_dump = 1, ///< taken when they stand still and their memory is on its way into the bundle;
                  ///< waits for a slot of the RUNTIME actor
  dump = 2,       ///< begin_dump, unless that has been taken, and all of their memory is saved
  thaw = 3,       ///< let them go on before the end
  finish = 4,     ///< the archive is durable: go on or stop for good
  abort = 5,      ///< back to how it was before begin_checkpoint; legal in every phase, idempotent
};

/// Asks for the next step of a checkpoint.
/// Sent by: the CHECKPOINT JOB that began it, in the order of the enumeration; freeze and
/// begin_dump may be left out. Reply: step_taken; or the error of the step. After an error only
/// abort is legal.
struct take_step {
  checkpoint_step step = checkpoint_step::freeze;

  static constexpr const char* message_name = "take_step";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("step", self.step));
  }
};

/// States what is known after a step; complete after finish.
struct step_taken {
  uint64_t frozen_microseconds = 0;
  criu_statistics criu;
  std::string log_path;
  std::vector<std::string> warnings;

  static constexpr const char* message_name = "step_taken";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("frozen_microseconds", self.frozen_microseconds), field("criu", self.criu),
                 field("log_path", self.log_path), field("warnings", self.warnings));
  }
};

/// Asks what the archive consists of, and notes where it is going to be written: what is left of it
/// there vanishes if this process dies. Sent by: the CHECKPOINT JOB between two steps, when the
/// files are as they are to be archived. Reply: captured.
struct capture_checkpoint {
  std::string target; ///< path of the archive

  static constexpr const char* message_name = "capture_checkpoint";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("target", self.target));
  }
};

/// Hands over the description of the archive.
struct captured {
  capture_ref source;

  static constexpr const char* message_name = "captured";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("source", self.source));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_container, caf::first_custom_type_id + 100)
  CAF_ADD_TYPE_ID(floe_container, (floe::begin_checkpoint))
  CAF_ADD_TYPE_ID(floe_container, (floe::checkpoint_begun))
  CAF_ADD_TYPE_ID(floe_container, (floe::checkpoint_step))
  CAF_ADD_TYPE_ID(floe_container, (floe::take_step))
  CAF_ADD_TYPE_ID(floe_container, (floe::step_taken))
  CAF_ADD_TYPE_ID(floe_container, (floe::capture_checkpoint))
  CAF_ADD_TYPE_ID(floe_container, (floe::captured))
CAF_END_TYPE_ID_BLOCK(floe_container)

namespace floe {

/// Interface of the CONTAINER actor: the single owner of one container's state.
///
/// Life: spawned by the ENGINE when the container is first asked for; ended by it.
/// Order: commands one after another, waiting ones in a queue; a checkpoint excludes commands.
/// Limits: container_queue_max waiting commands.
using container_handle =
    api<caf::result<container_done>(container_command),
        caf::result<checkpoint_begun>(begin_checkpoint), caf::result<step_taken>(take_step),
        caf::result<captured>(capture_checkpoint)>;

} // namespace floe
