#include "storage/ledger_writer.h"

#include <doctest/doctest.h>

#include "codec/objects.h"
#include "storage/memory/memory_store.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_log.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr UnixSeconds kNow = 1'800'000'000;

// A log in memory with its clock, and one in a file that can be altered behind its back.
struct Log {
  ManualClock clock{kNow};
  std::unique_ptr<Store> store = make_memory_store();

  Result<std::unique_ptr<LedgerWriter>> open(LogKey key = test_log_key(),
                                             const std::string& holder = "test") {
    return LedgerWriter::open(*store, clock, std::move(key), {holder, 30});
  }

  Result<LedgerReport> check() const {
    const std::vector<NoteKey> keys{test_log_key().key};
    return check_ledger(*store, kTestOrigin, keys);
  }
};

struct FileLog : Log {
  TemporaryDirectory directory = {};

  FileLog() { store = open_sqlite_store(directory.file("store"), OpenMode::fresh).value(); }

  void alter(const std::string& sql) const {
    auto connection = sqlite::Connection::open(directory.file("store")).value();
    CAPTURE(sql);
    REQUIRE(connection.execute(sql).has_value());
  }
};

std::vector<EntryDraft> drafts(std::size_t count) {
  std::vector<EntryDraft> list;
  list.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    list.push_back(test_draft(std::to_string(i)));
  }
  return list;
}

template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}

Checkpoint newest(const Log& log) {
  const std::vector<NoteKey> keys{test_log_key().key};
  return open_checkpoint(log.store->newest_checkpoint().value().value().note, kTestOrigin, keys)
      .value();
}

}  // namespace

TEST_CASE("an entry gets its index and the time of the clock") {
  Log log;
  const auto writer = log.open().value();
  CHECK(writer->append(test_draft("a")).value() == Appended{0, kNow});
  log.clock.advance(5);
  CHECK(writer->append(test_draft("b")).value() == Appended{1, kNow + 5});
  const StoredEntry stored = log.store->entries(1, 1).value()[0];
  const auto entry = codec::decode<LedgerEntry>(stored.bytes).value();
  CHECK(entry.seq == 1);
  CHECK(entry.at == kNow + 5);
  CHECK(entry.obj == sha256("b"));
  CHECK(stored.leaf == leaf_hash(stored.bytes));
  CHECK(writer->root() == node_hash(log.store->hashes(0, 0, 1).value()[0], stored.leaf));
}

TEST_CASE("time in the log never goes back, also across a restart") {
  Log log;
  {
    const auto writer = log.open().value();
    REQUIRE(writer->append(test_draft("a")).has_value());
    log.clock.set(kNow - 100);
    CHECK(writer->append(test_draft("b")).value().at == kNow);
  }
  const auto writer = log.open().value();
  CHECK(writer->append(test_draft("c")).value() == Appended{2, kNow});
  log.clock.set(kNow + 1);
  CHECK(writer->append(test_draft("d")).value().at == kNow + 1);
}

