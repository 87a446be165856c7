// Variables of the environment that are as a test wants them while it runs.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace floe::test {

class scoped_environment {
 public:
  /// Sets each variable; one with an empty value is removed.
  explicit scoped_environment(const std::vector<std::pair<std::string, std::string>>& variables) {
    for (const auto& [name, value] : variables) {
      const auto* old = std::getenv(name.c_str());
      before_.emplace_back(name, old != nullptr ? std::optional<std::string>{old} : std::nullopt);
      set(name, value.empty() ? std::nullopt : std::optional{value});
    }
  }
  scoped_environment(const scoped_environment&) = delete;
  scoped_environment& operator=(const scoped_environment&) = delete;
  ~scoped_environment() {
    for (auto variable = before_.rbegin(); variable != before_.rend(); ++variable)
      set(variable->first, variable->second);
  }

 private:
  static void set(const std::string& name, const std::optional<std::string>& value) {
    if (value)
      ::setenv(name.c_str(), value->c_str(), 1);
    else
      ::unsetenv(name.c_str());
  }

  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

} // namespace floe::test
