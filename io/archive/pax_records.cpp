#include "io/archive/pax_records.hpp"

#include <charconv>
#include <limits>

namespace floe {

namespace {

using problem = std::optional<tar_fault>;

problem damaged(std::string cause) {
  return tar_fault{error_code::archive_damaged, "its pax header " + std::move(cause)};
}

problem refused(std::string cause) {
  return tar_fault{error_code::archive_refused, "its pax header " + std::move(cause)};
}

bool parse_decimal(std::string_view digits, uint64_t& out) {
  const auto* end = digits.data() + digits.size();
  const auto [stop, code] = std::from_chars(digits.data(), end, out);
  return code == std::errc{} && stop == end;
}

problem set_number(std::optional<uint64_t>& target, std::string_view key, std::string_view value) {
  uint64_t number = 0;
  if (target)
    return refused("has " + std::string{key} + " twice");
  if (!parse_decimal(value, number) || number > std::numeric_limits<int64_t>::max())
    return refused("has a " + std::string{key} + " that is no number in range");
  target = number;
  return std::nullopt;
}

problem set_name(std::optional<std::string>& target, std::string_view key, std::string_view value) {
  if (target)
    return refused("has " + std::string{key} + " twice");
  if (value.find('\0') != std::string_view::npos)
    return refused("has a NUL byte in " + std::string{key});
  target = std::string{value};
  return std::nullopt;
}

/// Decimal seconds with a fraction, as `-1.5`; digits beyond nanoseconds are cut.
problem set_time(std::optional<tar_time>& target, std::string_view key, std::string_view value) {
  const bool negative = value.starts_with('-');
  if (negative)
    value.remove_prefix(1);
  const auto whole = value.substr(0, value.find('.'));
  auto fraction = value.substr(std::min(whole.size() + 1, value.size()));
  uint64_t seconds = 0;
  uint64_t nanoseconds = 0;
  const bool digits_only = fraction.find_first_not_of("0123456789") == std::string_view::npos;
  std::string nine{fraction.substr(0, 9)};
  nine.resize(9, '0');
  if (!digits_only || !parse_decimal(whole, seconds) || !parse_decimal(nine, nanoseconds) ||
      seconds > uint64_t{1} << 55)
    return refused("has a " + std::string{key} + " that is no time in range");
  tar_time time{static_cast<int64_t>(seconds), static_cast<uint32_t>(nanoseconds)};
  if (negative) {
    time.seconds = -time.seconds - (nanoseconds > 0 ? 1 : 0);
    time.nanoseconds = nanoseconds > 0 ? static_cast<uint32_t>(1'000'000'000 - nanoseconds) : 0;
  }
  target = time;
  return std::nullopt;
}

constexpr std::string_view xattr_prefix = "SCHILY.xattr.";

problem set_sparse(pax_records& out, std::string_view key, std::string_view value) {
  if (key == "GNU.sparse.major")
    return set_number(out.sparse_major, key, value);
  if (key == "GNU.sparse.minor")
    return set_number(out.sparse_minor, key, value);
  if (key == "GNU.sparse.realsize")
    return set_number(out.sparse_size, key, value);
  if (key == "GNU.sparse.name")
    return set_name(out.sparse_name, key, value);
  return refused("describes a sparse file in a format other than 1.0");
}

problem set_attribute(pax_records& out, std::string_view name, std::string_view value) {
  if (name.empty() || name.find('\0') != std::string_view::npos)
    return refused("names an extended attribute badly");
  out.attributes.emplace_back(name, value);
  return std::nullopt;
}

/// One record; \p known tells whether the key means something to us.
problem apply(pax_records& out, std::string_view key, std::string_view value, bool& known) {
  known = true;
  if (key == "path")
    return set_name(out.path, key, value);
  if (key == "linkpath")
    return set_name(out.link, key, value);
  if (key == "size")
    return set_number(out.size, key, value);
  if (key == "uid")
    return set_number(out.uid, key, value);
  if (key == "gid")
    return set_number(out.gid, key, value);
  if (key == "mtime")
    return set_time(out.modified, key, value);
  if (key == "atime")
    return set_time(out.accessed, key, value);
  if (key.starts_with(xattr_prefix))
    return set_attribute(out, key.substr(xattr_prefix.size()), value);
  if (key.starts_with("GNU.sparse.") || key.starts_with("SUN.holesdata"))
    return set_sparse(out, key, value);
  if (key.starts_with("SCHILY.acl."))
    out.has_text_acl = true;
  else
    known = false;
  return std::nullopt;
}

/// Cuts the first record off \p text.
problem next_record(std::string_view& text, std::string_view& key, std::string_view& value) {
  const auto space = text.find(' ');
  uint64_t length = 0;
  if (space == std::string_view::npos || !parse_decimal(text.substr(0, space), length) ||
      length <= space + 1 || length > text.size() || text[length - 1] != '\n')
    return damaged("has a record whose length is wrong");
  const auto record = text.substr(space + 1, length - space - 2);
  const auto equals = record.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return damaged("has a record without a key");
  key = record.substr(0, equals);
  value = record.substr(equals + 1);
  if (key.find('\0') != std::string_view::npos)
    return damaged("has a NUL byte in a key");
  text.remove_prefix(length);
  return std::nullopt;
}

} // namespace

tl::expected<pax_records, tar_fault> parse_pax_records(std::string_view text) {
  pax_records out;
  while (!text.empty()) {
    std::string_view key;
    std::string_view value;
    bool known = false;
    auto fault = next_record(text, key, value);
    if (!fault)
      fault = apply(out, key, value, known);
    if (fault)
      return tl::unexpected{std::move(*fault)};
    out.changes_entry = out.changes_entry || known;
  }
  return out;
}

} // namespace floe
