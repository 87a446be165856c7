#include "io/checkpoint/volume_claims.hpp"

#include <utility>

namespace floe {

bool volume_claims::take(const std::string& volume) {
  const std::lock_guard guard{mutex_};
  return claims_.emplace(volume, outcome::pending).second;
}

void volume_claims::settle(const std::string& volume, bool restored) {
  std::vector<std::pair<listener, std::string>> ready;
  {
    const std::lock_guard guard{mutex_};
    claims_[volume] = restored ? outcome::restored : outcome::lost;
    std::erase_if(waiting_, [&](waiting& each) {
      const auto news = news_of(each.volumes);
      if (news)
        ready.emplace_back(std::move(each.heard), *news);
      return news.has_value();
    });
  }
  for (const auto& [heard, lost] : ready)
    heard(lost);
}

void volume_claims::when_settled(const std::vector<std::string>& volumes, listener heard) {
  std::optional<std::string> news;
  {
    const std::lock_guard guard{mutex_};
    news = news_of(volumes);
    if (!news)
      waiting_.push_back({volumes, heard});
  }
  if (news)
    heard(*news);
}

std::optional<std::string> volume_claims::news_of(const std::vector<std::string>& volumes) const {
  bool all_there = true;
  for (const auto& volume : volumes) {
    const auto found = claims_.find(volume);
    if (found == claims_.end() || found->second == outcome::lost)
      return volume;
    all_there = all_there && found->second == outcome::restored;
  }
  if (!all_there)
    return std::nullopt;
  return std::string{};
}

std::string shared_volume_warning(const std::string& volume) {
  std::string warning = "volume ";
  return warning.append(volume).append(" is shared; its content is that of another archive");
}

bool claimed_volumes::take(const std::string& volume) {
  if (all_ && !all_->take(volume)) {
    others_.push_back(volume);
    return false;
  }
  taken_.push_back(volume);
  return true;
}

void claimed_volumes::settle(bool restored) {
  for (const auto& volume : std::exchange(taken_, {}))
    if (all_)
      all_->settle(volume, restored);
}

} // namespace floe
