// Where the time of a batch went, as a file that chrome://tracing and ui.perfetto.dev show.
#pragma once

#include "messages/engine.hpp"
#include "model/json.hpp"

namespace floe {

/// The events of all jobs in the Trace Event Format: each container is a process with a row for its
/// stages and rows for the windows that were read, compressed and written at the same time.
json trace_document(const batch_result& batch);

} // namespace floe
