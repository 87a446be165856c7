// Takes members out of a JSON object that others wrote: an absent or null member leaves the
// default, a wrong type is refused.
#pragma once

#include "model/error.hpp"
#include "model/json.hpp"

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace floe {

/// Remembers the first problem, so that a whole document is read without checks in between. Borrows
/// the document.
class json_reader {
 public:
  /// \p subject names the document in the error.
  json_reader(const json& document, std::string subject);

  void read(const char* key, std::string& into);
  void read(const char* key, bool& into);
  void read(const char* key, std::vector<std::string>& into);
  /// An object of texts, in the document's order.
  void read(const char* key, std::vector<std::pair<std::string, std::string>>& into);

  template <std::integral Number>
  void read(const char* key, Number& into) {
    if (auto* value = find(key))
      into = static_cast<Number>(integer(key, *value, std::numeric_limits<Number>::min(),
                                         std::numeric_limits<Number>::max()));
  }

  /// The member itself, or nullptr. It counts as read.
  const json* find(const char* key);

  /// Notes a problem with the document, unless there is one already: `its KEY CAUSE`.
  void refuse(std::string_view key, std::string_view cause);

  /// The members that nobody asked for, untouched.
  json rest() const;

  /// The first problem, if any. Code: archive_refused.
  expected<void> finish() const;

 private:
  int64_t integer(const char* key, const json& value, int64_t least, uint64_t most);

  const json& document_;
  std::string subject_;
  std::string problem_;
  std::set<std::string, std::less<>> seen_;
};

} // namespace floe
