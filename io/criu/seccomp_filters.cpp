#include "io/criu/seccomp_filters.hpp"

#include "io/criu/criu_images.pb.h"
#include "io/criu/image_file.hpp"
#include "io/posix/file_tree.hpp"

#include <utility>

namespace floe {

namespace {

constexpr const char* tree_name = "pstree.img";
constexpr const char* filters_name = "seccomp.img";
constexpr size_t image_bytes_max = size_t{128} << 20; // filters stand there once for every process
constexpr uint32_t mode_filter = 2;
constexpr uint32_t flag_tsync = 1; // SECCOMP_FILTER_FLAG_TSYNC of linux/seccomp.h

/// The messages of an image, as \p Message.
template <class Message>
expected<std::vector<Message>> read_image(const std::string& images, const char* name,
                                          uint32_t magic, const std::string& subject) {
  const auto file = subject + ": " + name;
  const auto bytes = read_small_file(images + "/" + name, image_bytes_max);
  if (!bytes)
    return tl::unexpected{bytes.error()};
  const auto parts = split_criu_image(*bytes, criu_magic::image, magic, file);
  if (!parts)
    return tl::unexpected{parts.error()};
  std::vector<Message> messages(parts->size());
  for (size_t i = 0; i < parts->size(); ++i)
    if (!messages[i].ParseFromArray((*parts)[i].data(), static_cast<int>((*parts)[i].size())))
      return fail(error_code::archive_damaged, file, "it cannot be read");
  return messages;
}

/// The first thread of every thread's process.
std::map<uint32_t, uint32_t> leaders_in(const std::vector<criu::Process>& tree) {
  std::map<uint32_t, uint32_t> leaders;
  for (const auto& process : tree)
    for (const auto thread : process.threads())
      leaders[thread] = process.pid();
  return leaders;
}

/// Whether the kernel gives all filters from \p last on to the other threads.
bool are_synchronized(const criu::SeccompFilters& all, uint32_t last) {
  for (int steps = all.filters_size(); steps > 0; --steps) {
    if (last >= static_cast<uint32_t>(all.filters_size()))
      return false;
    const auto& filter = all.filters(static_cast<int>(last));
    if ((filter.flags() & flag_tsync) == 0)
      return false;
    if (!filter.has_prev())
      return true;
    last = filter.prev();
  }
  return false; // a circle
}

bool passes_its_filters_on(const thread_seccomp& leader, const criu::SeccompFilters& all) {
  if (leader.mode != mode_filter || !leader.filter)
    return false;
  return leader.old_form || are_synchronized(all, *leader.filter);
}

} // namespace

thread_seccomp seccomp_of(const criu::Core& core) {
  thread_seccomp out;
  out.mode = core.thread().seccomp_mode();
  if (core.thread().has_seccomp_filter())
    out.filter = core.thread().seccomp_filter();
  if (core.task().has_old_seccomp_mode())
    out.mode = core.task().old_seccomp_mode();
  if (core.task().has_old_seccomp_filter()) {
    out.filter = core.task().old_seccomp_filter();
    out.old_form = true;
  }
  return out;
}

expected<std::vector<uint32_t>>
threads_without_seccomp(const std::string& images,
                        const std::map<uint32_t, thread_seccomp>& threads,
                        const std::string& subject) {
  std::vector<uint32_t> without;
  for (const auto& [id, seccomp] : threads)
    if (seccomp.mode == 0)
      without.push_back(id);
  if (without.empty() || without.size() == threads.size())
    return without;
  const auto tree = read_image<criu::Process>(images, tree_name, criu_magic::process_tree, subject);
  if (!tree)
    return tl::unexpected{tree.error()};
  const auto filters =
      read_image<criu::SeccompFilters>(images, filters_name, criu_magic::seccomp, subject);
  if (!filters)
    return tl::unexpected{filters.error()};
  const auto leaders = leaders_in(*tree);
  const auto all = filters->empty() ? criu::SeccompFilters{} : filters->front();
  std::erase_if(without, [&](uint32_t id) {
    const auto leader = leaders.find(id);
    if (leader == leaders.end() || leader->second == id)
      return false;
    const auto found = threads.find(leader->second);
    return found != threads.end() && passes_its_filters_on(found->second, all);
  });
  return without;
}

} // namespace floe
