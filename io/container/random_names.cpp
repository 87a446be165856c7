#include "io/container/random_names.hpp"

#include <fmt/format.h>

#include <array>
#include <random>
#include <string_view>
#include <sys/random.h>

namespace floe {

namespace {

constexpr std::array<std::string_view, 48> qualities{
    "able",    "agile", "amber",  "bold",   "brave",  "bright", "brisk",  "calm",
    "clever",  "crisp", "daring", "eager",  "fair",   "frosty", "gentle", "glad",
    "golden",  "happy", "hardy",  "honest", "icy",    "jolly",  "keen",   "kind",
    "lively",  "loyal", "lucid",  "merry",  "mighty", "modest", "nimble", "noble",
    "patient", "polar", "proud",  "quick",  "quiet",  "rapid",  "serene", "silver",
    "smart",   "snowy", "steady", "sunny",  "swift",  "tidy",   "vivid",  "wise"};
// People who went to the ice, and people who studied it.
constexpr std::array<std::string_view, 40> people{
    "agassiz",   "amundsen",   "andree",   "barents", "bellingshausen", "bentley",   "bering",
    "boyd",      "byrd",       "charcot",  "cook",    "croll",          "dansgaard", "drygalski",
    "ellsworth", "forel",      "franklin", "fuchs",   "hansen",         "henson",    "heyerdahl",
    "hillary",   "humboldt",   "kane",     "kovacs",  "lomonosov",      "mawson",    "mikkelsen",
    "nansen",    "nobile",     "oeschger", "peary",   "rasmussen",      "ross",      "scoresby",
    "scott",     "shackleton", "sverdrup", "toll",    "wegener"};

} // namespace

std::string random_id() {
  std::array<unsigned char, 32> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    std::random_device device;
    for (auto& byte : bytes)
      byte = static_cast<unsigned char>(device());
  }
  std::string id;
  for (auto byte : bytes)
    id += fmt::format("{:02x}", byte);
  return id;
}

std::string random_name() {
  std::random_device device;
  return fmt::format("{}_{}", qualities[device() % qualities.size()],
                     people[device() % people.size()]);
}

} // namespace floe
