#include "io/podman/bolt_file.hpp"

#include "io/posix/file_lock.hpp"
#include "io/posix/system_error.hpp"
#include "io/posix/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <utility>

namespace floe {

struct bolt_image {
  std::string path;
  std::string bytes;
  size_t page_bytes = 0;
  uint64_t pages = 0; ///< behind the last one in use
};

namespace {

constexpr uint32_t magic = 0xED0CDAED;
constexpr uint32_t version = 2;
constexpr size_t file_bytes_max = size_t{1} << 30;
constexpr size_t page_bytes_least = 1024;
constexpr size_t page_bytes_most = size_t{1} << 25; ///< where bbolt looks for the second meta page
constexpr size_t tree_depth_max = 32;               ///< a tree of 2^32 pages is not as high
constexpr size_t bucket_depth_max = 32;             ///< Podman nests four

constexpr uint16_t branch_flag = 0x01;
constexpr uint16_t leaf_flag = 0x02;
constexpr uint32_t bucket_flag = 0x01;

// What is on the disk, in the byte order of the machine that wrote it, which is this one.
struct page_header {
  uint64_t id;
  uint16_t flags;
  uint16_t count;
  uint32_t overflow; ///< pages that follow and belong to it
};
struct meta_page {
  uint32_t magic;
  uint32_t version;
  uint32_t page_bytes;
  uint32_t flags;
  uint64_t root;
  uint64_t sequence;
  uint64_t free_list;
  uint64_t pages;
  uint64_t transaction;
  uint64_t checksum; ///< FNV-1a of what is before it
};
struct branch_element {
  uint32_t position; ///< of the key, counted from this element
  uint32_t key_bytes;
  uint64_t child;
};
struct leaf_element {
  uint32_t flags;
  uint32_t position; ///< of the key, counted from this element; the value follows the key
  uint32_t key_bytes;
  uint32_t value_bytes;
};
struct bucket_header {
  uint64_t root; ///< 0: the only page of the bucket follows
  uint64_t sequence;
};
static_assert(sizeof(page_header) == 16 && sizeof(meta_page) == 64);
static_assert(sizeof(branch_element) == 16 && sizeof(leaf_element) == 16);

template <class Record>
std::optional<Record> record_at(std::string_view bytes, size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(Record))
    return std::nullopt;
  Record record;
  std::memcpy(&record, bytes.data() + offset, sizeof record);
  return record;
}

uint64_t fnv_1a(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes)
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return hash;
}

tl::unexpected<error> damaged(const bolt_image& image, std::string cause) {
  return fail(error_code::database_damaged, image.path, std::move(cause),
              "see whether `podman ps` can read it");
}

// -- the file -------------------------------------------------------------------------

enum class meta_verdict { valid, newer, invalid };

meta_verdict judge(std::string_view bytes, size_t offset, meta_page& into) {
  const auto meta = record_at<meta_page>(bytes, offset + sizeof(page_header));
  if (!meta || meta->magic != magic)
    return meta_verdict::invalid;
  const auto sum = fnv_1a(bytes.substr(offset + sizeof(page_header), sizeof(meta_page) - 8));
  if (meta->version > version)
    return meta_verdict::newer;
  const bool sized = meta->page_bytes >= page_bytes_least && meta->page_bytes <= page_bytes_most &&
                     (meta->page_bytes & (meta->page_bytes - 1)) == 0;
  if (meta->version != version || meta->checksum != sum || !sized)
    return meta_verdict::invalid;
  into = *meta;
  return meta_verdict::valid;
}

/// The valid meta page with the higher transaction. The second one is a page behind the first; how
/// large a page is says the first, or trying.
expected<meta_page> choose_meta(const bolt_image& image) {
  std::optional<meta_page> best;
  bool newer = false;
  const auto look = [&](size_t offset) {
    meta_page meta{};
    const auto verdict = judge(image.bytes, offset, meta);
    newer = newer || verdict == meta_verdict::newer;
    if (verdict != meta_verdict::valid || (offset != 0 && meta.page_bytes != offset))
      return;
    if (!best || meta.transaction > best->transaction)
      best = meta;
  };
  look(0);
  if (best)
    look(best->page_bytes);
  else
    for (auto size = page_bytes_least; size <= page_bytes_most && !best; size *= 2)
      look(size);
  if (best)
    return *best;
  if (newer)
    return fail(error_code::database_unknown, image.path,
                "its format is newer than what floe reads", "update floe");
  return damaged(image, "it has no valid meta page");
}

