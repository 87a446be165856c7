#include "io/container/runtime_message.hpp"

#include "model/json.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace floe {

namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t begin = 0; begin < text.size();) {
    auto end = std::min(text.find('\n', begin), text.size());
    auto line = text.substr(begin, end - begin);
    if (line.find_first_not_of(" \t\r") != line.npos)
      lines.push_back(line);
    begin = end + 1;
  }
  return lines;
}

/// `{"level":"error","msg":"…","time":"…"}`; crun's lines have the same members.
std::string json_message(std::string_view line) {
  if (!line.starts_with('{'))
    return {};
  auto entry = parse_json(line, "the runtime's log");
  if (!entry || !entry->is_object())
    return {};
  auto level = entry->find("level");
  auto message = entry->find("msg");
  if (message == entry->end() || !message->is_string() ||
      (level != entry->end() && *level != "error" && *level != "fatal"))
    return {};
  return message->get<std::string>();
}

/// `time="…" level=error msg="…"`.
std::string logrus_message(std::string_view line) {
  constexpr std::string_view label = " level=error msg=";
  auto begin = line.find(label);
  if (begin == line.npos)
    return {};
  auto text = line.substr(begin + label.size());
  if (!text.starts_with('"'))
    return std::string{text};
  std::string message;
  for (size_t index = 1; index < text.size() && text[index] != '"'; ++index) {
    if (text[index] == '\\' && index + 1 < text.size())
      ++index;
    message += text[index];
  }
  return message;
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return out;
}

struct known_problem {
  std::string_view text;
  std::string_view advice;
};

constexpr std::array problems{
    known_problem{"executable file not found in",
                  "check that the image has this command, or give another one"},
    known_problem{"no such file or directory",
                  "check that the command, and every host path that is mounted, exists"},
    known_problem{"permission denied", "check the permissions of what the message names"},
    known_problem{"operation not permitted",
                  "this host or its limits do not allow it; see floe doctor"},
};

} // namespace

std::string runtime_message(std::string_view output) {
  auto lines = lines_of(output);
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (auto message = json_message(*line); !message.empty())
      return message;
    if (auto message = logrus_message(*line); !message.empty())
      return message;
  }
  std::string text;
  for (auto line : lines) {
    if (line.starts_with('{') || line.starts_with("time=\""))
      continue; // a warning or less
    text += text.empty() ? "" : "\n";
    text += line;
  }
  return text;
}

error runtime_error(std::string subject, std::string_view message, error_code code) {
  for (const auto& [text, advice] : problems)
    for (auto line : lines_of(message))
      if (lower(line).find(text) != std::string::npos)
        return {code, std::move(subject), std::string{line}, std::string{advice}};
  std::string cause;
  for (auto line : lines_of(message)) {
    cause += cause.empty() ? "" : "; ";
    cause += line;
  }
  return {code,
          std::move(subject),
          cause.empty() ? "the runtime failed without saying why" : std::move(cause),
          {}};
}

} // namespace floe
