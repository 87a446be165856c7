// The protocol of the engine: what the command line, and later remote clients, may ask of floe.
#pragma once

#include "messages/common.hpp"
#include "model/source_scope.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace floe {

/// Asks for checkpoints of many containers.
/// Sent by: a client. One batch per request; several batches may be under way.
/// Reply: batch_result, also when all of them failed; an error only if nothing was tried: usage
/// (contradicting options, two containers with one target), no_such_container (nothing at all is
/// checkpointed then, as Podman does).
struct checkpoint_containers {
  std::vector<std::string> names;          ///< names, ids or id prefixes
  bool all = false;                        ///< all running containers
  std::string pod;                         ///< all running containers of a pod: all of them or none
  source_scope source = source_scope::all; ///< whose containers are meant
  std::vector<std::string>
      filters;                  ///< `label=KEY[=VALUE]`, `name=REGEX`, `id=PREFIX`; all must hold
  std::string export_file;      ///< `--export`: only with one container
  std::string export_directory; ///< `--export-dir`: must exist
  std::string export_name;      ///< pattern; empty: `{name}.tar` with the method's suffix
  uint32_t jobs = 0;            ///< containers at once; 0: chosen by the engine
  bool expedite = false;        ///< keep the kernel's grace periods short meanwhile
  checkpoint_options options;   ///< for each; its export_path is filled in by the engine
  observer_handle observer;     ///< may be invalid: nobody wants progress

  static constexpr const char* message_name = "checkpoint_containers";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("names", self.names), field("all", self.all), field("pod", self.pod),
                 field("source", self.source), field("filters", self.filters),
                 field("export_file", self.export_file),
                 field("export_directory", self.export_directory),
                 field("export_name", self.export_name), field("jobs", self.jobs),
                 field("expedite", self.expedite), field("options", self.options),
                 field("observer", self.observer));
  }
};

/// Asks for restores of many containers, from archives or from the checkpoints in their bundles.
/// Sent by: a client.
/// Reply: batch_result, or an error if nothing was tried (usage, no_such_container).
struct restore_containers {
  std::vector<std::string> names;    ///< of exited containers
  std::vector<std::string> archives; ///< paths
  bool all = false;                  ///< all exited containers that have a checkpoint
  uint32_t jobs = 0;                 ///< containers at once; 0: chosen by the engine
  bool expedite = false;             ///< keep the kernel's grace periods short meanwhile
  restore_options options;           ///< for each; a name only with one archive
  observer_handle observer;

  static constexpr const char* message_name = "restore_containers";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("names", self.names), field("archives", self.archives),
                 field("all", self.all), field("jobs", self.jobs), field("expedite", self.expedite),
                 field("options", self.options), field("observer", self.observer));
  }
};

/// One record per container, in the order of the request.
struct batch_result {
  std::vector<operation_result> results;
  uint64_t total_microseconds = 0;

  static constexpr const char* message_name = "batch_result";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("results", self.results),
                 field("total_microseconds", self.total_microseconds));
  }
};

/// Cancels all batches under way: what is frozen runs again, partial files vanish, and each batch
/// still answers. Sent by: a client, on Ctrl-C. Idempotent. Reply: empty, at once.
struct cancel_batches {
  bool all = true;

  static constexpr const char* message_name = "cancel_batches";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("all", self.all));
  }
};

enum class container_verb : uint8_t {
  start = 0,
  stop = 1,
  kill = 2,
  remove = 3,
  pause = 4,
  unpause = 5,
  cleanup = 6, ///< after its end, sent on behalf of the monitor
};

std::string_view to_string(container_verb verb);

/// Asks for one step in a container's life.
/// Sent by: a client; the engine passes it on to the CONTAINER actor.
/// Reply: container_done, or no_such_container, wrong_state, container_busy, runtime_failed …
struct container_command {
  std::string name; ///< or id, or id prefix
  container_verb verb = container_verb::start;
  int32_t signal = 9;            ///< of kill
  uint32_t timeout_seconds = 10; ///< of stop: until SIGKILL
  bool use_timeout = false;      ///< otherwise the container's own stop timeout
  bool force = false;            ///< remove: also a running one
  bool volumes = false;          ///< remove: its anonymous volumes too
  bool ignore_missing = false;   ///< remove: no error if there is none

  static constexpr const char* message_name = "container_command";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("name", self.name), field("verb", self.verb), field("signal", self.signal),
                 field("timeout_seconds", self.timeout_seconds),
                 field("use_timeout", self.use_timeout), field("force", self.force),
                 field("volumes", self.volumes), field("ignore_missing", self.ignore_missing));
  }
};

/// Names the container that something was done to.
struct container_done {
  std::string id;
  std::string name;
  std::vector<std::string> warnings;

  static constexpr const char* message_name = "container_done";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("id", self.id), field("name", self.name), field("warnings", self.warnings));
  }
};

/// Asks for a new container.
/// Sent by: a client. Reply: container_done; or container_exists, no_such_image, usage …
struct create_container {
  create_options options;

  static constexpr const char* message_name = "create_container";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("options", self.options));
  }
};

