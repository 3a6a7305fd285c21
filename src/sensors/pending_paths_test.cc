#include "sensors/pending_paths.h"

#include <doctest/doctest.h>

namespace twoseal {
namespace {

using Paths = std::vector<std::string>;
using std::chrono::milliseconds;

}  // namespace

TEST_CASE("what is done is told at once, and once") {
  PendingPaths pending;
  const PendingPaths::Clock::time_point now{};
  pending.add("/b", false, now);
  pending.add("/a", false, now);
  pending.add("/b", false, now);
  CHECK(pending.next() == now);
  CHECK(pending.take(now) == Paths{"/a", "/b"});
  CHECK(pending.take(now).empty());
  CHECK_FALSE(pending.next());
}

TEST_CASE("a file that is kept open and written is told a while after its first write") {
  PendingPaths pending;
  const PendingPaths::Clock::time_point now{};
  pending.add("/log", true, now);
  pending.add("/log", true, now + milliseconds(100));
  CHECK(pending.take(now + milliseconds(100)).empty());
  CHECK(pending.next() == now + PendingPaths::kWriting);
  CHECK(pending.take(now + PendingPaths::kWriting) == Paths{"/log"});
}

TEST_CASE("a file that was being written is told when it is closed") {
  PendingPaths pending;
  const PendingPaths::Clock::time_point now{};
  pending.add("/a", true, now);
  pending.add("/a", false, now + milliseconds(1));
  pending.add("/a", true, now + milliseconds(2));
  CHECK(pending.take(now + milliseconds(2)) == Paths{"/a"});
}

}  // namespace twoseal
