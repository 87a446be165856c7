#include "io/posix/system_error.hpp"

#include <cerrno>
#include <system_error>

namespace floe {

tl::unexpected<error> system_failure(int error_number, std::string subject, std::string operation,
                                     error_code code) {
  auto cause = "cannot " + operation + ": " + std::generic_category().message(error_number);
  if (error_number == ENOSPC || error_number == EDQUOT)
    return fail(error_code::no_space, std::move(subject), std::move(cause),
                "free some space there or choose another place");
  return fail(code, std::move(subject), std::move(cause));
}

} // namespace floe
