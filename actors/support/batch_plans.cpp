#include "actors/support/batch_plans.hpp"

#include "io/container/lifecycle.hpp"
#include "io/posix/system_error.hpp"
#include "model/container_filter.hpp"
#include "model/export_name.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace floe {

namespace {

struct selection {
  std::string input;
  container_record record;
};

using record_predicate = bool (*)(const container_record&);

bool runs(const container_record& record) {
  return record.status.state == container_state::running;
}

bool can_be_restored(const container_record& record) {
  return record.status.state == container_state::exited && record.status.checkpointed;
}

/// All containers that the filters mean and that \p wanted holds for, as they really are.
expected<std::vector<selection>> select_all(container_host& host,
                                            const std::vector<std::string>& filter_texts,
                                            record_predicate wanted) {
  auto filters = parse_container_filters(filter_texts);
  if (!filters)
    return tl::unexpected(filters.error());
  auto records = host.state().containers();
  if (!records)
    return tl::unexpected(records.error());
  std::vector<selection> out;
  for (const auto& record : *records) {
    auto current = find_current(host, record.config.id);
    // One that is locked or vanishes meanwhile is somebody else's.
    if (!current && (current.error().code == error_code::no_such_container ||
                     current.error().code == error_code::container_busy))
      continue;
    if (!current)
      return tl::unexpected(current.error());
    if (wanted(*current) && matches(*filters, current->config, current->status))
      out.push_back({current->config.id, std::move(*current)});
  }
  return out;
}

/// The named containers; one that is named twice counts once.
expected<std::vector<selection>> select_named(container_host& host,
                                              const std::vector<std::string>& names) {
  std::vector<selection> out;
  std::set<std::string> seen;
  for (const auto& name : names) {
    auto record = host.state().find_container(name);
    if (!record)
      return tl::unexpected(record.error());
    if (seen.insert(record->config.id).second)
      out.push_back({name, std::move(*record)});
  }
  return out;
}

std::string_view suffix_of(compression method) {
  switch (method) {
  case compression::zstd:
  case compression::raw:
    return ".tar.zst";
  case compression::gzip:
    return ".tar.gz";
  case compression::none:
    return ".tar";
  }
  return ".tar";
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

std::string batch_timestamp() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts)};
}

expected<void> check_directory(const std::string& path) {
  struct stat what {};
  if (::stat(path.c_str(), &what) != 0) {
    if (errno == ENOENT)
      return fail(error_code::no_such_file, "--export-dir " + path, "there is no such directory",
                  "create it, or name another one");
    return system_failure(errno, "--export-dir " + path, "find", error_code::no_such_file);
  }
  if (!S_ISDIR(what.st_mode))
    return fail(error_code::usage, "--export-dir " + path, "it is not a directory",
                "name a directory, or use --export for one file");
  return {};
}

expected<std::vector<std::string>> export_paths(const checkpoint_containers& request,
                                                const std::vector<selection>& selected) {
  if (!request.export_file.empty()) {
    if (selected.size() > 1)
      return fail(error_code::usage, "--export " + request.export_file,
                  "it is one file, but there are " + std::to_string(selected.size()) +
                      " containers",
                  "use --export-dir");
    return std::vector<std::string>(selected.size(), request.export_file);
  }
  if (request.export_directory.empty())
    return std::vector<std::string>(selected.size());
  if (auto checked = check_directory(request.export_directory); !checked)
    return tl::unexpected(checked.error());
  const auto pattern = request.export_name.empty()
                           ? "{name}" + std::string{suffix_of(request.options.method)}
                           : request.export_name;
  std::vector<export_subject> subjects;
  const auto host = host_name();
  const auto timestamp = batch_timestamp();
  for (const auto& each : selected)
    subjects.push_back({each.record.config.name, each.record.config.id,
                        each.record.config.image_name, host, timestamp});
  auto names = export_file_names(pattern, subjects);
  if (!names)
    return tl::unexpected(names.error());
  for (auto& name : *names)
    name = (std::filesystem::path{request.export_directory} / name).string();
  return names;
}

expected<void> check_request(const checkpoint_containers& request) {
  const auto everything = request.all || !request.filters.empty();
  if (everything && !request.names.empty())
    return fail(error_code::usage, "checkpoint", "no arguments are needed with --all or --filter");
  if (!everything && request.names.empty())
    return fail(error_code::usage, "checkpoint", "you must provide at least one name or id");
  if (!request.export_file.empty() && !request.export_directory.empty())
    return fail(error_code::usage, "checkpoint",
                "--export and --export-dir cannot be used together");
  return {};
}

} // namespace

expected<std::vector<checkpoint_target>> plan_checkpoints(container_host& host,
                                                          const checkpoint_containers& request) {
  if (auto checked = check_request(request); !checked)
    return tl::unexpected(checked.error());
  auto selected = request.names.empty() ? select_all(host, request.filters, runs)
                                        : select_named(host, request.names);
  if (!selected)
    return tl::unexpected(selected.error());
  auto paths = export_paths(request, *selected);
  if (!paths)
    return tl::unexpected(paths.error());
  std::vector<checkpoint_target> out;
  for (size_t i = 0; i < selected->size(); ++i) {
    out.push_back({(*selected)[i].input, (*selected)[i].record.config.id, request.options});
    out.back().options.export_path = (*paths)[i];
  }
  return out;
}

expected<std::vector<restore_target>> plan_restores(container_host& host,
                                                    const restore_containers& request) {
  if (!request.options.name.empty() && request.archives.size() + request.names.size() > 1)
    return fail(error_code::usage, "--name " + request.options.name,
                "it can only be used with one archive");
  auto selected =
      request.all ? select_all(host, {}, can_be_restored) : select_named(host, request.names);
  if (!selected)
    return tl::unexpected(selected.error());
  std::vector<restore_target> out;
  for (const auto& each : *selected)
    out.push_back({each.input, each.record.config.id});
  return out;
}

} // namespace floe
