// Goal: the report on a host says what is missing, whatever the host. Method: settings that name
// programs which do not exist, and recorded files of /proc.
#include "io/doctor/host_probes.hpp"

#include <gtest/gtest.h>

namespace floe {
namespace {

TEST(host_report, is_unusable_without_programs) {
  host_settings settings;
  settings.criu = "/nowhere/criu";
  settings.runtime = "/nowhere/runc";
  settings.monitor = "/nowhere/conmon";
  EXPECT_EQ(probe_criu(settings).what, verdict::missing);
  EXPECT_EQ(probe_runtime(settings).what, verdict::missing);
  EXPECT_EQ(probe_monitor(settings).what, verdict::missing);
  EXPECT_EQ(probe_memory_tracking(settings).what, verdict::limited);
  const host_report report{{probe_monitor(settings)}};
  EXPECT_FALSE(report.usable());
  EXPECT_EQ(to_json(report)["findings"]["monitor"]["verdict"], "missing");
  EXPECT_NE(to_json(report)["findings"]["monitor"]["advice"], "");
}

TEST(host_report, is_usable_with_limits) {
  EXPECT_TRUE((host_report{{{"io_uring", verdict::limited, "no", "", json::object()}}}.usable()));
}

TEST(host_report, names_a_target_that_is_not_there) {
  const auto finding = probe_reflink("/nowhere/at/all");
  EXPECT_EQ(finding.what, verdict::missing);
  EXPECT_NE(finding.found.find("/nowhere/at/all"), std::string::npos);
}

TEST(host_report, always_says_what_it_found) {
  for (const auto& finding :
       {probe_root(), probe_capabilities(), probe_cgroups(), probe_overlay(), probe_io_uring(),
        probe_late_freeze(), probe_criu_cache(), probe_reflink("/tmp")}) {
    EXPECT_FALSE(finding.found.empty()) << finding.part;
    EXPECT_EQ(finding.what != verdict::good, !finding.advice.empty()) << finding.part;
  }
}

TEST(missing_capabilities, are_read_from_the_effective_set) {
  const std::vector<capability> needed{{21, "CAP_SYS_ADMIN"}, {24, "CAP_SYS_RESOURCE"}};
  EXPECT_EQ(
      missing_capabilities("CapPrm:\tffffffffffffffff\nCapEff:\t0000000000200000\nX:\t1\n", needed),
      std::vector<std::string>{"CAP_SYS_RESOURCE"});
  EXPECT_EQ(missing_capabilities("", needed).size(), 2U);
}

TEST(lists_filesystem, compares_whole_names) {
  EXPECT_TRUE(lists_filesystem("nodev\tsysfs\nnodev\toverlay\n", "overlay"));
  EXPECT_FALSE(lists_filesystem("nodev\toverlayfs\n", "overlay"));
}

} // namespace
} // namespace floe
