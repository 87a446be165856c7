#include "io/posix/background_priority.hpp"

#include <algorithm>
#include <sys/resource.h>
#include <unistd.h>

namespace floe {

namespace {

constexpr int nice_step = 10;
constexpr int nice_max = 19;

/// Of one thread: that is what Linux means by a process here (setpriority(2), NOTES).
void set_nice(int thread, int value) {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(thread), value);
}

} // namespace

background_priority::background_priority()
    : thread_{::gettid()}, before_{::getpriority(PRIO_PROCESS, static_cast<id_t>(thread_))} {
  set_nice(thread_, std::min(before_ + nice_step, nice_max));
}

background_priority::~background_priority() {
  set_nice(thread_, before_);
}

} // namespace floe
