// Times as RFC 3339 texts, as libpod writes and reads them.
#include "model/container.hpp"

#include <fmt/format.h>

#include <charconv>

namespace floe {

namespace {

/// Reads exactly \p digits digits from the front of \p text.
bool take_number(std::string_view& text, size_t digits, int& into) {
  if (text.size() < digits)
    return false;
  auto [end, failure] = std::from_chars(text.data(), text.data() + digits, into);
  if (failure != std::errc{} || end != text.data() + digits || text[0] == '-')
    return false;
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text[0] != wanted)
    return false;
  text.remove_prefix(1);
  return true;
}

/// `.123`, at most nine digits count. True also if there is none.
bool take_fraction(std::string_view& text, std::chrono::nanoseconds& into) {
  if (!take(text, '.'))
    return true;
  int64_t value = 0;
  size_t digits = 0;
  for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++digits)
    if (digits < 9)
      value = value * 10 + (text[0] - '0');
  for (auto known = digits; known < 9; ++known)
    value *= 10;
  into = std::chrono::nanoseconds{value};
  return digits > 0;
}

/// `Z`, `+01:00` or `-08:30`.
bool take_zone(std::string_view& text, std::chrono::minutes& into) {
  if (take(text, 'Z'))
    return true;
  bool negative = !text.empty() && text[0] == '-';
  if (!take(text, '+') && !take(text, '-'))
    return false;
  int hours = 0;
  int minutes = 0;
  if (!take_number(text, 2, hours) || !take(text, ':') || !take_number(text, 2, minutes))
    return false;
  into = std::chrono::minutes{(negative ? -1 : 1) * (hours * 60 + minutes)};
  return hours < 24 && minutes < 60;
}

} // namespace

std::string format_time(time_point time) {
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date{day};
  std::chrono::hh_mm_ss clock{time - day};
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                          static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                          clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (clock.subseconds().count() != 0) {
    text += fmt::format(".{:09}", clock.subseconds().count());
    text.erase(text.find_last_not_of('0') + 1); // Go leaves out zeros at the end
  }
  return text + "Z";
}

std::optional<time_point> parse_time(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::chrono::nanoseconds fraction{0};
  std::chrono::minutes zone{0};
  if (!take_number(text, 4, year) || !take(text, '-') || !take_number(text, 2, month) ||
      !take(text, '-') || !take_number(text, 2, day) || !take(text, 'T') ||
      !take_number(text, 2, hour) || !take(text, ':') || !take_number(text, 2, minute) ||
      !take(text, ':') || !take_number(text, 2, second) || !take_fraction(text, fraction) ||
      !take_zone(text, zone) || !text.empty())
    return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year{year},
                                   std::chrono::month{static_cast<unsigned>(month)},
                                   std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  // Seconds first: a year such as 0001 is out of the range of nanoseconds.
  auto seconds = std::chrono::sys_seconds{std::chrono::sys_days{date}} + std::chrono::hours{hour} +
                 std::chrono::minutes{minute} + std::chrono::seconds{second} - zone;
  constexpr auto limit =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::nanoseconds::max());
  if (seconds.time_since_epoch() >= limit || seconds.time_since_epoch() <= -limit)
    return time_point{};
  return time_point{seconds} + fraction;
}

} // namespace floe
