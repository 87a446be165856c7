// Puts the entries of one nested tar below a directory. Used by extract_tar only.
#pragma once

#include "io/archive/extract.hpp"
#include "io/archive/tar_stream.hpp"
#include "io/posix/unique_fd.hpp"

#include <map>

namespace floe {

class extractor {
 public:
  extractor(tar_stream& tar, int root, const std::string& subject, const extract_policy& policy,
            const std::stop_token& stop);

  /// Takes the entry that the stream just delivered.
  expected<void> take(const read_entry& entry);

  /// Sets the times of directories, which everything created inside of them changed.
  expected<void> finish() { return flush_times(); }

  extract_report& report() { return report_; }

 private:
  /// An entry with the place where it belongs.
  struct target {
    const read_entry& entry;
    std::string path; ///< cleaned; empty for the root
    int parent;       ///< descriptor of the directory it goes to
    std::string name; ///< last component
  };

  expected<int> parent_of(const std::string& path);
  expected<void> make_parents(std::string_view path);
  expected<bool> make_room(const target& at);
  expected<void> put(const target& at);
  expected<void> put_file(const target& at);
  expected<void> put_directory(const target& at);
  expected<void> put_symlink(const target& at);
  expected<void> put_hard_link(const target& at);
  expected<void> put_node(const target& at);
  bool is_whiteout(const target& at) const;
  expected<void> put_whiteout(const target& at);
  expected<bool> hides_lower_directory(const target& at);
  expected<void> hide_lower(int directory);
  expected<void> write_content(const read_entry& entry, int file);
  expected<void> write_region(int file, uint64_t offset, uint64_t length);
  expected<void> describe_by_descriptor(const read_entry& entry, int file);
  expected<void> describe_by_name(const target& at);
  expected<void> drop_inherited_acls(const read_entry& entry, const std::string& proc_path);
  expected<void> set_attributes(const read_entry& entry, const std::string& proc_path);
  expected<void> remember_times(const std::string& path, const read_entry& entry);
  expected<void> flush_times();
  tl::unexpected<error> failed(int error_number, const char* operation, const read_entry& entry);
  void warn(std::string text);

  tar_stream& tar_;
  int root_;
  std::string subject_;
  extract_policy policy_;
  std::stop_token stop_;
  extract_report report_;
  std::vector<std::byte> buffer_;
  std::string parent_path_; ///< of parent_, so that neighbours need no second walk
  unique_fd parent_;
  std::map<std::string, std::pair<tar_time, std::optional<tar_time>>> directory_times_;
};

} // namespace floe
