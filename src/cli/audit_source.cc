#include "cli/audit_source.h"

#include <memory>

#include "codec/objects.h"
#include "workflow/recording.h"

namespace twoseal::cli {
namespace {

Result<Bytes> object_bytes(const Store& store, const Digest& digest) {
  auto document = store.document(digest);
  if (document) {
    return std::move(document->bytes);
  }
  return document.error().code == Errc::not_found
             ? read_blob(store, digest)
             : Result<Bytes>(std::unexpected(std::move(document).error()));
}

// Reads entries in runs, since the audit asks for one after the other; now and then it looks back.
class EntryReader {
 public:
  EntryReader(const Store& store, std::uint64_t size) : store_(store), size_(size) {}

  Result<Bytes> operator()(std::uint64_t index) {
    if (index < first_ && index != 0) {
      TWOSEAL_TRY(const auto earlier, store_.entries(index, 1));
      return earlier.front().bytes;
    }
    if (index < first_ || index >= first_ + run_.size()) {
      TWOSEAL_TRY(run_, run_from(index));
      first_ = index;
    }
    return run_[index - first_].bytes;
  }

 private:
  static constexpr std::uint64_t kRunMax = 256;

  // As many as can be read at once, so that one that cannot is asked for alone, and named.
  Result<std::vector<StoredEntry>> run_from(std::uint64_t index) {
    for (;;) {
      const std::uint64_t count = std::min(length_, size_ - index);
      auto run = store_.entries(index, count);
      if (run) {
        length_ = std::min(2 * length_, kRunMax);
      } else if (count > 1) {
        length_ = count / 2;
        continue;
      }
      return run;
    }
  }

  const Store& store_;
  std::uint64_t size_;
  std::uint64_t length_ = kRunMax;
  std::uint64_t first_ = 0;
  std::vector<StoredEntry> run_;
};

// The identity key of each host, an SSH wire blob, out of any of its assignments.
Result<std::map<HostId, Bytes>> host_keys(const Store& store) {
  std::map<HostId, Bytes> keys;
  TWOSEAL_TRY(auto version, store.next_version("assignment", 0));
  while (version) {
    TWOSEAL_TRY(const auto assignments, store.documents("assignment", *version));
    for (const StoredDocument& document : assignments) {
      if (auto assignment = codec::decode<Assignment>(document.bytes)) {
        keys.emplace(assignment->host, std::move(assignment->keys.id));
      }
    }
    TWOSEAL_TRY(version, store.next_version("assignment", *version));
  }
  return keys;
}

}  // namespace

Result<StoreSource> audit_source(const Store& store, std::uint64_t size) {
  // std::function copies what it holds.
  const auto entries = std::make_shared<EntryReader>(store, size);
  TWOSEAL_TRY(auto keys, host_keys(store));
  const auto hosts = std::make_shared<const decltype(keys)>(std::move(keys));
  TWOSEAL_TRY(BatchLists lists, batch_lists(store));
  const auto members = std::make_shared<const decltype(lists.members)>(std::move(lists.members));
  AuditSource source;
  source.size = size;
  source.entry = [entries](std::uint64_t index) { return (*entries)(index); };
  source.record = [&store](const Digest& digest) -> Result<Bytes> {
    TWOSEAL_TRY(SignedRecord record, store.record(digest));
    return std::move(record.bytes);
  };
  source.object = [&store](const Digest& digest) { return object_bytes(store, digest); };
  source.host_key = [hosts](const HostId& host) -> Result<Bytes> {
    const auto found = hosts->find(host);
    return found != hosts->end()
               ? Result<Bytes>(found->second)
               : fail(Errc::not_found, "the store has no assignment of " + host.text());
  };
  source.members = [members](const Digest& root) -> Result<std::vector<Digest>> {
    const auto found = members->find(root);
    return found != members->end() ? Result<std::vector<Digest>>(found->second)
                                   : fail(Errc::not_found, "there is no list of this batch");
  };
  return StoreSource{std::move(source), std::move(lists.unreadable)};
}

}  // namespace twoseal::cli
