// Lines for people, gathered from several workers.
#pragma once

#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace floe {

/// Puts \p more behind \p to.
inline void append_lines(std::vector<std::string>& to, std::vector<std::string> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

} // namespace floe
