// The pieces that a walk of a tree is made of. What belongs to a piece is looked up by itself, by
// any thread; tree_walk.cpp brings the pieces into their order.
#pragma once

#include "io/plan/file_facts.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// A directory that stays open for the sake of what is in it. Counted, because descriptors are few.
class kept_directory {
 public:
  kept_directory(unique_fd taken, std::shared_ptr<std::atomic<int>> counter)
      : fd_{std::move(taken)}, count_{std::move(counter)} {
    ++*count_;
  }
  kept_directory(const kept_directory&) = delete;
  kept_directory& operator=(const kept_directory&) = delete;
  ~kept_directory() { --*count_; }

  int fd() const { return fd_.get(); }

 private:
  unique_fd fd_;
  std::shared_ptr<std::atomic<int>> count_;
};
using kept_ref = std::shared_ptr<const kept_directory>;

/// What was found under a name; nothing if it had vanished.
struct walk_finding {
  std::string path;
  std::optional<file_facts> facts;
};

/// A directory, or some of the files of one.
struct walk_part {
  // -- what it is -----------------------------------------------------------

  std::string path;               ///< of the directory, relative to the tree
  size_t depth = 0;               ///< of the directory
  kept_ref directory;             ///< files: where they are; directory: its parent, if that is open
  std::vector<std::string> files; ///< names; empty: the directory itself

  // -- what was found -------------------------------------------------------

  expected<std::vector<walk_finding>> findings; ///< of a directory only itself
  std::vector<listed_name> names;               ///< in a directory
  kept_ref opened;                              ///< a directory that was listed
};

/// Looks up what belongs to a part. \p tree is where paths begin; \p kept_open counts the
/// directories that are open. Errors stand in the findings: io_failed, cancelled.
void look_up(walk_part& part, const tree_root& tree,
             const std::shared_ptr<std::atomic<int>>& kept_open, const std::stop_token& stop);

} // namespace floe
