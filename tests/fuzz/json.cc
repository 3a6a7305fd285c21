// The canonical JSON scanner: checking and reading agree on every input, what was accepted can be
// walked without leaving the bytes, and writing what was read gives the same bytes again, which is
// what "one value, one spelling" means.
#include "base/json.h"

#include "base/check.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

std::string written(json::Value value);

std::string written_members(json::Value value, bool keys) {
  std::string out;
  std::string before;
  json::Value member = value.first();
  for (std::size_t i = 0; i < value.count(); ++i) {
    if (i > 0) {
      member = member.after();
      out += ',';
    }
    if (keys) {
      const std::string key = member.text();
      check(i == 0 || before < key, "keys ascend");
      before = key;
      out += written(member) + ':';
      member = member.after();
    }
    out += written(member);
  }
  return out;
}

std::string written(json::Value value) {
  switch (value.kind()) {
    case json::Kind::null:
      return "null";
    case json::Kind::boolean:
      return value.boolean() ? "true" : "false";
    case json::Kind::integer:
      return std::to_string(value.integer());
    case json::Kind::string:
      check(json::is_allowed_text(value.text()), "text that was accepted is allowed");
      return json::quote(value.text());
    case json::Kind::array:
      return '[' + written_members(value, false) + ']';
    case json::Kind::object:
      return '{' + written_members(value, true) + '}';
  }
  check_failed("a value is of a known kind", std::source_location::current());
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  const auto checked = json::check_canonical(bytes);
  const auto document = json::Document::parse(bytes);
  check(checked.has_value() == document.has_value(), "checking and reading agree");
  if (!document) {
    check(checked.error().what == document.error().what, "both give the same reason");
    check(checked.error().where == document.error().where, "both name the same place");
    check(!checked.error().what.empty(), "a refusal has a reason");
    return 0;
  }
  check(written(document->root()) == bytes, "one value has one spelling");
  return 0;
}
