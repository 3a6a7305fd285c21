// What only the SQLite store does: files, schema, locks between processes, damage.
#include "storage/sqlite/sqlite_store.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "storage/sqlite/connection.h"
#include "tests/support/temporary_directory.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr UnixSeconds kNow = 1'800'000'000;

struct Files {
  TemporaryDirectory directory = {};
  std::string path = directory.file("store");

  Result<std::unique_ptr<Store>> open(OpenMode mode = OpenMode::either) const {
    return open_sqlite_store(path, mode);
  }

  // Alters the database behind the store's back.
  void alter(const std::string& sql) const {
    auto connection = sqlite::Connection::open(path).value();
    const auto done = connection.execute(sql);
    CAPTURE(sql);
    REQUIRE(done.has_value());
  }

  std::string all_bytes() const {
    std::ostringstream text;
    for (const char* suffix : {"", "-wal"}) {
      text << std::ifstream(path + suffix, std::ios::binary).rdbuf();
    }
    return text.str();
  }
};

// While it lives, this process is nobody who may write the store or its directory.
struct Unprivileged {
  explicit Unprivileged(const Files& of) : directory(of.directory.file("")) {
    std::filesystem::permissions(of.path, std::filesystem::perms(0444));
    std::filesystem::permissions(directory, std::filesystem::perms(0555));
    REQUIRE((!root || seteuid(65534) == 0));
  }

  ~Unprivileged() {
    CHECK((!root || seteuid(0) == 0));
    std::filesystem::permissions(directory, std::filesystem::perms(0700));
  }

  std::string directory;
  bool root = geteuid() == 0;
};

template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}

AppendBatch one_entry(std::uint64_t fence, std::uint64_t first) {
  return {.fence = fence, .first = first, .entries = {{kNow, leaf_hash("entry"), "entry"}}};
}

}  // namespace

