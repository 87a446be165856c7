// Goal: what the store was told is there after reopening, names and ids are unique, and two
// processes do not disturb each other. Method: stores in scratch directories; a second connection
// stands for the second process.
#include "io/store/sqlite.hpp"
#include "io/store/store.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <thread>

using namespace floe;
using floe::test::scratch_directory;

namespace {

container_record make_record(char digit, std::string name) {
  container_record record;
  record.config.id = std::string(64, digit);
  record.config.name = std::move(name);
  record.config.image_id = std::string(64, 'e');
  record.config.image_name = "localhost/web:latest";
  record.config.created = "2024-05-06T07:08:09.000000001Z";
  record.config.volumes = {{"data", "/data", {"rprivate"}, false}};
  return record;
}

std::unique_ptr<store> open_store(const scratch_directory& scratch) {
  auto opened = store::open(scratch / "root");
  EXPECT_TRUE(opened) << describe(opened.error());
  return opened ? std::move(*opened) : nullptr;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

} // namespace

TEST(store, keeps_containers_over_reopening) {
  const scratch_directory scratch;
  auto record = make_record('a', "web");
  record.status.state = container_state::running;
  record.status.pid = 42;
  ASSERT_TRUE(open_store(scratch)->add_container(record));
  auto found = open_store(scratch)->find_container("web");
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->config.id, record.config.id);
  EXPECT_EQ(found->config.created, record.config.created);
  EXPECT_EQ(found->status.state, container_state::running);
  EXPECT_EQ(found->status.pid, 42);
}

TEST(store, lets_nobody_else_read_it) {
  const scratch_directory scratch;
  const auto opened = open_store(scratch);
  EXPECT_EQ(mode_of(scratch / "root"), 0700U);
  EXPECT_EQ(mode_of(scratch / "root/floe.sqlite"), 0600U);
}

TEST(store, finds_a_container_by_name_id_and_unique_prefix) {
  const scratch_directory scratch;
  const auto state = open_store(scratch);
  ASSERT_TRUE(state->add_container(make_record('a', "web")));
  auto second = make_record('a', "db");
  second.config.id[63] = 'b';
  ASSERT_TRUE(state->add_container(second));
  EXPECT_EQ(state->find_container("web")->config.id, std::string(64, 'a'));
  EXPECT_EQ(state->find_container(second.config.id)->config.name, "db");
  EXPECT_EQ(state->find_container("aaa").error().code, error_code::ambiguous_name);
  EXPECT_EQ(state->find_container("b").error().code, error_code::no_such_container);
  EXPECT_EQ(state->find_container("").error().code, error_code::no_such_container);
  ASSERT_TRUE(state->remove_container(second.config.id));
  EXPECT_EQ(state->find_container("aaa")->config.name, "web");
}

TEST(store, finds_its_own_containers_also_when_it_is_said_whose_they_are) {
  const scratch_directory scratch;
  const auto state = open_store(scratch);
  ASSERT_TRUE(state->add_container(make_record('a', "web")));
  EXPECT_EQ(state->find_container("native:web")->config.id, std::string(64, 'a'));
  EXPECT_EQ(state->find_container("podman:web").error().code, error_code::no_such_container);
}

TEST(store, prefers_a_name_to_an_id_that_begins_so) {
  const scratch_directory scratch;
  const auto state = open_store(scratch);
  ASSERT_TRUE(state->add_container(make_record('a', "web")));
  ASSERT_TRUE(state->add_container(make_record('b', "aaaa")));
  EXPECT_EQ(state->find_container("aaaa")->config.id, std::string(64, 'b'));
}

TEST(store, refuses_a_second_container_of_the_same_name_or_id) {
  const scratch_directory scratch;
  const auto state = open_store(scratch);
  ASSERT_TRUE(state->add_container(make_record('a', "web")));
  EXPECT_EQ(state->add_container(make_record('b', "web")).error().code,
            error_code::container_exists);
  EXPECT_EQ(state->add_container(make_record('a', "db")).error().code,
            error_code::container_exists);
  EXPECT_EQ(state->containers()->size(), 1U);
}

TEST(store, lists_containers_in_the_order_of_their_creation) {
  const scratch_directory scratch;
  const auto state = open_store(scratch);
  for (const auto* name : {"c", "a", "b"})
    ASSERT_TRUE(state->add_container(make_record(*name, name)));
  const auto records = state->containers();
  ASSERT_EQ(records->size(), 3U);
  EXPECT_EQ(records->at(0).config.name, "c");
  EXPECT_EQ(records->at(2).config.name, "b");
}

TEST(store, changes_status_and_configuration_of_known_containers_only) {
  const scratch_directory scratch;
  const auto state = open_store(scratch);
  auto record = make_record('a', "web");
  EXPECT_EQ(state->update_status(record.config.id, {}).error().code, error_code::no_such_container);
  EXPECT_EQ(state->update_config(record.config).error().code, error_code::no_such_container);
  ASSERT_TRUE(state->add_container(record));
  record.status.state = container_state::exited;
  record.status.exit_code = 3;
  ASSERT_TRUE(state->update_status(record.config.id, record.status));
  record.config.name = "renamed";
  record.config.volumes = {{"other", "/o", {}, false}};
  ASSERT_TRUE(state->update_config(record.config));
  const auto found = state->find_container("renamed");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status.exit_code, 3);
  EXPECT_TRUE(state->containers_using_volume("data")->empty());
  EXPECT_EQ(state->containers_using_volume("other").value(), std::vector<std::string>{"renamed"});
}

