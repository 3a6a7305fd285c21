#include "policy/chain.h"

#include <set>

#include <doctest/doctest.h>

#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

Digest digest_of(std::int64_t version) {
  return sha256("version " + std::to_string(version));
}

// The versions `first` to `last`, each naming the one before.
Versions<Restrictions> versions(std::int64_t first, std::int64_t last) {
  Versions<Restrictions> list;
  for (std::int64_t number = first; number <= last; ++number) {
    Restrictions one;
    one.version = number;
    one.prev = digest_of(number - 1);
    list[number] = {digest_of(number), one};
  }
  return list;
}

constexpr auto kMost = static_cast<std::int64_t>(limits::kChainMax);

}  // namespace

TEST_CASE("a chain continues what is remembered, or the version before it") {
  const VersionRef third{digest_of(3), 3};
  CHECK(walk_chain(versions(1, 5), third) == ChainFault::none);
  CHECK(walk_chain(versions(4, 5), third) == ChainFault::none);
  CHECK(walk_chain(versions(5, 6), third) == ChainFault::broken);
  CHECK(walk_chain(versions(1, 2), third) == ChainFault::older);
  CHECK(walk_chain(versions(1, 5), VersionRef{digest_of(9), 3}) == ChainFault::equivocation);
  CHECK(walk_chain(versions(4, 5), VersionRef{digest_of(9), 3}) == ChainFault::broken);
  CHECK(walk_chain(Versions<Restrictions>(), third) == ChainFault::missing);
}

TEST_CASE("a chain is walked for 256 versions and no further") {
  CHECK(walk_chain(versions(1, kMost), std::nullopt) == ChainFault::none);
  CHECK(walk_chain(versions(1, kMost + 1), std::nullopt) == ChainFault::broken);
  const VersionRef first{digest_of(1), 1};
  CHECK(walk_chain(versions(1, kMost + 1), first) == ChainFault::none);
  CHECK(walk_chain(versions(1, kMost + 2), first) == ChainFault::broken);
}

TEST_CASE("each fault of a chain has words of its own") {
  std::set<std::string_view> texts;
  for (const ChainFault fault : {ChainFault::none,
                                 ChainFault::missing,
                                 ChainFault::older,
                                 ChainFault::broken,
                                 ChainFault::equivocation}) {
    CHECK(texts.insert(text_of(fault)).second);
  }
  CHECK(text_of(ChainFault::missing) == "there is none");
  CHECK(text_of(ChainFault::equivocation).find("another digest") != std::string_view::npos);
}
