// Goal: what an archive says of a container is what the container is while it is held
// (behaviours.md section 23, D15). Method: a database made here is changed while a checkpoint waits
// for the lock that the test holds.
#include "io/podman/podman_lock.hpp"
#include "io/podman/podman_subject.hpp"
#include "io/store/object_lock.hpp"
#include "tests/io/podman/host_beside_podman.hpp"

#include <future>
#include <thread>

using namespace floe;
using namespace floe::test;

namespace {

class podman_subject_of : public host_beside_podman {
 protected:
  void SetUp() override {
    host_beside_podman::SetUp();
    write_file(scratch / "containers.conf",
               "[engine]\ntmp_dir = \"" + scratch / "tmp" + "\"\nlock_type = \"file\"\n");
    write_file(scratch / "tmp/locks/1", "");
    open();
  }

  void fill(bolt_tree& tree) override {
    auto& container = tree.buckets["ctr"].buckets[web_id];
    auto config = sample_config(web_id, name_, 1);
    config["runtime"] = "/bin/true"; // never called
    container.values["config"] = config.dump();
    container.values["state"] = json{{"state", 3}, {"pid", ::getpid()}}.dump();
  }

  void rename(std::string name) {
    name_ = std::move(name);
    write_database();
  }

  using held_subject = expected<std::unique_ptr<checkpoint_subject>>;

  /// Begins to hold the container, and returns when that waits for Podman's lock: it takes this one
  /// of floe's own before. Our looking may be in its way; then it begins again.
  std::future<held_subject> begin_to_wait() {
    const auto begin = [this] {
      return std::async(std::launch::async, [this] { return hold_podman_subject(*host, web_id); });
    };
    auto pending = begin();
    while (object_lock::acquire(settings.run_root, "container", web_id)) {
      std::this_thread::yield();
      if (pending.wait_for(std::chrono::seconds{0}) == std::future_status::ready)
        pending = begin();
    }
    return pending;
  }

 private:
  std::string name_ = "web";
};

} // namespace

TEST_F(podman_subject_of, is_looked_at_again_once_it_is_held) {
  if (IsSkipped())
    return;
  auto held = hold_file_lock(scratch / "tmp/locks/1", std::chrono::seconds{1}, "the test");
  ASSERT_TRUE(held) << describe(held.error());
  auto pending = begin_to_wait();
  rename("renamed");
  held->reset();
  const auto subject = pending.get();
  ASSERT_TRUE(subject) << describe(subject.error());
  EXPECT_EQ((*subject)->name(), "container renamed");
  checkpoint_options options;
  options.ignore_rootfs = true;
  const auto source = (*subject)->capture(options, "");
  ASSERT_TRUE(source) << describe(source.error());
  EXPECT_EQ(parse_json(source->config_dump, "config.dump")->at("name"), "renamed");
}
