// A dump with nothing beside it.
#pragma once

#include "io/checkpoint/checkpoint_session.hpp"

namespace floe::test {

inline expected<void> dump(checkpoint_session& session, const std::stop_token& stop = {}) {
  auto run = session.begin_dump(stop);
  if (!run)
    return tl::unexpected{run.error()};
  return session.end_dump((*run)->run(stop, [] {}));
}

} // namespace floe::test
