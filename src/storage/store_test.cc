// One suite over every implementation: what the interface promises. What only one of them does is
// tested beside it.
#include "storage/store.h"

#include <thread>

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "storage/memory/memory_store.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/temporary_directory.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

struct Memory {
  std::unique_ptr<Store> store = make_memory_store();
};

struct Sqlite {
  TemporaryDirectory directory = {};
  std::unique_ptr<Store> store =
      open_sqlite_store(directory.file("store"), OpenMode::fresh).value();
};

constexpr UnixSeconds kNow = 1'800'000'000;

// A batch of `count` entries "entry N" from `first` on, with the tile roots it completes.
AppendBatch batch_of(std::uint64_t fence, std::uint64_t first, std::uint64_t count) {
  AppendBatch batch{.fence = fence, .first = first};
  for (std::uint64_t i = first; i < first + count; ++i) {
    const Bytes bytes = "entry " + std::to_string(i);
    batch.entries.push_back({kNow + static_cast<UnixSeconds>(i), leaf_hash(bytes), bytes});
  }
  for (std::uint64_t end = kTileWidth; end <= first + count; end += kTileWidth) {
    if (end > first) {
      std::vector<Digest> leaves;
      for (std::uint64_t i = end - kTileWidth; i < end; ++i) {
        leaves.push_back(leaf_hash("entry " + std::to_string(i)));
      }
      batch.tile_roots.push_back({1, end / kTileWidth - 1, root_of(leaves)});
    }
  }
  return batch;
}

template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}

Digest digest_of(BytesView text) {
  return sha256(text);
}

}  // namespace

TEST_CASE_TEMPLATE("an empty store has an empty log", Made, Memory, Sqlite) {
  const Made made;
  CHECK(made.store->head().value() == LedgerHead{});
  CHECK_FALSE(made.store->newest_checkpoint().value().has_value());
  CHECK(made.store->entries(0, 0).value().empty());
  CHECK(code_of(made.store->entries(0, 1)) == Errc::not_found);
  CHECK(code_of(made.store->hashes(0, 0, 1)) == Errc::not_found);
  CHECK(code_of(made.store->hashes(1, 0, 1)) == Errc::not_found);
  CHECK(code_of(read_tile(*made.store, "tile/0/000.p/1")) == Errc::not_found);
}

TEST_CASE_TEMPLATE("what is appended is read back, with its hashes", Made, Memory, Sqlite) {
  const Made made;
  Store& store = *made.store;
  const std::uint64_t fence = store.take_lease("test", kNow, 10).value();
  REQUIRE(store.append(batch_of(fence, 0, 3)).has_value());
  REQUIRE(store.append(batch_of(fence, 3, 600)).has_value());
  CHECK(store.head().value() == LedgerHead{603, kNow + 602, fence});
  const auto all = batch_of(fence, 0, 603);
  CHECK(store.entries(0, 603).value() == all.entries);
  CHECK(store.entries(600, 3).value().front() == all.entries[600]);
  CHECK(store.hashes(0, 256, 256).value()[1] == all.entries[257].leaf);
  CHECK(store.hashes(1, 0, 2).value() ==
        std::vector<Digest>{all.tile_roots[0].hash, all.tile_roots[1].hash});
  CHECK(code_of(store.entries(601, 3)) == Errc::not_found);
  CHECK(code_of(store.hashes(1, 2, 1)) == Errc::not_found);
}

TEST_CASE_TEMPLATE("a batch that does not continue the log is refused whole",
                   Made,
                   Memory,
                   Sqlite) {
  const Made made;
  Store& store = *made.store;
  const std::uint64_t fence = store.take_lease("test", kNow, 10).value();
  REQUIRE(store.append(batch_of(fence, 0, 2)).has_value());
  CHECK(code_of(store.append(batch_of(fence, 1, 2))) == Errc::ledger_inconsistent);
  CHECK(code_of(store.append(batch_of(fence, 3, 2))) == Errc::ledger_inconsistent);
  CHECK(store.head().value().size == 2);
  CHECK(code_of(store.entries(0, 3)) == Errc::not_found);
}

TEST_CASE_TEMPLATE("one at a time may append", Made, Memory, Sqlite) {
  const Made made;
  Store& store = *made.store;
  CHECK(code_of(store.append(batch_of(0, 0, 1))) == Errc::store_busy);
  CHECK(code_of(store.save_checkpoint(0, {0, "note"})) == Errc::store_busy);
  const std::uint64_t first = store.take_lease("first", kNow, 10).value();
  const auto refused = store.take_lease("second", kNow + 9, 10);
  CHECK(code_of(refused) == Errc::store_busy);
  CHECK(refused.error().what.starts_with("first appends to "));
  REQUIRE(store.renew_lease(first, kNow + 9, 10).has_value());
  CHECK(code_of(store.take_lease("second", kNow + 18, 10)) == Errc::store_busy);
  const std::uint64_t second = store.take_lease("second", kNow + 19, 10).value();
  CHECK(second == first + 1);
  CHECK(store.append(batch_of(second, 0, 1)).has_value());
}

