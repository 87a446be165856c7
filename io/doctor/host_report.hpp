// What this host can and cannot do for checkpoints, found out by trying.
#pragma once

#include "io/container/host_settings.hpp"
#include "model/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace floe {

enum class verdict {
  good,
  limited, ///< floe works, but something is slower or not possible
  missing, ///< floe can neither checkpoint nor restore here
};

std::string_view to_string(verdict what);

/// What was found out about one part of the host.
struct host_finding {
  std::string part; ///< root, criu, runtime …: the key in JSON
  verdict what = verdict::good;
  std::string found;  ///< one sentence without a full stop
  std::string advice; ///< what to do about it; empty when nothing is to be done
  json details = json::object();
};

struct host_report {
  std::vector<host_finding> findings;

  /// No finding says that something needed is missing.
  bool usable() const;
};

/// Looks at this host. \p target is a directory that archives would be written to; temporary files
/// without a name are made there. Starts CRIU, runtimes and the monitor, changes nothing.
host_report examine_host(const host_settings& settings, const std::string& target);

/// {"usable": …, "findings": {"criu": {"verdict", "found", "advice", …details}}}.
json to_json(const host_report& report);

} // namespace floe
