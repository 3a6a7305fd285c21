#include "authoring/resource_kinds.h"

#include <doctest/doctest.h>

#include "authoring/state_yaml.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "tests/support/golden.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::authoring;  // NOLINT(google-build-using-namespace)

namespace {

Resource resource(const char* kind, std::string key, std::map<std::string, WantValue> want) {
  Resource made;
  made.kind = Name::parse(kind).value();
  made.key = std::move(key);
  made.want = std::move(want);
  return made;
}

std::string refusal(const Resource& one) {
  const auto checked = check_resource(one);
  if (checked) {
    return "";
  }
  CHECK(checked.error().code == Errc::bad_resource);
  return checked.error().what;
}

}  // namespace

TEST_CASE("what the compiler writes for every kind is what a host takes") {
  const auto read = [](std::string_view name) {
    return Result<Bytes>("the bytes of " + std::string(name) + "\n");
  };
  const auto state = compile_state(
      {test::read_golden("authoring/state-every-kind-v1.yaml"), "s.yaml"}, sha256("org"), read);
  REQUIRE(state);
  const auto decoded = codec::decode<State>(state->bytes);
  REQUIRE(decoded);
  CHECK(decoded->resources.size() >= resource_kinds().size());
  for (const Resource& one : decoded->resources) {
    CHECK_MESSAGE(refusal(one).empty(), one.identity());
  }
}

TEST_CASE("a resource of no known kind is refused") {
  CHECK(refusal(resource("spell", "/x", {})) == "spell:/x: its kind is not known");
}

TEST_CASE("a key of another shape is refused") {
  CHECK(refusal(resource("file", "/etc/../x", {{"content", "a"}})).find("its key") !=
        std::string::npos);
  CHECK(refusal(resource("service", "ssh", {{"running", true}})).find("with its suffix") !=
        std::string::npos);
  CHECK(refusal(resource("service", ".service", {{"running", true}})).find("with its suffix") !=
        std::string::npos);
  CHECK(refusal(resource("timer", "a.service", {{"calendar", "daily"}})).find("a timer unit") !=
        std::string::npos);
  CHECK(refusal(resource("user", "Root", {})).find("account name") != std::string::npos);
}

TEST_CASE("an unknown field or a value of another type is refused") {
  CHECK(refusal(resource("file", "/x", {{"contents", "a"}})).find("contents may not") !=
        std::string::npos);
  CHECK(refusal(resource("file", "/x", {{"content", true}})).find("content may not") !=
        std::string::npos);
  CHECK(refusal(resource("file", "/x", {{"content", "a"}, {"mode", "644"}})).find("mode may not") !=
        std::string::npos);
  CHECK(refusal(resource("user", "sam", {{"uid", std::int64_t{-1}}})).find("uid may not") !=
        std::string::npos);
  CHECK(refusal(resource("command", "x", {{"run", std::vector<std::string>{}}}))
            .find("run may not") != std::string::npos);
  CHECK(refusal(resource("setting", "/x", {{"value", "a\nb"}})).find("value may not") !=
        std::string::npos);
  CHECK(refusal(resource("setting", "/x", {{"value", std::string("a\0b", 3)}}))
            .find("value may not") != std::string::npos);
}

TEST_CASE("what must be wanted is missing, or too much is wanted") {
  CHECK(refusal(resource("symlink", "/x", {})).find("to is missing") != std::string::npos);
  CHECK(refusal(resource("file", "/x", {})).find("at least one") != std::string::npos);
  CHECK(refusal(
            resource("firewall", "inet filter", {{"ruleset", "a"}, {"source", sha256("").text()}}))
            .find("exactly one") != std::string::npos);
}

TEST_CASE("absent is true or left out, and asks for nothing else to be there") {
  CHECK(refusal(resource("symlink", "/x", {{"absent", true}})).empty());
  CHECK(refusal(resource("symlink", "/x", {{"absent", false}})).find("absent is true") !=
        std::string::npos);
  CHECK(refusal(resource("command", "x", {{"absent", true}})).find("absent may not") !=
        std::string::npos);
}

TEST_CASE("a handler names a unit") {
  Resource one = resource("file", "/x", {{"content", "a"}});
  one.then = {{HandlerAction::reload, "ssh.service"}};
  CHECK(refusal(one).empty());
  one.then = {{HandlerAction::reload, "../ssh.service"}};
  CHECK(refusal(one).find("is not a unit") != std::string::npos);
}
