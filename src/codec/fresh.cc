// Field tables of docs/formats/fresh.md.
#include "model/fresh.h"

#include "codec/tables.h"

namespace twoseal::codec {

template <class V>
void fields(V& v, Fresh& x) {
  v("assignments_root", x.assignments_root);
  v("at", x.at);
  v("log", x.log);
  v("org", x.org);
  v("policy", x.policy);
  v("restrictions", x.restrictions);
  v("roster", x.roster);
  v("stops", x.stops);
  v.integer("ttl", x.ttl, 1, limits::kTtlMax);
  v.constant("type", "fresh");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, StopList& x) {
  v("at", x.at);
  v.set("list", x.list, {0, 1024});
  v("org", x.org);
  v.constant("type", "stops");
  v.constant("v", 1);
}

template <class V>
void fields(V& v, StopTarget& x) {
  v.optional("change", x.change);
  v.optional("org", x.org);
  v.optional("scope", x.scope);
}

template <class V>
void fields(V& v, Stop& x) {
  v("by", x.by);
  v("effect", x.effect);
  v("from", x.from);
  v("id", x.id);
  v.base64("nonce", x.nonce, kNonce);
  v("org", x.org);
  v("target", x.target);
  v("to", x.to);
  v.constant("type", "stop");
  v.constant("v", 1);
}

namespace {

Result<void> check_stop(const Stop& x) {
  const int targets = static_cast<int>(x.target.change.has_value()) +
                      static_cast<int>(x.target.org.has_value()) +
                      static_cast<int>(x.target.scope.has_value());
  if (targets != 1) {
    return fail_field("stop.target: names exactly one of change, org, scope");
  }
  if (x.to < x.from || x.to - x.from > limits::kStopMax) {
    return fail_field("stop.to: lies between from and from + 30 days");
  }
  return {};
}

}  // namespace

TWOSEAL_CODEC(Fresh, "fresh");
TWOSEAL_CODEC(StopList, "stops");
TWOSEAL_CODEC_CHECKED(Stop, "stop", check_stop);

}  // namespace twoseal::codec
