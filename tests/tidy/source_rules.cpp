// The rules themselves. Lines are looked at one by one; what needs more knowledge of C++ is left to
// clang-tidy.
#include "tests/tidy/source_rules.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace floe::tidy {

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string{text}};
  for (std::string line; std::getline(stream, line);)
    lines.push_back(std::move(line));
  return lines;
}

bool is_header(const source_file& file) {
  return file.path.ends_with(".hpp");
}

bool is_cpp(const source_file& file) {
  return is_header(file) || file.path.ends_with(".cpp");
}

/// The folder at the root that a file is in, empty for a file at the root.
std::string layer_of(std::string_view path) {
  const auto slash = path.find('/');
  return slash == std::string_view::npos ? std::string{} : std::string{path.substr(0, slash)};
}

/// How many characters a reader sees: bytes that continue a UTF-8 sequence do not count.
std::size_t width_of(std::string_view line) {
  return static_cast<std::size_t>(std::ranges::count_if(
      line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// Adds a finding for every function at namespace level that is longer than the limit. clang-format
/// puts the first and the last line of such a function, and nothing inside of it, at column 0.
void check_functions(const source_file& file, findings& found) {
  static const std::regex function{"^(?!namespace|struct|class|enum|union|extern)[^=]*\\(.*"};
  const auto lines = lines_of(code_only(file.text));
  std::size_t first = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    if (line.starts_with("}")) {
      const bool too_long = first != 0 && i + 2 - first > function_lines_max;
      if (too_long && std::regex_match(lines[first - 1], function))
        found.push_back(
            {file.path, first, "a function of more than 70 lines; split it by concern"});
      first = 0;
    } else if (!line.empty() && line[0] != ' ' && line[0] != '#') {
      first = i + 1;
    }
  }
}

/// The struct that is being defined in a line, empty if none is.
std::string struct_in(const std::string& line) {
  static const std::regex definition{"^struct (\\w+).*\\{.*$"};
  std::smatch match;
  return line.starts_with("struct ") && std::regex_match(line, match, definition) ? match[1].str()
                                                                                  : std::string{};
}

/// Whether the struct whose definition begins at line `index` is a message: it then has a name for
/// that.
bool is_message(const std::vector<std::string>& lines, std::size_t index) {
  for (; index < lines.size() && lines[index] != "};"; ++index)
    if (lines[index].find(" message_name = ") != std::string::npos)
      return true;
  return false;
}

/// The names of all types that an interface in this text accepts, as in
/// result<job_started>(start_job).
std::set<std::string> requests_in(const std::string& code) {
  static const std::regex handler{"result<[^()]*>\\s*\\(([^()]*)\\)"};
  static const std::regex name{"\\w+"};
  std::set<std::string> names;
  for (std::sregex_iterator i{code.begin(), code.end(), handler}, end; i != end; ++i) {
    const auto arguments = (*i)[1].str();
    for (std::sregex_iterator n{arguments.begin(), arguments.end(), name}, none; n != none; ++n)
      names.insert(n->str());
  }
  return names;
}

/// The `///` comment right above line `index`, in one piece.
std::string comment_above(const std::vector<std::string>& lines, std::size_t index) {
  std::string comment;
  while (index > 0 && lines[index - 1].starts_with("///"))
    comment = lines[--index] + "\n" + comment;
  return comment;
}

/// A pattern costs time; only lines that hold the word are matched against it.
struct ban {
  const char* word;
  const char* pattern;
  const char* advice;
};

// Matched against code only, so a comment may speak of them. `new` is allowed for private
// constructors, straight into a std::unique_ptr.
const std::array bans{
    ban{"system(", "(^ *|[=;{(!,|?] *|return )((std)?::)?system\\(",
        "starts a shell; use io/posix/process"},
    ban{"popen(", "\\bpopen\\(", "starts a shell; use io/posix/process"},
    ban{"fork(", "\\bv?fork\\(", "is not safe with threads; use io/posix/process"},
    ban{"new ", "^(?!.*unique_ptr<).*\\bnew [A-Za-z_:]",
        "owns nothing; use std::make_unique or a container"},
    ban{"delete", "\\bdelete(\\[\\])? [A-Za-z_*(]", "frees by hand; let a destructor do it"},
    ban{"alloc(", "\\b(malloc|calloc|realloc)\\(", "owns nothing; use a container"},
    ban{"sleep", "\\b(sleep_for|sleep_until|usleep|nanosleep)\\(|[^\\w.>_]sleep\\(",
        "waits for luck; wait for the event"},
    ban{"str", "\\b(strcpy|strcat)\\(", "cannot be told a limit"},
    ban{"sprintf(", "\\bsprintf\\(", "cannot be told a limit; use fmt"},
    ban{"temp", "\\bmktemp\\(", "races; use a directory of the store"},
    ban{"tmpnam(", "\\btmpnam\\(", "races; use a directory of the store"},
    ban{"ato", "\\b(atoi|atol)\\(", "cannot fail; use std::from_chars"},
    ban{"using namespace std;", "\\busing namespace std;", "takes every name; name what is used"},
    ban{"std::c", "\\bstd::(cout|cerr)\\b", "writes unasked; use fmt, in tools/ only"},
    ban{".detach()", "\\.detach\\(\\)",
        "leaves a thread behind that nobody joins; use std::jthread"},
};

} // namespace

findings check_layout(const source_file& file) {
  findings found;
  const auto lines = lines_of(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    if (is_cpp(file) && width_of(line) > columns_max)
      found.push_back({file.path, i + 1, "more than 100 columns"});
    if (!line.empty() && (line.back() == ' ' || line.back() == '\t'))
      found.push_back({file.path, i + 1, "white space at the end of the line"});
    if (std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
      found.push_back({file.path, i + 1, "a tab or another control character"});
  }
  if (!file.text.empty() && file.text.back() != '\n')
    found.push_back({file.path, lines.size(), "the last line does not end"});
  if (file.text.ends_with("\n\n"))
    found.push_back({file.path, lines.size(), "an empty line at the end of the file"});
  return found;
}

findings check_size(const source_file& file) {
  findings found;
  const auto lines = lines_of(file.text);
  const auto limit = !is_header(file)                    ? source_lines_max
                     : layer_of(file.path) == "messages" ? protocol_lines_max
                                                         : header_lines_max;
  const auto opening = std::min<std::size_t>(lines.size(), 10);
  const bool excused =
      std::any_of(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(opening),
                  [](auto& line) { return line.find("Long because ") != std::string::npos; });
  if (!excused && lines.size() > limit)
    found.push_back(
        {file.path, 0, "more than " + std::to_string(limit) + " lines; split it by concern"});
  check_functions(file, found);
  return found;
}

findings check_opening(const source_file& file) {
  findings found;
  const auto lines = lines_of(file.text);
  const auto own_header = "#include \"" + file.path.substr(0, file.path.rfind('.')) + ".hpp\"";
  const bool sentence = !lines.empty() && lines[0].starts_with("// ") && lines[0].size() > 12;
  if (!sentence && (lines.empty() || lines[0] != own_header))
    found.push_back({file.path, 1, "begin with a sentence on what the file is for"});
  if (is_header(file) && std::ranges::find(lines, "#pragma once") == lines.end())
    found.push_back({file.path, 1, "a header needs #pragma once"});
  return found;
}

findings check_layers(const source_file& file) {
  static const std::map<std::string, std::set<std::string>> may_include{
      {"model", {"model"}},
      {"io", {"io", "model"}},
      {"messages", {"messages", "io", "model"}}, // of io/ the types that are handed over
      {"actors", {"actors", "messages", "io", "model"}},
      {"tools", {"tools", "actors", "messages", "io", "model"}},
  };
  static const std::regex include{"^#include ([<\"])([^>\"]+)[>\"].*"};
  static const std::regex impure{
      "(caf/|liburing|archive|sqlite3|zstd|zlib|sys/|fcntl\\.h|unistd\\.h|linux/|spdlog).*"};
  const auto layer = layer_of(file.path);
  const auto rule = may_include.find(layer);
  findings found;
  const auto lines = lines_of(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (!lines[i].starts_with("#include") || !std::regex_match(lines[i], match, include))
      continue;
    const auto name = match[2].str();
    if (match[1] == "\"" && layer_of(name).empty())
      found.push_back({file.path, i + 1, "name the file by its full path from the root"});
    if (match[1] == "\"" && rule != may_include.end() && !rule->second.contains(layer_of(name)))
      found.push_back({file.path, i + 1, layer + "/ must not include " + layer_of(name) + "/"});
    if (match[1] == "<" && layer == "model" && std::regex_match(name, impure))
      found.push_back({file.path, i + 1, "model/ does no input or output and knows no actors"});
    if (match[1] == "<" && layer == "io" && name.starts_with("caf/"))
      found.push_back({file.path, i + 1, "io/ knows no actors"});
  }
  const auto code = lines_of(code_only(file.text));
  if (layer == "model" || layer == "io")
    for (std::size_t i = 0; i < code.size(); ++i)
      if (code[i].find("caf::") != std::string::npos)
        found.push_back({file.path, i + 1, "caf:: belongs into messages/, actors/ and tools/"});
  return found;
}

findings check_banned(const source_file& file) {
  findings found;
  const auto lines = lines_of(code_only(file.text));
  for (const auto& [word, pattern, advice] : bans) {
    const std::regex banned{pattern};
    std::smatch match;
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (lines[i].find(word) != std::string::npos && std::regex_search(lines[i], match, banned))
        found.push_back({file.path, i + 1, "'" + match.str() + "' " + advice});
  }
  return found;
}

findings check_leftovers(const source_file& file) {
  static const std::regex leftover{"\\b(FIXME|TODO|XXX|HACK)\\b"}; // tidy: the rule itself
  static const std::array hints{"FIXME", "TODO", "XXX", "HACK"};   // tidy: the rule itself
  findings found;
  const auto lines = lines_of(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto holds = [&](const char* word) { return lines[i].find(word) != std::string::npos; };
    if (holds("// tidy: the rule itself") || std::ranges::none_of(hints, holds))
      continue;
    std::smatch match;
    if (std::regex_search(lines[i], match, leftover))
      found.push_back({file.path, i + 1, match.str() + " left; do it, or open an issue"});
  }
  return found;
}

findings check_messages(const source_file& file) {
  findings found;
  const auto lines = lines_of(file.text);
  const auto requests = requests_in(code_only(file.text));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto name = struct_in(lines[i]);
    if (name.empty() || !is_message(lines, i))
      continue;
    const auto comment = comment_above(lines, i);
    if (comment.empty())
      found.push_back({file.path, i + 1, name + " has no /// comment"});
    else if (requests.contains(name))
      for (const auto* part : {"Sent by:", "Reply:"})
        if (comment.find(part) == std::string::npos)
          found.push_back({file.path, i + 1, name + " does not say '" + part + "'"});
  }
  return found;
}

findings check_file(const source_file& file) {
  auto found = check_layout(file);
  const auto add = [&](findings more) { std::ranges::move(more, std::back_inserter(found)); };
  add(check_leftovers(file));
  if (!is_cpp(file))
    return found;
  add(check_size(file));
  add(check_opening(file));
  add(check_layers(file));
  add(check_banned(file));
  if (is_header(file) && layer_of(file.path) == "messages")
    add(check_messages(file));
  return found;
}

std::vector<source_file> read_tree(const std::filesystem::path& root) {
  static const std::set<std::string> kinds{".hpp", ".cpp", ".proto", ".md",
                                           ".sh",  ".txt", ".cmake", ""};
  std::vector<source_file> files;
  for (std::filesystem::recursive_directory_iterator i{root}, end; i != end; ++i) {
    const auto name = i->path().filename().string();
    if (i->is_directory() &&
        (name.starts_with("build") || (name.starts_with(".") && name != ".ci")))
      i.disable_recursion_pending();
    if (!i->is_regular_file() || !kinds.contains(i->path().extension().string()) ||
        name == "LICENSE" || name.starts_with("."))
      continue;
    std::ifstream stream{i->path(), std::ios::binary};
    files.push_back({i->path().lexically_relative(root).generic_string(),
                     std::string{std::istreambuf_iterator<char>{stream}, {}}});
  }
  std::ranges::sort(files, {}, &source_file::path);
  return files;
}

} // namespace floe::tidy