enum class query_kind : uint8_t {
  containers = 0, ///< an array of Podman-like objects; name: empty; all: also those that do not run
  container = 1,  ///< the object of `inspect`
  container_log = 2, ///< {"path", "driver"}
  volumes = 3,
  volume = 4,
  images = 5,
  image = 6,
  exit_code = 7, ///< {"ExitCode"} of a container that has ended, also of one removed just now
  pods = 8,      ///< Podman's
  pod = 9,
};

/// Asks for a document that describes something.
/// Sent by: a client. Reply: document; or no_such_container, no_such_volume, no_such_image.
struct query {
  query_kind kind = query_kind::containers;
  std::string name;
  bool all = true;
  std::vector<std::string> filters;
  source_scope source = source_scope::native; ///< of containers and volumes

  static constexpr const char* message_name = "query";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("kind", self.kind), field("name", self.name), field("all", self.all),
                 field("filters", self.filters), field("source", self.source));
  }
};

/// Asks how to run a process in a container: the client starts it itself, so that it has the
/// client's terminal. Sent by: a client. Reply: exec_command; or no_such_container, wrong_state.
struct prepare_exec {
  std::string name;
  bool interactive = false;
  bool terminal = false;
  std::string user;
  std::string working_directory;
  std::vector<std::string> environment;
  std::vector<std::string> command;

  static constexpr const char* message_name = "prepare_exec";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("name", self.name), field("interactive", self.interactive),
                 field("terminal", self.terminal), field("user", self.user),
                 field("working_directory", self.working_directory),
                 field("environment", self.environment), field("command", self.command));
  }
};

/// A program and its arguments, ready to be executed.
struct exec_command {
  std::vector<std::string> arguments;

  static constexpr const char* message_name = "exec_command";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("arguments", self.arguments));
  }
};

enum class volume_verb : uint8_t { create = 0, remove = 1, export_tar = 2, import_tar = 3 };

/// Asks for something to be done to a volume.
/// Sent by: a client. Reply: document with the volume's object; or volume_exists, no_such_volume,
/// volume_in_use …
struct volume_command {
  volume_verb verb = volume_verb::create;
  std::string name;                ///< empty with create: a generated one
  std::string path;                ///< of the tar
  std::vector<std::string> labels; ///< of create
  bool force = false;              ///< remove: also the containers that use it

  static constexpr const char* message_name = "volume_command";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("verb", self.verb), field("name", self.name), field("path", self.path),
                 field("labels", self.labels), field("force", self.force));
  }
};

enum class image_verb : uint8_t { import = 0, remove = 1 };

/// Asks for something to be done to an image.
/// Sent by: a client. Reply: document with the image's object; or bad_image, no_such_image,
/// image_in_use …
struct image_command {
  image_verb verb = image_verb::import;
  std::string name;
  std::string path; ///< of import: a rootfs directory, a rootfs tar, an OCI layout or archive
  bool force = false;

  static constexpr const char* message_name = "image_command";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("verb", self.verb), field("name", self.name), field("path", self.path),
                 field("force", self.force));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_engine, caf::first_custom_type_id + 50)
  CAF_ADD_TYPE_ID(floe_engine, (floe::observer_handle))
  CAF_ADD_TYPE_ID(floe_engine, (floe::source_scope))
  CAF_ADD_TYPE_ID(floe_engine, (floe::checkpoint_containers))
  CAF_ADD_TYPE_ID(floe_engine, (floe::restore_containers))
  CAF_ADD_TYPE_ID(floe_engine, (floe::batch_result))
  CAF_ADD_TYPE_ID(floe_engine, (floe::cancel_batches))
  CAF_ADD_TYPE_ID(floe_engine, (floe::container_verb))
  CAF_ADD_TYPE_ID(floe_engine, (floe::container_command))
  CAF_ADD_TYPE_ID(floe_engine, (floe::container_done))
  CAF_ADD_TYPE_ID(floe_engine, (floe::create_container))
  CAF_ADD_TYPE_ID(floe_engine, (floe::query_kind))
  CAF_ADD_TYPE_ID(floe_engine, (floe::query))
  CAF_ADD_TYPE_ID(floe_engine, (floe::prepare_exec))
  CAF_ADD_TYPE_ID(floe_engine, (floe::exec_command))
  CAF_ADD_TYPE_ID(floe_engine, (floe::volume_verb))
  CAF_ADD_TYPE_ID(floe_engine, (floe::volume_command))
  CAF_ADD_TYPE_ID(floe_engine, (floe::image_verb))
  CAF_ADD_TYPE_ID(floe_engine, (floe::image_command))
CAF_END_TYPE_ID_BLOCK(floe_engine)

namespace floe {

/// Interface of the ENGINE actor: the one door to floe.
///
/// Life: one per process, spawned first and ended last through the shutdown ladder
/// (actors/shutdown.hpp). Order: any; batches run beside each other, the CONTAINER actors keep
/// operations on one container apart.
using engine_handle =
    api<caf::result<batch_result>(checkpoint_containers),
        caf::result<batch_result>(restore_containers), caf::result<void>(cancel_batches),
        caf::result<container_done>(create_container),
        caf::result<container_done>(container_command), caf::result<document>(query),
        caf::result<exec_command>(prepare_exec), caf::result<document>(volume_command),
        caf::result<document>(image_command)>;

} // namespace floe
