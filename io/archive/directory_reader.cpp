#include "io/archive/directory_reader.hpp"

#include "io/archive/entry_name.hpp"
#include "io/archive/member_names.hpp"
#include "io/archive/read_entry.hpp"
#include "io/plan/tree_entry.hpp"
#include "io/posix/system_error.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

/// One file, no longer than it was when it was listed.
class file_source final : public byte_source {
 public:
  file_source(unique_fd file, uint64_t size, std::string subject)
      : file_{std::move(file)}, left_{size}, subject_{std::move(subject)} {}

  expected<size_t> read(std::span<std::byte> out) override {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(out.size(), left_));
    while (wanted > 0) {
      const auto got = ::read(file_.get(), out.data(), wanted);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return system_failure(errno, subject_, "read", error_code::archive_unreadable);
      if (got == 0)
        return fail(error_code::archive_damaged, subject_,
                    "it has become shorter since it was listed", "leave it alone meanwhile");
      left_ -= static_cast<uint64_t>(got);
      return static_cast<size_t>(got);
    }
    return size_t{0};
  }

 private:
  unique_fd file_;
  uint64_t left_;
  std::string subject_;
};

tar_type type_of(const struct stat& status) {
  if (S_ISREG(status.st_mode))
    return tar_type::file;
  if (S_ISDIR(status.st_mode))
    return tar_type::directory;
  return S_ISLNK(status.st_mode) ? tar_type::symlink : tar_type::fifo;
}

/// Documents first, so that it is known early what a checkpoint is; the order of the rest does not
/// matter.
bool comes_first(const archive_member& member) {
  return is_document(member.name);
}

} // namespace

expected<std::unique_ptr<archive_reader>> directory_reader::open(const std::string& path,
                                                                 const archive_limits& limits) {
  unique_fd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory)
    return system_failure(errno, path, "open", error_code::archive_unreadable);
  auto reader = std::make_unique<directory_reader>(path, std::move(directory), limits);
  for (const auto* needed : {"config.dump", "spec.dump"})
    if (!open_entry(reader->directory_.get(), needed))
      return fail(error_code::archive_foreign, path,
                  std::string{"it is a directory without a checkpoint: there is no "} + needed +
                      " in it",
                  "give an archive, or the name of a checkpoint image");
  std::vector<archive_member> found;
  if (auto listed = reader->list("", found); !listed)
    return tl::unexpected{std::move(listed.error())};
  std::stable_partition(found.begin(), found.end(), comes_first);
  member_check check{path, limits};
  for (const auto& member : found) {
    if (auto good = check.take(member); !good)
      return tl::unexpected{std::move(good.error())};
    reader->stored_size_ += member.size;
  }
  reader->members_ = std::move(found);
  return std::unique_ptr<archive_reader>{std::move(reader)};
}

/// An archive has one level of directories. A deeper one is not entered: its name is refused.
expected<void> directory_reader::list(const std::string& below,
                                      std::vector<archive_member>& found) const {
  auto opened = open_entry(directory_.get(), below);
  if (!opened)
    return system_failure(opened.error(), path_, "open", error_code::archive_unreadable);
  auto names = list_directory(opened->handle.get(), path_);
  if (!names)
    return tl::unexpected{std::move(names.error())};
  for (const auto& each : *names) {
    const auto name = join_path(below, each.name);
    auto entry = open_entry(directory_.get(), name);
    if (!entry)
      return system_failure(entry.error(), path_ + ": " + quoted_name(name), "open",
                            error_code::archive_unreadable);
    const auto type = type_of(entry->status);
    if (type == tar_type::symlink) {
      const auto target = read_link(entry->handle.get());
      if (!target || *target != "../pre-checkpoint")
        return fail(error_code::archive_refused, path_, quoted_name(name) + " in it is a symlink");
    }
    const bool has_data = type == tar_type::file;
    found.push_back({name, 0, has_data ? static_cast<uint64_t>(entry->status.st_size) : 0,
                     static_cast<char>(type)});
    if (found.size() > limits_.members_max)
      return fail(error_code::archive_refused, path_, "there are too many files in it");
    if (type == tar_type::directory && below.empty())
      if (auto listed = list(name, found); !listed)
        return listed;
  }
  return {};
}

expected<unique_fd> directory_reader::open_file(const archive_member& member) const {
  const auto subject = path_ + ": " + quoted_name(member.name);
  // What is no file any more must not be waited for.
  auto file = open_beneath(directory_.get(), member.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file)
    return system_failure(file.error(), subject, "open", error_code::archive_unreadable);
  struct stat status {};
  if (::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode))
    return fail(error_code::archive_refused, subject, "it is not a file any more");
  return std::move(*file);
}

expected<std::unique_ptr<byte_source>> directory_reader::open_member(const archive_member& member) {
  if (member.type != static_cast<char>(tar_type::file))
    return std::make_unique<file_source>(unique_fd{}, 0, member.name);
  auto file = open_file(member);
  if (!file)
    return tl::unexpected{std::move(file.error())};
  return std::make_unique<file_source>(std::move(*file), member.size,
                                       path_ + ": " + quoted_name(member.name));
}

expected<std::string> directory_reader::document(const std::string& name) {
  const auto found = std::ranges::find(members_, name, &archive_member::name);
  if (found == members_.end())
    return fail(error_code::no_such_file, path_, "there is no " + quoted_name(name) + " in it");
  if (found->size > limits_.document_bytes_max)
    return fail(error_code::archive_refused, path_, quoted_name(name) + " in it is too large");
  auto source = open_member(*found);
  if (!source)
    return tl::unexpected{std::move(source.error())};
  std::string text(static_cast<size_t>(found->size), '\0');
  for (size_t filled = 0; filled < text.size();) {
    auto got = (*source)->read(std::as_writable_bytes(std::span{text}.subspan(filled)));
    if (!got)
      return tl::unexpected{std::move(got.error())};
    filled += *got;
  }
  return text;
}

expected<void> directory_reader::visit(const member_visitor& visitor, const std::stop_token& stop) {
  for (const auto& member : members_) {
    if (stop.stop_requested())
      return fail(error_code::cancelled, path_, "it was being read when the stop came");
    auto source = open_member(member);
    if (!source)
      return tl::unexpected{std::move(source.error())};
    if (auto done = visitor(member, **source); !done)
      return done;
  }
  return {};
}

expected<void> directory_reader::verify(const std::stop_token& stop) {
  std::vector<std::byte> sink(size_t{256} << 10);
  return visit(
      [&](const archive_member&, byte_source& source) -> expected<void> {
        while (true) {
          auto got = source.read(sink);
          if (!got)
            return tl::unexpected{std::move(got.error())};
          if (*got == 0)
            return {};
          if (stop.stop_requested())
            return fail(error_code::cancelled, path_, "it was being verified when the stop came");
        }
      },
      stop);
}

} // namespace floe
