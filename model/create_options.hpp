// What a user asks for when a container is created; the words are Podman's.
#pragma once

#include "model/fields.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace floe {

struct create_options {
  std::string name;                     ///< empty: a generated one
  std::string image;                    ///< name or id; or else rootfs
  std::string rootfs;                   ///< a directory used as it is
  std::vector<std::string> command;     ///< empty: the image's
  std::vector<std::string> entrypoint;  ///< empty: the image's
  bool clear_entrypoint = false;        ///< `--entrypoint ""`
  std::vector<std::string> volumes;     ///< `SOURCE:/path[:options]`
  std::vector<std::string> tmpfs;       ///< `/path[:options]`
  std::vector<std::string> environment; ///< `NAME=value`
  std::string working_directory;
  std::string user;                ///< `user[:group]`, names or numbers
  std::vector<std::string> groups; ///< supplementary ones
  std::string hostname;
  std::string network = "none";         ///< none or host
  std::vector<std::string> labels;      ///< `key=value`
  std::vector<std::string> annotations; ///< `key=value`
  std::vector<std::string> ulimits;     ///< `name=soft[:hard]`
  std::vector<std::string> cap_add;
  std::vector<std::string> cap_drop;
  uint64_t shm_size = 65'536'000; ///< bytes (behaviours.md section 11.8)
  uint64_t memory = 0;            ///< bytes; 0: no limit
  double cpus = 0;                ///< 0: no limit
  std::string stop_signal;        ///< empty: the image's, else SIGTERM
  uint32_t stop_timeout = 10;     ///< seconds
  std::string runtime;            ///< empty: the default one
  bool read_only = false;
  bool auto_remove = false; ///< `--rm`
  bool privileged = false;
  bool interactive = false; ///< keep stdin open
  bool terminal = false;

  static constexpr const char* message_name = "create_options";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("name", self.name), field("image", self.image), field("rootfs", self.rootfs),
                 field("command", self.command), field("entrypoint", self.entrypoint),
                 field("clear_entrypoint", self.clear_entrypoint), field("volumes", self.volumes),
                 field("tmpfs", self.tmpfs), field("environment", self.environment),
                 field("working_directory", self.working_directory), field("user", self.user),
                 field("groups", self.groups), field("hostname", self.hostname),
                 field("network", self.network), field("labels", self.labels),
                 field("annotations", self.annotations), field("ulimits", self.ulimits),
                 field("cap_add", self.cap_add), field("cap_drop", self.cap_drop),
                 field("shm_size", self.shm_size), field("memory", self.memory),
                 field("cpus", self.cpus), field("stop_signal", self.stop_signal),
                 field("stop_timeout", self.stop_timeout), field("runtime", self.runtime),
                 field("read_only", self.read_only), field("auto_remove", self.auto_remove),
                 field("privileged", self.privileged), field("interactive", self.interactive),
                 field("terminal", self.terminal));
  }
};

} // namespace floe
