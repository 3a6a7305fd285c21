#include "compliance/path_start.h"

#include "compliance/regex.h"

namespace twoseal::scap {
namespace {

// A pattern that begins with a slash means the root by it.
std::string from_root(std::string_view pattern) {
  const bool slash = pattern.starts_with('/') || pattern.starts_with("\\/");
  const std::string_view after = slash ? pattern.substr(pattern.find('/') + 1) : pattern;
  const bool meant = slash && (after.empty() || std::string_view("*?{").find(after.front()) ==
                                                    std::string_view::npos);
  return (meant ? "^" : "") + std::string(pattern);
}

}  // namespace

std::string plain_start(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  return path;
}

std::string start_of_pattern(std::string_view pattern) {
  const std::string prefix = literal_prefix(from_root(pattern));
  const std::size_t slash = prefix.rfind('/');
  if (slash == std::string::npos || !prefix.starts_with('/')) {
    return "/";
  }
  return slash == 0 ? "/" : prefix.substr(0, slash);
}

bool may_match_anywhere(std::string_view pattern) {
  return !begins_at_start(from_root(pattern));
}

}  // namespace twoseal::scap
