#include "storage/memory/memory_store.h"

#include <algorithm>
#include <map>

#include "base/mutex.h"
#include "crypto/hash.h"

namespace twoseal {
namespace {

template <class T>
Result<std::vector<T>> slice(const std::vector<T>& all, std::uint64_t first, std::uint64_t count) {
  if (first > all.size() || count > all.size() - first) {
    return fail(Errc::not_found, "the log has only " + std::to_string(all.size()) + " of these");
  }
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
  return std::vector<T>(begin, begin + static_cast<std::ptrdiff_t>(count));
}

class MemoryStore final : public Store {
 public:
  Result<std::uint64_t> take_lease(std::string_view holder,
                                   UnixSeconds now,
                                   std::int64_t ttl) override {
    const MutexLock lock(mutex_);
    if (!holder_.empty() && lease_until_ > now) {
      return fail(Errc::store_busy, holder_ + " appends to this store");
    }
    holder_ = holder;
    lease_until_ = now + ttl;
    return ++head_.fence;
  }

  Result<void> renew_lease(std::uint64_t fence, UnixSeconds now, std::int64_t ttl) override {
    const MutexLock lock(mutex_);
    TWOSEAL_TRY_VOID(check_fence(fence));
    lease_until_ = now + ttl;
    return {};
  }

  Result<void> give_lease(std::uint64_t fence) override {
    const MutexLock lock(mutex_);
    TWOSEAL_TRY_VOID(check_fence(fence));
    holder_.clear();
    return {};
  }

  Result<void> append(const AppendBatch& batch) override {
    const MutexLock lock(mutex_);
    TWOSEAL_TRY_VOID(check_fence(batch.fence));
    if (batch.first != head_.size) {
      return fail(Errc::ledger_inconsistent,
                  "the log has " + std::to_string(head_.size) + " entries, not " +
                      std::to_string(batch.first));
    }
    for (const StoredEntry& entry : batch.entries) {
      entries_.push_back(entry);
      hashes_[0].push_back(entry.leaf);
      head_.last_at = entry.at;
    }
    for (const TileRoot& root : batch.tile_roots) {
      hashes_[root.level].push_back(root.hash);
    }
    for (const SignedRecord& record : batch.records) {
      records_.try_emplace(record.statement, record);
    }
    for (const StoredDocument& document : batch.documents) {
      documents_.try_emplace(sha256(document.bytes), document);
    }
    head_.size = entries_.size();
    return {};
  }

  Result<LedgerHead> head() const override {
    const MutexLock lock(mutex_);
    return head_;
  }

  Result<std::vector<StoredEntry>> entries(std::uint64_t first,
                                           std::uint64_t count) const override {
    const MutexLock lock(mutex_);
    return slice(entries_, first, count);
  }

  Result<std::vector<Digest>> hashes(unsigned level,
                                     std::uint64_t first,
                                     std::uint64_t count) const override {
    const MutexLock lock(mutex_);
    return slice(hashes_.at(level), first, count);
  }

  Result<void> save_checkpoint(std::uint64_t fence, const SavedCheckpoint& checkpoint) override {
    const MutexLock lock(mutex_);
    TWOSEAL_TRY_VOID(check_fence(fence));
    if (checkpoint.size > head_.size || (checkpoint_ && checkpoint.size < checkpoint_->size)) {
      return fail(Errc::ledger_inconsistent,
                  "a checkpoint of " + std::to_string(checkpoint.size) +
                      " entries is not between the newest one and the log");
    }
    checkpoint_ = checkpoint;
    return {};
  }

  Result<std::optional<SavedCheckpoint>> newest_checkpoint() const override {
    const MutexLock lock(mutex_);
    return checkpoint_;
  }

  Result<void> put_record(const SignedRecord& record) override {
    const MutexLock lock(mutex_);
    records_.try_emplace(record.statement, record);
    return {};
  }

  Result<SignedRecord> record(const Digest& statement) const override {
    const MutexLock lock(mutex_);
    const auto found = records_.find(statement);
    if (found == records_.end()) {
      return fail(Errc::not_found, "no record of the statement " + statement.text());
    }
    return found->second;
  }

