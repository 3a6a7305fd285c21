#include "server/contract.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "authoring/yaml.h"
#include "embedded/kContract.h"

namespace twoseal::server {
namespace {

using authoring::Node;
using authoring::NodeKind;

constexpr std::string_view kFile = "api/openapi.yaml";

// What a contract says of one request, in words that can be compared.
struct Promise {
  std::string port;
  std::string security;
  bool has_key = false;

  bool operator==(const Promise&) const = default;
};

using Promises = std::map<std::string, Promise>;  // by `GET /v1/me`

const Node* member(const Node& map, std::string_view key) {
  for (std::size_t i = 0; map.kind == NodeKind::map && i + 1 < map.items.size(); i += 2) {
    if (map.items[i].text == key) {
      return &map.items[i + 1];
    }
  }
  return nullptr;
}

// `security`: absent means the default, an empty list means nobody's identity.
std::string security_of(const Node& operation) {
  const Node* security = member(operation, "security");
  if (security == nullptr) {
    return "session";
  }
  return security->items.empty() || security->items.front().items.empty()
             ? "nobody"
             : security->items.front().items.front().text;
}

bool has_key(const Node& operation) {
  const Node* parameters = member(operation, "parameters");
  return parameters != nullptr &&
         std::any_of(parameters->items.begin(), parameters->items.end(), [](const Node& one) {
           const Node* reference = member(one, "$ref");
           return reference != nullptr && reference->text.ends_with("/IdempotencyKey");
         });
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

Result<Promises> promises_in(std::string_view yaml) {
  TWOSEAL_TRY(const Node root, authoring::parse_yaml(yaml, kFile));
  const Node* paths = member(root, "paths");
  if (paths == nullptr) {
    return fail(Errc::contract_differs, "it has no paths", std::string(kFile));
  }
  Promises promises;
  for (std::size_t i = 0; i + 1 < paths->items.size(); i += 2) {
    const Node& operations = paths->items[i + 1];
    for (std::size_t j = 0; j + 1 < operations.items.size(); j += 2) {
      const Node& operation = operations.items[j + 1];
      const Node* port = member(operation, "x-port");
      promises[upper(operations.items[j].text) + " " + paths->items[i].text] = {
          port != nullptr ? port->text : "", security_of(operation), has_key(operation)};
    }
  }
  return promises;
}

std::string_view text_of(Port port) {
  return port == Port::people ? "people" : port == Port::agents ? "agents" : "local";
}

std::string_view text_of(Identity identity) {
  switch (identity) {
    case Identity::session:
      return "session";
    case Identity::certificate:
      return "certificate";
    default:
      return "nobody";
  }
}

Promises promises_of(std::span<const Route> routes) {
  Promises promises;
  for (const Route& route : routes) {
    promises[std::string(route.method) + " " + std::string(route.path)] = {
        std::string(text_of(route.port)),
        std::string(text_of(route.identity)),
        route.repeats != Repeats::freely};
  }
  return promises;
}

std::string shown(const Promises& promises, const std::string& request) {
  const auto found = promises.find(request);
  return found == promises.end() ? "nothing"
                                 : found->second.port + "/" + found->second.security +
                                       (found->second.has_key ? "/key" : "");
}

}  // namespace

std::string_view embedded_contract() {
  return embedded::kContract[0].text;
}

Result<void> check_contract(std::string_view yaml, std::span<const Route> routes) {
  TWOSEAL_TRY(const Promises promised, promises_in(yaml));
  const Promises kept = promises_of(routes);
  Promises all = promised;
  all.insert(kept.begin(), kept.end());
  std::string what;
  for (const auto& [request, promise] : all) {
    const std::string contract = shown(promised, request);
    const std::string table = shown(kept, request);
    if (contract != table) {
      what += (what.empty() ? "" : "; ") + request + ": " + contract + " in the contract, " +
              table + " in the table";
    }
  }
  return what.empty() ? Result<void>() : fail(Errc::contract_differs, what, std::string(kFile));
}

}  // namespace twoseal::server
