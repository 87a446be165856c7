#include "tools/console.hpp"

#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>

namespace floe {

namespace {

constexpr unsigned rows_assumed = 24;
constexpr unsigned columns_assumed = 80;

void write_to(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

std::pair<unsigned, unsigned> terminal_size() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
    return {rows_assumed, columns_assumed};
  return {size.ws_row, size.ws_col};
}

} // namespace

void console::report(const error& what) const {
  remark("Error: {}", for_display(describe(what)));
}

console standard_console() {
  console made;
  made.write_out = [](std::string_view text) { write_to(stdout, text); };
  made.write_error = [](std::string_view text) { write_to(stderr, text); };
  made.error_is_terminal = isatty(STDERR_FILENO) == 1;
  made.size = terminal_size;
  return made;
}

std::string for_display(std::string_view text) {
  std::string shown{text};
  for (size_t i = 0; i < shown.size(); ++i) {
    const auto byte = static_cast<unsigned char>(shown[i]);
    // The second set of control characters, U+0080 to U+009F, is two bytes in UTF-8.
    const bool is_c1 =
        byte == 0xc2 && i + 1 < shown.size() && static_cast<unsigned char>(shown[i + 1]) < 0xa0;
    if (is_c1)
      shown.replace(i, 2, "?");
    else if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f)
      shown[i] = '?';
  }
  return shown;
}

} // namespace floe
