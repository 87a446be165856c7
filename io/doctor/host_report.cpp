#include "io/doctor/host_report.hpp"

#include "io/doctor/host_probes.hpp"

#include <algorithm>

namespace floe {

std::string_view to_string(verdict what) {
  switch (what) {
  case verdict::good:
    return "good";
  case verdict::limited:
    return "limited";
  case verdict::missing:
    return "missing";
  }
  return "unknown";
}

bool host_report::usable() const {
  return std::ranges::none_of(
      findings, [](const host_finding& each) { return each.what == verdict::missing; });
}

host_report examine_host(const host_settings& settings, const std::string& target) {
  return {{
      probe_root(),
      probe_capabilities(),
      probe_criu(settings),
      probe_memory_tracking(settings),
      probe_criu_cache(),
      probe_packet_filter(),
      probe_runtime(settings),
      probe_monitor(settings),
      probe_podman(settings),
      probe_cgroups(),
      probe_late_freeze(),
      probe_overlay(),
      probe_io_uring(),
      probe_reflink(target),
  }};
}

json to_json(const host_report& report) {
  json findings = json::object();
  for (const auto& each : report.findings) {
    json entry = {
        {"verdict", to_string(each.what)}, {"found", each.found}, {"advice", each.advice}};
    entry.update(each.details);
    findings[each.part] = std::move(entry);
  }
  return {{"usable", report.usable()}, {"findings", std::move(findings)}};
}

} // namespace floe
