// Which container of a batch restores a volume that several of them share.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace floe {

/// One for all archives that are restored together: the first that holds a volume restores it, the
/// others mount it. Thread-safe; nothing here waits.
class volume_claims {
 public:
  /// Called once, on whatever thread comes to it: with an empty text when all volumes are there, or
  /// with the name of one whose restore failed. It must not block.
  using listener = std::function<void(const std::string& lost)>;

  /// True for the first who asks. He settles it.
  bool take(const std::string& volume);

  /// Says what became of a claim.
  void settle(const std::string& volume, bool restored);

  /// Calls \p heard when all \p volumes are settled, at once if they are.
  void when_settled(const std::vector<std::string>& volumes, listener heard);

 private:
  enum class outcome { pending, restored, lost };
  struct waiting {
    std::vector<std::string> volumes;
    listener heard;
  };

  /// What a listener is told; nothing while one is pending.
  std::optional<std::string> news_of(const std::vector<std::string>& volumes) const;

  std::mutex mutex_; ///< guards what follows
  std::map<std::string, outcome> claims_;
  std::vector<waiting> waiting_;
};

/// The claims of one restore: what is not published is lost when it ends.
class claimed_volumes {
 public:
  explicit claimed_volumes(std::shared_ptr<volume_claims> all) : all_{std::move(all)} {}
  claimed_volumes(claimed_volumes&&) noexcept = default;
  claimed_volumes& operator=(claimed_volumes&&) = delete;
  ~claimed_volumes() { settle(false); }

  /// Whether this restore is the one to restore the volume. Without a batch it always is.
  bool take(const std::string& volume);

  /// What take refused: others restore it.
  const std::vector<std::string>& of_others() const { return others_; }

  /// All that was taken is there.
  void publish() { settle(true); }

 private:
  void settle(bool restored);

  std::shared_ptr<volume_claims> all_;
  std::vector<std::string> taken_;
  std::vector<std::string> others_;
};

/// What a container's result says of a volume that another one restored.
std::string shared_volume_warning(const std::string& volume);

} // namespace floe
