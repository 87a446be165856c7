// Goal: no member of a stranger's document means something to a runtime or to Podman that it does
// not mean here. Method: names that Go's decoders take for others; documents as they are written.
#include "model/document_spelling.hpp"

#include <gtest/gtest.h>

using namespace floe;

namespace {

bool is_refused(const char* text) {
  const auto document = parse_json(text, "a document");
  EXPECT_TRUE(document) << text;
  const auto checked = check_spelling(*document, "x.tar");
  EXPECT_TRUE(checked || checked.error().code == error_code::archive_refused);
  EXPECT_TRUE(checked || checked.error().subject == "x.tar");
  return !checked;
}

} // namespace

TEST(check_spelling, refuses_known_names_in_another_case) {
  for (const auto* text :
       {R"({"Hooks": {}})", R"({"MOUNTS": []})", R"({"mounts": [{"OPTIONS": ["rbind"]}]})",
        R"({"linux": {"Namespaces": []}})", R"({"Secrets": []})", R"({"OverlayVolumes": []})",
        R"({"namedVolumes": [{"volumeName": "a", "OPTIONS": ["volume-opt=type=none"]}]})",
        R"({"spec": {"Process": {}}})", R"({"newNetworks": {"a": {"Static_IPs": []}}})"})
    EXPECT_TRUE(is_refused(text)) << text;
}

TEST(check_spelling, refuses_letters_that_decoders_take_for_ascii) {
  for (const auto* text : {R"({"hook\u017f": {}})", R"({"hoo\u212as": {}})",
                           R"({"p\u0130d_file": ""})", R"({"\u017fecrets": []})"})
    EXPECT_TRUE(is_refused(text)) << text;
}

TEST(check_spelling, refuses_two_names_that_cannot_be_told_apart) {
  EXPECT_TRUE(is_refused(R"({"whatever": 1, "whatEver": 2})"));
  EXPECT_TRUE(is_refused(R"({"namedVolumes": [{"SubPath": "a", "subPath": "b"}]})"));
}

TEST(check_spelling, leaves_the_keys_of_maps_alone) {
  EXPECT_FALSE(is_refused(R"({"labels": {"Hooks": "a", "hooks": "b"}, "annotations": {"Root": ""},
                              "newNetworks": {"Mounts": {"static_ips": []}},
                              "exposedPorts": {"80": ["tcp"]}})"));
}

TEST(check_spelling, knows_what_libpod_names_in_its_own_way) {
  EXPECT_FALSE(is_refused(
      R"({"secrets": [{"name": "a", "UID": 0, "GID": 0, "Mode": 292, "Target": "b"}],
          "idMappingsOptions": {"HostUIDMapping": true, "AutoUserNsOpts": {"Size": 0}},
          "healthcheck": {"Test": [], "Timeout": 1}, "NOShmShare": true, "Dependencies": null})"));
  EXPECT_TRUE(is_refused(R"({"process": {"user": {"UID": 0}}})"));
}
