#include "io/archive/read_summary.hpp"

#include "io/criu/statistics.hpp"

#include <algorithm>

namespace floe {

namespace {

/// A document that an archive may lack; empty then.
expected<std::string> optional_document(archive_reader& archive,
                                        const std::vector<archive_member>& members,
                                        const char* name) {
  if (std::ranges::find(members, name, &archive_member::name) == members.end())
    return std::string{};
  return archive.document(name);
}

void add_notes(archive_summary& summary, archive_notes notes) {
  for (auto& volume : summary.volumes) {
    auto details = notes.volume(volume.name);
    volume.labels = std::move(details.labels);
    volume.driver_options = std::move(details.options);
  }
  summary.warnings = std::move(notes.warnings);
}

void add_sizes(archive_summary& summary, const std::vector<archive_member>& members) {
  for (const auto& member : members) {
    summary.files.push_back({member.name, member.size, member.type == '5'});
    summary.content_bytes += member.size;
    const bool earlier = member.name.starts_with("pre-checkpoint/");
    if (earlier || member.name.starts_with("checkpoint/"))
      summary.images_bytes += member.size;
    if (const auto file = member.name.substr(member.name.rfind('/') + 1);
        file.starts_with("pages-") && file.ends_with(".img"))
      summary.memory_bytes += member.size;
    summary.pre_checkpoint = summary.pre_checkpoint || earlier;
    if (member.name == "rootfs-diff.tar")
      summary.rootfs_bytes = member.size;
    if (member.name == "devshm-checkpoint.tar")
      summary.shared_memory_bytes = member.size;
    for (auto& volume : summary.volumes)
      if (member.name == "volumes/" + volume.name + ".tar")
        volume.bytes = member.size;
  }
}

expected<void> add_documents(archive_summary& summary, archive_reader& archive,
                             const std::vector<archive_member>& members) {
  auto deleted = optional_document(archive, members, "deleted.files");
  if (!deleted)
    return tl::unexpected{deleted.error()};
  if (!deleted->empty()) {
    auto list = parse_json(*deleted, archive.path() + ": deleted.files");
    if (!list)
      return tl::unexpected{list.error()};
    summary.deleted_files = list->is_array() ? list->size() : 0;
  }
  auto statistics = optional_document(archive, members, "stats-dump");
  if (!statistics)
    return tl::unexpected{statistics.error()};
  if (statistics->empty())
    return {};
  if (auto read = parse_criu_statistics(*statistics, archive.path() + ": stats-dump"))
    summary.criu = *read;
  else
    summary.warnings.push_back(describe(read.error()));
  return {};
}

} // namespace

expected<archive_summary> read_summary(archive_reader& archive) {
  auto members = archive.members();
  if (!members)
    return tl::unexpected{members.error()};
  auto config = archive.document("config.dump");
  if (!config)
    return tl::unexpected{config.error()};
  auto spec = archive.document("spec.dump");
  if (!spec)
    return tl::unexpected{spec.error()};
  auto network = optional_document(archive, *members, "network.status");
  if (!network)
    return tl::unexpected{network.error()};
  auto summary = summarize_documents(*config, *spec, *network, archive.path());
  if (!summary)
    return summary;
  summary->path = archive.path();
  summary->method = archive.method();
  summary->indexed = archive.indexed();
  summary->digest = archive.digest();
  summary->file_bytes = archive.stored_size();
  add_notes(*summary, archive.notes());
  if (const auto engine = archive.engine(); !engine.empty())
    summary->engine = engine;
  add_sizes(*summary, *members);
  if (auto done = add_documents(*summary, archive, *members); !done)
    return tl::unexpected{done.error()};
  return summary;
}

} // namespace floe
