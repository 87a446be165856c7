// `floe doctor`: what this host can do, in words.
#include "io/doctor/host_report.hpp"
#include "tools/command_line.hpp"

#include <array>

namespace floe {

namespace {

struct doctor_verb {
  std::string target = ".";
  std::string format;

  void declare(CLI::App& app) {
    app.add_option("--target", target, "Directory that archives would be written to")
        ->type_name("DIR")
        ->capture_default_str();
    add_format(app, format);
  }

  exit_code run(session& s) {
    const auto report = examine_host(s.options().host, target);
    if (format == "json")
      s.streams().out("{}", dump_json(to_json(report)));
    else
      show(s, report);
    return report.usable() ? exit_code::done : exit_code::host_unable;
  }

  static void show(const session& s, const host_report& report);
};

std::string_view mark_of(verdict what) {
  constexpr std::array marks{"ok     ", "limited", "missing"};
  return marks.at(static_cast<size_t>(what));
}

void doctor_verb::show(const session& s, const host_report& report) {
  for (const auto& each : report.findings) {
    s.streams().out("{}  {:<15}  {}", mark_of(each.what), each.part, for_display(each.found));
    if (!each.advice.empty())
      s.streams().out("{:9}{:<15}  -> {}", "", "", each.advice);
  }
  s.streams().out("");
  s.streams().out("{}", report.usable() ? "Containers can be checkpointed and restored here."
                                        : "Containers cannot be checkpointed and restored here: "
                                          "see what is missing above.");
}

} // namespace

void add_doctor_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<doctor_verb>(parent, chosen,
                        {"doctor", "Say what this host can and cannot do, and why",
                         "floe doctor --target /backup\nfloe doctor --format json"});
}

} // namespace floe
