// `--expedite`: has the kernel keep its grace periods short while containers are dumped or
// restored. CRIU waits for dozens of them, one after another; the price is that all cores are
// interrupted more often (Linux, Documentation/admin-guide/kernel-parameters.txt,
// rcupdate.rcu_expedited).
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <memory>
#include <string>

namespace floe {

inline constexpr const char* rcu_expedited_knob = "/sys/kernel/rcu_expedited";

/// In force while it lives, and as long as another process has one. The value that was there before
/// stands in a file below the run directory, locked by all that have one, so that nobody's death
/// leaves the host changed for good.
class expedited_grace_periods {
 public:
  /// Errors: unsupported (the host does not let us), io_failed.
  static expected<std::shared_ptr<const expedited_grace_periods>>
  begin(const std::string& run_root, const std::string& knob = rcu_expedited_knob);

  /// For begin.
  expedited_grace_periods(unique_fd file, std::string knob)
      : file_{std::move(file)}, knob_{std::move(knob)} {}
  expedited_grace_periods(const expedited_grace_periods&) = delete;
  expedited_grace_periods& operator=(const expedited_grace_periods&) = delete;
  ~expedited_grace_periods();

 private:
  unique_fd file_; ///< locked, shared
  std::string knob_;
};

/// Puts back what a process that died left behind; true if there was something. Errors: io_failed.
expected<bool> end_left_expedition(const std::string& run_root,
                                   const std::string& knob = rcu_expedited_knob);

} // namespace floe
