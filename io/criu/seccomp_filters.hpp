// Which threads get seccomp filters from CRIU's images.
//
// Where all threads of a process have the same filters, CRIU writes them for the first thread only
// and has the kernel synchronize the others with it at the restore (try_use_tsync in its
// seccomp.c).
#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace floe::criu {
class Core;
} // namespace floe::criu

namespace floe {

/// What the image of one thread says about its own filters.
struct thread_seccomp {
  uint32_t mode = 0;              ///< of seccomp(2); 0: none
  std::optional<uint32_t> filter; ///< number of the last filter in seccomp.img
  bool old_form = false;          ///< of CRIU before 3.12, which synchronizes all threads
};

/// As CRIU understands it at a restore.
thread_seccomp seccomp_of(const criu::Core& core);

/// Those of \p threads, by their thread ids, that are without seccomp after a restore: they have
/// no filters of their own and the first thread of their process does not pass its own on. \p
/// images is the directory with pstree.img and seccomp.img, which are read only if it depends on
/// them. Errors: archive_damaged, io_failed, no_such_file; \p subject names the archive.
expected<std::vector<uint32_t>>
threads_without_seccomp(const std::string& images,
                        const std::map<uint32_t, thread_seccomp>& threads,
                        const std::string& subject);

} // namespace floe
