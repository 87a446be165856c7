// `floe verify`: reads archives whole and checks every digest that they have.
#include "io/archive/archive_reader.hpp"
#include "tools/command_line.hpp"

namespace floe {

namespace {

/// What a damaged archive is and what a good one says of itself.
struct verified {
  std::string path;
  std::string digest; ///< empty without an index
  std::string method;
  error problem{error_code::none, "", "", ""};
};

verified verify(const std::string& path) {
  verified out;
  out.path = path;
  const auto archive = archive_reader::open(path);
  if (!archive) {
    out.problem = archive.error();
    return out;
  }
  out.digest = (*archive)->digest();
  out.method = to_string((*archive)->method());
  if (auto good = (*archive)->verify(); !good)
    out.problem = good.error();
  return out;
}

struct verify_verb {
  std::vector<std::string> paths;
  std::string format;

  void declare(CLI::App& app) {
    add_arguments(app, "ARCHIVE", paths, "Archives, of floe or of Podman")->required();
    add_format(app, format);
  }

  exit_code run(session& s) {
    json results = json::array();
    std::vector<error> errors;
    for (const auto& path : paths) {
      const auto result = verify(path);
      const bool good = result.problem.code == error_code::none;
      results.push_back({{"archive", path},
                         {"good", good},
                         {"compression", result.method},
                         {"digest", result.digest},
                         {"error", good ? json(nullptr) : to_json(result.problem)}});
      if (!good) {
        s.streams().report(result.problem);
        errors.push_back(result.problem);
      } else if (format != "json") {
        s.streams().out("{}: good{}", for_display(path),
                        result.digest.empty()
                            ? ", as far as an archive without digests can be checked"
                            : ", " + result.digest);
      }
    }
    if (format == "json")
      s.streams().out("{}", dump_json({{"operation", "verify"}, {"results", std::move(results)}}));
    return judge(paths.size() - errors.size(), errors);
  }
};

} // namespace

void add_verify_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<verify_verb>(
      parent, chosen,
      {"verify", "Read archives whole and check every digest", "floe verify /backup/*.tar.zst"});
}

} // namespace floe
