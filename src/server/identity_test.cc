// Who may do what: every route with every wrong identity, logins, sessions, repeated requests.
#include <doctest/doctest.h>

#include "model/session.h"
#include "server/contract.h"
#include "tests/support/server_town.h"

using namespace twoseal;          // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::server;  // NOLINT(google-build-using-namespace): likewise
using namespace twoseal::test;    // NOLINT(google-build-using-namespace): likewise

namespace {

// A path that the route takes, with something at each of its braces.
std::string filled(std::string_view path) {
  std::string text(path);
  const auto put = [&](const std::string& name, const std::string& value) {
    if (const std::size_t at = text.find(name); at != std::string::npos) {
      text.replace(at, name.size(), value);
    }
  };
  put("{hex}", std::string(64, 'a'));
  put("{change}", "CHG-1");
  put("{host}", "prod-1");
  put("{id}", "none");
  put("{path}", "0/000.p/1");
  return text;
}

}  // namespace

TEST_CASE("the table of routes is what the contract says, and nothing else") {
  const std::string yaml(embedded_contract());
  CHECK(check_contract(yaml, all_routes()));
  const auto differs = [&](const std::string& from, const std::string& to) {
    std::string altered = yaml;
    const std::size_t at = altered.find(from);
    REQUIRE(at != std::string::npos);
    altered.replace(at, from.size(), to);
    const auto checked = check_contract(altered, all_routes());
    return !checked && checked.error().code == Errc::contract_differs;
  };
  CHECK(differs("  /v1/me:", "  /v1/you:"));
  CHECK(differs("    delete:\n      operationId: revokeSession", "    put:\n      operationId: x"));
  CHECK(differs("x-port: agents", "x-port: people"));
  CHECK(differs("security: []", "security: [{certificate: []}]"));
  CHECK(differs("parameters: [{$ref: \"#/components/parameters/IdempotencyKey\"}]",
                "parameters: []"));
  CHECK(check_contract("a: [", all_routes()).error().code == Errc::bad_yaml);
  CHECK(check_contract("a: 1", all_routes()).error().code == Errc::contract_differs);
}

TEST_CASE("no route but those of the list answers a caller without identity") {
  Town town;
  for (const Route& route : all_routes()) {
    const std::string path = filled(route.path);
    CAPTURE(path);
    const std::string method(route.method);
    if (route.identity == Identity::session) {
      CHECK(code_of(town.call(method, path)) == "401 not_signed_in");
      CHECK(code_of(town.call(method, path, "guess")) == "401 not_signed_in");
      CHECK(code_of(town.call(method, path, std::string(200, 'a'))) == "401 not_signed_in");
    } else if (route.identity == Identity::certificate) {
      CHECK(code_of(town.agent_call(kStranger, method, path)) == "403 host_refused");
    } else {
      const bool open = path == "/v1/checkpoint" || path == "/v1/login" || path == "/v1/join" ||
                        route.port == Port::local;
      CHECK(open);
    }
    // No port answers for another one.
    if (route.port != Port::people) {
      CHECK(code_of(town.call(method, path)) == "404 no_such_route");
    }
    if (route.port != Port::agents) {
      CHECK(code_of(town.agent_call("prod-1", method, path)) == "404 no_such_route");
    }
  }
}

TEST_CASE("every route of agents refuses each wrong certificate") {
  Town town;
  const Peer good = town.peer_of(town.organisation.host("prod-1"));
  Peer other_key = good;
  other_key.certificate->key = sha256("another key");
  Peer unknown = good;
  unknown.certificate->name = "h:" + std::string(32, 'b');
  Peer no_host = good;
  no_host.certificate->name = "p:amara";
  Peer expired = good;
  expired.certificate->not_after = kLiveStart - 1;
  const Peer denied = town.peer_of(town.organisation.host("prod-2"));
  REQUIRE(town.parts->denials.add({DenialKind::host,
                                   town.organisation.host("prod-2").id.text(),
                                   kLiveStart,
                                   ActorId::parse("p:amara").value(),
                                   "lost"}));
  for (const Route& route : all_routes()) {
    if (route.identity != Identity::certificate) {
      continue;
    }
    CAPTURE(route.path);
    for (const Peer& peer : {other_key, unknown, no_host, expired, denied}) {
      CHECK(code_of(town.agent_call(peer, std::string(route.method), filled(route.path))) ==
            "403 host_refused");
    }
    CHECK(code_of(town.agent_call(good, std::string(route.method), filled(route.path))) !=
          "403 host_refused");
  }
}

