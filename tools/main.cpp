// The program floe: the command line with an engine of its own in this process.
#include "actors/engine_system.hpp"
#include "tools/command_line.hpp"
#include "tools/death_guard.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <malloc.h>
#include <optional>

namespace {

class local_engine final : public floe::engine_link {
 public:
  local_engine(const floe::host_settings& settings, std::unique_ptr<floe::engine_system> started)
      : settings_{settings}, system_{std::move(started)} {}
  const floe::engine_handle& engine() const override { return system_->engine(); }
  caf::actor_system& system() override { return system_->system(); }
  std::vector<std::string> recovered() const override { return system_->recovered(); }
  floe::expected<void> guard() override {
    if (guard_)
      return {};
    auto started = floe::death_guard::start(settings_);
    if (!started)
      return tl::unexpected{started.error()};
    guard_.emplace(std::move(*started));
    return {};
  }

 private:
  floe::host_settings settings_;
  std::optional<floe::death_guard> guard_; ///< outlives the engine
  std::unique_ptr<floe::engine_system> system_;
};

floe::expected<std::unique_ptr<floe::engine_link>> start_here(const floe::host_settings& settings) {
  auto started = floe::engine_system::start(settings);
  if (!started)
    return tl::unexpected{started.error()};
  return std::make_unique<local_engine>(settings, std::move(*started));
}

/// Arenas of all threads keep what large blocks were once needed for: half of the peak of a batch
/// of small containers (bench/README.md, row 12).
void bound_memory_that_is_kept() {
  constexpr int arenas = 2;
  constexpr int mapped_alone_bytes = 1 << 20;
  ::mallopt(M_ARENA_MAX, arenas);
  ::mallopt(M_MMAP_THRESHOLD, mapped_alone_bytes);
}

} // namespace

int main(int argc, char** argv) {
  bound_memory_that_is_kept();
  // A reader of our output that goes away, or a limit on file sizes, must not kill floe while a
  // container is frozen: the write fails instead. What floe starts gets the default back
  // (io/posix/process.cpp).
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown).string();
  const auto streams = floe::standard_console();
  floe::command_line line;
  const int status = line.run({argv + 1, argv + argc}, streams, start_here, program);
  // Results that nobody can read are no results.
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)
    return status;
  streams.report({floe::error_code::io_failed, "stdout", "it could not be written", ""});
  return status != 0 ? status : static_cast<int>(floe::exit_code::nothing_done);
}
