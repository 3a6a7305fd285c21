#include "storage/ledger_writer.h"

#include <algorithm>
#include <utility>

#include "codec/objects.h"

namespace twoseal {
namespace {

std::unexpected<Error> inconsistent(std::string what, std::uint64_t index) {
  return fail(Errc::ledger_inconsistent, std::move(what), "entry " + std::to_string(index));
}

std::unexpected<Error> other_root(const Checkpoint& checkpoint) {
  return fail(Errc::ledger_inconsistent,
              "the first " + std::to_string(checkpoint.size) +
                  " entries do not have the root of the newest checkpoint");
}

// Appends `leaf` to `tree`; `full_tile` hears of the roots of full tiles.
template <class FullTile>
void append_leaf(CompactTree& tree, const Digest& leaf, FullTile&& full_tile) {
  tree.append(leaf, [&](unsigned level, std::uint64_t index, const Digest& hash) {
    if (level % kTileHeight == 0) {
      full_tile(TileRoot{level / kTileHeight, index, hash});
    }
  });
}

// The bytes of an entry at its place; refused when no reader would accept them.
Result<Bytes> render(const EntryDraft& draft, std::uint64_t seq, UnixSeconds at) {
  LedgerEntry entry = draft.entry;
  entry.at = at;
  entry.seq = static_cast<std::int64_t>(seq);
  Bytes bytes = codec::encode(entry);
  TWOSEAL_TRY_VOID(codec::decode<LedgerEntry>(bytes, limits::kEntryMax));
  return bytes;
}

// Names the first of `count` entries that the store lacks, although its head counts it.
Result<void> check_first_missing(const Store& store, std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t index = first; index < first + count; ++index) {
    if (const auto entry = store.entries(index, 1);
        !entry && entry.error().code == Errc::not_found) {
      return inconsistent("the entry is not in the store", index);
    }
  }
  return {};
}

// Compares what the head says about the newest entry with that entry.
Result<void> check_last_at(const LedgerHead& head, UnixSeconds last_at) {
  if (head.last_at == last_at) {
    return {};
  }
  return fail(Errc::ledger_inconsistent,
              "the head of the log says that its newest entry is of " +
                  std::to_string(head.last_at) + ", the entry says " + std::to_string(last_at));
}

// The time of the newest entry, out of its bytes; 0 for an empty log.
Result<UnixSeconds> newest_at(const Store& store, std::uint64_t size) {
  if (size == 0) {
    return 0;
  }
  TWOSEAL_TRY_VOID(check_first_missing(store, size - 1, 1));
  TWOSEAL_TRY(const auto entries, store.entries(size - 1, 1));
  const auto entry = codec::decode<LedgerEntry>(entries.front().bytes, limits::kEntryMax);
  return entry ? Result<UnixSeconds>(entry->at)
               : inconsistent("not an entry: " + entry.error().what, size - 1);
}

// Compares one page of entries with what the log says about them and adds it to `tree`.
Result<void> check_page(const Store& store,
                        std::span<const StoredEntry> page,
                        CompactTree& tree,
                        UnixSeconds& last_at) {
  for (const StoredEntry& stored : page) {
    const std::uint64_t index = tree.size();
    const auto entry = codec::decode<LedgerEntry>(stored.bytes, limits::kEntryMax);
    if (!entry) {
      return inconsistent("not an entry: " + entry.error().what, index);
    }
    if (std::cmp_not_equal(entry->seq, index) || entry->at != stored.at) {
      return inconsistent("the entry says that it is another one", index);
    }
    if (entry->at < last_at) {
      return inconsistent("the entry is older than the one before it", index);
    }
    last_at = entry->at;
    if (leaf_hash(stored.bytes) != stored.leaf) {
      return inconsistent("the entry has another leaf hash", index);
    }
    std::vector<TileRoot> roots;
    append_leaf(tree, stored.leaf, [&](const TileRoot& root) { roots.push_back(root); });
    for (const TileRoot& root : roots) {
      const auto kept = store.hashes(root.level, root.index, 1);
      if (!kept || kept->front() != root.hash) {
        return inconsistent("the tile that ends here has another root", index);
      }
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<LedgerWriter>> LedgerWriter::open(Store& store,
                                                         Clock& clock,
                                                         LogKey key,
                                                         Options options) {
  std::unique_ptr<LedgerWriter> writer(
      new LedgerWriter(store, clock, std::move(key), std::move(options)));
  TWOSEAL_TRY_VOID(writer->load());
  return writer;
}

LedgerWriter::~LedgerWriter() {
  if (fence_ != 0) {
    // When it fails, the lease runs out by itself.
    [[maybe_unused]] const auto ignored = store_.give_lease(fence_);
  }
}

Result<void> LedgerWriter::load() {
  leased_at_ = clock_.now();
  TWOSEAL_TRY(fence_, store_.take_lease(options_.holder, leased_at_, options_.lease_seconds));
  TWOSEAL_TRY(const LedgerHead head, store_.head());
  TWOSEAL_TRY(last_at_, newest_at(store_, head.size));
  TWOSEAL_TRY_VOID(check_last_at(head, last_at_));
  TWOSEAL_TRY(tree_, CompactTree::load(nodes_of_store(store_, head.size), head.size));
  TWOSEAL_TRY(const auto saved, store_.newest_checkpoint());
  if (!saved) {
    return {};
  }
  std::vector<NoteKey> keys = key_.former;
  keys.push_back(key_.key);
  TWOSEAL_TRY(const Checkpoint checkpoint, open_checkpoint(saved->note, key_.key.name(), keys));
  if (checkpoint.size != saved->size || checkpoint.size > head.size) {
    return fail(Errc::ledger_inconsistent,
                "the newest checkpoint is of " + std::to_string(checkpoint.size) +
                    " entries, the log has " + std::to_string(head.size));
  }
  TWOSEAL_TRY(const CompactTree then,
              CompactTree::load(nodes_of_store(store_, checkpoint.size), checkpoint.size));
  if (then.root() != checkpoint.root) {
    return other_root(checkpoint);
  }
  signed_size_ = checkpoint.size;
  return {};
}

std::vector<Result<Appended>> LedgerWriter::append(std::span<const EntryDraft> drafts) {
  AppendBatch batch{.fence = fence_, .first = tree_.size()};
  CompactTree tree = tree_;
  const UnixSeconds at = std::max(clock_.now(), last_at_);
  std::vector<Result<Appended>> answers;
  for (const EntryDraft& draft : drafts) {
    auto bytes = render(draft, tree.size(), at);
    if (!bytes) {
      answers.emplace_back(std::unexpected(std::move(bytes).error()));
      continue;
    }
    answers.emplace_back(Appended{tree.size(), at});
    const Digest leaf = leaf_hash(*bytes);
    append_leaf(tree, leaf, [&](const TileRoot& root) { batch.tile_roots.push_back(root); });
    batch.entries.push_back({at, leaf, *std::move(bytes)});
    batch.records.insert(batch.records.end(), draft.records.begin(), draft.records.end());
    batch.documents.insert(batch.documents.end(), draft.documents.begin(), draft.documents.end());
  }
  if (batch.entries.empty()) {
    return answers;
  }
  if (const auto committed = store_.append(batch); !committed) {
    for (Result<Appended>& answer : answers) {
      if (answer) {
        answer = std::unexpected(committed.error());
      }
    }
    return answers;
  }
  tree_ = tree;
  last_at_ = at;
  return answers;
}

Result<Appended> LedgerWriter::append(const EntryDraft& draft) {
  return append(std::span(&draft, 1)).front();
}

bool LedgerWriter::unsigned_entries() const {
  return signed_size_ != tree_.size();
}

Result<void> LedgerWriter::sign_checkpoint() {
  if (!unsigned_entries()) {
    return {};
  }
  const Checkpoint checkpoint{key_.key.name(), tree_.size(), tree_.root()};
  TWOSEAL_TRY(Bytes note, twoseal::sign_checkpoint(checkpoint, key_.key, key_.sign));
  TWOSEAL_TRY_VOID(store_.save_checkpoint(fence_, {checkpoint.size, std::move(note)}));
  signed_size_ = checkpoint.size;
  return {};
}

Result<void> LedgerWriter::maintain() {
  const UnixSeconds now = clock_.now();
  if (now - leased_at_ >= options_.lease_seconds / 3) {
    TWOSEAL_TRY_VOID(store_.renew_lease(fence_, now, options_.lease_seconds));
    leased_at_ = now;
  }
  return store_.maintain();
}

Result<LedgerReport> check_ledger(const Store& store,
                                  std::string_view origin,
                                  std::span<const NoteKey> keys) {
  LedgerReport report;
  TWOSEAL_TRY(const auto saved, store.newest_checkpoint());
  if (saved) {
    TWOSEAL_TRY(report.checkpoint, open_checkpoint(saved->note, origin, keys));
  }
  TWOSEAL_TRY(const LedgerHead head, store.head());
  const std::uint64_t signed_size = report.checkpoint ? report.checkpoint->size : head.size;
  if (signed_size > head.size || (saved && saved->size != signed_size)) {
    return fail(Errc::ledger_inconsistent,
                "the newest checkpoint is of " + std::to_string(signed_size) +
                    " entries, the log has " + std::to_string(head.size));
  }
  CompactTree tree;
  UnixSeconds last_at = 0;
  for (;;) {
    if (tree.size() == signed_size && report.checkpoint && tree.root() != report.checkpoint->root) {
      return other_root(*report.checkpoint);
    }
    if (tree.size() == head.size) {
      break;
    }
    const std::uint64_t end = tree.size() < signed_size ? signed_size : head.size;
    const std::uint64_t count = std::min<std::uint64_t>(end - tree.size(), kTileWidth);
    const auto page = store.entries(tree.size(), count);
    if (!page && page.error().code == Errc::not_found) {
      TWOSEAL_TRY_VOID(check_first_missing(store, tree.size(), count));
    }
    TWOSEAL_TRY(const std::vector<StoredEntry> entries, page);
    TWOSEAL_TRY_VOID(check_page(store, entries, tree, last_at));
  }
  TWOSEAL_TRY_VOID(check_last_at(head, last_at));
  report.size = tree.size();
  report.root = tree.root();
  return report;
}

}  // namespace twoseal
