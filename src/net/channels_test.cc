#include "net/channels.h"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "net/workers.h"

using namespace twoseal;

TEST_CASE("a signal wakes all who wait on its channel, once") {
  Channels channels;
  int first = 0;
  int second = 0;
  int other = 0;
  const auto seen = channels.generation("a");
  const auto a = channels.wait("a", seen, [&] { ++first; });
  const auto b = channels.wait("a", seen, [&] { ++second; });
  const auto c = channels.wait("b", channels.generation("b"), [&] { ++other; });
  CHECK(channels.waiting() == 3);
  channels.signal("a");
  channels.signal("a");
  CHECK(first == 1);
  CHECK(second == 1);
  CHECK(other == 0);
  CHECK(channels.waiting() == 1);
}

TEST_CASE("who looked before a signal does not begin to wait after it") {
  Channels channels;
  const auto seen = channels.generation("a");
  channels.signal("a");
  CHECK(channels.wait("a", seen, [] {}) == nullptr);
  CHECK(channels.wait("a", channels.generation("a"), [] {}) != nullptr);
  CHECK(channels.waiting() == 0);
}

TEST_CASE("a waiter that ended is not woken") {
  Channels channels;
  bool woken = false;
  channels.wait("a", channels.generation("a"), [&] { woken = true; }).reset();
  channels.signal("a");
  CHECK_FALSE(woken);
}

TEST_CASE("no wake-up is lost between looking and waiting") {
  Channels channels;
  std::atomic<int> state = 0;
  constexpr int kRounds = 20'000;
  std::jthread writer([&] {
    for (int i = 1; i <= kRounds; ++i) {
      state = i;
      channels.signal("a");
      // The next value comes only after this one was seen, so a lost signal hangs the test.
      while (state.load() != 0) {
        std::this_thread::yield();
      }
    }
  });
  for (int i = 1; i <= kRounds; ++i) {
    while (true) {
      const auto seen = channels.generation("a");
      if (state.load() == i) {
        state = 0;
        break;
      }
      std::atomic<bool> woken = false;
      const auto waiter = channels.wait("a", seen, [&] { woken = true; });
      while (waiter != nullptr && !woken) {
        std::this_thread::yield();
      }
    }
  }
  writer.join();
  CHECK(state == 0);
}

TEST_CASE("workers run what is queued, and refuse more than their queue holds") {
  std::atomic<int> ran = 0;
  std::atomic<bool> go = false;
  Workers workers(1, 2);
  const auto job = [&] {
    return [&] {
      while (!go) {
        std::this_thread::yield();
      }
      ++ran;
    };
  };
  REQUIRE(workers.submit(job()));
  // The first leaves the queue when the thread takes it.
  int queued = 0;
  for (int i = 0; i < 1'000 && queued < 2; ++i) {
    queued += workers.submit(job()) ? 1 : 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(queued == 2);
  CHECK_FALSE(workers.submit(job()));
  go = true;
  workers.finish();
  CHECK(ran == 3);
  CHECK_FALSE(workers.submit(job()));
}
