#include "io/plan/tar_plan.hpp"

#include "io/plan/tar_builder.hpp"
#include "io/plan/tree_walk.hpp"
#include "io/posix/system_error.hpp"

#include <cerrno>

namespace floe {

expected<tar_plan> plan_tree(std::shared_ptr<const tree_root> tree, const std::stop_token& stop) {
  return plan_tree(std::move(tree), tar_plan_options{}, stop);
}

expected<tar_plan> plan_tree(std::shared_ptr<const tree_root> tree, tar_plan_options options,
                             const std::stop_token& stop) {
  tar_builder builder{{.align_data = options.align_data}};
  const tree_visitor visitor{
      [&](const std::string& path, const file_facts& facts) {
        return builder.add("./" + path, {tree, path}, facts);
      },
      [&](std::string line) { builder.warn(std::move(line)); },
  };
  if (auto walked = walk_tree(*tree, "", visitor, stop); !walked)
    return tl::unexpected{std::move(walked).error()};
  tar_plan plan;
  plan.content = builder.finish();
  plan.entries = builder.entries();
  plan.file_bytes = builder.file_bytes();
  plan.warnings = builder.take_warnings();
  return plan;
}

expected<std::shared_ptr<const tree_root>> open_tree(const std::string& path) {
  unique_fd directory{::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!directory)
    return system_failure(errno, path, "open");
  return std::make_shared<const tree_root>(tree_root{std::move(directory), path});
}

} // namespace floe
