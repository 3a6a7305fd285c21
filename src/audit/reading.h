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

}  // namespace twoseal
