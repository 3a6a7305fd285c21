#include "agent/run_book.h"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "tests/support/test_hosts.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr const char* kPath = "/var/journal";
constexpr UnixSeconds kNow = 1'800'000'000;

ScopeId scope_of(std::string_view text) {
  return ScopeId::parse(text).value();
}

RunBegun begun(const std::string& change, const char* scope = "web") {
  RunBegun record;
  record.at = kNow;
  record.change = sha256(change);
  record.owned = {"file:/" + change, "file:/a", "file:/a"};
  record.phase = Name::parse("canary").value();
  record.scope = scope_of(scope);
  record.undo_until = kNow + 100;
  return record;
}

RunEnded ended(const std::string& change,
               const std::string& outcome,
               std::optional<std::int64_t> rollback = {}) {
  return {kNow + 1, sha256(change), outcome, rollback};
}

RunMoved moved(const std::string& change, RunStage stage) {
  return {sha256(change), 2, stage, "a reason"};
}

// All that a book says, as text; of a run that is over the last step says nothing any more.
std::string picture(const RunBook& book) {
  std::string text = encode_record(book.memory()) + "\n";
  for (const auto& [change, run] : book.runs()) {
    text += encode_record(run.begun);
    text += run.ended ? encode_record(*run.ended) : "open";
    text += run.undoing ? "undoing" : "";
    text += run.moved && (!run.ended || run.undoing) ? encode_record(*run.moved) : "";
    text += "\n";
  }
  for (const auto& [scope, repair] : book.repairs()) {
    text += encode_record(repair) + "\n";
  }
  for (const char change : {'a', 'b', 'c', 'd', 'e'}) {
    const OutcomeTold* told = book.told(sha256(std::string(1, change)));
    text += told != nullptr ? encode_record(*told) : "- ";
  }
  for (const Digest& change : book.untold()) {
    text += "untold " + change.text() + "\n";
  }
  text += std::to_string(book.reports()) + "\n";
  const OpenRun* current = book.current();
  return text + (current != nullptr ? current->begun.change.text() : "none");
}

// A journal in memory, and the book over it.
class Desk {
 public:
  Desk() {
    host.system.files().put_directory("/var");
    open();
  }

  void open() {
    book.reset();
    auto opened = RunBook::open(host.files(), kPath);
    REQUIRE(opened.has_value());
    book = *std::move(opened);
  }

  void write(const RunRecord& record) { REQUIRE(book->write(record).has_value()); }

  Errc refused(const RunRecord& record) { return code_of(book->write(record)); }

  /// The base of the scope, by the name of its change; `none`.
  std::string base(const char* scope = "web") {
    const ScopeState* state = book->scope(scope_of(scope));
    for (const char* change : {"one", "two", "three"}) {
      if (state != nullptr && state->base == sha256(change)) {
        return change;
      }
    }
    return "none";
  }

  /// Puts a journal with these records in the place of the one that is there.
  void put(const std::vector<Bytes>& records) {
    book.reset();
    host.system.files().erase(kPath);
    REQUIRE(Journal::open(host.files(), kPath).value()->append(records).has_value());
  }

  MemoryHost host;
  std::unique_ptr<RunBook> book;
};

// A journal of two changes and reports, with a bit turned in the second `begun`, or in the record
// `at`.
void damage_journal(Desk& desk, std::size_t at = 3) {
  const std::vector<Bytes> records = {encode_record(begun("one")),
                                      encode_record(ended("one", "ok")),
                                      encode_record(ReportMade{7}),
                                      encode_record(begun("two")),
                                      encode_record(ended("two", "ok")),
                                      encode_record(ReportMade{8})};
  desk.put(records);
  std::size_t octet_at = 8;
  for (std::size_t i = 0; i < at; ++i) {
    octet_at += 8 + records[i].size();
  }
  Bytes bytes = desk.host.system.files().text(kPath);
  bytes[octet_at] = static_cast<char>(octet(bytes, octet_at) ^ 1U);
  desk.host.system.files().put(kPath, std::make_shared<const Bytes>(bytes), 0600);
}

