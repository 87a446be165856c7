#include "model/image_config.hpp"

#include <filesystem>
#include <optional>
#include <regex>

namespace floe {

namespace {

constexpr size_t name_bytes_max = 255;

tl::unexpected<error> bad(const std::string& subject, const std::string& key,
                          const std::string& cause) {
  return fail(error_code::bad_image, subject, key + " in its configuration " + cause,
              "make the image anew");
}

bool has_nul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

/// A key that is missing or null: images are written with either.
const json* find(const json& document, const char* key) {
  const auto found = document.find(key);
  return found == document.end() || found->is_null() ? nullptr : &*found;
}

expected<std::string> text_of(const json& value, const char* key, const std::string& subject) {
  if (!value.is_string())
    return bad(subject, key, "is not a text");
  auto text = value.get<std::string>();
  if (has_nul(text))
    return bad(subject, key, "holds a NUL byte");
  return text;
}

expected<std::string> text_at(const json& document, const char* key, const std::string& subject) {
  const auto* value = find(document, key);
  return value == nullptr ? std::string{} : text_of(*value, key, subject);
}

expected<std::vector<std::string>> texts_at(const json& document, const char* key,
                                            const std::string& subject) {
  std::vector<std::string> texts;
  const auto* list = find(document, key);
  if (list == nullptr)
    return texts;
  if (!list->is_array())
    return bad(subject, key, "is not a list");
  for (const auto& value : *list) {
    auto text = text_of(value, key, subject);
    if (!text)
      return tl::unexpected{text.error()};
    texts.push_back(std::move(*text));
  }
  return texts;
}

/// Relative paths in an image are meant from the root, as everybody takes them.
std::string absolute(const std::string& path) {
  auto clean = std::filesystem::path{"/" + path}.lexically_normal().string();
  while (clean.size() > 1 && clean.back() == '/')
    clean.pop_back();
  return clean;
}

expected<void> read_labels(const json& document, const std::string& subject, image_config& into) {
  const auto* labels = find(document, "Labels");
  if (labels == nullptr)
    return {};
  if (!labels->is_object())
    return bad(subject, "Labels", "is not an object");
  for (const auto& [key, value] : labels->items()) {
    auto text = text_of(value, "Labels", subject);
    if (!text)
      return tl::unexpected{text.error()};
    into.labels.emplace_back(key, std::move(*text));
  }
  return {};
}

expected<void> read_volumes(const json& document, const std::string& subject, image_config& into) {
  const auto* volumes = find(document, "Volumes");
  if (volumes == nullptr)
    return {};
  if (!volumes->is_object())
    return bad(subject, "Volumes", "is not an object");
  for (const auto& [path, ignored] : volumes->items()) {
    const auto clean = absolute(path);
    if (has_nul(path) || clean == "/")
      return bad(subject, "Volumes", "holds a path that no volume can be mounted at");
    into.volumes.push_back(clean);
  }
  return {};
}

/// Takes the value, or the error if it is the first.
template <class T>
void take(expected<T> from, T& into, std::optional<error>& fault) {
  if (from)
    into = std::move(*from);
  else if (!fault)
    fault = std::move(from.error());
}

/// Whether the first part of a name is where an image comes from: it has a dot or a port, or is
/// localhost.
bool is_domain(std::string_view part) {
  return part == "localhost" || part.find_first_of(".:") != std::string_view::npos;
}

struct name_parts {
  std::string domain; ///< empty: none was given
  std::string path;
  std::string tag;
};

std::optional<name_parts> split_name(const std::string& name) {
  static const std::regex path_pattern{
      "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*"};
  static const std::regex domain_pattern{"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?"};
  static const std::regex tag_pattern{"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"};
  if (name.empty() || name.size() > name_bytes_max)
    return {};
  name_parts parts{{}, name, "latest"};
  const auto slash = name.find('/');
  if (slash != std::string::npos && is_domain(std::string_view{name}.substr(0, slash))) {
    parts.domain = name.substr(0, slash);
    parts.path = name.substr(slash + 1);
  }
  const auto colon = parts.path.rfind(':');
  if (colon != std::string::npos) {
    parts.tag = parts.path.substr(colon + 1);
    parts.path.resize(colon);
  }
  if (!std::regex_match(parts.path, path_pattern) || !std::regex_match(parts.tag, tag_pattern) ||
      (!parts.domain.empty() && !std::regex_match(parts.domain, domain_pattern)))
    return {};
  return parts;
}

/// Docker's own images are in docker.io/library.
std::string joined(const std::string& domain, const name_parts& parts) {
  const bool official = domain == "docker.io" && parts.path.find('/') == std::string::npos;
  return domain + (official ? "/library/" : "/") + parts.path + ":" + parts.tag;
}

} // namespace

expected<image_config> image_config_from_json(const json& document, const std::string& subject) {
  if (document.is_null())
    return image_config{};
  if (!document.is_object())
    return fail(error_code::bad_image, subject, "its configuration is not an object",
                "make the image anew");
  image_config config;
  std::optional<error> fault;
  take(texts_at(document, "Env", subject), config.environment, fault);
  take(texts_at(document, "Cmd", subject), config.command, fault);
  take(texts_at(document, "Entrypoint", subject), config.entrypoint, fault);
  take(text_at(document, "WorkingDir", subject), config.working_directory, fault);
  take(text_at(document, "User", subject), config.user, fault);
  take(text_at(document, "StopSignal", subject), config.stop_signal, fault);
  if (fault)
    return tl::unexpected{*fault};
  if (!config.working_directory.empty())
    config.working_directory = absolute(config.working_directory);
  if (auto read = read_labels(document, subject, config); !read)
    return tl::unexpected{read.error()};
  if (auto read = read_volumes(document, subject, config); !read)
    return tl::unexpected{read.error()};
  return config;
}

expected<std::string> normalise_image_name(const std::string& name) {
  const auto parts = split_name(name);
  if (!parts)
    return fail(error_code::usage, "image name " + name, "this cannot be the name of an image",
                "use lower-case letters, digits, '.', '_', '-' and '/', and a tag as in web:1.0");
  return joined(parts->domain.empty() ? "localhost" : parts->domain, *parts);
}

std::vector<std::string> image_name_candidates(const std::string& name) {
  const auto parts = split_name(name);
  if (!parts)
    return {};
  if (!parts->domain.empty())
    return {joined(parts->domain, *parts)};
  return {joined("localhost", *parts), joined("docker.io", *parts)};
}

} // namespace floe
