#include "codec/objects.h"

#include <optional>

#include "base/check.h"
#include "base/json.h"
#include "crypto/hash.h"

namespace twoseal::codec {
namespace {

// Value of the top-level member `key`; nothing when the object lacks it.
std::optional<json::Value> member(const json::Document& document, std::string_view key) {
  const json::Value root = document.root();
  if (root.count() == 0) {
    return std::nullopt;
  }
  json::Value name = root.first();
  for (std::size_t i = 1;; ++i) {
    if (name.raw() == key) {
      return name.after();
    }
    if (i == root.count()) {
      return std::nullopt;
    }
    name = name.after().after();
  }
}

}  // namespace

std::string peek_text(BytesView bytes, std::string_view key) {
  const auto document = json::Document::parse(bytes);
  if (!document) {
    return {};
  }
  const auto value = member(*document, key);
  return value && value->kind() == json::Kind::string ? value->text() : std::string();
}

Digest change_core(BytesView change) {
  constexpr std::string_view kKey = "\"evidence\":";
  const auto document = json::Document::parse(change);
  check(document.has_value(), "a change whose core is asked for has decoded");
  const auto evidence = member(*document, "evidence");
  check(evidence.has_value(), "every change has a list of evidence");
  // `executor` follows in every change, so the comma behind the list is always there.
  const std::size_t begin = evidence->offset() - kKey.size();
  const std::size_t end = evidence->offset() + evidence->raw().size() + 1;
  return sha256({change.substr(0, begin), change.substr(end)});
}

}  // namespace twoseal::codec
