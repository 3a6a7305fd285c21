#include "workflow/log.h"

#include <memory>

#include "ledger/merkle.h"

namespace twoseal {

Result<LogKey> log_key(PrivateKey key, const std::string& origin) {
  if (!key.public_key().is_ed25519()) {
    return fail(Errc::bad_key, "a log key is an Ed25519 key");
  }
  TWOSEAL_TRY(NoteKey note_key, NoteKey::make(origin, key.public_key().point()));
  // std::function copies, private keys do not.
  const auto shared = std::make_shared<PrivateKey>(std::move(key));
  return LogKey{std::move(note_key),
                [shared](BytesView text) -> Result<Bytes> { return shared->sign_raw(text); }};
}

Result<Bytes> newest_note(const Store& store) {
  TWOSEAL_TRY(auto saved, store.newest_checkpoint());
  if (!saved) {
    return fail(Errc::not_found, "the store has no checkpoint; make one with twoseal ledger init");
  }
  return std::move(saved->note);
}

Result<Digest> root_at(const Store& store, std::uint64_t size) {
  TWOSEAL_TRY(const LedgerHead head, store.head());
  if (size > head.size) {
    return fail(Errc::bad_proof, "the log has only " + std::to_string(head.size) + " entries");
  }
  TWOSEAL_TRY(const CompactTree tree, CompactTree::load(nodes_of_store(store, size), size));
  return tree.root();
}

}  // namespace twoseal
