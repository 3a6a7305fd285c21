// What an object looks at on a host: so that a write re-judges only what it touched.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compliance/families/query.h"

namespace twoseal::scap {

/// `facts`: what no file shows, or files of the kernel, which tell nobody that they change.
/// `link`: a link that a walk follows, so that what lies where it leads is looked at too.
enum class ReadingKind : std::uint8_t { file, directory, subtree, facts, link };

/// A file, the names directly in a directory, or everything below one.
struct Reading {
  ReadingKind kind = ReadingKind::facts;
  std::string path;

  bool operator==(const Reading&) const = default;
};

/// Everything that collecting the object looks at, without the links that it will follow. Nothing
/// for what nobody collects.
[[nodiscard]] std::vector<Reading> readings_of(const ObjectQuery& query);

/// Whether something happening to `path` can change what the reading sees. Never for a link: what
/// happens there is told by the path that leads over it.
[[nodiscard]] bool touches(const Reading& reading, std::string_view path);

}  // namespace twoseal::scap
