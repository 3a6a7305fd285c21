#include "net/http.h"

namespace twoseal {

std::optional<std::string_view> header_of(const HttpHeaders& headers, std::string_view name) {
  const auto found = headers.find(name);
  return found != headers.end() ? std::optional<std::string_view>(found->second) : std::nullopt;
}

}  // namespace twoseal
