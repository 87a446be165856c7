// Lets everything else that wants a processor have it first.
#pragma once

namespace floe {

/// Lowers the priority of the calling thread as long as it lives, on that thread. Does nothing
/// where the priority may not be changed.
class background_priority {
 public:
  background_priority();
  background_priority(const background_priority&) = delete;
  background_priority& operator=(const background_priority&) = delete;
  ~background_priority();

 private:
  int thread_;
  int before_;
};

} // namespace floe
