// A scanner that knows just enough C++ to tell code from comments and literals.
#include "tests/tidy/source_rules.hpp"

#include <cctype>

namespace floe::tidy {

namespace {

class scanner {
 public:
  explicit scanner(std::string_view text) : text_{text} {}

  std::string run() {
    while (at_ < text_.size())
      step();
    return std::move(out_);
  }

 private:
  bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  void keep(std::size_t count = 1) {
    out_ += text_.substr(at_, count);
    at_ += count;
  }

  /// Leaves out everything up to `end` (a position), but the line ends, so that line numbers stay
  /// true.
  void blank_to(std::size_t end) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_)
      if (text_[at_] == '\n')
        out_ += '\n';
  }

  /// The position behind the next `what`, or the end of the text.
  std::size_t behind(std::string_view what, std::size_t from) const {
    const auto found = text_.find(what, from);
    return found == std::string_view::npos ? text_.size() : found + what.size();
  }

  void step() {
    if (starts("//"))
      blank_to(std::min(text_.find('\n', at_), text_.size()));
    else if (starts("/*"))
      blank_to(behind("*/", at_ + 2));
    else if (starts("R\"") && !after_word())
      raw_string();
    else if (text_[at_] == '"')
      quoted('"');
    else if (text_[at_] == '\'' && !after_word()) // behind a digit it separates thousands
      quoted('\'');
    else
      keep();
  }

  bool after_word() const {
    if (at_ == 0)
      return false;
    const auto before = static_cast<unsigned char>(text_[at_ - 1]);
    return std::isalnum(before) != 0 || before == '_';
  }

  void raw_string() {
    const auto open = text_.find('(', at_);
    if (open == std::string_view::npos)
      return blank_to(text_.size());
    const auto close = ")" + std::string{text_.substr(at_ + 2, open - at_ - 2)} + "\"";
    out_ += "\"\"";
    blank_to(behind(close, open));
  }

  void quoted(char quote) {
    auto end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n')
      end += text_[end] == '\\' ? 2 : 1;
    out_ += quote;
    out_ += quote;
    blank_to(end < text_.size() && text_[end] == quote ? end + 1 : end);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

} // namespace

std::string code_only(std::string_view text) {
  return scanner{text}.run();
}

} // namespace floe::tidy
