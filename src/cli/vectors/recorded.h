// A sealed World as an audit reads it; tests alter the parts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "cli/vectors/world.h"

namespace twoseal::vectors {

struct Recorded {
  /// Seals `world`.
  explicit Recorded(World& world);

  [[nodiscard]] AuditReport run() const;

  /// What an audit reads of it; valid as long as it lives.
  [[nodiscard]] AuditSource source() const;

  Files files;
  std::vector<Bytes> entries;
  Digest org;
  std::map<Digest, Bytes> records;  ///< by the statement's digest
  std::map<Digest, Bytes> objects;
  std::map<Digest, std::vector<Digest>> members;  ///< of each batch of assignments, by its root
  Bytes checkpoint;
};

/// The problems of `report`, a line each.
[[nodiscard]] std::string text_of(const AuditReport& report);

}  // namespace twoseal::vectors
