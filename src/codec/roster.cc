// Field tables of docs/formats/roster.md.
#include "model/roster.h"

#include "codec/tables.h"

namespace twoseal::codec {
namespace {

constexpr Count kPublicKey{32, 1024};
constexpr std::int64_t kThresholdMax = 64;

}  // namespace

template <class V>
void fields(V& v, RosterKey& x) {
  v.mark("compromised", x.compromised);
  v("id", x.id);
  v("kind", x.kind);
  v.base64("pub", x.pub, kPublicKey);
  v.optional("rp_id", x.rp_id);
  v.optional("until", x.until);
  v.mark("use", "login", x.login_only);
}

template <class V>
void fields(V& v, RoleGrant& x) {
  v("role", x.role);
  v.optional("until", x.until);
}

template <class V>
void fields(V& v, Deputy& x) {
  v("for", x.of);
  v("from", x.from);
  v("to", x.to);
}

template <class V>
void fields(V& v, Person& x) {
  v.optional("deputy", x.deputy);
  v.set("git", x.git, kFew);
  v("id", x.id);
  v.list("keys", x.keys, kFew);
  v.list("roles", x.roles, kFew);
}

template <class V>
void fields(V& v, Service& x) {
  v("id", x.id);
  v.base64("pub", x.pub, kPublicKey);
  v.set("roles", x.roles, kFew);
  v.optional("until", x.until);
}

template <class V>
void fields(V& v, BareKey& x) {
  v("id", x.id);
  v.base64("pub", x.pub, kPublicKey);
}

template <class V>
void fields(V& v, KeyGroup& x) {
  v.list("keys", x.keys, kOneToFew);
  v.integer("threshold", x.threshold, 1, kThresholdMax);
}

template <class V>
void fields(V& v, Component& x) {
  v("id", x.id);
  v.set("owners", x.owners, kFew);
  v.set("owns", x.owns, {0, 4096});
  v("type", x.type);
}

template <class V>
void fields(V& v, LogKeys& x) {
  v.text("origin", x.origin, kLine);
  v.list("vkeys", x.vkeys, {1, 8});
}

template <class V>
void fields(V& v, WebOrigin& x) {
  v.text("origin", x.origin, kLine);
  v.text("rp_id", x.rp_id, kLine);
}

template <class V>
void fields(V& v, Roster& x) {
  v.list("components", x.components, {0, 4096});
  v("demo", x.demo);
  v("expires", x.expires);
  v("issued", x.issued);
  v("log", x.log);
  v.optional("names", x.names);
  v.base64("nonce", x.nonce, kNonce);
  v.digest_or_empty("org", x.org);
  v.list("origins", x.origins, {0, 16});
  v.list("people", x.people, {1, limits::kPeopleMax});
  v.integer("policy_threshold", x.policy_threshold, 1, kThresholdMax);
  v.optional("prev", x.prev);
  v("root", x.root);
  v.set("server_spki", x.server_spki, {2, 8});
  v.list("services", x.services, {0, 1024});
  v("timekeepers", x.timekeepers);
  v.constant("type", "roster");
  v.constant("v", 1);
  v.integer("version", x.version, 1, kTimeMax);
  v.integer("witness_min", x.witness_min, 0, kThresholdMax);
  v.list("witnesses", x.witnesses, kFew);
}

TWOSEAL_CODEC(Roster, "roster");

}  // namespace twoseal::codec
