#include "model/operation_result.hpp"

namespace floe {

namespace {

json statistics_to_json(const criu_statistics& criu) {
  json out = json::object();
  criu_statistics::fields(criu, [&out](const auto&... each) {
    ((each.value != 0 ? void(out[each.name] = each.value) : void()), ...);
  });
  return out;
}

} // namespace

std::string_view to_string(outcome status) {
  switch (status) {
  case outcome::done:
    return "done";
  case outcome::failed:
    return "failed";
  case outcome::cancelled:
    return "cancelled";
  }
  return "unknown";
}

void set_error(operation_result& result, const error& what) {
  result.status = what.code == error_code::cancelled ? outcome::cancelled : outcome::failed;
  result.code = what.code;
  result.subject = what.subject;
  result.cause = what.cause;
  result.advice = what.advice;
}

error error_of(const operation_result& result) {
  return {result.code, result.subject, result.cause, result.advice};
}

json to_json(const operation_result& result) {
  json stages = json::array();
  for (const auto& stage : result.stages)
    stages.push_back({{"name", stage.name}, {"microseconds", stage.microseconds}});
  json out = {
      {"operation", result.operation},
      {"id", result.id},
      {"name", result.name},
      {"input", result.input},
      {"outcome", to_string(result.status)},
      {"error", nullptr},
      {"archive", result.archive},
      {"digest", result.digest},
      {"bytes_read", result.bytes_read},
      {"bytes_written", result.bytes_written},
      {"frozen_ms", static_cast<double>(result.frozen_microseconds) / 1000},
      {"total_ms", static_cast<double>(result.total_microseconds) / 1000},
      {"stages", std::move(stages)},
      {"criu_statistics", statistics_to_json(result.criu)},
      {"log_path", result.log_path},
      {"warnings", result.warnings},
  };
  if (result.code != error_code::none)
    out["error"] = {{"code", to_string(result.code)},
                    {"subject", result.subject},
                    {"cause", result.cause},
                    {"advice", result.advice},
                    {"message", describe(error_of(result))}};
  return out;
}

} // namespace floe