TEST_CASE_TEMPLATE("who was overtaken writes nothing to the log", Made, Memory, Sqlite) {
  const Made made;
  Store& store = *made.store;
  const std::uint64_t first = store.take_lease("first", kNow, 10).value();
  REQUIRE(store.append(batch_of(first, 0, 2)).has_value());
  const std::uint64_t second = store.take_lease("second", kNow + 10, 10).value();
  CHECK(code_of(store.append(batch_of(first, 2, 1))) == Errc::store_busy);
  CHECK(code_of(store.save_checkpoint(first, {2, "note"})) == Errc::store_busy);
  CHECK(code_of(store.renew_lease(first, kNow + 11, 10)) == Errc::store_busy);
  CHECK(code_of(store.give_lease(first)) == Errc::store_busy);
  CHECK(store.head().value() == LedgerHead{2, kNow + 1, second});
}

TEST_CASE_TEMPLATE("a lease that was given back can be taken at once", Made, Memory, Sqlite) {
  const Made made;
  Store& store = *made.store;
  const std::uint64_t first = store.take_lease("first", kNow, 10).value();
  REQUIRE(store.give_lease(first).has_value());
  CHECK(code_of(store.append(batch_of(first, 0, 1))) == Errc::store_busy);
  CHECK(store.take_lease("second", kNow, 10).value() == first + 1);
}

TEST_CASE_TEMPLATE("the newest checkpoint grows with the log and never runs ahead of it",
                   Made,
                   Memory,
                   Sqlite) {
  const Made made;
  Store& store = *made.store;
  const std::uint64_t fence = store.take_lease("test", kNow, 10).value();
  REQUIRE(store.append(batch_of(fence, 0, 5)).has_value());
  REQUIRE(store.save_checkpoint(fence, {0, "empty"}).has_value());
  REQUIRE(store.save_checkpoint(fence, {4, "four"}).has_value());
  CHECK(store.newest_checkpoint().value() == SavedCheckpoint{4, "four"});
  CHECK(code_of(store.save_checkpoint(fence, {3, "three"})) == Errc::ledger_inconsistent);
  CHECK(code_of(store.save_checkpoint(fence, {6, "six"})) == Errc::ledger_inconsistent);
  REQUIRE(store.save_checkpoint(fence, {4, "four again"}).has_value());
  CHECK(store.newest_checkpoint().value() == SavedCheckpoint{4, "four again"});
}

TEST_CASE_TEMPLATE("the first record of a statement stays", Made, Memory, Sqlite) {
  const Made made;
  Store& store = *made.store;
  const Digest object = digest_of("change");
  SignedRecord one{digest_of("statement 1"), object, "record 1"};
  const SignedRecord two{digest_of("statement 2"), object, "record 2"};
  const SignedRecord other{digest_of("statement 3"), digest_of("other"), ""};
  CHECK(code_of(store.record(one.statement)) == Errc::not_found);
  for (const SignedRecord& record : {one, two, other, one}) {
    REQUIRE(store.put_record(record).has_value());
  }
  SignedRecord again = one;
  again.bytes = "another signature over the same statement";
  REQUIRE(store.put_record(again).has_value());
  CHECK(store.record(one.statement).value() == one);
  CHECK(store.record(other.statement).value() == other);
  const auto about = store.records_about(object).value();
  REQUIRE(about.size() == 2);
  CHECK(about[0].statement < about[1].statement);
  CHECK(store.records_about(digest_of("nothing")).value().empty());
}

TEST_CASE_TEMPLATE("documents are found by digest, and by type and version", Made, Memory, Sqlite) {
  const Made made;
  Store& store = *made.store;
  const StoredDocument roster{"roster", 2, "{\"a\":1}"};
  const StoredDocument twin{"roster", 2, "{\"a\":2}"};
  const StoredDocument policy{"policy", 2, "{\"a\":3}"};
  for (const StoredDocument& document : {roster, twin, policy, roster}) {
    CHECK(store.put_document(document).value() == sha256(document.bytes));
  }
  CHECK(store.document(sha256(roster.bytes)).value() == roster);
  CHECK(code_of(store.document(digest_of("nothing"))) == Errc::not_found);
  CHECK(store.documents("roster", 2).value().size() == 2);
  CHECK(store.documents("policy", 2).value() == std::vector<StoredDocument>{policy});
  CHECK(store.documents("policy", 1).value().empty());
  CHECK(store.next_version("policy", 0).value() == 2);
  CHECK(store.next_version("policy", 2).value() == std::nullopt);
  CHECK(store.next_version("assignment", 0).value() == std::nullopt);
  const StoredDocument large{"roster", 1, Bytes(limits::kObjectMax + 1, 'x')};
  CHECK(code_of(store.put_document(large)) == Errc::too_large);
}

