#include "io/posix/worker_pool.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <utility>

namespace floe {

namespace {

class asio_worker_pool final : public worker_pool {
 public:
  explicit asio_worker_pool(size_t threads) : pool_{threads} {}
  ~asio_worker_pool() override { finish(); }

  void submit(std::function<void()> work) override {
    if (!finished_)
      boost::asio::post(pool_, std::move(work));
  }

  void finish() override {
    pool_.join();
    finished_ = true;
  }

 private:
  boost::asio::thread_pool pool_;
  std::atomic<bool> finished_ = false;
};

} // namespace

std::unique_ptr<worker_pool> make_worker_pool(size_t threads) {
  return std::make_unique<asio_worker_pool>(threads);
}

} // namespace floe
