#include "model/error.hpp"

#include <array>
#include <utility>

namespace floe {

namespace {

constexpr std::array names{
    std::pair{error_code::none, "none"},
    std::pair{error_code::usage, "usage"},
    std::pair{error_code::internal, "internal"},
    std::pair{error_code::cancelled, "cancelled"},
    std::pair{error_code::deadline_reached, "deadline_reached"},
    std::pair{error_code::timed_out, "timed_out"},
    std::pair{error_code::lost, "lost"},
    std::pair{error_code::no_such_container, "no_such_container"},
    std::pair{error_code::container_exists, "container_exists"},
    std::pair{error_code::wrong_state, "wrong_state"},
    std::pair{error_code::container_busy, "container_busy"},
    std::pair{error_code::has_dependencies, "has_dependencies"},
    std::pair{error_code::auto_remove, "auto_remove"},
    std::pair{error_code::ambiguous_name, "ambiguous_name"},
    std::pair{error_code::no_such_pod, "no_such_pod"},
    std::pair{error_code::no_such_volume, "no_such_volume"},
    std::pair{error_code::volume_exists, "volume_exists"},
    std::pair{error_code::volume_in_use, "volume_in_use"},
    std::pair{error_code::no_such_image, "no_such_image"},
    std::pair{error_code::image_exists, "image_exists"},
    std::pair{error_code::image_in_use, "image_in_use"},
    std::pair{error_code::bad_image, "bad_image"},
    std::pair{error_code::not_root, "not_root"},
    std::pair{error_code::criu_missing, "criu_missing"},
    std::pair{error_code::criu_unusable, "criu_unusable"},
    std::pair{error_code::runtime_missing, "runtime_missing"},
    std::pair{error_code::runtime_unsupported, "runtime_unsupported"},
    std::pair{error_code::monitor_missing, "monitor_missing"},
    std::pair{error_code::unsupported, "unsupported"},
    std::pair{error_code::not_restorable, "not_restorable"},
    std::pair{error_code::no_podman, "no_podman"},
    std::pair{error_code::target_exists, "target_exists"},
    std::pair{error_code::target_unwritable, "target_unwritable"},
    std::pair{error_code::no_space, "no_space"},
    std::pair{error_code::io_failed, "io_failed"},
    std::pair{error_code::store_failed, "store_failed"},
    std::pair{error_code::no_such_file, "no_such_file"},
    std::pair{error_code::database_damaged, "database_damaged"},
    std::pair{error_code::database_unknown, "database_unknown"},
    std::pair{error_code::archive_unreadable, "archive_unreadable"},
    std::pair{error_code::archive_damaged, "archive_damaged"},
    std::pair{error_code::archive_foreign, "archive_foreign"},
    std::pair{error_code::archive_refused, "archive_refused"},
    std::pair{error_code::archive_incompatible, "archive_incompatible"},
    std::pair{error_code::dump_failed, "dump_failed"},
    std::pair{error_code::restore_failed, "restore_failed"},
    std::pair{error_code::runtime_failed, "runtime_failed"},
    std::pair{error_code::freeze_failed, "freeze_failed"},
    std::pair{error_code::no_checkpoint, "no_checkpoint"},
    std::pair{error_code::changed_while_read, "changed_while_read"},
};

} // namespace

std::string_view to_string(error_code code) {
  for (const auto& [known, name] : names)
    if (known == code)
      return name;
  return "unknown";
}

std::optional<error_code> error_code_from_string(std::string_view name) {
  for (const auto& [code, known] : names)
    if (known == name)
      return code;
  return std::nullopt;
}

std::string describe(const error& what) {
  std::string line = what.subject.empty() ? what.cause : what.subject + ": " + what.cause;
  if (!what.advice.empty())
    line += "; " + what.advice;
  return line;
}

tl::unexpected<error> fail(error_code code, std::string subject, std::string cause,
                           std::string advice) {
  return tl::unexpected<error>{
      error{code, std::move(subject), std::move(cause), std::move(advice)}};
}

} // namespace floe
