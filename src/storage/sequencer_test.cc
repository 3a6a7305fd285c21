#include "storage/sequencer.h"

#include <set>

#include <doctest/doctest.h>

#include "base/os_clock.h"
#include "storage/memory/memory_store.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_log.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using namespace std::chrono_literals;

namespace {

struct Log {
  TemporaryDirectory directory = {};
  SystemClock clock = {};
  std::unique_ptr<Store> store =
      open_sqlite_store(directory.file("store"), OpenMode::fresh).value();

  std::unique_ptr<LedgerWriter> writer(LogKey key = test_log_key()) {
    return LedgerWriter::open(*store, clock, std::move(key), {}).value();
  }

  [[nodiscard]] LedgerReport check() const {
    const std::vector<NoteKey> keys{test_log_key().key};
    return check_ledger(*store, kTestOrigin, keys).value();
  }

  [[nodiscard]] std::uint64_t signed_size() const {
    const auto checkpoint = store->newest_checkpoint().value();
    return checkpoint ? checkpoint->size : 0;
  }
};

// Waits for `condition`, but not for ever.
template <class Condition>
bool within(std::chrono::milliseconds limit, Condition&& condition) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) {
      return false;
    }
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// A signer that waits until it is let go.
struct Gate {
  std::atomic<bool> open = false;
  std::atomic<int> waiting = 0;

  LogKey key() {
    LogKey key = test_log_key();
    key.sign = [this, sign = key.sign](BytesView text) {
      ++waiting;
      open.wait(false);
      return sign(text);
    };
    return key;
  }

  void release() {
    open = true;
    open.notify_all();
  }
};

}  // namespace

TEST_CASE("many threads append at once and each entry gets its own place") {
  Log log;
  std::mutex mutex;
  std::set<std::uint64_t> places;
  {
    Sequencer sequencer(log.writer());
    std::vector<std::jthread> threads;
    threads.reserve(16);
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 20; ++i) {
          const auto place = sequencer.append(test_draft(std::to_string(t * 100 + i)));
          const std::scoped_lock lock(mutex);
          places.insert(place.value().seq);
        }
      });
    }
  }
  CHECK(places.size() == 320);
  CHECK(*places.rbegin() == 319);
  CHECK(log.check().size == 320);
  CHECK(log.signed_size() == 320);
}

TEST_CASE("an answer comes after the commit, and a checkpoint within a second of it") {
  Log log;
  Sequencer sequencer(log.writer());
  CHECK(within(1s, [&] { return log.store->newest_checkpoint().value().has_value(); }));
  for (std::uint64_t i = 0; i < 5; ++i) {
    REQUIRE(sequencer.append(test_draft("x")).value().seq == i);
    CHECK(log.store->head().value().size == i + 1);
  }
  CHECK(within(1s, [&] { return log.signed_size() == 5; }));
  CHECK(sequencer.state().has_value());
}

TEST_CASE("what waits when the sequencer ends is committed and signed") {
  Log log;
  std::vector<std::future<Result<Appended>>> answers;
  {
    Sequencer sequencer(log.writer());
    for (int i = 0; i < 3'000; ++i) {
      answers.push_back(sequencer.submit(test_draft("x")).value());
    }
  }
  for (auto& answer : answers) {
    REQUIRE(answer.get().has_value());
  }
  CHECK(log.check().size == 3'000);
  CHECK(log.signed_size() == 3'000);
  // The lease was given back.
  CHECK(log.writer()->size() == 3'000);
}

TEST_CASE("a full queue refuses after a bounded wait, by count and by bytes") {
  Log log;
  Gate gate;
  Sequencer::Limits limits{.queue_max = 3, .queue_bytes_max = 10'000, .wait_max = 20ms};
  SUBCASE("count") {}
  SUBCASE("bytes") {
    limits.queue_max = 100;
  }
  Sequencer sequencer(log.writer(gate.key()), limits);
  REQUIRE(within(5s, [&] { return gate.waiting == 1; }));  // the first checkpoint
  EntryDraft draft = test_draft("x");
  draft.documents.push_back({"change", 0, Bytes(2'000, 'x')});
  std::vector<std::future<Result<Appended>>> answers;
  answers.reserve(3);
  for (int i = 0; i < 3; ++i) {
    answers.push_back(sequencer.submit(draft).value());
  }
  const auto refused = sequencer.append(draft);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::queue_full);
  CHECK(refused.error().what == "3 entries wait for their place in the log");
  gate.release();
  for (auto& answer : answers) {
    CHECK(answer.get().has_value());
  }
  CHECK(sequencer.append(draft).has_value());
}

TEST_CASE("a draft larger than the queue passes alone") {
  Log log;
  Sequencer sequencer(log.writer(), {.queue_bytes_max = 2'000});
  EntryDraft draft = test_draft("x");
  draft.records.push_back({sha256("s"), sha256("o"), Bytes(5'000, 'x')});
  CHECK(sequencer.append(draft).has_value());
}

TEST_CASE("a signer that fails is shown, and appending goes on") {
  Log log;
  std::atomic<bool> locked = true;
  LogKey key = test_log_key();
  key.sign = [&locked, sign = key.sign](BytesView text) -> Result<Bytes> {
    return locked ? fail(Errc::no_permission, "locked") : sign(text);
  };
  Sequencer sequencer(log.writer(key), {.checkpoint_after = 5ms});
  CHECK(sequencer.append(test_draft("x")).has_value());
  CHECK(within(1s, [&] { return !sequencer.state().has_value(); }));
  CHECK(sequencer.state().error().code == Errc::no_permission);
  locked = false;
  CHECK(within(1s, [&] { return sequencer.state().has_value() && log.signed_size() == 1; }));
}

TEST_CASE("after a failed write nothing is appended and nothing is retried") {
  Log log;
  Sequencer sequencer(log.writer());
  REQUIRE(sequencer.append(test_draft("x")).has_value());
  auto other = sqlite::Connection::open(log.directory.file("store")).value();
  REQUIRE(other.execute("insert into entry values (1, 0, zeroblob(32), zeroblob(1))").has_value());
  CHECK(sequencer.append(test_draft("x")).error().code == Errc::store_failed);
  REQUIRE(other.execute("delete from entry where seq = 1").has_value());
  CHECK(sequencer.append(test_draft("x")).error().code == Errc::store_failed);
  CHECK(within(1s, [&] { return !sequencer.state().has_value(); }));
  CHECK(log.store->head().value().size == 1);
}
