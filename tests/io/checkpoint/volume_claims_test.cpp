// Goal: of the containers of a batch that share a volume one restores it, and the others hear when
// it is there or that it will never be.
#include "io/checkpoint/volume_claims.hpp"

#include <gtest/gtest.h>

namespace floe {
namespace {

struct heard_of {
  bool heard = false;
  std::string lost = "nothing was heard";

  volume_claims::listener listener() {
    return [this](const std::string& what) {
      heard = true;
      lost = what;
    };
  }
};

TEST(volume_claims, belong_to_the_first_who_asks) {
  auto all = std::make_shared<volume_claims>();
  claimed_volumes first{all};
  claimed_volumes second{all};
  EXPECT_TRUE(first.take("data"));
  EXPECT_FALSE(second.take("data"));
  EXPECT_TRUE(second.take("mine"));
  EXPECT_TRUE(first.of_others().empty());
  EXPECT_EQ(second.of_others(), std::vector<std::string>{"data"});
}

TEST(volume_claims, are_heard_of_when_they_are_published) {
  auto all = std::make_shared<volume_claims>();
  claimed_volumes first{all};
  first.take("data");
  heard_of news;
  all->when_settled({"data"}, news.listener());
  EXPECT_FALSE(news.heard);
  first.publish();
  EXPECT_TRUE(news.heard);
  EXPECT_EQ(news.lost, "");
  heard_of late;
  all->when_settled({"data"}, late.listener());
  EXPECT_TRUE(late.heard);
}

TEST(volume_claims, are_lost_with_the_restore_that_took_them) {
  auto all = std::make_shared<volume_claims>();
  heard_of news;
  {
    claimed_volumes first{all};
    claimed_volumes other{all};
    first.take("data");
    other.take("more");
    all->when_settled({"more", "data"}, news.listener());
    other.publish();
    EXPECT_FALSE(news.heard);
  }
  EXPECT_TRUE(news.heard);
  EXPECT_EQ(news.lost, "data");
}

TEST(volume_claims, stay_when_they_were_published) {
  auto all = std::make_shared<volume_claims>();
  {
    claimed_volumes first{all};
    first.take("data");
    first.publish();
  }
  heard_of news;
  all->when_settled({"data"}, news.listener());
  EXPECT_TRUE(news.heard);
  EXPECT_EQ(news.lost, "");
}

TEST(volume_claims, of_nothing_are_settled) {
  heard_of news;
  volume_claims{}.when_settled({}, news.listener());
  EXPECT_TRUE(news.heard);
}

TEST(claimed_volumes, are_all_ones_own_without_a_batch) {
  claimed_volumes alone{nullptr};
  EXPECT_TRUE(alone.take("data"));
  EXPECT_TRUE(alone.of_others().empty());
}

} // namespace
} // namespace floe
