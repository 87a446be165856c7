#include "messages/engine.hpp"

namespace floe {

std::string_view to_string(container_verb verb) {
  switch (verb) {
  case container_verb::start:
    return "start";
  case container_verb::stop:
    return "stop";
  case container_verb::kill:
    return "kill";
  case container_verb::remove:
    return "remove";
  case container_verb::pause:
    return "pause";
  case container_verb::unpause:
    return "unpause";
  case container_verb::cleanup:
    return "clean up";
  }
  return "unknown";
}

} // namespace floe
