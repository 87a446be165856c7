// A native container while a checkpoint of it is made.
#pragma once

#include "io/checkpoint/checkpoint_subject.hpp"

namespace floe {

/// Errors: no_such_container, ambiguous_name, container_busy, runtime_missing.
expected<std::unique_ptr<checkpoint_subject>> hold_native_subject(container_host& host,
                                                                  const std::string& name_or_id);

} // namespace floe
