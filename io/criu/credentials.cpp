#include "io/criu/credentials.hpp"

#include "io/criu/criu_images.pb.h"
#include "io/criu/image_file.hpp"
#include "io/criu/seccomp_filters.hpp"
#include "io/posix/file_tree.hpp"
#include "model/capabilities.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <optional>

namespace floe {

namespace {

constexpr size_t core_bytes_max = size_t{16} << 20; // timers and pending signals can make one grow
constexpr uint32_t task_dead = 2;
constexpr uint32_t task_zombie = 6;
constexpr auto advice = "restore it with --trust if you know where it comes from";

/// What a specification grants.
struct granted_rights {
  uint64_t capabilities = 0; ///< the bounding set
  bool no_new_privileges = false;
  bool seccomp = false;
  std::string label; ///< of AppArmor or SELinux; empty: none asked for
};

const json* member_of(const json* object, const char* key) {
  if (object == nullptr || !object->is_object())
    return nullptr;
  const auto found = object->find(key);
  return found == object->end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const json* value) {
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
}

/// The bit of `CAP_CHOWN` and so on; none for a name that this engine does not know.
uint64_t capability_bit(const std::string& name) {
  for (unsigned number = 0; number < 64; ++number)
    if (!name.empty() && capability_name(number) == name)
      return uint64_t{1} << number;
  return 0;
}

/// The names in a mask; a capability without a name is shown by its number.
std::string capability_names(uint64_t mask) {
  std::string out;
  for (unsigned number = 0; number < 64; ++number) {
    if ((mask >> number & 1) == 0)
      continue;
    const auto name = capability_name(number);
    out += (out.empty() ? "" : ", ") + (name.empty() ? std::to_string(number) : name);
  }
  return out;
}

granted_rights rights_of(const json& spec) {
  granted_rights out;
  const auto* process = member_of(&spec, "process");
  if (const auto* bounding = member_of(member_of(process, "capabilities"), "bounding");
      bounding != nullptr && bounding->is_array())
    for (const auto& name : *bounding)
      if (name.is_string())
        out.capabilities |= capability_bit(name.get<std::string>());
  const auto* sealed = member_of(process, "noNewPrivileges");
  out.no_new_privileges = sealed != nullptr && sealed->is_boolean() && sealed->get<bool>();
  const auto* filter = member_of(member_of(&spec, "linux"), "seccomp");
  out.seccomp =
      filter != nullptr && text_of(member_of(filter, "defaultAction")) != "SCMP_ACT_ALLOW";
  out.label = text_of(member_of(process, "apparmorProfile"));
  if (out.label.empty())
    out.label = text_of(member_of(process, "selinuxLabel"));
  return out;
}

/// The mask of two numbers of 32 bits. What stands beyond them is no capability of any kernel: all
/// bits.
template <class Numbers>
uint64_t mask_of(const Numbers& numbers) {
  if (numbers.size() > 2)
    return ~uint64_t{0};
  uint64_t mask = 0;
  for (int i = 0; i < numbers.size(); ++i)
    mask |= uint64_t{numbers.Get(i)} << (32 * i);
  return mask;
}

/// What is wrong with a thread's rights; empty: nothing.
std::string excess_of(const criu::Core& core, const granted_rights& granted) {
  const auto& credentials = core.thread().credentials();
  const auto all = mask_of(credentials.inheritable()) | mask_of(credentials.permitted()) |
                   mask_of(credentials.effective()) | mask_of(credentials.bounding());
  if (const auto more = all & ~granted.capabilities)
    return "a process has capabilities that its specification does not grant: " +
           capability_names(more);
  // CRIU writes it since 4.0; older images say nothing about it.
  if (granted.no_new_privileges && credentials.has_no_new_privileges() &&
      credentials.no_new_privileges() == 0)
    return "a process may gain privileges although its specification forbids that";
  if (!granted.label.empty() && credentials.has_lsm_profile() &&
      credentials.lsm_profile() != granted.label)
    return "a process has another security label than its specification";
  return {};
}

/// The number in `core-NUMBER.img`, in the one form that CRIU opens.
std::optional<uint32_t> thread_id_of(const std::string& file) {
  constexpr std::string_view prefix = "core-";
  uint32_t id = 0;
  const auto digits = std::string_view{file}.substr(prefix.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), id);
  return fmt::format("{}{}.img", prefix, id) == file ? std::optional{id} : std::nullopt;
}

/// Checks one image and adds what it says about seccomp to \p threads.
expected<void> check_core(std::string_view bytes, const granted_rights& granted,
                          const std::string& file, const std::string& subject,
                          std::map<uint32_t, thread_seccomp>& threads) {
  const auto where = subject + ": " + file;
  auto messages = split_criu_image(bytes, criu_magic::image, criu_magic::core, where);
  if (!messages)
    return tl::unexpected{messages.error()};
  // CRIU reads one and passes over the others.
  if (messages->size() != 1)
    return fail(error_code::archive_damaged, where, "it does not hold one thread");
  criu::Core core;
  if (!core.ParseFromArray(messages->front().data(), static_cast<int>(messages->front().size())))
    return fail(error_code::archive_damaged, where, "it is no image of a process");
  const auto id = thread_id_of(file);
  if (!id)
    return fail(error_code::archive_refused, where, "its name has no number of a thread", advice);
  const bool gone =
      core.has_task() && (core.task().state() == task_dead || core.task().state() == task_zombie);
  if (!core.thread().has_credentials() && gone)
    return {};
  if (!core.thread().has_credentials())
    return fail(error_code::archive_refused, where, "it does not say what its process may do",
                advice);
  if (auto excess = excess_of(core, granted); !excess.empty())
    return fail(error_code::archive_refused, where, std::move(excess), advice);
  threads[*id] = seccomp_of(core);
  return {};
}

} // namespace

expected<void> check_credentials(const std::string& images, const json& spec,
                                 const std::string& subject) {
  auto files = list_directory(images);
  if (!files)
    return tl::unexpected{files.error()};
  const auto granted = rights_of(spec);
  std::map<uint32_t, thread_seccomp> threads;
  bool any = false;
  for (const auto& file : *files) {
    // The form of CRIU before 1.8, which current CRIU would still believe.
    if (file.starts_with("creds-"))
      return fail(error_code::archive_refused, subject + ": " + file,
                  "it is an image of credentials in a form that is no longer written", advice);
    if (!file.starts_with("core-"))
      continue;
    auto bytes = read_small_file(images + "/" + file, core_bytes_max);
    if (!bytes)
      return tl::unexpected{bytes.error()};
    if (auto good = check_core(*bytes, granted, file, subject, threads); !good)
      return good;
    any = true;
  }
  if (!any)
    return fail(error_code::no_checkpoint, subject, "it has no image of a process",
                "checkpoint the container again");
  if (!granted.seccomp)
    return {};
  const auto without = threads_without_seccomp(images, threads, subject);
  if (!without)
    return tl::unexpected{without.error()};
  if (!without->empty())
    return fail(error_code::archive_refused,
                fmt::format("{}: core-{}.img", subject, without->front()),
                "a process has no seccomp filter although its specification has one", advice);
  return {};
}

} // namespace floe
