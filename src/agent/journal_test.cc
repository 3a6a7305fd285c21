#include "agent/journal.h"

#include <doctest/doctest.h>

#include "tests/support/memory_crash.h"
#include "tests/support/test_hosts.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::crashes;

namespace {

constexpr const char* kPath = "/var/journal";

using Records = std::vector<Bytes>;

const Records kThree = {R"({"record":"one"})", R"({"record":"the second"})", R"({"record":"3"})"};

// A host in memory with one journal on it.
class Desk {
 public:
  Desk() { host.system.files().put_directory("/var"); }

  Result<std::unique_ptr<Journal>> open() { return Journal::open(host.files(), kPath); }

  /// The records that a process started now would read.
  Records read() {
    auto journal = open();
    REQUIRE(journal.has_value());
    return (*journal)->records();
  }

  [[nodiscard]] Bytes bytes() { return host.system.files().text(kPath); }

  void put(Bytes bytes) {
    host.system.files().put(kPath, std::make_shared<const Bytes>(std::move(bytes)), 0600);
  }

  MemoryHost host;
};

// The file that holds `records`.
Bytes file_of(const Records& records) {
  Desk desk;
  REQUIRE(desk.open().value()->append(records).has_value());
  return desk.bytes();
}

// Where each record ends.
std::vector<std::size_t> ends_of(const Records& records) {
  std::vector<std::size_t> ends;
  for (const Bytes& record : records) {
    ends.push_back((ends.empty() ? 0 : ends.back()) + 8 + record.size());
  }
  return ends;
}

Records first(const Records& records, std::size_t count) {
  return {records.begin(), records.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

TEST_CASE("the check sum is the one of RFC 3720, appendix B.4") {
  CHECK(crc32c(Bytes(32, '\0')) == 0x8a9136aa);
  CHECK(crc32c(Bytes(32, '\xff')) == 0x62a8ab43);
  CHECK(crc32c("123456789") == 0xe3069283);
}

TEST_CASE("what was appended is read in its order when the journal is opened again") {
  Desk desk;
  CHECK(desk.read().empty());
  auto journal = desk.open().value();
  REQUIRE(journal->append(kThree[0]).has_value());
  REQUIRE(journal->append({kThree.data() + 1, 2}).has_value());
  CHECK(journal->size() == desk.bytes().size());
  CHECK(desk.read() == kThree);
  CHECK(desk.host.files().look(kPath).value()->mode == 0600);
}

TEST_CASE("a file cut at any length keeps what was whole, and goes on from there") {
  const Bytes whole = file_of(kThree);
  const std::vector<std::size_t> ends = ends_of(kThree);
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    CAPTURE(length);
    std::size_t left = 0;
    while (left < ends.size() && ends[left] <= length) {
      ++left;
    }
    Desk desk;
    desk.put(whole.substr(0, length));
    auto journal = desk.open();
    REQUIRE(journal.has_value());
    CHECK((*journal)->records() == first(kThree, left));
    REQUIRE((*journal)->append("{}").has_value());
    Records longer = first(kThree, left);
    longer.emplace_back("{}");
    CHECK(desk.read() == longer);
  }
}

TEST_CASE("of a damaged journal all whole records are made out, before and behind the damage") {
  const Bytes whole = file_of(kThree);
  const std::vector<std::size_t> ends = ends_of(kThree);
  CHECK(remains_of_journal(whole).before == kThree);
  CHECK(remains_of_journal(whole).behind.empty());
  CHECK(remains_of_journal("").before.empty());
  for (std::size_t at = ends[0]; at < ends[1]; ++at) {
    CAPTURE(at);
    Bytes bytes = whole;
    bytes[at] = static_cast<char>(octet(bytes, at) ^ 1U);
    const JournalRemains remains = remains_of_journal(bytes);
    CHECK(remains.before == first(kThree, 1));
    CHECK(remains.behind == Records{kThree[2]});
  }
}

TEST_CASE("a bit that turned anywhere is found; in the last record it looks like a cut") {
  const Bytes whole = file_of(kThree);
  const std::size_t last = ends_of(kThree)[1];
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      CAPTURE(at);
      CAPTURE(bit);
      Desk desk;
      Bytes bytes = whole;
      bytes[at] = static_cast<char>(octet(bytes, at) ^ (1U << bit));
      desk.put(bytes);
      const auto journal = desk.open();
      if (journal) {
        CHECK(at >= last);
        CHECK((*journal)->records() == first(kThree, 2));
      } else {
        CHECK(journal.error().code == Errc::refuse_j1);
        CHECK(desk.bytes() == bytes);  // what may still be read by a person stays
      }
    }
  }
}

