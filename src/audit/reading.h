// What an audit reads through its source, decoded.
#pragma once

#include "audit/audit.h"
#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "policy/bundle.h"

namespace twoseal {

/// The object `digest`. Errors of the source and of the codec.
template <class T>
[[nodiscard]] Result<T> read_object(const AuditSource& source, const Digest& digest) {
  TWOSEAL_TRY(const Bytes bytes, source.object(digest));
  return codec::decode<T>(bytes);
}

/// The signature record of statement `digest` with that statement. Errors of the source and of the
/// codec; Errc::bad_digest when the record is of another statement.
[[nodiscard]] inline Result<SignedStatement> read_statement(const AuditSource& source,
                                                            const Digest& digest) {
  TWOSEAL_TRY(const Bytes bytes, source.record(digest));
  TWOSEAL_TRY(SignatureRecord record, codec::decode<SignatureRecord>(bytes, limits::kRecordMax));
  TWOSEAL_TRY(Statement statement,
              codec::decode<Statement>(record.statement, limits::kStatementMax));
  if (sha256(record.statement) != digest) {
    return fail(Errc::bad_digest, "the record is of another statement");
  }
  return SignedStatement{digest, std::move(statement), std::move(record)};
}

/// An entry with the statement that it records.
struct RecordedStatement {
  Bytes bytes;  ///< of the entry
  LedgerEntry entry;
  SignedStatement source;

  /// Its place in the log.
  [[nodiscard]] std::uint32_t place() const { return static_cast<std::uint32_t>(entry.seq); }
};

/// Entry `index` with its statement. Errors of the source and of the codec; Errc::not_found when
/// nobody signed it.
[[nodiscard]] inline Result<RecordedStatement> read_recorded(const AuditSource& source,
                                                             std::uint64_t index) {
  TWOSEAL_TRY(Bytes bytes, source.entry(index));
  TWOSEAL_TRY(LedgerEntry entry, codec::decode<LedgerEntry>(bytes, limits::kEntryMax));
  if (!entry.stmt) {
    return fail(Errc::not_found, "nobody signed it");
  }
  TWOSEAL_TRY(SignedStatement statement, read_statement(source, *entry.stmt));
  return RecordedStatement{std::move(bytes), std::move(entry), std::move(statement)};
}

}  // namespace twoseal
