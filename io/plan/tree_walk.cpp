#include "io/plan/tree_walk.hpp"

#include "io/plan/part_queue.hpp"

#include <algorithm>
#include <utility>

namespace floe {

namespace {

/// So many directories are kept open while there is something to enter in them; beyond, they are
/// opened anew by their path.
constexpr int kept_open_max = 64;

/// What a thread looks up at a time: enough that handing it over costs nothing.
constexpr size_t files_at_once = 128;

/// Smaller trees are walked before a thread has started.
constexpr size_t entries_before_help = 2000;

class walk {
 public:
  walk(const tree_root& tree, const tree_visitor& visitor, const std::stop_token& stop)
      : tree_{tree}, visitor_{visitor}, parts_{
                                            [&tree, kept_open = kept_open_, stop](walk_part& part) {
                                              look_up(part, tree, kept_open, stop);
                                            }} {}

  expected<void> run(const std::string& start) {
    parts_.push(directory(start, 0, {}));
    for (bool first = true; auto part = parts_.next(); first = false) {
      if (!part->findings)
        return tl::unexpected{std::move(part->findings.error())};
      if (first && !part->findings->front().facts)
        return fail(error_code::no_such_file, printable(join_path(tree_.path, start)),
                    "there is nothing of that name");
      if (auto done = visit(*part); !done)
        return done;
      seen_ += part->findings->size();
      if (seen_ > entries_before_help)
        parts_.get_help();
    }
    return {};
  }

 private:
  static walk_part directory(std::string path, size_t depth, kept_ref parent) {
    walk_part part;
    part.path = std::move(path);
    part.depth = depth;
    part.directory = std::move(parent);
    return part;
  }

  /// Visits what was found and leaves what lies below for later, the files first.
  expected<void> visit(walk_part& part) {
    std::vector<walk_part> later;
    for (auto& [path, facts] : *part.findings) {
      if (!facts) {
        visitor_.warn(printable(path) + ": it vanished while the tree was read");
        continue;
      }
      if (!part.files.empty() && S_ISDIR(facts->status.st_mode)) {
        later.push_back(directory(path, part.depth + 1, part.directory)); // it was a file before
        continue;
      }
      if (facts->mount_point)
        visitor_.warn(printable(path) +
                      ": something is mounted there; what the mount holds is left out");
      if (auto done = visitor_.visit(path, *facts); !done)
        return done;
    }
    if (part.opened)
      add_contents(part, later);
    for (auto next = later.rbegin(); next != later.rend(); ++next)
      parts_.push(std::move(*next));
    return {};
  }

  void add_contents(const walk_part& part, std::vector<walk_part>& later) const {
    const auto kept = *kept_open_ <= kept_open_max ? part.opened : nullptr;
    for (const auto& [name, is_directory] : part.names) {
      if (is_directory)
        continue;
      if (later.empty() || later.back().files.size() == files_at_once)
        later.push_back(directory(part.path, part.depth, part.opened));
      later.back().files.push_back(name);
    }
    for (const auto& [name, is_directory] : part.names)
      if (is_directory)
        later.push_back(directory(join_path(part.path, name), part.depth + 1, kept));
  }

  std::shared_ptr<std::atomic<int>> kept_open_ = std::make_shared<std::atomic<int>>(0);
  const tree_root& tree_;
  const tree_visitor& visitor_;
  size_t seen_ = 0;
  part_queue parts_; ///< last: its threads use the others
};

} // namespace

expected<void> walk_tree(const tree_root& tree, const std::string& start,
                         const tree_visitor& visitor, const std::stop_token& stop) {
  return walk{tree, visitor, stop}.run(start);
}

} // namespace floe
