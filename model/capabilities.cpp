#include "model/capabilities.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace floe {

namespace {

// In the order of their numbers.
constexpr std::array<std::string_view, 41> names{"CAP_CHOWN",
                                                 "CAP_DAC_OVERRIDE",
                                                 "CAP_DAC_READ_SEARCH",
                                                 "CAP_FOWNER",
                                                 "CAP_FSETID",
                                                 "CAP_KILL",
                                                 "CAP_SETGID",
                                                 "CAP_SETUID",
                                                 "CAP_SETPCAP",
                                                 "CAP_LINUX_IMMUTABLE",
                                                 "CAP_NET_BIND_SERVICE",
                                                 "CAP_NET_BROADCAST",
                                                 "CAP_NET_ADMIN",
                                                 "CAP_NET_RAW",
                                                 "CAP_IPC_LOCK",
                                                 "CAP_IPC_OWNER",
                                                 "CAP_SYS_MODULE",
                                                 "CAP_SYS_RAWIO",
                                                 "CAP_SYS_CHROOT",
                                                 "CAP_SYS_PTRACE",
                                                 "CAP_SYS_PACCT",
                                                 "CAP_SYS_ADMIN",
                                                 "CAP_SYS_BOOT",
                                                 "CAP_SYS_NICE",
                                                 "CAP_SYS_RESOURCE",
                                                 "CAP_SYS_TIME",
                                                 "CAP_SYS_TTY_CONFIG",
                                                 "CAP_MKNOD",
                                                 "CAP_LEASE",
                                                 "CAP_AUDIT_WRITE",
                                                 "CAP_AUDIT_CONTROL",
                                                 "CAP_SETFCAP",
                                                 "CAP_MAC_OVERRIDE",
                                                 "CAP_MAC_ADMIN",
                                                 "CAP_SYSLOG",
                                                 "CAP_WAKE_ALARM",
                                                 "CAP_BLOCK_SUSPEND",
                                                 "CAP_AUDIT_READ",
                                                 "CAP_PERFMON",
                                                 "CAP_BPF",
                                                 "CAP_CHECKPOINT_RESTORE"};

expected<std::set<std::string>> normalise(const std::vector<std::string>& list) {
  std::set<std::string> out;
  for (const auto& name : list) {
    auto known = normalise_capability(name);
    if (!known)
      return tl::unexpected{known.error()};
    out.insert(std::move(*known));
  }
  return out;
}

} // namespace

const std::vector<std::string>& default_capabilities() {
  static const std::vector<std::string> list{
      "CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
      "CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",   "CAP_SETGID",
      "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};
  return list;
}

expected<std::string> normalise_capability(const std::string& name) {
  std::string upper = name;
  for (auto& letter : upper)
    if (letter >= 'a' && letter <= 'z')
      letter = static_cast<char>(letter - 'a' + 'A');
  if (upper == "ALL")
    return upper;
  if (!upper.starts_with("CAP_"))
    upper.insert(0, "CAP_");
  if (std::ranges::find(names, upper) == names.end())
    return fail(error_code::usage, "capability " + name, "there is no such capability");
  return upper;
}

expected<std::vector<std::string>>
container_capabilities(const std::vector<std::string>& add, const std::vector<std::string>& drop,
                       bool privileged, const std::vector<std::string>& available) {
  auto added = normalise(add);
  if (!added)
    return tl::unexpected{added.error()};
  auto dropped = normalise(drop);
  if (!dropped)
    return tl::unexpected{dropped.error()};
  std::set<std::string> chosen;
  if (privileged || added->contains("ALL"))
    chosen.insert(available.begin(), available.end());
  else if (!dropped->contains("ALL"))
    chosen.insert(default_capabilities().begin(), default_capabilities().end());
  if (privileged && dropped->contains("ALL"))
    chosen.clear();
  for (const auto& name : *dropped)
    chosen.erase(name);
  for (const auto& name : *added) {
    if (name == "ALL")
      continue;
    if (dropped->contains(name))
      return fail(error_code::usage, "capability " + name, "it is both added and dropped");
    chosen.insert(name);
  }
  std::vector<std::string> out;
  for (const auto& name : chosen)
    if (std::ranges::find(available, name) != available.end())
      out.push_back(name);
  return out;
}

std::string capability_name(unsigned number) {
  return number < names.size() ? std::string{names[number]} : std::string{};
}

} // namespace floe