// Records that fit what a book says, drawn by chance.
class Story {
 public:
  explicit Story(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t count) { return random_() % count; }

  RunRecord next(const RunBook& book) {
    const std::string change(1, static_cast<char>('a' + below(5)));
    if (below(4) == 0) {
      return beside(book, sha256(change));
    }
    if (const OpenRun* run = book.current()) {
      return of_run(*run);
    }
    const OpenRun* over = book.find(sha256(change));
    if (over == nullptr || below(4) == 0) {
      return begin(book, change);
    }
    return below(2) == 0 ? RunRecord(RunClosed{sha256(change)})
                         : RunRecord(moved(change, RunStage::undoing));
  }

 private:
  // What is journalled whether or not a change is under way.
  RunRecord beside(const RunBook& book, const Digest& change) {
    switch (below(3)) {
      case 0:
        return RepairBegun{kNow, change, 1, {"file:/a"}, scope_of(below(2) == 0 ? "web" : "db")};
      case 1:
        return ReportMade{book.reports() + 1};
      default:
        return OutcomeTold{change, below(2) == 0 ? "ok" : "rolled-back"};
    }
  }

  RunRecord begin(const RunBook& book, const std::string& change) {
    RunBegun record = begun(change, below(2) == 0 ? "web" : "db");
    record.at += static_cast<std::int64_t>(below(5)) * limits::kDay;
    if (below(2) == 0) {
      record.counts_for = Name::parse(below(2) == 0 ? "patches" : "emergency").value();
    }
    if (const ScopeState* scope = book.scope(record.scope)) {
      record.base = scope->base;
      record.owned_before = scope->resources;
    }
    return record;
  }