TEST_CASE("a store is made once, readable by its owner only, and opened again") {
  const Files files;
  CHECK(code_of(files.open(OpenMode::existing)) == Errc::not_found);
  CHECK_FALSE(std::filesystem::exists(files.path));
  {
    const auto store = files.open(OpenMode::fresh).value();
    const std::uint64_t fence = store->take_lease("test", kNow, 10).value();
    REQUIRE(store->append(one_entry(fence, 0)).has_value());
  }
  CHECK(code_of(files.open(OpenMode::fresh)) == Errc::exists_already);
  CHECK(files.open(OpenMode::existing).value()->head().value().size == 1);
  CHECK(files.open(OpenMode::either).value()->head().value().last_at == kNow);
  struct stat info{};
  for (const char* suffix : {"", "-lease"}) {
    REQUIRE(stat((files.path + suffix).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600);
  }
}

TEST_CASE("what is no store of ours is refused and left alone") {
  const Files files;
  SUBCASE("a directory") {
    std::filesystem::create_directory(files.path);
    CHECK(code_of(files.open()) == Errc::not_regular);
  }
  SUBCASE("a text file") {
    std::ofstream(files.path) << std::string(5'000, 'x');
    CHECK(code_of(files.open()) == Errc::store_failed);
    CHECK(std::filesystem::file_size(files.path) == 5'000);
  }
  SUBCASE("a database of another program") {
    std::ofstream(files.path).close();
    files.alter("create table other (a)");
    const auto refused = files.open();
    CHECK(code_of(refused) == Errc::store_failed);
    CHECK(refused.error().what == files.path + " is a database, but no store of twoseal");
    CHECK_FALSE(std::filesystem::exists(files.path + "-wal"));
    auto connection = sqlite::Connection::open(files.path).value();
    CHECK(
        connection.number("select count(*) from pragma_journal_mode where journal_mode = 'delete'")
            .value() == 1);
  }
  SUBCASE("an empty file is no store yet") {
    std::ofstream(files.path).close();
    CHECK(code_of(files.open(OpenMode::existing)) == Errc::not_found);
    CHECK(files.open(OpenMode::fresh).has_value());
  }
  SUBCASE("a directory that does not exist") {
    CHECK(code_of(open_sqlite_store(files.directory.file("no/store"), OpenMode::either)) ==
          Errc::store_failed);
  }
  SUBCASE("a directory that may not be written") {
    if (geteuid() != 0) {
      std::filesystem::permissions(files.directory.file(""), std::filesystem::perms::owner_exec);
      CHECK(code_of(files.open()) == Errc::no_permission);
      std::filesystem::permissions(files.directory.file(""), std::filesystem::perms::owner_all);
    }
  }
}

TEST_CASE("a store with a newer or another schema is refused") {
  const Files files;
  REQUIRE(files.open(OpenMode::fresh).has_value());
  SUBCASE("newer") {
    files.alter("insert into migration values (99, '0099_later.sql', 'sha256:00')");
    const auto refused = files.open();
    CHECK(code_of(refused) == Errc::store_newer);
    CHECK(refused.error().what.find("has schema 99; this program knows") != std::string::npos);
  }
  SUBCASE("a migration that was another one when it ran") {
    files.alter("update migration set digest = 'sha256:00' where number = 1");
    const auto refused = files.open();
    CHECK(code_of(refused) == Errc::store_failed);
    CHECK(refused.error().what ==
          "migration 1 of " + files.path + " is not the one of this program");
  }
}

TEST_CASE("the file names its program, and settings that keep entries safe are on") {
  const Files files;
  REQUIRE(files.open(OpenMode::fresh).has_value());
  auto connection = sqlite::Connection::open(files.path).value();
  CHECK(connection.number("pragma application_id").value() == 0x32534541);
  CHECK(connection.number("pragma synchronous").value() == 2);
  CHECK(connection.number("pragma foreign_keys").value() == 1);
  CHECK(connection.number("pragma secure_delete").value() == 1);
  CHECK(connection.number("select count(*) from pragma_journal_mode where journal_mode = 'wal'")
            .value() == 1);
  CHECK(connection.number("select nothing from nowhere").error().code == Errc::store_failed);
}

TEST_CASE("an altered document, blob or digest is noticed when it is read") {
  const Files files;
  const auto store = files.open().value();
  const Digest document = store->put_document({"roster", 1, "{\"a\":1}"}).value();
  const Digest blob = store->put_blob("blob").value();
  const std::uint64_t fence = store->take_lease("test", kNow, 10).value();
  REQUIRE(store->append(one_entry(fence, 0)).has_value());
  files.alter("update document set bytes = cast('{\"a\":2}' as blob)");
  files.alter("update blob_chunk set bytes = cast('blub' as blob)");
  files.alter(
      "pragma ignore_check_constraints = on; update entry set leaf = x'00'; "
      "update ledger set size = 2");
  CHECK(code_of(store->document(document)) == Errc::ledger_inconsistent);
  CHECK(code_of(read_blob(*store, blob)) == Errc::ledger_inconsistent);
  CHECK(code_of(store->entries(0, 1)) == Errc::ledger_inconsistent);
  CHECK(code_of(store->hashes(0, 0, 1)) == Errc::ledger_inconsistent);
  CHECK(code_of(store->append(one_entry(fence, 1))) == Errc::ledger_inconsistent);
  files.alter("delete from ledger");
  CHECK(code_of(store->head()) == Errc::ledger_inconsistent);
}

TEST_CASE("after a failure that is not understood the store takes no more writes") {
  const Files files;
  const auto store = files.open().value();
  const std::uint64_t fence = store->take_lease("test", kNow, 10).value();
  REQUIRE(store->append(one_entry(fence, 0)).has_value());
  // Entry 1 is there already, though the head says otherwise: SQLite refuses the insert.
  files.alter("insert into entry values (1, 0, zeroblob(32), zeroblob(1))");
  CHECK(code_of(store->append(one_entry(fence, 1))) == Errc::store_failed);
  files.alter("delete from entry where seq = 1");
  const auto refused = store->append(one_entry(fence, 1));
  CHECK(code_of(refused) == Errc::store_failed);
  CHECK(refused.error().what.starts_with("the store is suspect: insert: UNIQUE constraint failed"));
  CHECK(code_of(store->put_record({})) == Errc::store_failed);
  CHECK(store->head().value().size == 1);
  const auto again = files.open().value();
  const std::uint64_t next = again->take_lease("again", kNow + 10, 10).value();
  CHECK(again->append(one_entry(next, 1)).has_value());
}

TEST_CASE("an erased blob is gone from the files") {
  const Files files;
  const auto store = files.open().value();
  const Bytes secret = "a name that somebody wanted to be forgotten";
  const Digest digest = store->put_blob(secret).value();
  CHECK(files.all_bytes().find(secret) != std::string::npos);
  REQUIRE(store->erase_blob(digest).has_value());
  CHECK(files.all_bytes().find(secret) == std::string::npos);
}

TEST_CASE("two opened stores of one file see each other's commits, and one lease") {
  const Files files;
  const auto one = files.open().value();
  const auto two = files.open().value();
  const std::uint64_t fence = one->take_lease("one", kNow, 10).value();
  REQUIRE(one->append(one_entry(fence, 0)).has_value());
  CHECK(two->head().value().size == 1);
  CHECK(code_of(two->take_lease("two", kNow + 9, 10)) == Errc::store_busy);
  CHECK(code_of(two->append(one_entry(fence + 1, 1))) == Errc::store_busy);
  // Time out: the second takes over although the first still lives, and the first is fenced off.
  const std::uint64_t next = two->take_lease("two", kNow + 10, 10).value();
  CHECK(code_of(one->append(one_entry(fence, 1))) == Errc::store_busy);
  CHECK(two->append(one_entry(next, 1)).has_value());
}

TEST_CASE("the lease of a killed process is free at once, that of a living one is not") {
  const Files files;
  REQUIRE(files.open(OpenMode::fresh).has_value());
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    auto store = files.open();
    const bool taken = store && (*store)->take_lease("child", kNow, 1'000'000).has_value();
    [[maybe_unused]] const auto written = write(ready[1], taken ? "1" : "0", 1);
    pause();
    _exit(0);
  }
  char taken = '0';
  REQUIRE(read(ready[0], &taken, 1) == 1);
  REQUIRE(taken == '1');
  const auto store = files.open().value();
  CHECK(code_of(store->take_lease("parent", kNow, 10)) == Errc::store_busy);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(store->take_lease("parent", kNow, 10).value() == 2);
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("the write-ahead log is copied into the database when it has grown") {
  const Files files;
  const auto store = files.open().value();
  const std::uint64_t fence = store->take_lease("test", kNow, 10).value();
  AppendBatch batch{.fence = fence};
  for (int i = 0; i < 400; ++i) {
    const Bytes bytes(limits::kEntryMax, 'x');
    batch.entries.push_back({kNow, leaf_hash(bytes), bytes});
  }
  REQUIRE(store->append(batch).has_value());
  const auto before = std::filesystem::file_size(files.path);
  REQUIRE(store->maintain().has_value());
  CHECK(std::filesystem::file_size(files.path) > before + 20'000'000);
  REQUIRE(store->maintain().has_value());
  CHECK(store->entries(399, 1).value()[0] == batch.entries[399]);
}

TEST_CASE("a store is read where nothing may be written, and leaves nothing behind") {
  // The name has what a URI would take for something else.
  Files files;
  files.path = files.directory.file("a%41?b#c");
  {
    const auto store = files.open(OpenMode::fresh).value();
    const std::uint64_t fence = store->take_lease("test", kNow, 10).value();
    REQUIRE(store->append(one_entry(fence, 0)).has_value());
  }
  const auto names = [&] {
    std::set<std::string> found;
    for (const auto& one : std::filesystem::directory_iterator(files.directory.file(""))) {
      found.insert(one.path().filename().string());
    }
    return found;
  };
  const auto before = names();
  const auto read_only = [&] {
    const auto store = files.open(OpenMode::reading);
    REQUIRE(store.has_value());
    CHECK((*store)->head().value().size == 1);
    CHECK((*store)->entries(0, 1).value().size() == 1);
    CHECK(code_of((*store)->put_blob("blob")) == Errc::store_failed);
    CHECK(code_of((*store)->take_lease("test", kNow, 10)) == Errc::store_failed);
  };
  read_only();
  CHECK(names() == before);
  {
    const Unprivileged unprivileged(files);
    read_only();
    CHECK_FALSE(files.open(OpenMode::existing).has_value());
  }
  CHECK(names() == before);
}

TEST_CASE("reading a store that is written to sees its last commit") {
  const Files files;
  const auto store = files.open().value();
  const auto reader = files.open(OpenMode::reading).value();
  const std::uint64_t fence = store->take_lease("test", kNow, 10).value();
  REQUIRE(store->append(one_entry(fence, 0)).has_value());
  CHECK(reader->head().value().size == 1);
}

TEST_CASE("reading makes no store and changes no schema") {
  const Files files;
  CHECK(code_of(files.open(OpenMode::reading)) == Errc::not_found);
  std::ofstream(files.path).close();
  CHECK(code_of(files.open(OpenMode::reading)) == Errc::not_found);
  REQUIRE(files.open(OpenMode::fresh).has_value());
  SUBCASE("older") {
    files.alter("delete from migration");
    const auto refused = files.open(OpenMode::reading);
    CHECK(code_of(refused) == Errc::store_unreadable);
    CHECK(refused.error().what.find("has an older schema") != std::string::npos);
  }
  SUBCASE("newer") {
    files.alter("insert into migration values (99, '0099_later.sql', 'sha256:00')");
    CHECK(code_of(files.open(OpenMode::reading)) == Errc::store_newer);
  }
  SUBCASE("another") {
    files.alter("update migration set digest = 'sha256:00' where number = 1");
    CHECK(code_of(files.open(OpenMode::reading)) == Errc::store_unreadable);
  }
}

TEST_CASE("a head is refused that counts more entries than there can be, or fewer than there are") {
  const Files files;
  const auto store = files.open().value();
  const std::uint64_t fence = store->take_lease("test", kNow, 10).value();
  REQUIRE(store->append(one_entry(fence, 0)).has_value());
  REQUIRE(store->append(one_entry(fence, 1)).has_value());
  CHECK(store->head().value().size == 2);
  for (const char* size : {"1", "0", "-1", "1000000000000"}) {
    files.alter("update ledger set size = " + std::string(size));
    CAPTURE(size);
    CHECK(code_of(store->head()) == Errc::ledger_inconsistent);
  }
}

TEST_CASE("what is larger than anything that can be added is not read") {
  const Files files;
  const auto store = files.open().value();
  const std::uint64_t fence = store->take_lease("test", kNow, 10).value();
  REQUIRE(store->append(one_entry(fence, 0)).has_value());
  const Digest digest = store->put_document({"roster", 1, "{}"}).value();
  const Digest blob = store->put_blob("blob").value();
  const SignedRecord record{digest, digest, "{}"};
  REQUIRE(store->put_record(record).has_value());
  REQUIRE(store->save_checkpoint(fence, {1, "note"}).has_value());
  const std::string bytes = "zeroblob(16777217)";
  for (const char* table : {"entry", "document", "record", "blob_chunk"}) {
    files.alter("update " + std::string(table) + " set bytes = " + bytes);
  }
  files.alter("update checkpoint set note = " + bytes);
  const auto entry = store->entries(0, 1);
  REQUIRE(code_of(entry) == Errc::ledger_inconsistent);
  CHECK(entry.error().what == "entry 0 has 16777217 bytes, more than the 60000 that it may have");
  CHECK(code_of(store->document(digest)) == Errc::ledger_inconsistent);
  CHECK(store->documents("roster", 1).value().empty());
  CHECK(code_of(store->record(digest)) == Errc::ledger_inconsistent);
  CHECK(code_of(store->records_about(digest)) == Errc::ledger_inconsistent);
  CHECK(code_of(store->blob_chunk(blob, 0)) == Errc::ledger_inconsistent);
  CHECK(code_of(store->newest_checkpoint()) == Errc::ledger_inconsistent);
  files.alter("update blob set size = 1000000000000");
  CHECK(code_of(read_blob(*store, blob)) == Errc::ledger_inconsistent);
  files.alter("update checkpoint set size = -1, note = x'00'");
  CHECK(code_of(store->newest_checkpoint()) == Errc::ledger_inconsistent);
}

TEST_CASE("a store with parts that twoseal did not make is refused before they are read") {
  const Files files;
  REQUIRE(files.open(OpenMode::fresh).has_value());
  const std::string endless =
      "as with recursive r (n) as (values (1) union all select n + 1 from r) "
      "select n as seq, n as number, n as digest, n as size from r";
  std::string says;
  SUBCASE("a view in the place of a table") {
    files.alter("drop table checkpoint; create view checkpoint " + endless);
    says = " has a view checkpoint that twoseal did not make";
  }
  SUBCASE("a view in the place of the table of migrations") {
    files.alter("drop table migration; create view migration " + endless);
    says = " has no table of migrations as twoseal makes it";
  }
  SUBCASE("another table of that name") {
    files.alter("drop table entry; create table entry (seq, at, leaf, bytes)");
    says = " has a table entry that twoseal did not make";
  }
  SUBCASE("a trigger") {
    files.alter("create trigger t after insert on entry begin select 1; end");
    says = " has a trigger t that twoseal did not make";
  }
  SUBCASE("an index is missing") {
    files.alter("drop index record_by_object");
    says = " lacks its index record_by_object";
  }
  const auto read = files.open(OpenMode::reading);
  CHECK(code_of(read) == Errc::store_unreadable);
  CHECK(read.error().what == files.path + says);
  CHECK(code_of(files.open(OpenMode::existing)) == Errc::store_failed);
}

TEST_CASE("what sqlite keeps about the tables for itself is no part of a store") {
  const Files files;
  REQUIRE(files.open(OpenMode::fresh).has_value());
  files.alter("analyze");
  CHECK(files.open(OpenMode::reading).has_value());
}
