#include "audit/host_memory.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

const ScopeId kScope = ScopeId::parse("web").value();
const Digest kFirst = sha256("first");
const Digest kSecond = sha256("second");

Run run_of(std::int64_t entry, RunEnd end) {
  return {entry, 0, 0, end, end == RunEnd::done || end == RunEnd::failed};
}

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
  CHECK(run_end("failed") == RunEnd::failed);
  CHECK(run_end("interrupted") == RunEnd::interrupted);
  CHECK_FALSE(run_end("stale"));
  CHECK_FALSE(run_end("refused:S3"));
}

TEST_CASE("a scope holds what was applied last, and again what was before when that is undone") {
  HostMemory memory;
  REQUIRE(memory.base_of(kScope));
  CHECK_FALSE(*memory.base_of(kScope));
  memory.take(kFirst, run_of(1, RunEnd::done), kScope, std::nullopt);
  CHECK(memory.base_of(kScope) == std::optional(std::optional(kFirst)));
  memory.take(kSecond, run_of(2, RunEnd::done), kScope, kFirst);
  memory.take(kSecond, run_of(3, RunEnd::undone), kScope, kFirst);
  CHECK(memory.base_of(kScope) == std::optional(std::optional(kFirst)));
  memory.take(kSecond, run_of(4, RunEnd::failed), kScope, kFirst);
  CHECK_FALSE(memory.base_of(kScope));
  memory.take(kSecond, run_of(5, RunEnd::nothing), kScope, kFirst);
  CHECK_FALSE(memory.base_of(kScope));
}

TEST_CASE("what was interrupted goes on, and what ended may only fail or be undone") {
  HostMemory memory;
  CHECK(memory.find(kFirst) == nullptr);
  CHECK_FALSE(memory.continues(kFirst, RunEnd::undone));
  memory.take(kFirst, run_of(1, RunEnd::interrupted), kScope, std::nullopt);
  CHECK(memory.continues(kFirst, RunEnd::done));
  for (const RunEnd end : {RunEnd::done, RunEnd::failed}) {
    memory.take(kFirst, run_of(2, end), kScope, std::nullopt);
    CHECK_FALSE(memory.continues(kFirst, RunEnd::done));
    CHECK_FALSE(memory.continues(kFirst, RunEnd::nothing));
    CHECK(memory.continues(kFirst, RunEnd::failed));
    CHECK(memory.continues(kFirst, RunEnd::interrupted));
    CHECK(memory.continues(kFirst, RunEnd::undone));
  }
  memory.take(kFirst, run_of(3, RunEnd::undone), kScope, std::nullopt);
  CHECK_FALSE(memory.continues(kFirst, RunEnd::undone));
  CHECK(memory.find(kFirst)->entry == 3);
  memory.take(kFirst, run_of(4, RunEnd::nothing), kScope, std::nullopt);
  CHECK_FALSE(memory.continues(kFirst, RunEnd::done));
}

TEST_CASE("runs are counted by rule and day, in whatever order the days come") {
  HostMemory memory;
  const Name rule = Name::parse("restart").value();
  memory.count(rule, 8);
  memory.count(rule, 7);
  memory.count(rule, 7);
  REQUIRE(memory.counts(7).size() == 1);
  CHECK(memory.counts(7).front().n == 2);
  CHECK(memory.counts(8).front().n == 1);
  CHECK(memory.counts(9).empty());
  for (std::int64_t day = 9; day < 100; ++day) {
    memory.count(rule, day);
  }
  CHECK(memory.counts(7).empty());
  CHECK(memory.counts(99).front().n == 1);
}