// -- pages ----------------------------------------------------------------------------

struct page_view {
  std::string_view bytes; ///< with the pages that belong to it
  bool leaf = false;
  uint16_t count = 0;
};

expected<page_view> view_of(const bolt_image& image, std::string_view bytes, uint64_t id) {
  const auto header = record_at<page_header>(bytes, 0);
  const auto name = "page " + std::to_string(id);
  if (!header || header->id != id)
    return damaged(image, name + " is another one");
  if (header->flags != branch_flag && header->flags != leaf_flag)
    return damaged(image, name + " is of another kind than it must be");
  const bool leaf = header->flags == leaf_flag;
  const auto element = leaf ? sizeof(leaf_element) : sizeof(branch_element);
  if (header->count > (bytes.size() - sizeof(page_header)) / element ||
      (!leaf && header->count == 0))
    return damaged(image, name + " has a wrong number of entries");
  return page_view{bytes, leaf, header->count};
}

expected<page_view> page_at(const bolt_image& image, uint64_t id) {
  const auto name = "page " + std::to_string(id);
  if (id < 2 || id >= image.pages)
    return damaged(image, name + " is outside of the file");
  const std::string_view all{image.bytes};
  const auto header = record_at<page_header>(all, id * image.page_bytes);
  if (!header || header->overflow >= image.pages - id)
    return damaged(image, name + " is larger than the file");
  const auto size = (size_t{header->overflow} + 1) * image.page_bytes;
  return view_of(image, all.substr(id * image.page_bytes, size), id);
}

expected<bolt_entry> leaf_entry(const bolt_image& image, const page_view& page, size_t index) {
  const auto offset = sizeof(page_header) + index * sizeof(leaf_element);
  const auto element = record_at<leaf_element>(page.bytes, offset);
  const auto left = page.bytes.size() - offset;
  if (!element || element->position > left || element->key_bytes > left - element->position ||
      element->value_bytes > left - element->position - element->key_bytes)
    return damaged(image, "an entry is outside of its page");
  bolt_entry entry;
  entry.key = page.bytes.substr(offset + element->position, element->key_bytes);
  entry.value =
      page.bytes.substr(offset + element->position + element->key_bytes, element->value_bytes);
  entry.is_bucket = (element->flags & bucket_flag) != 0;
  return entry;
}

struct branch {
  std::string_view key; ///< the smallest below the child
  uint64_t child = 0;
};

expected<branch> branch_entry(const bolt_image& image, const page_view& page, size_t index) {
  const auto offset = sizeof(page_header) + index * sizeof(branch_element);
  const auto element = record_at<branch_element>(page.bytes, offset);
  const auto left = page.bytes.size() - offset;
  if (!element || element->position > left || element->key_bytes > left - element->position)
    return damaged(image, "an entry is outside of its page");
  return branch{page.bytes.substr(offset + element->position, element->key_bytes), element->child};
}

// -- trees ----------------------------------------------------------------------------

class tree_walk {
 public:
  tree_walk(const bolt_image& image, const std::function<expected<void>(const bolt_entry&)>& visit)
      : image_{image}, visit_{visit} {}

  expected<void> walk(const page_view& page, size_t depth) {
    for (size_t index = 0; index < page.count; ++index)
      if (auto walked = page.leaf ? visit_leaf(page, index) : descend(page, index, depth); !walked)
        return walked;
    return {};
  }

  expected<void> walk(uint64_t id, size_t depth) {
    if (depth > tree_depth_max || !seen_.insert(id).second)
      return damaged(image_, "its pages form a circle");
    const auto page = page_at(image_, id);
    return page ? walk(*page, depth) : tl::unexpected{page.error()};
  }

 private:
  expected<void> visit_leaf(const page_view& page, size_t index) {
    const auto entry = leaf_entry(image_, page, index);
    return entry ? visit_(*entry) : tl::unexpected{entry.error()};
  }

  expected<void> descend(const page_view& page, size_t index, size_t depth) {
    const auto entry = branch_entry(image_, page, index);
    return entry ? walk(entry->child, depth + 1) : tl::unexpected{entry.error()};
  }

  const bolt_image& image_;
  const std::function<expected<void>(const bolt_entry&)>& visit_;
  std::set<uint64_t> seen_;
};

/// The child whose keys may include \p key.
expected<uint64_t> child_for(const bolt_image& image, const page_view& page, std::string_view key) {
  uint64_t child = 0;
  for (size_t index = 0; index < page.count; ++index) {
    const auto entry = branch_entry(image, page, index);
    if (!entry)
      return tl::unexpected{entry.error()};
    if (index > 0 && entry->key > key)
      break;
    child = entry->child;
  }
  return child;
}

