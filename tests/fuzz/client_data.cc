// The client data of passkeys, which is JSON that need not be canonical. Where it is canonical, our
// own scanner says what has to come out; elsewhere nothing may crash and members keep their limits.
#include "codec/client_data.h"

#include <algorithm>

#include "base/check.h"
#include "base/json.h"
#include "tests/fuzz/json_edit.h"
#include "tests/fuzz/mutate.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

// Whether `value` and all it holds keep the limits of depth and members.
bool is_within_limits(json::Value value, std::size_t depth) {
  if (value.kind() != json::Kind::array && value.kind() != json::Kind::object) {
    return true;
  }
  if (depth > codec::kClientDataDepthMax || value.count() > codec::kClientDataMembersMax) {
    return false;
  }
  const bool keys = value.kind() == json::Kind::object;
  json::Value member = value.first();
  for (std::size_t i = 0; i < value.count(); ++i) {
    member = i > 0 ? member.after() : member;
    member = keys ? member.after() : member;
    if (!is_within_limits(member, depth + 1)) {
      return false;
    }
  }
  return true;
}

// What must come out of a canonical text; nothing when it must be refused.
std::optional<ClientData> expected_of(json::Value root) {
  if (root.kind() != json::Kind::object || !is_within_limits(root, 1)) {
    return std::nullopt;
  }
  ClientData data;
  std::size_t texts = 0;
  json::Value member = root.first();
  for (std::size_t i = 0; i < root.count(); ++i) {
    member = i > 0 ? member.after() : member;
    const std::string key = member.text();
    member = member.after();
    std::string* const text = key == "type"        ? &data.type
                              : key == "challenge" ? &data.challenge
                              : key == "origin"    ? &data.origin
                                                   : nullptr;
    if ((text != nullptr && member.kind() != json::Kind::string) ||
        (key == "crossOrigin" && member.kind() != json::Kind::boolean)) {
      return std::nullopt;
    }
    if (text != nullptr) {
      *text = member.text();
      ++texts;
    } else if (key == "crossOrigin") {
      data.cross_origin = member.boolean();
    }
    data.has_top_origin |= key == "topOrigin";
  }
  return texts == 3 ? std::optional(data) : std::nullopt;
}

bool same(const ClientData& a, const ClientData& b) {
  return a.type == b.type && a.challenge == b.challenge && a.origin == b.origin &&
         a.cross_origin == b.cross_origin && a.has_top_origin == b.has_top_origin;
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): the names that libFuzzer asks for

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, data + size);
  const auto read = codec::parse_client_data(bytes);
  check(read || !read.error().what.empty(), "a refusal has a reason");
  if (read) {
    check(size <= codec::kClientDataMax, "what is accepted is not too large");
    check(!codec::parse_client_data(bytes + "{}"), "nothing stands behind the object");
    check(!codec::parse_client_data(bytes.substr(0, bytes.rfind('}'))), "the object is whole");
  }
  if (const auto document = json::Document::parse(bytes);
      document && size <= codec::kClientDataMax) {
    const auto expected = expected_of(document->root());
    check(read.has_value() == expected.has_value(), "both readers accept the same canonical texts");
    check(!read || same(*read, *expected), "both readers see the same members");
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t max_size,
                                               unsigned seed) {
  if (seed % 2 == 0) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  fuzz::Choices choices(fuzz::octets_of(seed, 256));
  return fuzz::put_input(fuzz::edit_json(Bytes(data, data + size), choices), data, max_size);
}

// NOLINTEND(readability-identifier-naming)