TEST_CASE("auditors read and change nothing; roles open what is theirs alone") {
  Town town;
  const std::string auditor = town.log_in("omar");
  const std::string author = town.log_in("leo");
  const std::string service = town.log_in("ci");
  REQUIRE(!service.empty());
  for (const Route& route : all_routes()) {
    if (route.identity != Identity::session) {
      continue;
    }
    const std::string path = filled(route.path);
    const std::string method(route.method);
    CAPTURE(path);
    CAPTURE(method);
    const bool reads = route.access == Access::all || route.access == Access::people;
    CHECK((code_of(town.call(method, path, auditor)) == "403 not_allowed") == !reads);
    const bool of_a_role = route.access == Access::token_makers || route.access == Access::deniers;
    CHECK((code_of(town.call(method, path, author)) == "403 not_allowed") == of_a_role);
    const bool of_people = route.access != Access::all && route.access != Access::writers;
    CHECK((code_of(town.call(method, path, service)) == "403 not_allowed") == of_people);
  }
  const UnixSeconds soon = kLiveStart + 600;
  CHECK(town.call("POST", "/v1/join-tokens", town.log_in("dana"), token_body("one", soon)).status ==
        201);
  CHECK(town.call("POST", "/v1/join-tokens", town.log_in("chen"), token_body("two", soon)).status ==
        201);
  const Bytes denial = "{\"host\":\"prod-1\",\"why\":\"stolen\"}";
  CHECK(code_of(town.call("POST", "/v1/denials", town.log_in("dana"), denial)) ==
        "403 not_allowed");
  CHECK(town.call("POST", "/v1/denials", town.log_in("amara"), denial).status == 201);
  CHECK(code_of(town.agent_call("prod-1", "POST", "/v1/contact")) == "403 host_refused");
  CHECK(town.call("DELETE",
                  "/v1/denials/" + town.organisation.host("prod-1").id.text(),
                  town.log_in("amara"))
            .status == 204);
  CHECK(code_of(town.agent_call("prod-1", "POST", "/v1/contact")) != "403 host_refused");
}

TEST_CASE("a login answers a question of this server once, in time, with a key of the roster") {
  Town town;
  const auto ask = [&](const std::string& by) {
    const HttpResponse asked = town.call("POST", "/v1/login", "", "{\"by\":\"" + by + "\"}");
    REQUIRE(asked.status == 200);
    return base64_decode(json_field(asked.body, "session")).value();
  };
  const auto answer = [&](const LiveSigned& login) {
    return town.call(
        "POST", "/v1/login", "", "{\"record\":\"" + base64_encode(login.record) + "\"}");
  };
  const auto sign = [&](const std::string& who, const Bytes& session, Act act = Act::login) {
    return town.organisation.sign(who, act, ObjType::session, sha256(session), town.clock.now());
  };
  const Bytes session = ask("p:leo");
  CHECK(codec::decode<LoginSession>(session)->origin == "https://localhost:8720");
  CHECK(codec::decode<LoginSession>(session)->expires == kLiveStart + kChallengeSeconds);
  const HttpResponse first = answer(sign("leo", session));
  CHECK(first.status == 200);
  CHECK(json_field(first.body, "by") == "p:leo");
  CHECK(code_of(answer(sign("leo", session))) == "401 login_refused");  // used up
  CHECK(code_of(answer(sign("leo", "not ours"))) == "401 login_refused");
  CHECK(code_of(answer(sign("lea", ask("p:leo")))) == "401 login_refused");  // another signer
  CHECK(code_of(answer(sign("ci", ask("p:nobody")))) == "401 login_refused");
  const Bytes late = ask("p:leo");
  town.clock.advance(kChallengeSeconds + 1);
  CHECK(code_of(answer(sign("leo", late))) == "401 login_refused");
  LiveSigned forged = sign("leo", ask("p:leo"));
  forged.record[forged.record.find("LS0tLS1CRUdJTi") != Bytes::npos ? 0 : 20] ^= 1;
  CHECK(answer(forged).status >= 400);
  CHECK(
      code_of(town.call("POST", "/v1/login", "", "{\"by\":\"h:" + std::string(32, 'a') + "\"}")) ==
      "401 login_refused");
  CHECK(code_of(town.call("POST", "/v1/login", "", "{\"by\":\"p:leo\",\"more\":1}")) ==
        "400 bad_field");
  CHECK(code_of(town.call("POST", "/v1/login", "", "{ \"by\":\"p:leo\"}")) == "400 not_canonical");
}

