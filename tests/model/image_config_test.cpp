// Goal: an image's configuration is read with nothing taken on trust, and names mean what they mean
// to Podman. Method: documents and names as texts.
#include "model/image_config.hpp"

#include <gtest/gtest.h>

using namespace floe;

namespace {

expected<image_config> read(std::string_view text) {
  return image_config_from_json(parse_json(text, "test").value(), "image test");
}

using names = std::vector<std::string>;

} // namespace

TEST(image_config, reads_what_an_image_says) {
  const auto config = read(R"({"Env":["A=b","C"],"Cmd":["sh"],"Entrypoint":["/init","-x"],
    "WorkingDir":"/srv/../app/","User":"1:2","StopSignal":"SIGINT","Labels":{"k":"v"},
    "Volumes":{"data/":{},"/x":{}},"ArgsEscaped":true})");
  ASSERT_TRUE(config) << describe(config.error());
  EXPECT_EQ(config->environment, (names{"A=b", "C"}));
  EXPECT_EQ(config->command, names{"sh"});
  EXPECT_EQ(config->entrypoint, (names{"/init", "-x"}));
  EXPECT_EQ(config->working_directory, "/app");
  EXPECT_EQ(config->user, "1:2");
  EXPECT_EQ(config->stop_signal, "SIGINT");
  EXPECT_EQ(config->labels.at(0).second, "v");
  EXPECT_EQ(config->volumes, (names{"/data", "/x"}));
}

TEST(image_config, takes_null_for_nothing) {
  const auto config = read(R"({"Env":null,"Labels":null,"Volumes":null,"User":null})");
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->environment.empty());
  EXPECT_TRUE(read("null"));
  EXPECT_TRUE(read("{}"));
}

TEST(image_config, refuses_wrong_types_and_impossible_values) {
  for (const auto* text :
       {R"({"Env":"A=b"})", R"({"Env":[1]})", R"({"Cmd":{}})", R"({"User":1})", R"({"Labels":[]})",
        R"({"Labels":{"k":1}})", R"({"Volumes":[]})", R"({"Volumes":{"/":{}}})",
        R"({"Volumes":{"..":{}}})", R"({"User":"a\u0000b"})", "[]"}) {
    const auto config = read(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, error_code::bad_image) << text;
  }
}

TEST(image_name, gets_the_parts_that_were_left_out) {
  EXPECT_EQ(normalise_image_name("busybox").value(), "localhost/busybox:latest");
  EXPECT_EQ(normalise_image_name("a/b:1").value(), "localhost/a/b:1");
  EXPECT_EQ(normalise_image_name("localhost/a").value(), "localhost/a:latest");
  EXPECT_EQ(normalise_image_name("docker.io/a").value(), "docker.io/library/a:latest");
  EXPECT_EQ(normalise_image_name("docker.io/a/b").value(), "docker.io/a/b:latest");
  EXPECT_EQ(normalise_image_name("host:5000/a:v1.0").value(), "host:5000/a:v1.0");
}

TEST(image_name, is_refused_if_it_is_none) {
  for (const auto* name : {"", "A", "../a", "a//b", "/a", "a:", "a:b:c", "a b", "a@sha256:00", "-a",
                           "localhost/", "a/../b"})
    EXPECT_EQ(normalise_image_name(name).error().code, error_code::usage) << name;
  EXPECT_FALSE(normalise_image_name(std::string(300, 'a')));
}

TEST(image_name, may_stand_for_an_own_image_or_one_of_docker) {
  EXPECT_EQ(image_name_candidates("a"),
            (names{"localhost/a:latest", "docker.io/library/a:latest"}));
  EXPECT_EQ(image_name_candidates("quay.io/a:1"), names{"quay.io/a:1"});
  EXPECT_TRUE(image_name_candidates("!").empty());
}
