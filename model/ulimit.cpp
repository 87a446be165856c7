#include "model/ulimit.hpp"

#include "model/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace floe {

namespace {

constexpr std::array<std::string_view, 16> names{
    "as",   "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue",
    "nice", "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};
constexpr uint64_t default_limit = 1'048'576;

std::optional<uint64_t> limit_from(std::string_view text) {
  if (text == "-1" || text == "unlimited")
    return ulimit::unlimited;
  uint64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::string upper(std::string_view text) {
  std::string out{text};
  for (auto& letter : out)
    if (letter >= 'a' && letter <= 'z')
      letter = static_cast<char>(letter - 'a' + 'A');
  return out;
}

const ulimit* find_type(const std::vector<ulimit>& list, const std::string& type) {
  auto found = std::ranges::find(list, type, &ulimit::type);
  return found == list.end() ? nullptr : &*found;
}

} // namespace

expected<ulimit> parse_ulimit(const std::string& text) {
  auto pair = split_key_value(text);
  if (!pair || std::ranges::find(names, pair->first) == names.end())
    return fail(error_code::usage, "ulimit " + text, "it is not NAME=SOFT[:HARD]",
                "names are those of setrlimit(2) in lower case, as nofile");
  auto parts = split_text(pair->second, ':');
  auto soft = limit_from(parts[0]);
  auto hard = parts.size() > 1 ? limit_from(parts[1]) : soft;
  if (parts.size() > 2 || !soft || !hard)
    return fail(error_code::usage, "ulimit " + text, "its limits are not numbers");
  if (*soft > *hard)
    return fail(error_code::usage, "ulimit " + text, "its soft limit is above the hard one");
  return ulimit{"RLIMIT_" + upper(pair->first), *soft, *hard};
}

expected<std::vector<ulimit>> container_ulimits(std::vector<ulimit> wanted,
                                                const std::vector<ulimit>& ceilings) {
  for (const auto& wish : wanted)
    if (const auto* ceiling = find_type(ceilings, wish.type); ceiling && wish.hard > ceiling->hard)
      return fail(error_code::unsupported, "ulimit " + wish.type,
                  "this host does not allow more than " + std::to_string(ceiling->hard),
                  "ask for less, or run floe with the capability SYS_RESOURCE");
  for (const auto* type : {"RLIMIT_NOFILE", "RLIMIT_NPROC"}) {
    if (find_type(wanted, type) != nullptr)
      continue;
    auto limit = default_limit;
    if (const auto* ceiling = find_type(ceilings, type))
      limit = std::min(limit, ceiling->hard);
    wanted.push_back({type, limit, limit});
  }
  return wanted;
}

} // namespace floe
