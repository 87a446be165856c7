// Goal: members of a group go on together or fail together. Method: requests from outside, replies
// looked at in any order.
#include "actors/group.hpp"
#include "tests/support/actor_test.hpp"

namespace floe {
namespace {

class group_test : public actor_test {
 protected:
  group_handle members = spawn<group>(size_t{2}, std::string{"pod web"});

  auto pass(group_gate gate) {
    auto request = self->request(members, caf::infinite, pass_gate{gate});
    run();
    return request;
  }
};

TEST_F(group_test, a_gate_opens_when_all_members_have_come) {
  auto first = pass(group_gate::frozen);
  auto second = pass(group_gate::frozen);
  EXPECT_TRUE(receive<gate_open>(second));
  EXPECT_TRUE(receive<gate_open>(first));
}

TEST_F(group_test, each_gate_is_waited_for_by_itself) {
  auto first = pass(group_gate::frozen);
  auto early = pass(group_gate::archived);
  auto second = pass(group_gate::frozen);
  auto late = pass(group_gate::archived);
  EXPECT_TRUE(receive<gate_open>(first) && receive<gate_open>(second));
  EXPECT_TRUE(receive<gate_open>(early) && receive<gate_open>(late));
}

TEST_F(group_test, a_member_that_fails_takes_those_that_wait_with_it_and_says_why) {
  auto waiting = pass(group_gate::frozen);
  self->send(members, leave_group{"container db: no space"});
  run();
  EXPECT_FALSE(receive<gate_open>(waiting));
  const auto why = to_error(last_error, "pod web");
  EXPECT_EQ(why.code, error_code::cancelled);
  EXPECT_NE(describe(why).find("container db: no space"), std::string::npos);
}

TEST_F(group_test, nobody_passes_after_a_failure) {
  self->send(members, leave_group{"container db: no space"});
  auto late = pass(group_gate::archived);
  EXPECT_FALSE(receive<gate_open>(late));
}

} // namespace
} // namespace floe
