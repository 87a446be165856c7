// `floe show`: looks into archives without restoring them.
#include "io/archive/read_summary.hpp"
#include "tools/command_line.hpp"
#include "tools/output.hpp"

namespace floe {

namespace {

struct show_verb {
  std::vector<std::string> paths;
  std::string format;
  bool with_files = false;

  void declare(CLI::App& app) {
    add_arguments(app, "ARCHIVE", paths, "Archives, of floe or of Podman")->required();
    app.add_flag("--files", with_files, "List what is in it");
    add_format(app, format);
  }

  exit_code run(session& s);
  void show(const session& s, const archive_summary& summary) const;
};

void show_line(const session& s, const char* what, const std::string& value) {
  if (!value.empty())
    s.streams().out("  {:<14} {}", what, for_display(value));
}

std::string size_or_nothing(uint64_t bytes) {
  return bytes == 0 ? std::string{} : human_size(bytes);
}

void show_container(const session& s, const archive_summary& summary) {
  show_line(s, "Name", summary.name);
  show_line(s, "ID", summary.id);
  show_line(s, "Image", summary.image_name);
  show_line(s, "Created", summary.created);
  show_line(s, "Runtime", summary.runtime);
  show_line(s, "Engine", summary.engine);
  for (const auto& interface : summary.interfaces)
    for (const auto& address : interface.addresses)
      show_line(s, "Address", address + " on " + interface.network);
}

void show_sizes(const session& s, const archive_summary& summary) {
  show_line(s, "Kind", summary.pre_checkpoint ? "pre-checkpoint: memory only" : "checkpoint");
  show_line(s, "Size",
            fmt::format("{} holding {}, {}", human_size(summary.file_bytes),
                        human_size(summary.content_bytes), to_string(summary.method)));
  show_line(s, "Memory", human_size(summary.memory_bytes));
  if (summary.rootfs_bytes)
    show_line(s, "Rootfs change", human_size(*summary.rootfs_bytes));
  if (summary.deleted_files > 0)
    show_line(s, "Deleted files", std::to_string(summary.deleted_files));
  show_line(s, "/dev/shm", size_or_nothing(summary.shared_memory_bytes));
  for (const auto& volume : summary.volumes)
    show_line(s, "Volume",
              fmt::format("{} at {}, {}", volume.name, volume.destination,
                          volume.bytes ? human_size(*volume.bytes) : "not in the archive"));
}

void show_verb::show(const session& s, const archive_summary& summary) const {
  s.streams().out("{}", for_display(summary.path));
  show_container(s, summary);
  show_sizes(s, summary);
  if (summary.criu)
    show_line(s, "CRIU",
              fmt::format("froze it for {}, wrote {} pages",
                          human_duration(summary.criu->frozen_time), summary.criu->pages_written));
  show_line(s, "Digest", summary.digest);
  for (const auto& warning : summary.warnings)
    show_line(s, "Warning", warning);
  if (!with_files)
    return;
  for (const auto& file : summary.files)
    s.streams().out("  {:>8}  {}{}", file.is_directory ? "" : human_size(file.bytes),
                    for_display(file.name), file.is_directory ? "/" : "");
}

exit_code show_verb::run(session& s) {
  json documents = json::array();
  std::vector<error> errors;
  for (const auto& path : paths) {
    const auto summary = archive_reader::open(path).and_then(
        [](const std::unique_ptr<archive_reader>& archive) { return read_summary(*archive); });
    if (!summary) {
      s.streams().report(summary.error());
      errors.push_back(summary.error());
      documents.push_back({{"archive", path}, {"error", to_json(summary.error())}});
    } else if (format == "json") {
      documents.push_back(to_json(*summary, with_files));
    } else {
      show(s, *summary);
    }
  }
  if (format == "json")
    s.streams().out("{}", dump_json(documents));
  return judge(paths.size() - errors.size(), errors);
}

} // namespace

void add_show_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<show_verb>(parent, chosen,
                      {"show", "Look into archives without restoring them",
                       "floe show /backup/web.tar.zst\n"
                       "floe show --files --format json /backup/web.tar.zst"});
}

} // namespace floe
