// Walks a directory tree that somebody else may be changing: every step is relative to a
// descriptor, no link is followed, and a bounded number of descriptors is open at a time however
// deep the tree is. Large trees are looked at by several threads.
#pragma once

#include "io/plan/file_facts.hpp"
#include "io/plan/rope.hpp"

#include <functional>
#include <stop_token>
#include <string>

namespace floe {

/// Called on the thread that walks.
struct tree_visitor {
  /// Called with the path relative to the tree, empty for its root; a directory before what is in
  /// it.
  std::function<expected<void>(const std::string& path, const file_facts& facts)> visit;
  /// Called with one line about something that had to be left out.
  std::function<void(std::string line)> warn;
};

/// Visits \p start (relative to the tree, empty: the tree itself) and all below it. Within a
/// directory first what is not a directory, then the directories with all they contain, each in the
/// order of their names. What is ahead of the visitor may have been looked at already. Other mounts
/// are visited but not entered. Fails if \p start cannot be opened; what vanishes during the walk
/// is only warned about.
expected<void> walk_tree(const tree_root& tree, const std::string& start,
                         const tree_visitor& visitor, const std::stop_token& stop);

} // namespace floe