TEST(store, knows_which_containers_use_a_volume_or_an_image) {
  const scratch_directory scratch;
  const auto state = open_store(scratch);
  ASSERT_TRUE(state->add_container(make_record('a', "web")));
  EXPECT_EQ(state->containers_using_volume("data").value(), std::vector<std::string>{"web"});
  EXPECT_EQ(state->containers_using_image(std::string(64, 'e')).value(),
            std::vector<std::string>{"web"});
  ASSERT_TRUE(state->remove_container(std::string(64, 'a')));
  EXPECT_TRUE(state->containers_using_volume("data")->empty());
  EXPECT_TRUE(state->containers_using_image(std::string(64, 'e'))->empty());
}

TEST(store, keeps_volumes) {
  const scratch_directory scratch;
  const auto state = open_store(scratch);
  const volume_record record{"data", "/x/_data", "2024-01-01T00:00:00Z", {{"k", "v"}}, {}, true};
  ASSERT_TRUE(state->add_volume(record));
  EXPECT_EQ(state->add_volume(record).error().code, error_code::volume_exists);
  const auto found = state->find_volume("data");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->labels, record.labels);
  EXPECT_TRUE(found->anonymous);
  EXPECT_EQ(state->volumes()->size(), 1U);
  ASSERT_TRUE(state->remove_volume("data"));
  EXPECT_EQ(state->remove_volume("data").error().code, error_code::no_such_volume);
  EXPECT_EQ(state->find_volume("data").error().code, error_code::no_such_volume);
}

TEST(store, keeps_images_and_moves_names_only_when_asked) {
  const scratch_directory scratch;
  const auto state = open_store(scratch);
  image_record first;
  first.id = std::string(64, '1');
  first.names = {"localhost/a:latest"};
  first.layers = {"/l/2", "/l/1"};
  first.config = json{{"Env", {"A=b"}}};
  auto second = first;
  second.id = std::string(64, '2');
  ASSERT_TRUE(state->add_image(first));
  ASSERT_TRUE(state->add_image(first)); // the same again
  EXPECT_EQ(state->add_image(second).error().code, error_code::image_exists);
  EXPECT_EQ(state->images()->size(), 1U);
  ASSERT_TRUE(state->add_image(second, true));
  const auto images = state->images();
  ASSERT_EQ(images->size(), 2U);
  EXPECT_TRUE(images->at(0).names.empty());
  EXPECT_EQ(images->at(1).names, first.names);
  EXPECT_EQ(images->at(0).layers, first.layers);
  EXPECT_EQ(images->at(0).config, first.config);
  ASSERT_TRUE(state->remove_image(second.id));
  EXPECT_EQ(state->remove_image(second.id).error().code, error_code::no_such_image);
}

TEST(store, replaces_a_journal_entry_and_forgets_it_at_the_end) {
  const scratch_directory scratch;
  auto state = open_store(scratch);
  ASSERT_TRUE(state->begin_operation({"c1", "checkpoint", "frozen", json{{"a", 1}}}));
  ASSERT_TRUE(state->begin_operation({"c1", "checkpoint", "dumped", json{{"a", 2}}}));
  state = open_store(scratch);
  auto entries = state->operations();
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->front().phase, "dumped");
  EXPECT_EQ(entries->front().details["a"], 2);
  ASSERT_TRUE(state->end_operation("c1"));
  EXPECT_TRUE(state->operations()->empty());
}

TEST(store, remembers_the_exit_codes_of_removed_containers_for_some_minutes) {
  const scratch_directory scratch;
  auto state = open_store(scratch);
  EXPECT_EQ(state->exit_code("c1").value(), std::nullopt);
  ASSERT_TRUE(state->note_exit_code("c1", 3));
  ASSERT_TRUE(state->note_exit_code("c1", 137));
  state = open_store(scratch);
  EXPECT_EQ(state->exit_code("c1").value(), 137);
  auto connection = sqlite_connection::open(scratch / "root/floe.sqlite");
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->execute("UPDATE exit_codes SET noted = noted - 301"));
  ASSERT_TRUE(state->note_exit_code("c2", 0));
  EXPECT_EQ(state->exit_code("c1").value(), std::nullopt);
  EXPECT_EQ(state->exit_code("c2").value(), 0);
}

TEST(store, refuses_a_database_of_a_newer_floe) {
  const scratch_directory scratch;
  open_store(scratch);
  auto connection = sqlite_connection::open(scratch / "root/floe.sqlite");
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->execute("UPDATE schema_version SET version = 99"));
  const auto opened = store::open(scratch / "root");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, error_code::store_failed);
  EXPECT_NE(opened.error().cause.find("99"), std::string::npos);
}

TEST(store, refuses_what_is_no_database) {
  const scratch_directory scratch;
  test::write_file(scratch / "root/floe.sqlite", std::string(8192, 'x'));
  EXPECT_EQ(store::open(scratch / "root").error().code, error_code::store_failed);
}

TEST(store, serves_several_processes_that_open_and_write_at_once) {
  const scratch_directory scratch;
  constexpr int writers = 4;
  constexpr int rounds = 10;
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < writers; ++writer)
      threads.emplace_back([&scratch, writer] {
        const auto state = open_store(scratch);
        for (int round = 0; round < rounds; ++round) {
          const auto name = "v" + std::to_string(writer) + "-" + std::to_string(round);
          EXPECT_TRUE(state->add_volume({name, "/x", "now", {}, {}, false}));
          static_cast<void>(state->add_volume({"shared", "/x", "now", {}, {}, false}));
        }
      });
  }
  EXPECT_EQ(open_store(scratch)->volumes()->size(), size_t{writers * rounds + 1});
}
