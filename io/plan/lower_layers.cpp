#include "io/plan/lower_layers.hpp"

#include "io/plan/overlay_marks.hpp"
#include "io/plan/tar_plan.hpp"
#include "io/posix/system_error.hpp"

#include <algorithm>
#include <set>

namespace floe {

expected<lower_layers> lower_layers::open(const std::vector<std::string>& paths) {
  lower_layers opened;
  for (const auto& path : paths) {
    auto layer = open_tree(path);
    if (!layer)
      return tl::unexpected{std::move(layer).error()};
    opened.layers_.push_back(std::move(*layer));
  }
  return opened;
}

merged_directory lower_layers::root(uint32_t first) const {
  merged_directory all;
  for (auto layer = first; layer < layers_.size(); ++layer)
    all.push_back({layer, ""});
  return all;
}

expected<merged_entry> lower_layers::find(const merged_directory& parent,
                                          const std::string& name) const {
  merged_entry found;
  for (const auto& part : parent) {
    layer_path here{part.layer, join_path(part.path, name)};
    auto entry = open_if_there(here);
    if (!entry)
      return tl::unexpected{std::move(entry).error()};
    if (!*entry)
      continue;
    const auto what = subject(here);
    if (!S_ISDIR((*entry)->status.st_mode)) {
      const auto gone = is_whiteout(**entry, what);
      if (!gone)
        return tl::unexpected{gone.error()};
      // A file below a directory is hidden by it, as everything below a file is.
      if (!*gone && found.directories.empty())
        found.file = std::move(here);
      return found;
    }
    found.directories.push_back(here);
    const auto opaque = is_opaque(**entry, what);
    if (!opaque)
      return tl::unexpected{opaque.error()};
    if (*opaque)
      return found;
    auto redirect = read_redirect(**entry, what);
    if (!redirect)
      return tl::unexpected{std::move(redirect).error()};
    if (*redirect) {
      auto rest = find_target(below(parent, here.layer), **redirect, here.layer + 1);
      if (!rest)
        return rest;
      std::ranges::move(rest->directories, std::back_inserter(found.directories));
      return found;
    }
  }
  return found;
}

expected<merged_entry> lower_layers::find_path(std::string_view path, uint32_t first) const {
  merged_entry at{root(first), {}};
  while (!path.empty()) {
    const auto part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part.empty())
      continue;
    auto next = find(at.directories, std::string{part});
    if (!next)
      return next;
    at = std::move(*next);
  }
  return at;
}

expected<merged_entry> lower_layers::find_target(const merged_directory& parent,
                                                 const std::string& target, uint32_t first) const {
  return target.starts_with('/') ? find_path(target, first) : find(parent, target);
}

expected<std::optional<layer_path>> lower_layers::find_data(const merged_directory& parent,
                                                            const std::string& target) const {
  auto directory = parent;
  auto wanted = target;
  uint32_t first = 0;
  // Each turn goes at least one layer down.
  for (size_t turn = 0; turn <= layers_.size(); ++turn) {
    auto found = find_target(directory, wanted, first);
    if (!found)
      return tl::unexpected{std::move(found).error()};
    if (!found->file)
      return std::nullopt;
    auto entry = open(*found->file);
    if (!entry)
      return tl::unexpected{std::move(entry).error()};
    const auto what = subject(*found->file);
    const auto metacopy = is_metacopy(*entry, what);
    if (!metacopy)
      return tl::unexpected{metacopy.error()};
    if (!*metacopy)
      return std::optional{std::move(*found->file)};
    auto redirect = read_redirect(*entry, what);
    if (!redirect)
      return tl::unexpected{std::move(redirect).error()};
    first = found->file->layer + 1;
    if (wanted.starts_with('/') && (!*redirect || !(*redirect)->starts_with('/'))) {
      // Stay in the directory that the last redirection led to.
      const auto [above, name] = split_last(wanted);
      auto there = find_path(above, first);
      if (!there)
        return tl::unexpected{std::move(there).error()};
      directory = std::move(there->directories);
      wanted = std::string{name};
    } else {
      directory = below(directory, found->file->layer);
    }
    if (*redirect)
      wanted = std::move(**redirect);
  }
  return std::nullopt;
}

expected<std::vector<std::string>> lower_layers::list(const merged_directory& directory) const {
  std::set<std::string> candidates;
  for (const auto& part : directory) {
    auto handle = open(part);
    if (!handle)
      return tl::unexpected{std::move(handle).error()};
    auto names = list_directory(handle->handle.get(), subject(part));
    if (!names)
      return tl::unexpected{std::move(names).error()};
    for (auto& each : *names)
      candidates.insert(std::move(each.name));
  }
  std::vector<std::string> names;
  for (const auto& name : candidates) {
    const auto found = find(directory, name);
    if (!found)
      return tl::unexpected{found.error()};
    if (found->exists())
      names.push_back(name);
  }
  return names;
}

expected<tree_entry> lower_layers::open(const layer_path& path) const {
  auto entry = open_entry(layers_[path.layer]->directory.get(), path.path);
  if (!entry)
    return system_failure(entry.error(), subject(path), "open");
  return std::move(*entry);
}

expected<std::optional<tree_entry>> lower_layers::open_if_there(const layer_path& path) const {
  auto entry = open_entry(layers_[path.layer]->directory.get(), path.path);
  if (entry)
    return std::optional{std::move(*entry)};
  if (means_vanished(entry.error()))
    return std::optional<tree_entry>{};
  return system_failure(entry.error(), subject(path), "open");
}

std::string lower_layers::subject(const layer_path& path) const {
  return printable(join_path(layers_[path.layer]->path, path.path));
}

merged_directory lower_layers::below(const merged_directory& directory, uint32_t layer) {
  merged_directory rest;
  std::ranges::copy_if(directory, std::back_inserter(rest),
                       [&](const layer_path& part) { return part.layer > layer; });
  return rest;
}

} // namespace floe