TEST_CASE("a length that swallows the next records is damage, not a cut") {
  Bytes bytes = file_of(kThree);
  bytes[2] = '\x7f';
  const auto parsed = parse_journal(bytes);
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().code == Errc::refuse_j1);
  CHECK(parsed.error().where == "journal octet 0");
}

TEST_CASE("zeros at the end are a file that grew before its bytes were written") {
  const Bytes whole = file_of(kThree);
  for (const std::size_t count : std::vector<std::size_t>{1, 7, 8, 16, 4'096}) {
    CAPTURE(count);
    const auto parsed = parse_journal(whole + Bytes(count, '\0'));
    REQUIRE(parsed.has_value());
    CHECK(parsed->records == kThree);
    CHECK(parsed->whole == whole.size());
  }
  CHECK(code_of(parse_journal(whole + Bytes(8, '\0') + whole)) == Errc::refuse_j1);
}

TEST_CASE("a full disk leaves the journal as it was, and it goes on when there is room") {
  Desk desk;
  auto journal = desk.open().value();
  REQUIRE(journal->append(kThree[0]).has_value());
  const Bytes before = desk.bytes();
  desk.host.system.files().set_capacity(before.size() + 4);
  CHECK(code_of(journal->append(kThree[1])) == Errc::disk_full);
  CHECK(code_of(journal->rewrite(kThree)) == Errc::disk_full);
  CHECK(desk.bytes() == before);
  desk.host.system.files().set_capacity(10'000);
  REQUIRE(journal->append(kThree[1]).has_value());
  CHECK(desk.read() == first(kThree, 2));
}

TEST_CASE("on a read-only file system nothing is opened, appended or lost") {
  Desk desk;
  auto journal = desk.open().value();
  REQUIRE(journal->append(kThree[0]).has_value());
  desk.host.system.files().set_read_only("/var", true);
  CHECK(code_of(journal->rewrite(kThree)) == Errc::no_permission);
  CHECK(code_of(journal->append(kThree[1])) == Errc::no_permission);
  // What was written of it, if anything, could not be cut off again.
  CHECK(code_of(journal->append(kThree[1])) == Errc::sync_failed);
  CHECK(code_of(desk.open()) == Errc::no_permission);
  desk.host.system.files().set_read_only("/var", false);
  CHECK(desk.read() == first(kThree, 1));
}

TEST_CASE("after a sync that failed nothing is appended until the journal is opened again") {
  Desk desk;
  auto journal = desk.open().value();
  REQUIRE(journal->append(kThree[0]).has_value());
  desk.host.system.fail_next(MemoryVerb::sync, kPath, Errc::sync_failed);
  CHECK(code_of(journal->append(kThree[1])) == Errc::sync_failed);
  const Bytes left = desk.bytes();
  CHECK(code_of(journal->append(kThree[2])) == Errc::sync_failed);
  CHECK(code_of(journal->rewrite(kThree)) == Errc::sync_failed);
  CHECK(desk.bytes() == left);
  auto again = desk.open().value();
  CHECK(again->append(kThree[2]).has_value());
}

TEST_CASE("what cannot be cut off again after a failed append ends the journal") {
  Desk desk;
  auto journal = desk.open().value();
  REQUIRE(journal->append(kThree[0]).has_value());
  desk.host.system.fail_next(MemoryVerb::append, kPath, Errc::io_failed);
  CHECK(code_of(journal->append(kThree[1])) == Errc::io_failed);
  CHECK(journal->append(kThree[1]).has_value());
  desk.host.system.fail_next(MemoryVerb::append, kPath, Errc::io_failed);
  desk.host.system.fail_next(MemoryVerb::truncate, kPath, Errc::io_failed);
  CHECK(code_of(journal->append(kThree[2])) == Errc::io_failed);
  CHECK(code_of(journal->append(kThree[2])) == Errc::sync_failed);
}

TEST_CASE("what could not be read again is not written") {
  Desk desk;
  auto journal = desk.open().value();
  const Bytes largest(kJournalRecordMax, 'x');
  CHECK(code_of(journal->append(largest + "x")) == Errc::too_large);
  CHECK(code_of(journal->rewrite(Records{largest + "x"})) == Errc::too_large);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(journal->append(largest).has_value());
  }
  CHECK(code_of(journal->append(largest)) == Errc::refuse_j1);
  CHECK(code_of(journal->rewrite(Records(4, largest))) == Errc::too_large);
  CHECK(desk.read().size() == 3);
}

TEST_CASE("rewriting puts other records in the place of all, and later ones behind them") {
  Desk desk;
  auto journal = desk.open().value();
  REQUIRE(journal->append(kThree).has_value());
  REQUIRE(journal->rewrite({kThree.data() + 2, 1}).has_value());
  REQUIRE(journal->append(kThree[0]).has_value());
  CHECK(desk.read() == Records{kThree[2], kThree[0]});
}

TEST_CASE("a rewrite that failed changes nothing, and ends the journal only when its sync failed") {
  Desk desk;
  auto journal = desk.open().value();
  REQUIRE(journal->append(kThree).has_value());
  desk.host.system.fail_next(MemoryVerb::rename, kPath, Errc::io_failed);
  CHECK(code_of(journal->rewrite({kThree.data(), 1})) == Errc::io_failed);
  REQUIRE(journal->append(kThree[0]).has_value());
  CHECK(desk.read().size() == 4);
  desk.host.system.fail_next(MemoryVerb::sync, kPath, Errc::sync_failed);
  CHECK(code_of(journal->rewrite({kThree.data(), 1})) == Errc::sync_failed);
  CHECK(code_of(journal->append(kThree[0])) == Errc::sync_failed);
}

TEST_CASE("wherever the process or the power fails, what was acknowledged is there") {
  for (const bool power : {false, true}) {
    CAPTURE(power);
    bool crashed = true;
    for (std::uint64_t step = 1; crashed; ++step) {
      CAPTURE(step);
      Desk desk;
      Records acknowledged;
      desk.host.system.crash_after(step);
      crashed = crashes([&] {
        auto journal = desk.open().value();
        for (const Bytes& record : kThree) {
          journal->append(record).value();
          acknowledged.push_back(record);
        }
      });
      desk.host.system.crash_after(0);
      if (power) {
        desk.host.system.lose_power();
      }
      const Records left = desk.read();
      REQUIRE(left.size() >= acknowledged.size());
      CHECK(first(left, acknowledged.size()) == acknowledged);
      CHECK(left == first(kThree, left.size()));
    }
  }
}

TEST_CASE("wherever rewriting is killed, the old or the new records are there, whole") {
  const Records fewer = {kThree[1]};
  for (const bool power : {false, true}) {
    CAPTURE(power);
    bool crashed = true;
    for (std::uint64_t step = 1; crashed; ++step) {
      CAPTURE(step);
      Desk desk;
      auto journal = desk.open().value();
      REQUIRE(journal->append(kThree).has_value());
      desk.host.system.crash_after(step);
      crashed = crashes([&] { journal->rewrite(fewer).value(); });
      desk.host.system.crash_after(0);
      if (power) {
        desk.host.system.lose_power();
      }
      const Records left = desk.read();
      CHECK((left == fewer || (crashed && left == kThree)));
    }
  }
}
