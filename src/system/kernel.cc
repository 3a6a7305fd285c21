#include "system/kernel.h"

#include "system/plain_path.h"

namespace twoseal {
namespace {

constexpr std::size_t kNameMax = 255;

}  // namespace

std::optional<std::string> kernel_setting_path(std::string_view name) {
  std::string path(name);
  const std::size_t first = path.find_first_of("./");
  if (first != std::string::npos && path[first] == '.') {
    for (char& c : path) {
      c = c == '.' ? '/' : (c == '/' ? '.' : c);
    }
  }
  if (path.size() > kNameMax || path.empty() || !is_host_path("/" + path)) {
    return std::nullopt;
  }
  return path;
}

}  // namespace twoseal
