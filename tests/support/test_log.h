// For tests and benches: a log with a published key, and entries to put into it.
#pragma once

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/private_key.h"
#include "storage/ledger_writer.h"

namespace twoseal {

inline constexpr std::string_view kTestOrigin = "example.org/twoseal/log1";

/// The key whose seed is SHA-256 of `seed`. The one of ledger/note_test.cc by default.
inline LogKey test_log_key(std::string_view seed = "twoseal test log key") {
  auto key = std::make_shared<PrivateKey>(PrivateKey::from_seed(sha256(seed).view()));
  return {NoteKey::make(kTestOrigin, key->public_key().point()).value(),
          [key](BytesView text) -> Result<Bytes> { return key->sign_raw(text); }};
}

/// A comment about the digest of `text`.
inline EntryDraft test_draft(std::string_view text) {
  LedgerEntry entry;
  entry.by = ActorId::parse("p:amara").value();
  entry.ev = Event::comment;
  entry.obj = sha256(text);
  entry.org = sha256("org");
  return {entry};
}

}  // namespace twoseal
