#include "audit/host_memory.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

const ScopeId kScope = ScopeId::parse("web").value();
const Digest kFirst = sha256("first");
const Digest kSecond = sha256("second");

}  // namespace

TEST_CASE("each outcome has the event that records it") {
  CHECK(event_of_outcome("ok") == Event::applied);
  CHECK(event_of_outcome("failed") == Event::applied);
  CHECK(event_of_outcome("stale") == Event::stale);
  CHECK(event_of_outcome("rolled-back") == Event::rolled_back);
  CHECK(event_of_outcome("refused:S3") == Event::refused);
}

TEST_CASE("only what a host began is a run") {
  CHECK(run_end("ok") == RunEnd::done);
  CHECK(run_end("nochange") == RunEnd::nothing);
  CHECK(run_end("rolled-back") == RunEnd::undone);
  CHECK(run_end("failed") == RunEnd::open);
  CHECK(run_end("interrupted") == RunEnd::open);
  CHECK_FALSE(run_end("stale"));
  CHECK_FALSE(run_end("refused:S3"));
}

TEST_CASE("a scope holds what was applied last, and again what was before when that is undone") {
  HostMemory memory;
  REQUIRE(memory.base_of(kScope));
  CHECK_FALSE(*memory.base_of(kScope));
  memory.take(kFirst, {1, RunEnd::done}, kScope, std::nullopt);
  CHECK(memory.base_of(kScope) == std::optional(std::optional(kFirst)));
  memory.take(kSecond, {2, RunEnd::done}, kScope, kFirst);
  memory.take(kSecond, {3, RunEnd::undone}, kScope, kFirst);
  CHECK(memory.base_of(kScope) == std::optional(std::optional(kFirst)));
  memory.take(kSecond, {4, RunEnd::open}, kScope, kFirst);
  CHECK_FALSE(memory.base_of(kScope));
  memory.take(kSecond, {5, RunEnd::nothing}, kScope, kFirst);
  CHECK_FALSE(memory.base_of(kScope));
}

TEST_CASE("a run is finished or undone once, and then begins anew") {
  HostMemory memory;
  CHECK(memory.find(kFirst) == nullptr);
  CHECK_FALSE(memory.continues(kFirst, RunEnd::undone));
  memory.take(kFirst, {1, RunEnd::open}, kScope, std::nullopt);
  CHECK(memory.continues(kFirst, RunEnd::done));
  memory.take(kFirst, {2, RunEnd::done}, kScope, std::nullopt);
  CHECK_FALSE(memory.continues(kFirst, RunEnd::done));
  CHECK(memory.continues(kFirst, RunEnd::undone));
  memory.take(kFirst, {3, RunEnd::undone}, kScope, std::nullopt);
  CHECK_FALSE(memory.continues(kFirst, RunEnd::undone));
  CHECK(memory.find(kFirst)->entry == 3);
}

TEST_CASE("counts are those of the newest day") {
  HostMemory memory;
  const Name rule = Name::parse("restart").value();
  memory.count(rule, 7);
  memory.count(rule, 7);
  REQUIRE(memory.counts().size() == 1);
  CHECK(memory.counts().front().n == 2);
  memory.count(rule, 8);
  CHECK(memory.counts().front().n == 1);
  CHECK(memory.counts().front().day == 8);
}
