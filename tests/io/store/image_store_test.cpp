// Goal: every kind of image becomes layers that are right or nothing at all, images share layers,
// and names lead to them as with Podman. Method: images saved by hand, imported into a scratch
// root; owners, devices and trusted attributes take root.
#include "io/posix/file_tree.hpp"
#include "io/store/image_store.hpp"
#include "tests/io/store/saved_image.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/xattr.h>

using namespace floe;
using namespace floe::test;

namespace {

class image_store : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0)
      GTEST_SKIP() << "unpacking images needs root";
    settings.root = scratch / "root";
    settings.run_root = scratch / "run";
    settings.storage_configuration = scratch / "storage.conf";
    write_file(settings.storage_configuration,
               "[storage]\ngraphroot = \"" + scratch / "none" + "\"\n");
    auto opened = store::open(settings.root);
    ASSERT_TRUE(opened) << describe(opened.error());
    state = std::move(*opened);
  }

  expected<image_record> import(const std::string& path, const std::string& name = "web") {
    return import_image(*state, settings, path, name);
  }

  std::vector<std::string> on_disk() {
    return list_directory(settings.root + "/images/layers").value();
  }

  /// A refused import leaves nothing.
  void expect_refused(const std::string& path, error_code code = error_code::bad_image) {
    const auto record = import(path);
    ASSERT_FALSE(record) << path;
    EXPECT_EQ(record.error().code, code) << describe(record.error());
    EXPECT_TRUE(on_disk().empty());
    EXPECT_EQ(list_directory(settings.root + "/images").value(),
              std::vector<std::string>{"layers"});
    EXPECT_TRUE(state->images()->empty());
  }

  static saved_image two_layers() {
    return {{raw_tar{}.directory("etc/").file("etc/name", "lower").file("gone", "x").closed(),
             raw_tar{}.file("etc/name", "upper").file(".wh.gone", "").closed()}};
  }

  scratch_directory scratch;
  host_settings settings;
  std::unique_ptr<store> state;
};

} // namespace

