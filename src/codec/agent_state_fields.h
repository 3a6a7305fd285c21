// Field tables of what a host remembers of changes, for the decision directory and for the journal
// of the agent. docs/formats/decision-directory.md.
#pragma once

#include "codec/tables.h"
#include "model/agent_state.h"

namespace twoseal::codec {

inline constexpr Count kIdentities{0, 100'000};  ///< resources of a scope

template <class V>
void fields(V& v, AppliedChange& x) {
  v("change", x.change);
  v("rolled_back", x.rolled_back);
}

template <class V>
void fields(V& v, UsedChange& x) {
  v("change", x.change);
  v.optional("overridden", x.overridden);
  v.optional("rolled_back", x.rolled_back);
}

template <class V>
void fields(V& v, DayCount& x) {
  v("day", x.day);
  v("n", x.n);
  v("rule", x.rule);
}

template <class V>
void fields(V& v, ScopeState& x) {
  v.nullable("base", x.base);
  v.set("resources", x.resources, kIdentities);
  v("scope", x.scope);
}

}  // namespace twoseal::codec