TEST_CASE_TEMPLATE("an entry and what it names are committed together", Made, Memory, Sqlite) {
  const Made made;
  Store& store = *made.store;
  const std::uint64_t fence = store.take_lease("test", kNow, 10).value();
  const StoredDocument document{"change", 0, "{\"c\":1}"};
  AppendBatch batch = batch_of(fence, 0, 1);
  batch.records.push_back({digest_of("statement"), digest_of("change"), "record"});
  batch.documents.push_back(document);
  AppendBatch torn = batch;
  torn.first = 1;
  CHECK_FALSE(store.append(torn).has_value());
  CHECK(code_of(store.record(digest_of("statement"))) == Errc::not_found);
  REQUIRE(store.append(batch).has_value());
  CHECK(store.record(digest_of("statement")).value().bytes == "record");
  CHECK(store.document(sha256(document.bytes)).value() == document);
}

TEST_CASE_TEMPLATE("blobs are kept in chunks and can be erased", Made, Memory, Sqlite) {
  const Made made;
  Store& store = *made.store;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kBlobChunk, kBlobChunk + 1, 3 * kBlobChunk - 1}) {
    const Bytes bytes(size, 'b');
    const Digest digest = store.put_blob(bytes).value();
    CHECK(digest == sha256(bytes));
    CHECK(store.put_blob(bytes).value() == digest);
    CHECK(store.blob_size(digest).value() == size);
    CHECK(read_blob(store, digest).value() == bytes);
    const std::uint64_t chunks = (size + kBlobChunk - 1) / kBlobChunk;
    CHECK(code_of(store.blob_chunk(digest, chunks)) == Errc::not_found);
    REQUIRE(store.erase_blob(digest).has_value());
    REQUIRE(store.erase_blob(digest).has_value());
    CHECK(code_of(store.blob_size(digest)) == Errc::not_found);
    CHECK(code_of(store.blob_chunk(digest, 0)) == Errc::not_found);
    CHECK(code_of(read_blob(store, digest)) == Errc::not_found);
  }
  CHECK(code_of(store.put_blob(Bytes(limits::kBlobMax + 1, 'x'))) == Errc::too_large);
}

TEST_CASE_TEMPLATE("tiles and bundles are served by their path", Made, Memory, Sqlite) {
  const Made made;
  Store& store = *made.store;
  const std::uint64_t fence = store.take_lease("test", kNow, 10).value();
  const AppendBatch batch = batch_of(fence, 0, 300);
  REQUIRE(store.append(batch).has_value());
  const auto full = decode_tile(read_tile(store, "tile/0/000").value(), 256).value();
  CHECK(full[255] == batch.entries[255].leaf);
  const auto part = decode_tile(read_tile(store, "tile/0/001.p/44").value(), 44).value();
  CHECK(part[43] == batch.entries[299].leaf);
  const auto above = decode_tile(read_tile(store, "tile/1/000.p/1").value(), 1).value();
  CHECK(above[0] == batch.tile_roots[0].hash);
  const Bytes bundle = read_tile(store, "tile/entries/001.p/3").value();
  CHECK(decode_bundle(bundle, 3).value()[2] == batch.entries[258].bytes);
  for (const char* path : {"tile/0/001", "tile/0/001.p/45", "tile/1/000.p/2", "tile/2/000.p/1"}) {
    CHECK(code_of(read_tile(store, path)) == Errc::not_found);
  }
  CHECK(code_of(read_tile(store, "tile/0/0")) == Errc::bad_tile);
  std::vector<Digest> leaves;
  leaves.reserve(batch.entries.size());
  for (const StoredEntry& entry : batch.entries) {
    leaves.push_back(entry.leaf);
  }
  const auto path = inclusion_proof(nodes_of_store(store, 300), 7, 300).value();
  CHECK(verify_inclusion(leaves[7], 7, 300, path, root_of(leaves)).has_value());
}

TEST_CASE_TEMPLATE("readers see whole batches while another thread appends", Made, Memory, Sqlite) {
  const Made made;
  Store& store = *made.store;
  const std::uint64_t fence = store.take_lease("test", kNow, 10).value();
  std::jthread writer([&] {
    for (std::uint64_t first = 0; first < 200; first += 10) {
      if (!store.append(batch_of(fence, first, 10)) || !store.maintain()) {
        return;
      }
    }
  });
  std::uint64_t seen = 0;
  while (seen < 200) {
    const LedgerHead head = store.head().value();
    REQUIRE(head.size >= seen);
    REQUIRE(head.size % 10 == 0);
    REQUIRE(store.entries(seen, head.size - seen).value().size() == head.size - seen);
    seen = head.size;
  }
}
