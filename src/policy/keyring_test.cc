#include "policy/keyring.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "crypto/private_key.h"
#include "crypto/software_authenticator.h"
#include "ledger/note.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr std::string_view kOrigin = "example.org/twoseal/log1";

PrivateKey private_key(std::string_view seed) {
  return PrivateKey::from_seed(sha256(seed).view());
}

PublicKey key_of(std::string_view seed) {
  return private_key(seed).public_key();
}

BareKey bare(const PublicKey& key) {
  return {key.id(), key.encoded()};
}

ActorId actor(std::string_view text) {
  return ActorId::parse(text).value();
}

RoleId role(std::string_view text) {
  return RoleId::parse(text).value();
}

// One person, one service, one key each for root, time and log.
Roster sample() {
  Roster roster;
  roster.log = {std::string(kOrigin),
                {NoteKey::make(kOrigin, key_of("log").point()).value().text()}};
  roster.root = {{bare(key_of("root"))}, 1};
  roster.services = {
      {actor("s:ci"), key_of("ci").encoded(), {role("ci")}, std::nullopt},
  };
  roster.timekeepers = {{bare(key_of("time"))}, 1};
  roster.version = 1;
  RosterKey key;
  key.id = key_of("ann").id();
  key.pub = key_of("ann").encoded();
  Person ann;
  ann.id = actor("p:ann");
  ann.keys = {key};
  ann.roles = {{role("executor"), 7}};
  roster.people = {ann};
  return roster;
}

std::string why_not(const Roster& roster) {
  const auto ring = Keyring::build(roster);
  return ring ? "" : ring.error().what;
}

}  // namespace

TEST_CASE("a key is found under its owner and under nobody else") {
  const Roster roster = sample();
  const Keyring ring = Keyring::build(roster).value();
  CHECK(ring.find(actor("p:ann"), key_of("ann").id()) != nullptr);
  CHECK(ring.find(actor("s:ci"), key_of("ann").id()) == nullptr);
  CHECK(ring.find(actor("p:ann"), key_of("nobody").id()) == nullptr);
}

TEST_CASE("a service stands once, with a key that is a key and nobody else's") {
  Roster roster = sample();
  roster.services.push_back(roster.services[0]);
  roster.services[1].pub = key_of("ci-2").encoded();
  CHECK(why_not(roster) == "'s:ci' is not the id of a service, or stands twice");
  roster.services[1].id = actor("s:cd");
  CHECK(why_not(roster).empty());
  roster.services[1].pub = key_of("ann").encoded();
  CHECK(why_not(roster).starts_with("s:cd: key "));
  CHECK(why_not(roster).ends_with("stands twice, perhaps in another form"));
  roster.services[1].pub = "no key";
  CHECK(why_not(roster).starts_with("s:cd: "));
}

TEST_CASE("a root key is an SSH key, and can be a security key") {
  Roster roster = sample();
  const PublicKey sk = security_key_public(private_key("root"), "ssh:twoseal").value();
  roster.root.keys = {bare(sk)};
  const Keyring ring = Keyring::build(roster).value();
  const ActorId by = actor("root:" + sk.id().text());
  REQUIRE(ring.find(by, sk.id()) != nullptr);
  CHECK(ring.find(by, sk.id())->kind == KeyKind::sk);
  roster.root.keys[0].pub = "no key";
  CHECK(why_not(roster).starts_with("root: key " + sk.id().text() + ": "));
}

TEST_CASE("the origin of a relying party is found by its name") {
  Roster roster = sample();
  roster.origins = {{"https://a", "a"}, {"https://b", "b"}};
  const Keyring ring = Keyring::build(roster).value();
  REQUIRE(ring.origin("b") != nullptr);
  CHECK(*ring.origin("b") == "https://b");
  CHECK(ring.origin("c") == nullptr);
}

TEST_CASE("people hold roles until they end, and who is not in the roster holds none") {
  const Roster roster = sample();
  const Keyring ring = Keyring::build(roster).value();
  CHECK(ring.holds(actor("p:ann"), role("executor"), {0, 0, 6}));
  CHECK_FALSE(ring.holds(actor("p:ann"), role("executor"), {0, 0, 7}));
  CHECK(ring.holds(actor("s:ci"), role("ci"), {0, 0, 7}));
  CHECK_FALSE(ring.holds(actor("s:ci"), role("executor"), {0, 0, 0}));
  CHECK_FALSE(ring.holds(actor("p:zoe"), role("executor"), {0, 0, 0}));
}

TEST_CASE("only a file and a security key of twoseal show what they sign") {
  CHECK(display_of(KeyKind::local_file, "") == Display::local);
  CHECK(display_of(KeyKind::sk, "ssh:twoseal") == Display::local);
  CHECK(display_of(KeyKind::sk, "ssh:login") == Display::soft);
  CHECK(display_of(KeyKind::ssh, "ssh:twoseal") == Display::soft);
  CHECK(display_of(KeyKind::passkey, "") == Display::portal);
}
