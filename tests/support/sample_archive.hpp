// Small checkpoint archives: as floe pours them and as Podman writes them.
#pragma once

#include "io/pour/pour_to_file.hpp"
#include "tests/support/raw_tar.hpp"

#include <zlib.h>
#include <zstd.h>

#include <string>
#include <vector>

namespace floe::test {

/// A tar and where its members are.
struct sample_members {
  raw_tar tar;
  std::vector<planned_member> list;

  void add(const std::string& name, const std::string& content, char type = '0',
           const std::string& link = {}) {
    const auto at = tar.open_end().size();
    tar.header({.name = name, .type = type, .link = link, .size = content.size(), .mode = 0600});
    tar.data(content);
    list.push_back({name.ends_with('/') ? name.substr(0, name.size() - 1) : name, at, at + 512,
                    content.size(), type});
  }
};

/// Bytes that no compression makes smaller.
inline std::string noise(size_t bytes) {
  std::string out;
  for (uint32_t state = 1; out.size() < bytes; state = state * 1664525 + 1013904223)
    out += static_cast<char>(state >> 24);
  return out;
}

inline sample_members sample_checkpoint() {
  sample_members out;
  out.add("config.dump", R"({"id":"1","name":"web"})");
  out.add("checkpoint/", "", '5');
  out.add("checkpoint/inventory.img", "inventory");
  out.add("checkpoint/pages-1.img", noise(9000));
  out.add("volumes/data.tar", raw_tar{}.file("f", "in the volume").closed());
  out.add("network.status", "null");
  out.add("spec.dump", R"({"ociVersion":"1.0.2"})");
  return out;
}

/// Pours members into an indexed archive with small windows.
inline expected<pour_report> pour_sample(const sample_members& members, const std::string& target,
                                         compression method, uint32_t window_bytes = 2048) {
  rope content;
  content.append_literal(members.tar.closed());
  for (const auto& member : members.list)
    content.add_member(member);
  pour_options options;
  options.target = target;
  options.method = method;
  options.overwrite = true;
  options.sync = false;
  options.window_bytes = window_bytes;
  options.notes.warnings = {"a socket was left out"};
  options.notes.volumes = {{"data", {{"tier", "db"}}, {}}, {"plain", {}, {}}};
  return pour_to_file(content, options);
}

/// One zstd frame, as Podman's writer makes it.
inline std::string zstd_of(const std::string& bytes, bool with_checksum = true) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, with_checksum ? 1 : 0);
  out.resize(ZSTD_compress2(context, out.data(), out.size(), bytes.data(), bytes.size()));
  ZSTD_freeCCtx(context);
  return out;
}

/// One gzip member.
inline std::string gzip_of(const std::string& bytes) {
  z_stream state{};
  ::deflateInit2(&state, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(::deflateBound(&state, bytes.size()) + 64, '\0');
  auto copy = bytes;
  state.next_in = reinterpret_cast<Bytef*>(copy.data());
  state.avail_in = static_cast<uInt>(copy.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  ::deflate(&state, Z_FINISH);
  out.resize(state.total_out);
  ::deflateEnd(&state);
  return out;
}

/// Without an index: what Podman would have written.
inline std::string podman_form(const std::string& tar, compression method) {
  switch (method) {
  case compression::zstd:
  case compression::raw:
    return zstd_of(tar);
  case compression::gzip:
    return gzip_of(tar);
  case compression::none:
    break;
  }
  return tar;
}

} // namespace floe::test
