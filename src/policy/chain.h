// Documents that come in versions, each naming the one before: the walk from what is remembered.
#pragma once

#include <optional>
#include <string>

#include "base/limits.h"
#include "model/fresh.h"
#include "policy/bundle.h"

namespace twoseal {

/// Why a chain cannot be walked.
enum class ChainFault {
  none,
  missing,       ///< there is no version at all
  older,         ///< the newest is older than the remembered one
  broken,        ///< a gap, or a `prev` that is not the digest of the one before
  equivocation,  ///< the remembered version with another digest
};

/// Walks `versions` from the remembered one. With nothing remembered the chain starts at the lowest
/// version present. At most limits::kChainMax versions follow the remembered one.
template <class T>
[[nodiscard]] ChainFault walk_chain(const Versions<T>& versions,
                                    const std::optional<VersionRef>& remembered) {
  if (versions.empty()) {
    return ChainFault::missing;
  }
  std::optional<VersionRef> before;
  if (remembered) {
    if (versions.rbegin()->first < remembered->version) {
      return ChainFault::older;
    }
    const auto held = versions.find(remembered->version);
    if (held != versions.end() && held->second.digest != remembered->digest) {
      return ChainFault::equivocation;
    }
    if (versions.rbegin()->first - remembered->version >
        static_cast<std::int64_t>(limits::kChainMax)) {
      return ChainFault::broken;
    }
    if (versions.begin()->first > remembered->version) {
      before = remembered;
    }
  } else if (versions.size() > limits::kChainMax) {
    return ChainFault::broken;
  }
  for (const auto& [number, named] : versions) {
    if (before && (number != before->version + 1 || named.value.prev != before->digest)) {
      return ChainFault::broken;
    }
    before = VersionRef{named.digest, number};
  }
  return ChainFault::none;
}

/// What a fault means, for messages.
[[nodiscard]] std::string_view text_of(ChainFault fault);

}  // namespace twoseal
