// Whether anything in a network namespace uses the internet protocols.
#pragma once

#include <sys/types.h>

namespace floe {

/// Whether there is a socket of an internet protocol in the network namespace of a process, one of
/// a connection that is just ending included. True if that cannot be told.
bool may_use_network(pid_t pid);

} // namespace floe
