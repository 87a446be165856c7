#include "io/plan/rope_source.hpp"

#include <algorithm>

namespace floe {

expected<size_t> rope_source::read(std::span<std::byte> out) {
  const auto count =
      static_cast<size_t>(std::min<uint64_t>(out.size(), content_.end_offset() - at_));
  if (auto done = reader_.read(at_, out.first(count)); !done)
    return tl::unexpected{done.error()};
  at_ += count;
  return count;
}

} // namespace floe
