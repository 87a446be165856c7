#include "tests/io/plan/plan_support.hpp"

#include "io/plan/tree_walk.hpp"
#include "io/posix/xattr.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <locale.h>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

namespace floe::plan_test {

namespace fs = std::filesystem;

std::string bytes_of(const rope& content) {
  std::string bytes(content.size(), '?');
  rope_reader reader{content};
  // An odd step crosses segments at all kinds of places.
  constexpr size_t step = 100'003;
  for (size_t at = 0; at < bytes.size(); at += step) {
    const auto out = std::span{bytes}.subspan(at, std::min(step, bytes.size() - at));
    const auto done = reader.read(content.begin_offset() + at, std::as_writable_bytes(out));
    if (!done)
      ADD_FAILURE() << describe(done.error());
  }
  for (const auto& change : reader.changes())
    ADD_FAILURE() << describe(change);
  return bytes;
}

namespace {

seen_member member_from(archive_entry* entry) {
  seen_member seen;
  const auto text = [](const char* from) { return std::string{from == nullptr ? "" : from}; };
  seen.name = text(archive_entry_pathname(entry));
  seen.hard_link = archive_entry_hardlink(entry) != nullptr;
  seen.link = text(seen.hard_link ? archive_entry_hardlink(entry) : archive_entry_symlink(entry));
  seen.mode = archive_entry_mode(entry);
  seen.uid = archive_entry_uid(entry);
  seen.gid = archive_entry_gid(entry);
  seen.size = archive_entry_size(entry);
  seen.seconds = archive_entry_mtime(entry);
  seen.nanoseconds = archive_entry_mtime_nsec(entry);
  seen.device_major = archive_entry_rdevmajor(entry);
  seen.device_minor = archive_entry_rdevminor(entry);
  const char* name = nullptr;
  const void* value = nullptr;
  size_t length = 0;
  archive_entry_xattr_reset(entry);
  while (archive_entry_xattr_next(entry, &name, &value, &length) == ARCHIVE_OK)
    seen.attributes[name] = std::string{static_cast<const char*>(value), length};
  return seen;
}

std::string content_of(archive* in, int64_t size) {
  std::string content;
  if (size > (int64_t{64} << 20))
    return content;
  content.resize(static_cast<size_t>(size));
  const void* bytes = nullptr;
  size_t length = 0;
  la_int64_t offset = 0;
  int result = ARCHIVE_OK;
  while ((result = archive_read_data_block(in, &bytes, &length, &offset)) == ARCHIVE_OK)
    content.replace(static_cast<size_t>(offset), length, static_cast<const char*>(bytes), length);
  EXPECT_EQ(result, ARCHIVE_EOF) << archive_error_string(in);
  return content;
}

} // namespace

std::vector<seen_member> members_of(const std::string& tar) {
  const auto utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const auto previous = ::uselocale(utf8);
  std::vector<seen_member> members;
  auto* in = archive_read_new();
  archive_read_support_format_tar(in);
  EXPECT_EQ(archive_read_open_memory(in, tar.data(), tar.size()), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  int result = ARCHIVE_OK;
  while ((result = archive_read_next_header(in, &entry)) == ARCHIVE_OK) {
    members.push_back(member_from(entry));
    members.back().content = content_of(in, members.back().size);
  }
  EXPECT_EQ(result, ARCHIVE_EOF) << (result == ARCHIVE_EOF ? "" : archive_error_string(in));
  archive_read_free(in);
  ::uselocale(previous);
  ::freelocale(utf8);
  return members;
}

seen_member find_member(const std::vector<seen_member>& members, const std::string& name) {
  for (const auto& each : members)
    if (each.name == name)
      return each;
  ADD_FAILURE() << "no member " << name;
  return {};
}

std::vector<std::string> names_of(const std::vector<seen_member>& members) {
  std::vector<std::string> names;
  for (const auto& each : members)
    names.push_back(each.name);
  return names;
}

int run(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const auto& each : arguments)
    argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0)
    return -1;
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string describe_tree(const std::string& root, bool with_directory_times) {
  std::map<std::string, std::string> lines;
  std::map<std::pair<dev_t, ino_t>, std::string> first_names;
  const auto tree = open_tree(root);
  EXPECT_TRUE(tree);
  const auto visit = [&](const std::string& path, const file_facts& facts) -> expected<void> {
    const auto& status = facts.status;
    const bool directory = S_ISDIR(status.st_mode);
    auto line = fmt::format("{:o} {}:{}", status.st_mode, status.st_uid, status.st_gid);
    if (!directory || with_directory_times)
      line += fmt::format(" {}.{:09}", status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    if (!directory) {
      const auto first = first_names.try_emplace(std::pair{status.st_dev, status.st_ino}, path);
      line +=
          fmt::format(" {} dev {} same as {}", status.st_size, status.st_rdev, first.first->second);
    }
    if (S_ISLNK(status.st_mode))
      line += " -> " + facts.link_target;
    if (S_ISREG(status.st_mode))
      line +=
          fmt::format(" content {:x}", std::hash<std::string>{}(read_file(join_path(root, path))));
    for (const auto& [name, value] : facts.attributes)
      if (!name.starts_with("trusted.overlay."))
        line += fmt::format(" {}={:x}", name, std::hash<std::string>{}(value));
    lines[path] = line;
    return {};
  };
  const tree_visitor visitor{visit, [](const std::string&) {}};
  EXPECT_TRUE(walk_tree(**tree, "", visitor, {}));
  std::string text;
  for (const auto& [path, line] : lines)
    text += path + ": " + line + "\n";
  return text;
}

} // namespace floe::plan_test