TEST_CASE("who fails to log in too often waits a minute") {
  Town town;
  const auto guess = [&] {
    const LiveSigned login = town.organisation.sign(
        "leo", Act::login, ObjType::session, sha256("guess"), town.clock.now());
    return code_of(
        town.call("POST", "/v1/login", "", "{\"record\":\"" + base64_encode(login.record) + "\"}"));
  };
  for (int i = 0; i < 10; ++i) {
    CHECK(guess() == "401 login_refused");
  }
  CHECK(guess() == "429 too_many_tries");
  town.clock.advance(60);
  CHECK(guess() == "401 login_refused");
}

TEST_CASE("a session ends when it is idle, old, revoked, or its key is") {
  Town town;
  const auto status = [&](const std::string& token) {
    return town.call("GET", "/v1/me", token).status;
  };
  const std::string idle = town.log_in("leo");
  CHECK(status(idle) == 200);
  town.clock.advance(kSessionIdle - 1);
  CHECK(status(idle) == 200);
  town.clock.advance(kSessionIdle);
  CHECK(status(idle) == 401);

  const std::string old = town.log_in("leo");
  for (int i = 0; i < 24; ++i) {
    CHECK(status(old) == 200);
    town.clock.advance(kSessionSeconds / 24);
  }
  CHECK(status(old) == 401);

  const std::string one = town.log_in("leo");
  const std::string two = town.log_in("leo");
  const std::string id = json_field(town.call("GET", "/v1/me", one).body, "id");
  CHECK(town.call("GET", "/v1/sessions", two).body.find(id) != std::string::npos);
  CHECK(code_of(town.call("DELETE", "/v1/sessions/" + id, town.log_in("lea"))) == "404 not_found");
  CHECK(town.call("DELETE", "/v1/sessions/" + id, two).status == 204);
  CHECK(status(one) == 401);
  CHECK(status(two) == 200);

  Roster next = town.organisation.roster;
  next.org = town.organisation.org;
  next.prev = town.organisation.org;
  next.version = 2;
  next.issued = town.clock.now();
  for (Person& person : next.people) {
    if (person.id.text() == "p:leo") {
      person.keys.front().compromised = true;
    }
  }
  town.organisation.roster_held = 2;
  for (const char* root : {"root-1", "root-2"}) {
    const LiveSigned signature = town.organisation.sign_object(
        root, Act::sign, ObjType::roster, codec::encode(next), town.clock.now());
    CHECK(town.submit(signature).status == 200);
  }
  CHECK(status(two) == 401);
  CHECK(town.log_in("leo").empty());
}

TEST_CASE("a repeated request gets its first answer, and its key serves no other") {
  Town town;
  const std::string dana = town.log_in("dana");
  const auto post = [&](const std::string& key, const Bytes& body) {
    HttpRequest request;
    request.method = "POST";
    request.path = "/v1/join-tokens";
    request.headers = {{"authorization", "Bearer " + dana}};
    if (!key.empty()) {
      request.headers["idempotency-key"] = key;
    }
    request.body = body;
    return town.people->handle(request);
  };
  const std::string key(20, 'k');
  const Bytes body = token_body("once", kLiveStart + 100);
  const HttpResponse first = post(key, body);
  CHECK(first.status == 201);
  const HttpResponse again = post(key, body);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(code_of(post(key, token_body("other", kLiveStart + 100))) == "409 key_reused");
  CHECK(code_of(post(std::string(20, 'l'), body)) == "409 exists_already");
  CHECK(code_of(post("", body)) == "400 bad_request");
  CHECK(code_of(post("short", body)) == "400 bad_request");
}