expected<std::string> copy_of(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0)
    return system_failure(errno, path, "fstat");
  if (!S_ISREG(status.st_mode) || static_cast<size_t>(status.st_size) > file_bytes_max)
    return fail(error_code::database_damaged, path, "it is no file, or a very large one");
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const auto got =
        ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno != EINTR)
      return system_failure(errno, path, "read");
    if (got == 0)
      break;
    done += got > 0 ? static_cast<size_t>(got) : 0;
  }
  bytes.resize(done);
  return bytes;
}

} // namespace

// -- buckets --------------------------------------------------------------------------

expected<std::optional<bolt_entry>> bolt_bucket::find(std::string_view key) const {
  auto page = root_ == 0 ? view_of(*image_, inline_page_, 0) : page_at(*image_, root_);
  for (size_t depth = 0; page && !page->leaf; ++depth) {
    if (depth == tree_depth_max)
      return damaged(*image_, "its pages form a circle");
    const auto child = child_for(*image_, *page, key);
    if (!child)
      return tl::unexpected{child.error()};
    page = page_at(*image_, *child);
  }
  if (!page)
    return tl::unexpected{page.error()};
  for (size_t index = 0; index < page->count; ++index) {
    const auto entry = leaf_entry(*image_, *page, index);
    if (!entry)
      return tl::unexpected{entry.error()};
    if (entry->key == key)
      return *entry;
  }
  return std::nullopt;
}

expected<std::optional<bolt_bucket>> bolt_bucket::find_bucket(std::string_view key) const {
  const auto entry = find(key);
  if (!entry)
    return tl::unexpected{entry.error()};
  if (!*entry || !(*entry)->is_bucket)
    return std::nullopt;
  const auto header = record_at<bucket_header>((*entry)->value, 0);
  if (!header || depth_ == bucket_depth_max)
    return damaged(*image_, "its buckets are not in order");
  bolt_bucket bucket;
  bucket.image_ = image_;
  bucket.root_ = header->root;
  bucket.depth_ = depth_ + 1;
  if (header->root == 0)
    bucket.inline_page_ = (*entry)->value.substr(sizeof(bucket_header));
  return bucket;
}

expected<std::optional<std::string>> bolt_bucket::find_value(std::string_view key) const {
  const auto entry = find(key);
  if (!entry)
    return tl::unexpected{entry.error()};
  if (!*entry || (*entry)->is_bucket)
    return std::nullopt;
  return std::string{(*entry)->value};
}

expected<void>
bolt_bucket::for_each(const std::function<expected<void>(const bolt_entry&)>& visit) const {
  tree_walk walk{*image_, visit};
  if (root_ != 0)
    return walk.walk(root_, 0);
  const auto page = view_of(*image_, inline_page_, 0);
  return page ? walk.walk(*page, 0) : tl::unexpected{page.error()};
}

// -- opening --------------------------------------------------------------------------

expected<bolt_bucket> bolt_file::open(const std::string& path, std::chrono::milliseconds limit) {
  const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!file && errno == ENOENT)
    return fail(error_code::no_such_file, path, "there is no such file");
  if (!file)
    return system_failure(errno, path, "open");
  const auto locked = lock_within(file.get(), lock_mode::shared, limit, path);
  if (!locked)
    return tl::unexpected{locked.error()};
  if (!*locked)
    return fail(error_code::timed_out, path, "Podman has kept its database locked",
                "see what it is doing, and try again");
  auto bytes = copy_of(file.get(), path);
  return bytes ? parse(std::move(*bytes), path) : tl::unexpected{bytes.error()};
}

expected<bolt_bucket> bolt_file::parse(std::string bytes, std::string path) {
  auto image = std::make_shared<bolt_image>();
  image->path = std::move(path);
  image->bytes = std::move(bytes);
  const auto meta = choose_meta(*image);
  if (!meta)
    return tl::unexpected{meta.error()};
  image->page_bytes = meta->page_bytes;
  image->pages = std::min<uint64_t>(meta->pages, image->bytes.size() / meta->page_bytes);
  bolt_bucket root;
  root.root_ = meta->root;
  root.image_ = std::move(image);
  // An inline topmost bucket does not exist; page 0 is refused as any other outside of the file.
  if (root.root_ == 0)
    return damaged(*root.image_, "it has no topmost bucket");
  return root;
}

} // namespace floe
