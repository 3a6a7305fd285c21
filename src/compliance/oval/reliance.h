// What relies on what in a document: how far that goes, and which values from outside a definition
// needs. Walks with a list of its own, so that no document makes it go deep.
#pragma once

#include <cstddef>
#include <vector>

#include "compliance/oval/definitions.h"

namespace twoseal::scap {

/// Things of a document that rely on each other one after the other, at most; each counts as many
/// times as its own parts are nested. An evaluation goes one step deeper for each.
inline constexpr std::size_t kChainMax = 512;

/// The greatest count of such things in a row. All things of a circle count as being in a row.
/// The references of the document must be sound.
[[nodiscard]] std::size_t longest_chain(const OvalDocument& document);

/// Who needs which external variable.
class Reliance {
 public:
  /// The document must outlive it, and its references must be sound.
  explicit Reliance(const OvalDocument& document);

  /// External variables that the definition relies on, by their indices.
  [[nodiscard]] std::vector<Index> externals_of(Index definition);

 private:
  const OvalDocument& document_;
  std::vector<std::vector<Index>> relies_on_;  // by number, see reliance.cc
  std::vector<std::size_t> seen_;              // in which question
  std::size_t question_ = 0;
};

}  // namespace twoseal::scap
