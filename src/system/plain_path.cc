#include "system/plain_path.h"

#include "base/check.h"

namespace twoseal {
namespace {

constexpr std::size_t kPathMax = 4095;
constexpr std::size_t kNameMax = 255;
constexpr std::uint32_t kWriteOfOthers = 0022;

}  // namespace

bool is_host_path(std::string_view path) {
  if (path.empty() || path.front() != '/' || path.size() > kPathMax ||
      path.find('\0') != std::string_view::npos) {
    return false;
  }
  if (path == "/") {
    return true;
  }
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == ".." || part.size() > kNameMax) {
      return false;
    }
    path.remove_prefix(part.size());
  }
  return true;
}

std::string parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/" : std::string(path.substr(0, slash));
}

std::string name_in_parent(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

std::string join_path(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.ends_with('/')) {
    path += '/';
  }
  path += name;
  return path;
}

bool is_at_or_below(std::string_view directory, std::string_view path) {
  return path == directory || directory == "/" ||
         (path.starts_with(directory) && path[directory.size()] == '/');
}

void PathParts::put(std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
    const std::string_view part = path.substr(begin);
    if (!part.empty() && part != ".") {
      parts_.emplace_back(part);
    }
    path = path.substr(0, begin == 0 ? 0 : begin - 1);
  }
}

std::string PathParts::take() {
  check(!parts_.empty(), "a path is walked only while parts of it are left");
  std::string part = std::move(parts_.back());
  parts_.pop_back();
  return part;
}

bool is_safe_link(std::uint32_t link_uid,
                  std::uint32_t directory_uid,
                  std::uint32_t directory_mode) {
  return link_uid == 0 && directory_uid == 0 && (directory_mode & kWriteOfOthers) == 0;
}

Result<void> check_plain_path(const std::string& path) {
  if (!is_host_path(path)) {
    return fail(Errc::unsafe_path,
                "is not an absolute path in its plain form with names of at most 255 octets",
                path);
  }
  return {};
}

}  // namespace twoseal
