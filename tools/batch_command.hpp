// What checkpoint and restore have in common: a batch with progress and Ctrl-C, and its results.
#pragma once

#include "tools/command.hpp"

#include <string>
#include <vector>

namespace floe {

/// How the results of a batch are to be shown.
struct batch_display {
  bool full_ids = false; ///< of all containers, not only where an archive was typed
  bool print_stats = false;
  bool quiet = false;
  std::string format;
  std::string trace; ///< file for a trace; empty: none
};

/// Runs the batch, shows its progress and its results.
exit_code run_batch(session& s, checkpoint_containers request, const batch_display& display);
exit_code run_batch(session& s, restore_containers request, const batch_display& display);

/// The document of `--format json`.
json batch_document(const std::string& operation, const batch_result& batch);

/// The document of `--print-stats` (behaviours.md section 20.5).
json statistics_document(const std::string& operation, const batch_result& batch);

/// `web: done in 1.2 s, frozen 85 ms, 12.3MB written to /backup/web.tar.zst`.
std::string done_line(const operation_result& result);

/// The id of the container that was created last, of those in \p source. Errors: no_such_container,
/// if there is none.
expected<std::string> latest_container(session& s, source_scope source = source_scope::native);

/// Adds what both verbs call the same.
void add_expedite(CLI::App& app, bool& expedite);
void add_display_options(CLI::App& app, batch_display& display);

} // namespace floe
