#include "cli/client/let_go.h"

#include <set>

#include "cli/client/client.h"
#include "cli/columns.h"
#include "codec/objects.h"

namespace twoseal::cli {
namespace {

std::set<Digest> bases_in(const Plan& plan) {
  std::set<Digest> bases;
  for (const PlannedClass& one : plan.classes) {
    for (const PlannedHost& host : one.hosts) {
      if (host.base) {
        bases.insert(*host.base);
      }
    }
  }
  return bases;
}

Result<State> state_of(ServerApi& api, const Digest& change) {
  TWOSEAL_TRY(const Bytes object, fetch_object(api, change));
  TWOSEAL_TRY(const Change before, codec::decode<Change>(object));
  if (!before.apply) {
    return State();
  }
  TWOSEAL_TRY(const Bytes state, fetch_object(api, *before.apply));
  return codec::decode<State>(state);
}

}  // namespace

Result<std::vector<std::string>> resources_let_go(ServerApi& api,
                                                  const Plan& plan,
                                                  const State& state) {
  std::set<std::string> before;
  for (const Digest& base : bases_in(plan)) {
    TWOSEAL_TRY(const State held, state_of(api, base));
    for (const Resource& resource : held.resources) {
      before.insert(resource.identity());
    }
  }
  for (const Resource& resource : state.resources) {
    before.erase(resource.identity());
  }
  return std::vector<std::string>(before.begin(), before.end());
}

std::vector<std::string> resources_let_go(ServerApi& api, const KnownChange& known) {
  if (!known.facts().plan || !known.facts().state) {
    return {};
  }
  const auto let_go = resources_let_go(api, *known.facts().plan, *known.facts().state);
  return let_go ? *let_go : std::vector<std::string>{"not known: " + let_go.error().what};
}

std::string let_go_text(const std::vector<std::string>& let_go) {
  std::string text;
  for (const std::string& one : let_go) {
    text +=
        "  let go  " + one_line(one) + "   it stays as it is, and nobody looks after it any more\n";
  }
  return text;
}

}  // namespace twoseal::cli