TEST_CASE("a draft that no reader would accept takes no place and does not hold up the others") {
  Log log;
  const auto writer = log.open().value();
  std::vector<EntryDraft> list = drafts(3);
  list[0].entry.by = {};
  list[1].entry.ev = Event::released;
  list[1].entry.phase = Name::parse("canary").value();
  list[1].entry.stmts = std::vector<Digest>(1'000);
  const auto answers = writer->append(list);
  CHECK(code_of(answers[0]) == Errc::bad_field);
  CHECK(code_of(answers[1]) == Errc::too_large);
  CHECK(answers[2].value() == Appended{0, kNow});
  CHECK(writer->size() == 1);
  CHECK(code_of(writer->append(list[0])) == Errc::bad_field);
  CHECK(log.check().value().size == 1);
}

TEST_CASE("records and documents are committed with the entry that names them") {
  Log log;
  const auto writer = log.open().value();
  EntryDraft draft = test_draft("change");
  draft.records.push_back({sha256("statement"), sha256("change"), "record"});
  draft.documents.push_back({"change", 0, "{}"});
  REQUIRE(writer->append(draft).has_value());
  CHECK(log.store->record(sha256("statement")).value().bytes == "record");
  CHECK(log.store->document(sha256("{}")).value().type == "change");
}

TEST_CASE("a checkpoint signs the present size once") {
  Log log;
  int signatures = 0;
  LogKey key = test_log_key();
  key.sign = [&signatures, sign = key.sign](BytesView text) {
    ++signatures;
    return sign(text);
  };
  const auto writer = log.open(key).value();
  CHECK(writer->unsigned_entries());
  REQUIRE(writer->sign_checkpoint().has_value());
  CHECK(newest(log) == Checkpoint{std::string(kTestOrigin), 0, empty_root()});
  CHECK_FALSE(writer->unsigned_entries());
  REQUIRE(writer->sign_checkpoint().has_value());
  CHECK(signatures == 1);
  REQUIRE(writer->append(test_draft("a")).has_value());
  CHECK(writer->unsigned_entries());
  REQUIRE(writer->sign_checkpoint().has_value());
  CHECK(newest(log) == Checkpoint{std::string(kTestOrigin), 1, writer->root()});
}

TEST_CASE("the worked example of the format pages comes out") {
  Log log;
  const auto writer = log.open().value();
  const auto append = [&](UnixSeconds at, const char* by, Event event) {
    log.clock.set(at);
    LedgerEntry entry{.by = ActorId::parse(by).value(),
                      .ev = event,
                      .obj = sha256("change"),
                      .org = sha256("org"),
                      .phase = {},
                      .stmt = {},
                      .stmts = {}};
    REQUIRE(writer->append(EntryDraft{entry}).has_value());
  };
  append(1795420000, "p:amara", Event::authored);
  append(1795420061, "p:ben", Event::comment);
  append(1795420062, "server", Event::done);
  REQUIRE(writer->sign_checkpoint().has_value());
  CHECK(writer->root().hex() == "cf1cbf9231a01e6fc3a7b5eab7f898f09e40451097eeead60bcaf75bc2762512");
  CHECK(
      log.store->newest_checkpoint().value()->note ==
      "example.org/twoseal/log1\n3\nzxy/kjGgHm/Dp7Xqt/iY8J5ARRCX7urWC8r3W8J2JRI=\n\n"
      "— example.org/twoseal/log1 "
      "yxSqIHVRlbK12auIZ6gJ3G4vFYM6OQ29d4X9dylqBoZmhdJqqUsnLTo5zz0ctZtXAQPWX2Wx8uAXPHthR44V6ADRYwU"
      "=\n");
  CHECK(sha256(read_tile(*log.store, "tile/0/000.p/3").value()).hex() ==
        "9e0df0752f228ec80605e1b258e4469313a3c2632a97e96b604ecbd10c2518b7");
  CHECK(read_tile(*log.store, "tile/entries/000.p/3").value().size() == 709);
}

TEST_CASE("a signer that fails leaves the log unsigned and usable") {
  Log log;
  LogKey key = test_log_key();
  key.sign = [](BytesView) -> Result<Bytes> { return fail(Errc::no_permission, "locked"); };
  const auto writer = log.open(key).value();
  REQUIRE(writer->append(test_draft("a")).has_value());
  CHECK(code_of(writer->sign_checkpoint()) == Errc::no_permission);
  CHECK(writer->unsigned_entries());
  CHECK_FALSE(log.store->newest_checkpoint().value().has_value());
  CHECK(writer->append(test_draft("b")).value().seq == 1);
}

TEST_CASE("one writer at a time, and the next one goes on where it ended") {
  Log log;
  Digest root;
  {
    const auto writer = log.open().value();
    CHECK(code_of(log.open(test_log_key(), "second")) == Errc::store_busy);
    for (const auto& answer : writer->append(drafts(600))) {
      REQUIRE(answer.has_value());
    }
    REQUIRE(writer->sign_checkpoint().has_value());
    REQUIRE(writer->append(test_draft("unsigned")).has_value());
    root = writer->root();
  }
  const auto writer = log.open().value();
  CHECK(writer->size() == 601);
  CHECK(writer->root() == root);
  CHECK(writer->unsigned_entries());
  CHECK(writer->append(test_draft("next")).value().seq == 601);
  CHECK(log.check().value().size == 602);
}

TEST_CASE("a writer that was overtaken is fenced off") {
  Log log;
  const auto slow = log.open(test_log_key(), "slow").value();
  REQUIRE(slow->append(test_draft("a")).has_value());
  log.clock.advance(31);
  const auto quick = log.open(test_log_key(), "quick").value();
  CHECK(code_of(slow->append(test_draft("b"))) == Errc::store_busy);
  CHECK(code_of(slow->sign_checkpoint()) == Errc::store_busy);
  CHECK(code_of(slow->maintain()) == Errc::store_busy);
  CHECK(quick->append(test_draft("c")).value().seq == 1);
  CHECK(log.check().value().size == 2);
}

TEST_CASE("the lease is prolonged when a third of it has passed") {
  Log log;
  const auto writer = log.open().value();
  for (int i = 0; i < 10; ++i) {
    log.clock.advance(10);
    REQUIRE(writer->maintain().has_value());
  }
  CHECK(code_of(log.open(test_log_key(), "second")) == Errc::store_busy);
}

TEST_CASE("when a commit fails, every draft of it gets the error and the tree stays as it was") {
  FileLog log;
  const auto writer = log.open().value();
  REQUIRE(writer->append(test_draft("a")).has_value());
  const Digest root = writer->root();
  log.alter("insert into entry values (2, 0, zeroblob(32), zeroblob(1))");
  std::vector<EntryDraft> list = drafts(3);
  list[0].entry.by = {};
  const auto answers = writer->append(list);
  CHECK(code_of(answers[0]) == Errc::bad_field);
  CHECK(code_of(answers[1]) == Errc::store_failed);
  CHECK(code_of(answers[2]) == Errc::store_failed);
  CHECK(writer->root() == root);
  CHECK(code_of(writer->append(test_draft("again"))) == Errc::store_failed);
  log.alter("delete from entry where seq = 2");
  CHECK(log.store->head().value().size == 1);
}

TEST_CASE("a log that does not continue its checkpoint is not written to") {
  FileLog log;
  {
    const auto writer = log.open().value();
    REQUIRE(writer->append(drafts(3)).size() == 3);
    REQUIRE(writer->sign_checkpoint().has_value());
  }
  SUBCASE("another root") {
    log.alter("update entry set leaf = zeroblob(32) where seq = 1");
    CHECK(code_of(log.open()) == Errc::ledger_inconsistent);
    CHECK(log.check().error().where == "entry 1");
  }
  SUBCASE("entries are gone") {
    log.alter("update ledger set size = 2");
    CHECK(code_of(log.open()) == Errc::ledger_inconsistent);
    CHECK(code_of(log.check()) == Errc::ledger_inconsistent);
  }
  SUBCASE("the size beside the checkpoint is not the signed one") {
    log.alter("update checkpoint set size = 2");
    CHECK(code_of(log.open()) == Errc::ledger_inconsistent);
    CHECK(code_of(log.check()) == Errc::ledger_inconsistent);
  }
  SUBCASE("signed by another key") {
    CHECK(code_of(log.open(test_log_key("other"))) == Errc::bad_note);
    LogKey changed = test_log_key("other");
    changed.former.push_back(test_log_key().key);
    CHECK(log.open(changed).has_value());
  }
  SUBCASE("leaves are gone") {
    log.alter("delete from entry");
    CHECK(log.open().error().where == "entry 2");
    CHECK(code_of(log.open()) == Errc::ledger_inconsistent);
    CHECK(code_of(log.check()) == Errc::ledger_inconsistent);
  }
  SUBCASE("the newest entry is none") {
    log.alter("update entry set bytes = cast('{}' as blob) where seq = 2");
    CHECK(code_of(log.open()) == Errc::ledger_inconsistent);
    CHECK(log.check().error().where == "entry 2");
  }
  SUBCASE("the head gives another time") {
    log.alter("update ledger set last_at = last_at + 1");
    CHECK(code_of(log.open()) == Errc::ledger_inconsistent);
    CHECK(code_of(log.check()) == Errc::ledger_inconsistent);
  }
  // Whoever was refused has given the lease back.
  CHECK(log.store->take_lease("next", kNow, 10).has_value());
}

TEST_CASE("a whole check recomputes the log") {
  Log log;
  CHECK(log.check().value() == LedgerReport{0, empty_root(), std::nullopt});
  const auto writer = log.open().value();
  REQUIRE(writer->append(drafts(300)).size() == 300);
  CHECK(log.check().value() == LedgerReport{300, writer->root(), std::nullopt});
  REQUIRE(writer->sign_checkpoint().has_value());
  REQUIRE(writer->append(drafts(300)).size() == 300);
  const auto report = log.check().value();
  CHECK(report.size == 600);
  CHECK(report.root == writer->root());
  CHECK(report.checkpoint->size == 300);
  const std::vector<NoteKey> others{test_log_key("other").key};
  CHECK(code_of(check_ledger(*log.store, kTestOrigin, others)) == Errc::bad_note);
}

TEST_CASE("a whole check names the first entry that is wrong") {
  FileLog log;
  const auto writer = log.open().value();
  REQUIRE(writer->append(drafts(300)).size() == 300);
  REQUIRE(writer->sign_checkpoint().has_value());
  std::string what;
  std::string where = "entry 7";
  SUBCASE("bytes") {
    log.alter("update entry set bytes = cast('{}' as blob) where seq = 7");
    what = "not an entry: ";
  }
  SUBCASE("other bytes of the same place") {
    log.alter(
        "update entry set bytes = cast(replace(bytes, 'p:amara', 'p:other') as blob) where seq = "
        "7");
    what = "the entry has another leaf hash";
  }
  SUBCASE("the bytes of another entry") {
    log.alter(
        "update entry set bytes = (select bytes from entry where seq = 8), "
        "leaf = (select leaf from entry where seq = 8) where seq = 7");
    what = "the entry says that it is another one";
  }
  SUBCASE("the time beside it") {
    log.alter("update entry set at = at + 1 where seq = 7");
    what = "the entry says that it is another one";
  }
  SUBCASE("time that falls") {
    log.alter(
        "update entry set at = 1, bytes = cast(replace(bytes, '1800000000', '1') as blob) "
        "where seq = 7");
    what = "the entry is older than the one before it";
  }
  SUBCASE("a tile root") {
    log.alter("update tile_root set hash = zeroblob(32)");
    what = "the tile that ends here has another root";
    where = "entry 255";
  }
  SUBCASE("a missing tile root") {
    log.alter("delete from tile_root");
    what = "the tile that ends here has another root";
    where = "entry 255";
  }
  const auto checked = log.check();
  REQUIRE(code_of(checked) == Errc::ledger_inconsistent);
  CHECK(checked.error().what.starts_with(what));
  CHECK(checked.error().where == where);
}

TEST_CASE("an entry that was replaced with its leaf is found by the signed root") {
  FileLog log;
  const auto writer = log.open().value();
  REQUIRE(writer->append(drafts(3)).size() == 3);
  REQUIRE(writer->sign_checkpoint().has_value());
  StoredEntry forged = log.store->entries(1, 1).value()[0];
  auto entry = codec::decode<LedgerEntry>(forged.bytes).value();
  entry.by = ActorId::parse("p:other").value();
  const Bytes bytes = codec::encode(entry);
  log.alter("update entry set bytes = x'" + hex_encode(bytes) + "', leaf = x'" +
            leaf_hash(bytes).hex() + "' where seq = 1");
  CHECK(log.check().error().what ==
        "the first 3 entries do not have the root of the newest checkpoint");
}
