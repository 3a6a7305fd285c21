// Between rows of SQLite and values: numbers, digests, names.
#pragma once

#include "base/id.h"
#include "storage/sqlite/connection.h"

namespace twoseal::sqlite {

[[nodiscard]] inline std::int64_t to_signed(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

[[nodiscard]] inline std::uint64_t to_unsigned(std::int64_t number) {
  return static_cast<std::uint64_t>(number);
}

/// Errc::ledger_inconsistent when the column holds no digest.
[[nodiscard]] inline Result<Digest> digest_at(const Statement& row, int column) {
  const Bytes bytes = row.bytes(column);
  if (bytes.size() != Digest::kSize) {
    return fail(Errc::ledger_inconsistent, "the store has a digest of another length");
  }
  return Digest::from_bytes(bytes);
}

/// Errc::ledger_inconsistent when the column holds no id of this kind.
template <class Tag>
[[nodiscard]] Result<void> read_id(const Statement& row, int column, Id<Tag>& out) {
  auto id = Id<Tag>::parse(row.bytes(column));
  if (!id) {
    return fail(Errc::ledger_inconsistent, "the store has a name that is none");
  }
  out = *std::move(id);
  return {};
}

}  // namespace twoseal::sqlite
