// Podman's database as BoltDB keeps it: behaviours.md section 19.2.
#include "io/podman/bolt_file.hpp"
#include "io/podman/podman_rows.hpp"

#include <functional>
#include <optional>
#include <tuple>

namespace floe {

namespace {

/// The texts of a bucket, where a missing key is an empty text. Remembers the first error.
class bucket_texts {
 public:
  explicit bucket_texts(const bolt_bucket& bucket) : bucket_{bucket} {}

  std::string operator()(std::string_view key) {
    auto value = bucket_.find_value(key);
    if (!value && !problem_)
      problem_ = value.error();
    return value && *value ? std::move(**value) : std::string{};
  }

  expected<void> finish() const {
    return problem_ ? expected<void>{tl::unexpect, *problem_} : expected<void>{};
  }

 private:
  const bolt_bucket& bucket_;
  std::optional<error> problem_;
};

using bucket_visitor = std::function<expected<void>(std::string_view key, const bolt_bucket&)>;

expected<void> for_each_bucket(const bolt_bucket& root, std::string_view name,
                               const bucket_visitor& visit) {
  const auto all = root.find_bucket(name);
  if (!all)
    return tl::unexpected{all.error()};
  if (!*all)
    return {};
  return (*all)->for_each([&](const bolt_entry& entry) -> expected<void> {
    const auto bucket = (*all)->find_bucket(entry.key);
    if (!bucket)
      return tl::unexpected{bucket.error()};
    return *bucket ? visit(entry.key, **bucket) : expected<void>{};
  });
}

/// The id of the container or pod that has this name; empty if there is none.
expected<std::string> id_of_name(const bolt_bucket& root, std::string_view name) {
  const auto names = root.find_bucket("name-registry");
  if (!names)
    return tl::unexpected{names.error()};
  if (!*names)
    return std::string{};
  auto id = (*names)->find_value(name);
  if (!id)
    return tl::unexpected{id.error()};
  return id->value_or(std::string{});
}

/// What the database calls the containers, if only their documents are damaged.
expected<void> fill_names(const bolt_bucket& root, std::vector<podman_container_row>& rows) {
  const auto names = root.find_bucket("id-registry");
  if (!names)
    return tl::unexpected{names.error()};
  if (!*names)
    return {};
  bucket_texts name_of{**names};
  for (auto& row : rows)
    row.name = name_of(row.id);
  return name_of.finish();
}

/// Only the one below \p key, if it is there.
expected<void> with_bucket(const bolt_bucket& root, std::string_view name, std::string_view key,
                           const bucket_visitor& visit) {
  const auto all = root.find_bucket(name);
  if (!all)
    return tl::unexpected{all.error()};
  if (!*all)
    return {};
  const auto bucket = (*all)->find_bucket(key);
  if (!bucket)
    return tl::unexpected{bucket.error()};
  return *bucket ? visit(key, **bucket) : expected<void>{};
}

expected<void> read_networks(const bolt_bucket& container, podman_container_row& row) {
  const auto networks = container.find_bucket("networks");
  if (!networks)
    return tl::unexpected{networks.error()};
  row.has_networks = networks->has_value();
  if (!row.has_networks)
    return {};
  return (*networks)->for_each([&row](const bolt_entry& entry) -> expected<void> {
    row.networks.emplace_back(entry.key, entry.value);
    return {};
  });
}

expected<void> read_container(std::string_view id, const bolt_bucket& bucket, podman_rows& into) {
  bucket_texts text{bucket};
  podman_container_row row;
  row.id = id;
  row.config = text("config");
  row.state = text("state");
  row.pod_id = text("pod-id");
  row.network_namespace = text("netns");
  if (auto read = text.finish(); !read)
    return read;
  if (auto read = read_networks(bucket, row); !read)
    return read;
  into.containers.push_back(std::move(row));
  return {};
}

expected<void> read_pod(std::string_view id, const bolt_bucket& bucket, podman_rows& into) {
  bucket_texts text{bucket};
  podman_pod_row row;
  row.id = id;
  row.config = text("config");
  row.state = text("state");
  if (auto read = text.finish(); !read)
    return read;
  const auto members = bucket.find_bucket("containers");
  if (!members)
    return tl::unexpected{members.error()};
  if (*members)
    if (auto read = (*members)->for_each([&row](const bolt_entry& entry) -> expected<void> {
          row.containers.emplace_back(entry.key);
          return {};
        });
        !read)
      return read;
  into.pods.push_back(std::move(row));
  return {};
}

expected<void> read_volume(std::string_view name, const bolt_bucket& bucket, podman_rows& into) {
  bucket_texts text{bucket};
  podman_volume_row row;
  row.name = name;
  row.config = text("config");
  row.state = text("state");
  into.volumes.push_back(std::move(row));
  return text.finish();
}

} // namespace

expected<podman_paths> read_bolt_paths(const std::string& database) {
  const auto root = bolt_file::open(database);
  if (!root)
    return tl::unexpected{root.error()};
  const auto recorded = root->find_bucket("runtime-config");
  if (!recorded)
    return tl::unexpected{recorded.error()};
  if (!*recorded)
    return podman_paths{};
  bucket_texts text{**recorded};
  podman_paths paths;
  paths.static_dir = text("static-dir");
  paths.tmp_dir = text("tmp-dir");
  paths.graph_root = text("graph-root");
  paths.run_root = text("run-root");
  paths.graph_driver = text("graph-driver-name");
  paths.volume_path = text("volume-path");
  if (auto read = text.finish(); !read)
    return tl::unexpected{read.error()};
  return paths;
}

expected<podman_rows> read_bolt_rows(const std::string& database,
                                     const std::optional<podman_row_key>& only) {
  using enum podman_row_key::row_kind;
  const auto root = bolt_file::open(database);
  if (!root)
    return tl::unexpected{root.error()};
  auto wanted = only;
  if (only && only->kind == named_container) {
    auto id = id_of_name(*root, only->key);
    if (!id)
      return tl::unexpected{id.error()};
    wanted = podman_row_key{container, std::move(*id)};
  }
  podman_rows rows;
  for (const auto& [kind, name, read] :
       {std::tuple{container, "ctr", &read_container}, std::tuple{pod, "pod", &read_pod},
        std::tuple{volume, "vol", &read_volume}}) {
    if (wanted && wanted->kind != kind)
      continue;
    const auto visit = [&rows, read = read](std::string_view key, const bolt_bucket& bucket) {
      return read(key, bucket, rows);
    };
    auto done =
        wanted ? with_bucket(*root, name, wanted->key, visit) : for_each_bucket(*root, name, visit);
    if (!done)
      return tl::unexpected{done.error()};
  }
  if (auto named = fill_names(*root, rows.containers); !named)
    return tl::unexpected{named.error()};
  return rows;
}

} // namespace floe
