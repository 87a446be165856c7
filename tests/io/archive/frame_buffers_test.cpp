// Goal: memory of frames is used again, and tiny frames take no more than they need. Method: the
// addresses of buffers.
#include "io/archive/frame_buffers.hpp"

#include <gtest/gtest.h>

namespace floe {

namespace {

constexpr size_t window_bytes = size_t{4} << 20;

TEST(frame_buffers, hands_out_again_what_was_let_go) {
  frame_buffers buffers;
  auto first = buffers.take(window_bytes);
  const auto* address = first->bytes().data();
  auto second = buffers.take(window_bytes);
  EXPECT_NE(second->bytes().data(), address) << "the first is still held";
  first.reset();
  const auto third = buffers.take(window_bytes / 2);
  EXPECT_EQ(third->bytes().data(), address);
  EXPECT_EQ(third->size(), window_bytes / 2);
}

TEST(frame_buffers, gives_tiny_frames_what_they_need) {
  frame_buffers buffers;
  EXPECT_EQ(buffers.take(100)->capacity(), 100u);
}

TEST(frame_buffers, can_be_gone_before_what_it_handed_out) {
  std::shared_ptr<frame_buffer> left;
  {
    frame_buffers buffers;
    left = buffers.take(window_bytes);
  }
  EXPECT_EQ(left->size(), window_bytes);
}

} // namespace

} // namespace floe
