#include "authoring/health_yaml.h"

#include "authoring/resource_table.h"

namespace twoseal::authoring {
namespace {

constexpr std::int64_t kWithin = 10;  // seconds, when the check does not say
constexpr std::int64_t kWithinMax = 3600;
constexpr std::int64_t kExpect = 200;  // HTTP status, when the check does not say

// Addresses where clouds answer with credentials, and link-local ones.
bool is_internal(std::string_view host) {
  return host.starts_with("169.254.") || host.starts_with("[fe8") || host.starts_with("[fe9") ||
         host.starts_with("[fea") || host.starts_with("[feb") || host == "[fd00:ec2::254]" ||
         host == "100.100.100.200" || host == "metadata" || host.starts_with("metadata.") ||
         host.find("169.254.") != std::string_view::npos;
}

bool is_port(std::string_view text) {
  const auto port = parse_integer(text);
  return port && *port >= 1 && *port <= 65535;
}

}  // namespace

bool is_health_url(std::string_view url) {
  constexpr std::string_view kHostCharacters = "abcdefghijklmnopqrstuvwxyz0123456789.-";
  constexpr std::string_view kAddressCharacters = "abcdef0123456789:.";
  for (const char c : url) {
    if (c <= ' ' || c > '~' || c == '\\' || c == '"') {
      return false;
    }
  }
  const std::string_view rest = url.starts_with("https://")  ? url.substr(8)
                                : url.starts_with("http://") ? url.substr(7)
                                                             : std::string_view();
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (authority.empty() || bracket == std::string_view::npos || url.size() > 1024) {
    return false;
  }
  const std::size_t colon = authority.find(':', bracket);
  const std::string_view host = authority.substr(0, colon);
  const bool is_address = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  const std::string_view name = is_address ? host.substr(1, host.size() - 2) : host;
  if (name.empty() || is_internal(host) ||
      name.find_first_not_of(is_address ? kAddressCharacters : kHostCharacters) !=
          std::string_view::npos) {
    return false;
  }
  return colon == std::string_view::npos || is_port(authority.substr(colon + 1));
}

HealthCheck read_health(const Value& item) {
  HealthCheck check;
  Table table(item);
  const Value tcp = table.optional("tcp");
  const Value http = table.optional("http");
  const Value service = table.optional("service");
  const Value command = table.optional("command");
  const int kinds = static_cast<int>(tcp.present()) + static_cast<int>(http.present()) +
                    static_cast<int>(service.present()) + static_cast<int>(command.present());
  if (kinds != 1 && item.is_map()) {
    item.refuse("is exactly one of tcp, http, service, command");
  }
  if (tcp.present()) {
    check.port = tcp.integer(1, 65535, 1);
  } else if (http.present()) {
    check.kind = HealthKind::http;
    check.url = http.text({1, 1024});
    check.expect = table.optional("expect").integer(100, 599, kExpect);
    if (!check.url->empty() && !is_health_url(*check.url)) {
      http.refuse(
          "must be http:// or https:// with a host, an optional port and a path; no user, "
          "no link-local or metadata address");
    }
  } else if (service.present()) {
    check.kind = HealthKind::service;
    check.name = read_unit(service, ".service");
  } else if (command.present()) {
    check.kind = HealthKind::command;
    check.argv = read_command(command);
  }
  check.within = table.optional("within").duration(1, kWithinMax, kWithin);
  table.finish();
  return check;
}

}  // namespace twoseal::authoring
