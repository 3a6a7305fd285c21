// Reading what a resource wants. Types were judged by authoring::check_resource() before.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/plan.h"

namespace twoseal {

/// The wanted value of a field, nothing when it is not wanted or of another type.
template <class T>
[[nodiscard]] std::optional<T> wanted(const Resource& resource, const char* field) {
  const auto found = resource.want.find(field);
  const T* value = found != resource.want.end() ? std::get_if<T>(&found->second) : nullptr;
  return value != nullptr ? std::optional<T>(*value) : std::nullopt;
}

[[nodiscard]] inline std::optional<std::string> wanted_text(const Resource& resource,
                                                            const char* field) {
  return wanted<std::string>(resource, field);
}

using Texts = std::vector<std::string>;

[[nodiscard]] inline bool is_wanted_absent(const Resource& resource) {
  return resource.want.contains("absent");
}

}  // namespace twoseal
