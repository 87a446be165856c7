#include "tools/log_reader.hpp"

#include "io/posix/system_error.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace floe {

namespace {

constexpr size_t block_bytes = size_t{64} << 10;

std::string_view take_word(std::string_view& text) {
  const auto end = text.find(' ');
  const auto word = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return word;
}

} // namespace

std::optional<log_line> parse_log_line(std::string_view line) {
  log_line out;
  out.time = take_word(line);
  const auto stream = take_word(line);
  const auto tag = take_word(line);
  if (out.time.empty() || (stream != "stdout" && stream != "stderr") || (tag != "F" && tag != "P"))
    return std::nullopt;
  out.is_error = stream == "stderr";
  out.is_partial = tag == "P";
  out.text = line;
  return out;
}

expected<void> log_reader::create() {
  file_.reset(::open(path_.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file_)
    return system_failure(errno, path_, "create");
  return {};
}

expected<void> log_reader::read_available(const sink& take) {
  if (!file_) {
    file_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file_ && errno == ENOENT)
      return {};
    if (!file_)
      return system_failure(errno, path_, "open");
  }
  struct stat status {};
  if (::fstat(file_.get(), &status) == 0 && static_cast<uint64_t>(status.st_size) < offset_) {
    offset_ = 0;
    unfinished_.clear();
  }
  std::array<char, block_bytes> block; // NOLINT: filled by pread
  while (true) {
    const auto got = ::pread(file_.get(), block.data(), block.size(), static_cast<off_t>(offset_));
    if (got < 0)
      return system_failure(errno, path_, "read");
    if (got == 0)
      return {};
    offset_ += static_cast<uint64_t>(got);
    unfinished_.append(block.data(), static_cast<size_t>(got));
    size_t begin = 0;
    for (auto end = unfinished_.find('\n'); end != unfinished_.npos;
         end = unfinished_.find('\n', begin)) {
      if (auto line = parse_log_line(std::string_view{unfinished_}.substr(begin, end - begin)))
        take(*line);
      begin = end + 1;
    }
    unfinished_.erase(0, begin);
  }
}

void print_log_line(const console& streams, const log_line& line, bool timestamps) {
  std::string text = timestamps ? line.time + " " + line.text : line.text;
  if (!line.is_partial)
    text += '\n';
  (line.is_error ? streams.write_error : streams.write_out)(text);
}

std::vector<log_line> last_lines(std::vector<log_line> lines, size_t count) {
  size_t first = lines.size();
  size_t seen = 0;
  while (first > 0) {
    if (!lines[first - 1].is_partial && seen++ == count)
      break;
    --first;
  }
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(first));
  return lines;
}

} // namespace floe
