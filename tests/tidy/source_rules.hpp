// The rules of our source that a compiler does not know: each takes the text of a file and returns
// what breaks it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace floe::tidy {

/// One file of the tree: its path relative to the root, with forward slashes, and what stands in
/// it.
struct source_file {
  std::string path;
  std::string text;
};

/// One breach of a rule.
struct finding {
  std::string path;
  std::size_t line = 0; ///< counted from 1; 0 if the whole file is meant
  std::string what;

  bool operator==(const finding&) const = default;
};
using findings = std::vector<finding>;

// Limits with a reason: a header is read at one sitting, a function on one screen. A protocol in
// messages/ is one header by intent, as long as what it has to say.
inline constexpr std::size_t columns_max = 100;
inline constexpr std::size_t header_lines_max = 150;
inline constexpr std::size_t protocol_lines_max = 400;
inline constexpr std::size_t source_lines_max = 450;
inline constexpr std::size_t function_lines_max = 70;

/// The C++ text with comments blanked out and the contents of literals removed, line for line.
std::string code_only(std::string_view text);

/// No line is too long, none ends in white space or holds tabs or control characters; the last line
/// ends.
findings check_layout(const source_file& file);

/// Headers, sources and functions stay short. A comment in the first ten lines that says "Long
/// because" and the reason lifts the limits of the file's length.
findings check_size(const source_file& file);

/// A file begins with a comment on what it is for, and a header with #pragma once behind it. A
/// source whose own header says it may begin with including that.
findings check_opening(const source_file& file);

/// Includes follow the layers: model < io < messages < actors < tools; CAF stays out of model and
/// io.
findings check_layers(const source_file& file);

/// Calls that have a better replacement here, which the finding names.
findings check_banned(const source_file& file);

/// No notes about unfinished work, no paths of one particular machine.
findings check_leftovers(const source_file& file);

/// In messages/ every struct has a comment, and one that an interface accepts says who sends it and
/// what comes back.
findings check_messages(const source_file& file);

/// All rules that concern the kind of file that this is.
findings check_file(const source_file& file);

/// Every text file of ours below `root`, build directories left out, sorted by path.
std::vector<source_file> read_tree(const std::filesystem::path& root);

} // namespace floe::tidy