  RunRecord of_run(const OpenRun& run) {
    const std::optional<std::int64_t> asked =
        below(3) == 0 ? std::optional(static_cast<std::int64_t>(below(100))) : std::nullopt;
    if (run.undoing) {
      return RunEnded{kNow, run.begun.change, below(4) == 0 ? "interrupted" : "rolled-back", asked};
    }
    constexpr std::array kStages = {RunStage::command, RunStage::checking, RunStage::undoing};
    constexpr std::array kOutcomes = {"ok", "nochange", "failed", "interrupted", "rolled-back"};
    if (below(2) == 0) {
      return RunMoved{
          run.begun.change, static_cast<std::int64_t>(below(9)), kStages[below(3)], "a reason"};
    }
    return RunEnded{kNow, run.begun.change, kOutcomes[below(5)], asked};
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("a change that ended well is the base of its scope, and used") {
  Desk desk;
  CHECK(desk.book->current() == nullptr);
  desk.write(begun("one"));
  CHECK(desk.book->current()->begun.change == sha256("one"));
  CHECK(desk.book->memory().used.front().change == sha256("one"));
  CHECK(desk.base() == "none");
  desk.write(moved("one", RunStage::checking));
  CHECK(desk.book->current()->moved->place == 2);
  desk.write(ended("one", "ok"));
  CHECK(desk.book->current() == nullptr);
  CHECK(desk.base() == "one");
  CHECK(desk.book->scope(scope_of("web"))->resources ==
        std::vector<std::string>{"file:/a", "file:/one"});
  CHECK_FALSE(desk.book->memory().applied.front().rolled_back);
  CHECK(desk.book->scope(scope_of("db")) == nullptr);
}

TEST_CASE("only what ended well changes what its scope stands at") {
  for (const char* outcome : {"ok", "nochange"}) {
    Desk desk;
    desk.write(begun("one"));
    desk.write(ended("one", outcome));
    CHECK(desk.base() == "one");
  }
  for (const char* outcome : {"failed", "interrupted"}) {
    Desk desk;
    desk.write(begun("one"));
    desk.write(ended("one", outcome));
    CHECK(desk.base() == "none");
    CHECK(desk.book->memory().applied.empty());
    CHECK(desk.book->memory().used.size() == 1);
  }
}

TEST_CASE("a rollback gives the scope back what it had, and says which statement asked") {
  Desk desk;
  desk.write(begun("one"));
  desk.write(ended("one", "ok"));
  RunBegun second = begun("two");
  second.base = sha256("one");
  second.owned_before = {"file:/a", "file:/one"};
  desk.write(second);
  desk.write(ended("two", "ok"));
  desk.write(moved("two", RunStage::undoing));
  CHECK(desk.book->current()->undoing);
  desk.write(ended("two", "rolled-back", 17));
  CHECK(desk.base() == "one");
  CHECK(desk.book->scope(scope_of("web"))->resources ==
        std::vector<std::string>{"file:/a", "file:/one"});
  CHECK(desk.book->memory().applied.back().change == sha256("two"));
  CHECK(desk.book->memory().applied.back().rolled_back);
  CHECK(desk.book->memory().used.back().rolled_back == 17);
}

TEST_CASE("what never ended well is taken back without having been applied") {
  Desk desk;
  desk.write(begun("one"));
  desk.write(moved("one", RunStage::undoing));
  desk.write(ended("one", "rolled-back"));
  CHECK(desk.book->memory().applied.empty());
  CHECK(desk.base() == "none");
}

TEST_CASE("a change that begins anew is used anew") {
  Desk desk;
  desk.write(begun("one"));
  desk.write(ended("one", "rolled-back", 3));
  CHECK(desk.book->memory().used.front().rolled_back == 3);
  desk.write(begun("one"));
  REQUIRE(desk.book->memory().used.size() == 1);
  CHECK(desk.book->memory().used.front().rolled_back == std::nullopt);
  CHECK_FALSE(desk.book->find(sha256("one"))->ended.has_value());
}

TEST_CASE("what rules let pass is counted by day, and old days are forgotten") {
  Desk desk;
  RunBegun first = begun("one");
  first.counts_for = Name::parse("patches").value();
  RunBegun second = begun("two");
  second.counts_for = first.counts_for;
  RunBegun other = begun("three");
  other.counts_for = Name::parse("emergency").value();
  for (const RunBegun& each : {first, second, other}) {
    desk.write(each);
    desk.write(RunEnded{kNow, each.change, "ok", std::nullopt});
  }
  REQUIRE(desk.book->memory().counts.size() == 2);
  CHECK(desk.book->memory().counts[0].n == 2);
  CHECK(desk.book->memory().counts[0].day == kNow / limits::kDay);
  CHECK(desk.book->memory().counts[1].n == 1);
  other.at += 2 * limits::kDay;
  desk.write(other);
  CHECK(desk.book->memory().counts.size() == 3);
  other.at += limits::kDay;
  desk.write(other);
  CHECK(desk.book->memory().counts.size() == 2);
}

TEST_CASE("undo is over with its time, or when another change came after it") {
  Desk desk;
  desk.write(begun("one"));
  CHECK(desk.book->over(kNow + 1'000).empty());  // it has not ended
  desk.write(ended("one", "ok"));
  CHECK(desk.book->over(kNow + 100).empty());
  CHECK(desk.book->over(kNow + 101) == std::vector<Digest>{sha256("one")});
  desk.write(begun("two"));
  desk.write(ended("two", "ok"));
  CHECK(desk.book->over(kNow) == std::vector<Digest>{sha256("one")});
  desk.write(RunClosed{sha256("one")});
  CHECK(desk.book->over(kNow).empty());
  CHECK(desk.book->find(sha256("one")) == nullptr);
  CHECK(desk.base() == "two");
}

TEST_CASE("what failed stands until another change comes after it, well or not") {
  Desk desk;
  desk.write(begun("one"));
  CHECK_FALSE(desk.book->stands(*desk.book->find(sha256("one"))));  // it has not ended
  desk.write(ended("one", "failed"));
  CHECK(desk.book->stands(*desk.book->find(sha256("one"))));
  CHECK(desk.book->over(kNow).empty());
  CHECK(desk.book->over(kNow + 101) == std::vector<Digest>{sha256("one")});
  RunBegun second = begun("two");
  second.at += 1;
  desk.write(second);
  desk.write(ended("two", "rolled-back"));
  CHECK(desk.book->stands(*desk.book->find(sha256("one"))));
  desk.write(second);
  SUBCASE("well") {
    desk.write(ended("two", "ok"));
  }
  SUBCASE("failed as well") {
    desk.write(ended("two", "failed"));
    CHECK(desk.book->stands(*desk.book->find(sha256("two"))));
  }
  CHECK_FALSE(desk.book->stands(*desk.book->find(sha256("one"))));
  CHECK(desk.book->over(kNow) == std::vector<Digest>{sha256("one")});
}

TEST_CASE("an outcome is told once, and anew when the change begins anew") {
  Desk desk;
  CHECK(desk.book->told(sha256("one")) == nullptr);
  desk.write(OutcomeTold{sha256("one"), "stale"});
  desk.write(OutcomeTold{sha256("one"), "refused:W5"});
  CHECK(desk.book->told(sha256("one"))->outcome == "refused:W5");
  desk.write(OutcomeTold{sha256("one"), "stale"});
  CHECK(desk.book->told(sha256("one"))->outcome == "stale");
  desk.write(OutcomeTold{sha256("one"), "stale", 17});
  CHECK(desk.book->told(sha256("one"))->release == 17);
  desk.write(begun("one"));
  CHECK(desk.book->told(sha256("one")) == nullptr);
  CHECK(desk.book->untold().empty());
  desk.write(ended("one", "ok"));
  CHECK(desk.book->untold() == std::vector<Digest>{sha256("one")});
  desk.write(OutcomeTold{sha256("one"), "ok"});
  CHECK(desk.book->untold().empty());
  desk.write(moved("one", RunStage::undoing));
  CHECK(desk.book->untold().empty());
  desk.write(ended("one", "rolled-back"));
  CHECK(desk.book->untold() == std::vector<Digest>{sha256("one")});
  desk.open();
  CHECK(desk.book->untold() == std::vector<Digest>{sha256("one")});
}

TEST_CASE("of what was told the oldest is forgotten, but not of runs that are open") {
  Desk desk;
  desk.write(begun("one"));
  desk.write(ended("one", "ok"));
  desk.write(OutcomeTold{sha256("one"), "ok"});
  for (std::size_t i = 0; i < kToldMax; ++i) {
    desk.write(OutcomeTold{sha256("refused " + std::to_string(i)), "stale"});
  }
  CHECK(desk.book->told(sha256("one")) != nullptr);
  CHECK(desk.book->told(sha256("refused 0")) == nullptr);
  CHECK(desk.book->told(sha256("refused 1")) != nullptr);
}

TEST_CASE("a report tells of all repairs before it, and counts on over a restart") {
  Desk desk;
  CHECK(desk.book->reports() == 0);
  desk.write(RepairBegun{kNow, sha256("one"), 0, {"file:/a"}, scope_of("web")});
  desk.write(RepairBegun{kNow, sha256("one"), 0, {"file:/a", "file:/b"}, scope_of("web")});
  desk.write(RepairBegun{kNow, sha256("two"), 0, {"file:/c"}, scope_of("db")});
  desk.open();
  REQUIRE(desk.book->repairs().size() == 2);
  CHECK(desk.book->repairs().at(scope_of("web")).resources.size() == 2);
  desk.write(ReportMade{7});
  CHECK(desk.book->repairs().empty());
  REQUIRE(desk.book->shorten(0).has_value());
  desk.open();
  CHECK(desk.book->repairs().empty());
  CHECK(desk.book->reports() == 7);
}

TEST_CASE("a record about a run that never began is not written") {
  Desk desk;
  desk.write(begun("one"));
  const std::string before = picture(*desk.book);
  CHECK(desk.refused(moved("two", RunStage::checking)) == Errc::refuse_j1);
  CHECK(desk.refused(ended("two", "ok")) == Errc::refuse_j1);
  CHECK(picture(*desk.book) == before);
  desk.open();
  CHECK(picture(*desk.book) == before);
}

TEST_CASE("what is being taken back goes on no more") {
  Desk desk;
  desk.write(begun("one"));
  desk.write(moved("one", RunStage::undoing));
  const std::string before = picture(*desk.book);
  CHECK(desk.refused(moved("one", RunStage::checking)) == Errc::refuse_j1);
  CHECK(desk.refused(moved("one", RunStage::command)) == Errc::refuse_j1);
  CHECK(picture(*desk.book) == before);
  desk.write(moved("one", RunStage::undoing));
  desk.write(ended("one", "interrupted"));
  desk.write(moved("one", RunStage::undoing));
}

TEST_CASE("a record that could not be read again is not written") {
  Desk desk;
  RunBegun half = begun("one");
  half.operations.push_back(keep(HoldOperation{"caf\xc3", true, false}));
  CHECK(desk.refused(half) == Errc::refuse_j1);
  RunBegun large = begun("one");
  large.owned.assign(3'000, "file:/" + std::string(6'000, 'x'));
  CHECK(desk.refused(large) == Errc::too_large);
  desk.open();
  CHECK(desk.book->runs().empty());
}

TEST_CASE("a journal that says what cannot be is J1") {
  const auto refused = [](const std::vector<Bytes>& records) {
    Desk desk;
    desk.put(records);
    return code_of(RunBook::open(desk.host.files(), kPath)) == Errc::refuse_j1;
  };
  CHECK(refused({"not a record"}));
  CHECK(refused({encode_record(begun("one")), encode_record(ended("two", "ok"))}));
  CHECK(refused({encode_record(moved("one", RunStage::checking))}));
  CHECK(refused({encode_record(begun("one")), R"({"record":"later"})"}));
  CHECK_FALSE(refused({encode_record(begun("one")), encode_record(ended("one", "ok"))}));
  CHECK_FALSE(refused({encode_record(RunClosed{sha256("one")})}));
}

TEST_CASE("what cannot be journalled did not happen") {
  Desk desk;
  desk.write(begun("one"));
  const std::string before = picture(*desk.book);
  desk.host.system.files().set_capacity(1);
  CHECK(desk.refused(ended("one", "ok")) == Errc::disk_full);
  CHECK(picture(*desk.book) == before);
  desk.host.system.files().set_capacity(1'000'000);
  desk.write(ended("one", "ok"));
  desk.host.system.fail_next(MemoryVerb::sync, kPath, Errc::sync_failed);
  CHECK(desk.refused(begun("two")) == Errc::sync_failed);
  CHECK(desk.book->runs().size() == 1);
}

TEST_CASE("a journal that has not grown is not rewritten") {
  Desk desk;
  desk.write(begun("one"));
  const Bytes before = desk.host.system.files().text(kPath);
  REQUIRE(desk.book->shorten(before.size()).has_value());
  CHECK(desk.host.system.files().text(kPath) == before);
}

TEST_CASE("shortening keeps the memory and the runs that are open, and drops the rest") {
  Desk desk;
  desk.write(begun("one"));
  desk.write(ended("one", "ok"));
  desk.write(RunClosed{sha256("one")});
  desk.write(begun("two"));
  desk.write(moved("two", RunStage::command));
  desk.write(moved("two", RunStage::checking));
  desk.write(ended("two", "ok"));
  desk.write(moved("two", RunStage::undoing));
  const std::string before = picture(*desk.book);
  const auto size = desk.host.system.files().text(kPath).size();
  REQUIRE(desk.book->shorten(0).has_value());
  CHECK(desk.host.system.files().text(kPath).size() < size);
  CHECK(picture(*desk.book) == before);
  desk.open();
  CHECK(picture(*desk.book) == before);
  desk.write(ended("two", "rolled-back", 9));
  CHECK(desk.book->memory().applied.back().rolled_back);
}

TEST_CASE("read again at any moment, the journal says what the living book said") {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Desk desk;
    Story story(seed);
    for (int step = 0; step < 60; ++step) {
      CAPTURE(step);
      desk.write(story.next(*desk.book));
      const std::string living = picture(*desk.book);
      if (story.below(6) == 0) {
        REQUIRE(desk.book->shorten(0).has_value());
        CHECK(picture(*desk.book) == living);
      }
      if (story.below(4) == 0) {
        desk.host.system.lose_power();
        desk.open();
        CHECK(picture(*desk.book) == living);
      }
    }
  }
}

TEST_CASE("of a damaged journal the memory before the damage is read, and the newest number") {
  Desk desk;
  damage_journal(desk);
  const Bytes bytes = desk.host.system.files().text(kPath);
  const auto opened = RunBook::open(desk.host.files(), kPath);
  REQUIRE(code_of(opened) == Errc::refuse_j1);
  desk.book = RunBook::open_damaged(desk.host.files(), kPath, opened.error()).value();
  REQUIRE(desk.book->damage().has_value());
  CHECK(desk.book->damage()->where.starts_with("journal octet "));
  CHECK(desk.base() == "one");
  CHECK(desk.book->reports() == 8);
  CHECK(desk.book->runs().empty());
  CHECK(desk.host.system.files().text(kPath) == bytes);
}

TEST_CASE("over a damaged journal nothing is journalled, and what was told is remembered a while") {
  Desk desk;
  damage_journal(desk, 0);
  const Bytes bytes = desk.host.system.files().text(kPath);
  const Error damage{Errc::refuse_j1, "damaged"};
  desk.book = RunBook::open_damaged(desk.host.files(), kPath, damage).value();
  CHECK(desk.refused(begun("three")) == Errc::refuse_j1);
  CHECK(desk.refused(RepairBegun{kNow, sha256("one"), 0, {}, scope_of("web")}) == Errc::refuse_j1);
  CHECK(desk.refused(RunMemory()) == Errc::refuse_j1);
  desk.write(OutcomeTold{sha256("three"), "refused:J1", 4});
  CHECK(desk.book->told(sha256("three"))->outcome == "refused:J1");
  desk.write(ReportMade{9});
  CHECK(desk.book->reports() == 9);
  CHECK(desk.book->shorten(0));
  CHECK(desk.host.system.files().text(kPath) == bytes);
}

TEST_CASE("a record that fits nothing is damage as well") {
  Desk desk;
  desk.put({encode_record(begun("one")),
            encode_record(ended("one", "ok")),
            encode_record(ended("two", "ok")),
            encode_record(begun("three")),
            encode_record(ReportMade{3})});
  const auto opened = RunBook::open(desk.host.files(), kPath);
  REQUIRE(code_of(opened) == Errc::refuse_j1);
  desk.book = RunBook::open_damaged(desk.host.files(), kPath, opened.error()).value();
  CHECK(desk.base() == "one");
  CHECK(desk.book->reports() == 3);
  CHECK(desk.book->memory().used.size() == 1);
}

TEST_CASE("a book that is distrusted knows no run any more") {
  Desk desk;
  desk.write(begun("one"));
  desk.book->distrust({Errc::refuse_j1, "an operation cannot be read"});
  CHECK(desk.book->current() == nullptr);
  CHECK(desk.refused(ended("one", "ok")) == Errc::refuse_j1);
  desk.open();
  CHECK(desk.book->current() != nullptr);
}
