#include "messages/common.hpp"

namespace floe {

namespace {

std::optional<error> own_error(const caf::error& what) {
#if FLOE_CAF_017
  if (what.category() != caf::detail::error_factory<error_code>::category)
    return std::nullopt;
#else
  if (what.category() != caf::type_id_v<error_code>)
    return std::nullopt;
#endif
  error out;
  out.code = static_cast<error_code>(what.code());
  const auto& context = what.context();
  if (context.match_elements<std::string, std::string, std::string>()) {
    out.subject = context.get_as<std::string>(0);
    out.cause = context.get_as<std::string>(1);
    out.advice = context.get_as<std::string>(2);
  }
  return out;
}

} // namespace

caf::error to_caf(const error& what) {
  return caf::make_error(what.code, what.subject, what.cause, what.advice);
}

error to_error(const caf::error& what, const std::string& subject) {
  if (auto own = own_error(what))
    return *own;
  if (what == caf::sec::request_timeout)
    return {error_code::timed_out, subject, "no answer came within the time limit", ""};
  return {error_code::lost, subject, "the actor that worked on it ended unexpectedly",
          "try again, and report this if it happens twice"};
}

} // namespace floe