  Result<std::vector<SignedRecord>> records_about(const Digest& object) const override {
    const MutexLock lock(mutex_);
    std::vector<SignedRecord> found;
    for (const auto& [statement, record] : records_) {
      if (record.object == object) {
        found.push_back(record);
      }
    }
    return found;
  }

  Result<Digest> put_document(const StoredDocument& document) override {
    if (document.bytes.size() > limits::kObjectMax) {
      return fail(Errc::too_large, "a document of " + std::to_string(document.bytes.size()));
    }
    const MutexLock lock(mutex_);
    return documents_.try_emplace(sha256(document.bytes), document).first->first;
  }

  Result<StoredDocument> document(const Digest& digest) const override {
    const MutexLock lock(mutex_);
    const auto found = documents_.find(digest);
    if (found == documents_.end()) {
      return fail(Errc::not_found, "no document " + digest.text());
    }
    return found->second;
  }

  Result<std::vector<StoredDocument>> documents(std::string_view type,
                                                std::int64_t version) const override {
    const MutexLock lock(mutex_);
    std::vector<StoredDocument> found;
    for (const auto& [digest, document] : documents_) {
      if (document.type == type && document.version == version) {
        found.push_back(document);
      }
    }
    return found;
  }

  Result<std::optional<std::int64_t>> next_version(std::string_view type,
                                                   std::int64_t after) const override {
    const MutexLock lock(mutex_);
    std::optional<std::int64_t> next;
    for (const auto& [digest, document] : documents_) {
      if (document.type == type && document.version > after) {
        next = std::min(next.value_or(document.version), document.version);
      }
    }
    return next;
  }

  Result<Digest> put_blob(BytesView bytes) override {
    if (bytes.size() > limits::kBlobMax) {
      return fail(Errc::too_large, "a blob of " + std::to_string(bytes.size()) + " bytes");
    }
    const MutexLock lock(mutex_);
    return blobs_.try_emplace(sha256(bytes), bytes).first->first;
  }

  Result<std::uint64_t> blob_size(const Digest& digest) const override {
    const MutexLock lock(mutex_);
    const auto found = blobs_.find(digest);
    if (found == blobs_.end()) {
      return fail(Errc::not_found, "no blob " + digest.text());
    }
    return found->second.size();
  }

  Result<Bytes> blob_chunk(const Digest& digest, std::uint64_t index) const override {
    const MutexLock lock(mutex_);
    const auto found = blobs_.find(digest);
    if (found == blobs_.end() || index >= (found->second.size() + kBlobChunk - 1) / kBlobChunk) {
      return fail(Errc::not_found, "no chunk " + std::to_string(index) + " of " + digest.text());
    }
    return found->second.substr(index * kBlobChunk, kBlobChunk);
  }

  Result<void> erase_blob(const Digest& digest) override {
    const MutexLock lock(mutex_);
    blobs_.erase(digest);
    return {};
  }

  Result<void> maintain() override { return {}; }

 private:
  Result<void> check_fence(std::uint64_t fence) const REQUIRES(mutex_) {
    if (fence != head_.fence || holder_.empty()) {
      return fail(Errc::store_busy, "another process appends to this store now");
    }
    return {};
  }

  mutable Mutex mutex_;
  LedgerHead head_ GUARDED_BY(mutex_);
  std::string holder_ GUARDED_BY(mutex_);
  UnixSeconds lease_until_ GUARDED_BY(mutex_) = 0;
  std::vector<StoredEntry> entries_ GUARDED_BY(mutex_);
  std::array<std::vector<Digest>, kTileLevels> hashes_ GUARDED_BY(mutex_);
  std::optional<SavedCheckpoint> checkpoint_ GUARDED_BY(mutex_);
  std::map<Digest, SignedRecord> records_ GUARDED_BY(mutex_);
  std::map<Digest, StoredDocument> documents_ GUARDED_BY(mutex_);
  std::map<Digest, Bytes> blobs_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Store> make_memory_store() {
  return std::make_unique<MemoryStore>();
}

}  // namespace twoseal
