#include "model/seccomp_profile.hpp"

#include "model/json_reader.hpp"
#include "model/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace floe {

namespace {

// Names in profiles (those of Go) and in the specification (those of libseccomp).
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> architectures{{
    {"amd64", "SCMP_ARCH_X86_64"},
    {"arm64", "SCMP_ARCH_AARCH64"},
    {"arm", "SCMP_ARCH_ARM"},
    {"386", "SCMP_ARCH_X86"},
    {"ppc64le", "SCMP_ARCH_PPC64LE"},
    {"s390x", "SCMP_ARCH_S390X"},
    {"riscv64", "SCMP_ARCH_RISCV64"},
}};

bool contains(const std::vector<std::string>& list, const std::string& wanted) {
  return std::ranges::find(list, wanted) != list.end();
}

/// `4.8`.
bool kernel_is_at_least(std::pair<int, int> kernel, const std::string& text) {
  std::pair<int, int> wanted{0, 0};
  auto parts = split_text(text, '.');
  std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), wanted.first);
  if (parts.size() > 1)
    std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), wanted.second);
  return kernel >= wanted;
}

struct filter {
  std::vector<std::string> arches;
  std::vector<std::string> caps;
  std::string kernel_min;
};

filter read_filter(json_reader& rule, const char* key) {
  filter out;
  auto* value = rule.find(key);
  if (value == nullptr)
    return out;
  json_reader reader{*value, {}};
  reader.read("arches", out.arches);
  reader.read("caps", out.caps);
  reader.read("minKernel", out.kernel_min);
  if (auto problem = reader.finish(); !problem)
    rule.refuse(key, problem.error().cause);
  return out;
}

/// All conditions of `includes` must hold, and none of `excludes`.
bool applies(const filter& includes, const filter& excludes, const seccomp_conditions& here) {
  auto has_capability = [&](const std::string& name) { return contains(here.capabilities, name); };
  if (!includes.arches.empty() && !contains(includes.arches, here.architecture))
    return false;
  if (!std::ranges::all_of(includes.caps, has_capability))
    return false;
  if (!includes.kernel_min.empty() && !kernel_is_at_least(here.kernel, includes.kernel_min))
    return false;
  if (contains(excludes.arches, here.architecture))
    return false;
  if (std::ranges::any_of(excludes.caps, has_capability))
    return false;
  return excludes.kernel_min.empty() || !kernel_is_at_least(here.kernel, excludes.kernel_min);
}

json convert_arguments(const json& list) {
  json out = json::array();
  for (const auto& argument : list) {
    if (!argument.is_object())
      continue;
    json copy = json::object();
    for (const auto* key : {"index", "value", "valueTwo", "op"})
      // A second value of 0 is left out, as the specification's writers do.
      if (auto found = argument.find(key);
          found != argument.end() && (std::string_view{key} != "valueTwo" || *found != 0))
        copy[key] = *found;
    out.push_back(std::move(copy));
  }
  return out;
}

json own_architectures(const json& map, const std::string& architecture) {
  auto known = std::ranges::find(architectures, architecture,
                                 &std::pair<std::string_view, std::string_view>::first);
  if (known == architectures.end() || !map.is_array())
    return nullptr;
  for (const auto& entry : map) {
    if (!entry.is_object() || entry.value("architecture", json()) != json(known->second))
      continue;
    json out = json::array({known->second});
    if (auto more = entry.find("subArchitectures"); more != entry.end() && more->is_array())
      for (const auto& name : *more)
        out.push_back(name);
    return out;
  }
  return json::array({known->second});
}

expected<void> convert_rules(const json& rules, const seccomp_conditions& here,
                             const std::string& subject, json& out) {
  for (const auto& rule : rules) {
    json_reader reader{rule, subject};
    std::vector<std::string> names;
    std::string action;
    reader.read("names", names);
    reader.read("action", action);
    auto includes = read_filter(reader, "includes");
    auto excludes = read_filter(reader, "excludes");
    if (auto problem = reader.finish(); !problem)
      return fail(error_code::bad_image, subject, problem.error().cause);
    if (!applies(includes, excludes, here))
      continue;
    json made{{"names", names}, {"action", action}};
    if (auto* value = reader.find("errnoRet"))
      made["errnoRet"] = *value;
    if (auto* value = reader.find("args"); value != nullptr && value->is_array() && !value->empty())
      made["args"] = convert_arguments(*value);
    out.push_back(std::move(made));
  }
  return {};
}

} // namespace

expected<json> convert_seccomp_profile(const json& profile, const seccomp_conditions& here,
                                       const std::string& subject) {
  if (!profile.is_object() || !profile.contains("defaultAction") ||
      !profile["defaultAction"].is_string())
    return fail(error_code::bad_image, subject, "it is not a seccomp profile");
  json out{{"defaultAction", profile["defaultAction"]}};
  if (auto found = profile.find("defaultErrnoRet"); found != profile.end())
    out["defaultErrnoRet"] = *found;
  if (auto found = profile.find("archMap"); found != profile.end())
    if (auto own = own_architectures(*found, here.architecture); !own.is_null())
      out["architectures"] = std::move(own);
  out["syscalls"] = json::array();
  if (auto rules = profile.find("syscalls"); rules != profile.end() && rules->is_array())
    if (auto converted = convert_rules(*rules, here, subject, out["syscalls"]); !converted)
      return tl::unexpected{converted.error()};
  return out;
}

} // namespace floe