TEST_F(image_store, copies_a_root_filesystem) {
  write_file(scratch / "rootfs/etc/name", "x");
  ASSERT_EQ(::chmod((scratch / "rootfs").c_str(), 0751), 0);
  ASSERT_EQ(::setxattr((scratch / "rootfs/etc/name").c_str(), "user.k", "v", 1, 0), 0);
  const auto record = import(scratch / "rootfs");
  ASSERT_TRUE(record) << describe(record.error());
  EXPECT_EQ(record->names, std::vector<std::string>{"localhost/web:latest"});
  ASSERT_EQ(record->layers.size(), 1U);
  std::filesystem::remove_all(scratch / "rootfs");
  EXPECT_EQ(read_file(record->layers[0] + "/etc/name"), "x");
  EXPECT_EQ(::getxattr((record->layers[0] + "/etc/name").c_str(), "user.k", nullptr, 0), 1);
  struct stat status {};
  ASSERT_EQ(::stat(record->layers[0].c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0751U);
}

TEST_F(image_store, unpacks_the_tar_of_a_root_filesystem_however_it_is_packed) {
  const auto tar = raw_tar{}.directory("./").file("./etc/name", "x").closed();
  write_file(scratch / "plain", tar);
  for (const auto* filter : {"gzip", "zstd", "xz", "bzip2"})
    write_file(scratch / filter, compressed(tar, filter));
  for (const auto* name : {"plain", "gzip", "zstd", "xz", "bzip2"}) {
    const auto record = import(scratch / name, name);
    ASSERT_TRUE(record) << describe(record.error());
    EXPECT_EQ(record->layers,
              std::vector<std::string>{settings.root + "/images/layers/" + sha256_hex(tar)});
  }
  EXPECT_EQ(on_disk().size(), 1U);
}

TEST_F(image_store, unpacks_an_oci_layout_with_its_whiteouts) {
  const auto image = two_layers();
  image.write_layout(scratch / "layout");
  const auto record = import(scratch / "layout");
  ASSERT_TRUE(record) << describe(record.error());
  EXPECT_EQ(record->id, image.id());
  EXPECT_EQ(record->created, "2024-01-02T03:04:05Z");
  EXPECT_EQ(record->config["Cmd"][0], "/bin/sh");
  EXPECT_GT(record->size, 0U);
  ASSERT_EQ(record->layers.size(), 2U);
  EXPECT_EQ(read_file(record->layers[0] + "/etc/name"), "upper");
  EXPECT_EQ(read_file(record->layers[1] + "/etc/name"), "lower");
  struct stat status {};
  ASSERT_EQ(::lstat((record->layers[0] + "/gone").c_str(), &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode) && status.st_rdev == 0);
}

TEST_F(image_store, unpacks_an_oci_archive_and_a_docker_archive) {
  const auto image = two_layers();
  image.write_layout(scratch / "layout", "zstd");
  raw_tar archive;
  archive.directory("blobs/").directory("blobs/sha256/");
  const auto blobs = list_directory(scratch / "layout/blobs/sha256").value();
  for (const auto& blob : blobs)
    archive.file("blobs/sha256/" + blob, read_file(scratch / ("layout/blobs/sha256/" + blob)));
  for (const auto* name : {"index.json", "oci-layout"})
    archive.file(name, read_file(scratch / ("layout/" + std::string{name})));
  write_file(scratch / "oci.tar", archive.closed());
  write_file(scratch / "docker.tar.gz", compressed(image.docker_archive(), "gzip"));
  for (const auto* name : {"oci.tar", "docker.tar.gz"}) {
    const auto record = import(scratch / name);
    ASSERT_TRUE(record) << describe(record.error());
    EXPECT_EQ(record->id, image.id());
    EXPECT_EQ(read_file(record->layers[0] + "/etc/name"), "upper");
  }
  EXPECT_EQ(list_directory(settings.root + "/images").value(), std::vector<std::string>{"layers"});
}

TEST_F(image_store, keeps_a_layer_as_long_as_an_image_has_it) {
  auto image = two_layers();
  image.write_layout(scratch / "first");
  image.layers.pop_back();
  image.write_layout(scratch / "second");
  ASSERT_TRUE(import(scratch / "first", "first"));
  ASSERT_TRUE(import(scratch / "second", "second"));
  EXPECT_EQ(on_disk().size(), 2U);
  ASSERT_TRUE(remove_image(*state, settings, "first"));
  EXPECT_EQ(on_disk(), std::vector<std::string>{sha256_hex(image.layers[0])});
  ASSERT_TRUE(remove_image(*state, settings, "second"));
  EXPECT_TRUE(on_disk().empty());
  EXPECT_EQ(remove_image(*state, settings, "second").error().code, error_code::no_such_image);
}

TEST_F(image_store, finds_an_image_by_its_names_and_by_its_id) {
  write_file(scratch / "tar", two_layers().layers[0]);
  const auto record = import(scratch / "tar", "docker.io/library/web:1.0");
  ASSERT_TRUE(record);
  for (const auto& name : {std::string{"web:1.0"}, std::string{"docker.io/web:1.0"}, record->id,
                           record->id.substr(0, 12), "sha256:" + record->id}) {
    const auto found = find_image(*state, settings, name);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(found->id, record->id);
  }
  for (const auto* name : {"web", "localhost/web:1.0", "", "sha256:", "we"})
    EXPECT_EQ(find_image(*state, settings, name).error().code, error_code::no_such_image) << name;
  EXPECT_EQ(list_images(*state, settings)->size(), 1U);
}

TEST_F(image_store, gives_a_name_to_the_image_imported_last) {
  auto image = two_layers();
  image.write_layout(scratch / "first");
  ASSERT_TRUE(import(scratch / "first"));
  image.config["Env"] = json::array();
  image.write_layout(scratch / "second");
  ASSERT_TRUE(import(scratch / "second"));
  EXPECT_EQ(find_image(*state, settings, "web")->id, image.id());
  EXPECT_EQ(state->images()->size(), 2U);
}

TEST_F(image_store, takes_only_the_name_if_there_is_another) {
  two_layers().write_layout(scratch / "layout");
  ASSERT_TRUE(import(scratch / "layout", "a"));
  ASSERT_TRUE(import(scratch / "layout", "b"));
  EXPECT_EQ(state->images()->size(), 1U);
  ASSERT_TRUE(remove_image(*state, settings, "a"));
  EXPECT_FALSE(find_image(*state, settings, "a"));
  EXPECT_TRUE(find_image(*state, settings, "b"));
}

TEST_F(image_store, keeps_an_image_that_a_container_uses_unless_forced) {
  write_file(scratch / "tar", two_layers().layers[0]);
  const auto record = import(scratch / "tar");
  container_record user;
  user.config.id = std::string(64, 'a');
  user.config.name = "web";
  user.config.image_id = record->id;
  ASSERT_TRUE(state->add_container(user));
  EXPECT_EQ(remove_image(*state, settings, "web").error().code, error_code::image_in_use);
  EXPECT_EQ(on_disk().size(), 1U);
  EXPECT_TRUE(remove_image(*state, settings, "web", true));
}

TEST_F(image_store, refuses_what_is_no_image_and_names_that_are_none) {
  write_file(scratch / "noise", std::string(5000, 'x'));
  expect_refused(scratch / "noise");
  write_file(scratch / "cut", two_layers().layers[0].substr(0, 700));
  expect_refused(scratch / "cut");
  write_file(scratch / "cut.gz", compressed(two_layers().layers[0], "gzip").substr(0, 60));
  expect_refused(scratch / "cut.gz");
  write_file(scratch / "dir/version", "Directory Transport Version: 1.1\n");
  write_file(scratch / "dir/manifest.json", "{}");
  expect_refused(scratch / "dir");
  expect_refused(scratch / "nowhere", error_code::no_such_file);
  expect_refused("/dev/null");
  EXPECT_EQ(import(scratch / "noise", "../x").error().code, error_code::usage);
}

TEST_F(image_store, refuses_an_image_with_a_damaged_part) {
  const auto image = two_layers();
  image.write_layout(scratch / "sound");
  const auto blobs = list_directory(scratch / "sound/blobs/sha256").value();
  for (const auto& blob : blobs) {
    const auto damaged = scratch / ("damaged-" + blob);
    std::filesystem::copy(scratch / "sound", damaged, std::filesystem::copy_options::recursive);
    auto bytes = read_file(damaged + "/blobs/sha256/" + blob);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write_file(damaged + "/blobs/sha256/" + blob, bytes);
    expect_refused(damaged);
    std::filesystem::remove(damaged + "/blobs/sha256/" + blob);
    expect_refused(damaged);
  }
}

TEST_F(image_store, refuses_layers_that_are_not_what_the_configuration_says) {
  auto image = two_layers();
  image.write_layout(scratch / "layout");
  auto manifest_path = scratch / "layout/index.json";
  const auto digest = parse_json(read_file(manifest_path), "t")
                          .value()["manifests"][0]["digest"]
                          .get<std::string>()
                          .substr(7);
  auto manifest = parse_json(read_file(scratch / ("layout/blobs/sha256/" + digest)), "t").value();
  std::swap(manifest["layers"][0], manifest["layers"][1]);
  const auto changed = manifest.dump();
  write_file(scratch / ("layout/blobs/sha256/" + sha256_hex(changed)), changed);
  write_file(
      manifest_path,
      json{{"manifests", json::array({{{"digest", "sha256:" + sha256_hex(changed)}}})}}.dump());
  expect_refused(scratch / "layout");
}

TEST_F(image_store, refuses_documents_that_lead_elsewhere_or_nowhere) {
  const auto try_index = [&](const std::string& index) {
    write_file(scratch / "layout/oci-layout", "{}");
    write_file(scratch / "layout/index.json", index);
    expect_refused(scratch / "layout");
  };
  for (const auto* index :
       {"", "[]", "{}", R"({"manifests":[]})", R"({"manifests":[{"digest":"sha256:../../x"}]})",
        R"({"manifests":[{"digest":"md5:00"}]})", R"({"manifests":[{},{}]})",
        R"({"layers":[],"config":{}})", R"({"layers":[{"digest":"x"}],"config":{}})"})
    try_index(index);
  const auto config = two_layers().configuration();
  for (const auto* layers : {R"(["../../etc/passwd"])", R"(["/etc/passwd"])", R"([1])", "[]"}) {
    write_file(
        scratch / "docker.tar",
        raw_tar{}
            .file("c.json", config)
            .file("manifest.json", R"([{"Config":"c.json","Layers":)" + std::string{layers} + "}]")
            .closed());
    expect_refused(scratch / "docker.tar");
  }
}

TEST_F(image_store, refuses_a_layer_that_leads_outside) {
  auto image = two_layers();
  image.layers.push_back(
      raw_tar{}.symlink("link", scratch / "outside").file("link/file", "x").closed());
  image.write_layout(scratch / "layout");
  expect_refused(scratch / "layout");
  EXPECT_FALSE(std::filesystem::exists(scratch / "outside"));
}

TEST_F(image_store, stops_when_it_is_told_to) {
  two_layers().write_layout(scratch / "layout");
  std::stop_source stop;
  stop.request_stop();
  const auto record = import_image(*state, settings, scratch / "layout", "web", stop.get_token());
  EXPECT_EQ(record.error().code, error_code::cancelled);
  EXPECT_TRUE(on_disk().empty());
}
