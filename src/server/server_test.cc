#include "server/server.h"

#include <doctest/doctest.h>

#include "crypto/armor.h"
#include "crypto/key_file.h"
#include "model/agent_report.h"
#include "model/contact.h"
#include "model/join_request.h"
#include "server/contract.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_server.h"

using namespace twoseal;          // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::server;  // NOLINT(google-build-using-namespace): likewise
using test::json_field;
using test::submission_body;
using test::TestServer;

namespace {

constexpr ArmorKind kRequestArmor{"CERTIFICATE REQUEST", 64};

std::string code_of(const HttpResponse& response) {
  const std::string type = json_field(response.body, "type");
  const ErrorInfo* info = find_error(type);
  return std::to_string(response.status) + (info != nullptr ? " " + std::string(info->name) : "");
}

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

struct Town : TestServer {
  Town() : TestServer(LiveOrganisation(2, 1)) {}

  // One call of the agents' port by `peer`.
  HttpResponse agent_call(const Peer& peer,
                          const std::string& method,
                          const std::string& path,
                          Bytes body = "") {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.body = std::move(body);
    return client(*agents, peer)->call(request, std::chrono::minutes(5)).value();
  }

  HttpResponse agent_call(const std::string& host,
                          const std::string& method,
                          const std::string& path,
                          Bytes body = "") {
    return agent_call(peer_of(organisation.host(host)), method, path, std::move(body));
  }

  LiveChange authored(const std::string& name, const std::string& who = "leo") {
    LiveChange change = organisation.make_change(name);
    change.change.author = ActorId::parse(who == "ci" ? "s:ci" : "p:" + who).value();
    if (who == "ci") {
      change.change.contributors = {{"p:lea"}};
    }
    change = organisation.finish(change);
    LiveSigned one =
        organisation.sign(who, Act::author, ObjType::change, change.digest, clock.now());
    one.objects = change.objects;
    REQUIRE(parts->desk.submit(one.record, one.objects));
    settle();
    return change;
  }

  // A mail of a host: object and record in their archive.
  Bytes mail(const std::string& who, ObjType type, const Bytes& object) const {
    const LiveSigned word = organisation.sign(who, Act::sign, type, sha256(object), clock_time());
    return codec::write_archive({{"object.json", object}, {"record.json", word.record}}).value();
  }

  [[nodiscard]] UnixSeconds clock_time() const { return parts->clock.now(); }
};

// A host that nobody knows yet, with real keys.
struct Newcomer {
  PrivateKey identity;
  PrivateKey tls = PrivateKey::generate_p256();

  explicit Newcomer(const std::string& name)
      : identity(PrivateKey::from_seed(sha256("newcomer " + name).view())) {}

  JoinRequest request(const Digest& org, const std::string& token) const {
    JoinRequest made;
    made.age = Bytes(32, 'a');
    made.at = kLiveStart;
    made.csr = take_armor(kRequestArmor, make_certificate_request(tls, "newcomer")).value();
    made.id = identity.public_key().encoded();
    made.name = "newcomer";
    made.nonce = Bytes(16, 'n');
    made.org = org;
    made.tls = sha256(tls.public_key().spki());
    made.token = Name::parse(token).value();
    return made;
  }

  static Bytes submission(const JoinRequest& request) {
    return codec::encode(JoinSubmission{.mac = Bytes(32, 'm'), .request = codec::encode(request)});
  }
};

Bytes token_body(const std::string& id, UnixSeconds expires) {
  return "{\"expires\":" + std::to_string(expires) + ",\"id\":\"" + id + "\"}";
}

const Peer kStranger{"192.0.2.99", {}};

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

TEST_CASE("statements come in through people and services, each once") {
  Town town;
  const std::string leo = town.log_in("leo");
  const LiveChange change = town.organisation.make_change("one");
  const LiveSigned authored = town.organisation.author(change, kLiveStart);
  const HttpResponse first = town.call("POST", "/v1/statements", leo, submission_body(authored));
  CHECK(first.status == 200);
  CHECK(json_field(first.body, "number") == "CHG-1");
  CHECK(json_field(first.body, "repeated") == "false");
  const HttpResponse again = town.call("POST", "/v1/statements", leo, submission_body(authored));
  CHECK(json_field(again.body, "repeated") == "true");
  CHECK(json_field(again.body, "index") == json_field(first.body, "index"));

  const LiveSigned by_author =
      town.organisation.sign("leo", Act::approve, ObjType::change, change.digest, kLiveStart);
  CHECK(code_of(town.call("POST", "/v1/statements", leo, submission_body(by_author))) ==
        "403 refuse_s3");
  const LiveSigned login =
      town.organisation.sign("leo", Act::login, ObjType::session, sha256("x"), kLiveStart);
  CHECK(code_of(town.call("POST", "/v1/statements", leo, submission_body(login))) ==
        "400 bad_field");
  const LiveSigned of_host = town.organisation.result(
      town.organisation.host("prod-1"), change.digest, "canary", "ok", kLiveStart);
  CHECK(code_of(town.call("POST", "/v1/statements", leo, submission_body(of_host))) ==
        "400 bad_field");
  CHECK(code_of(town.call("POST",
                          "/v1/statements",
                          town.log_in("ci"),
                          submission_body(town.organisation.sign(
                              "bo", Act::approve, ObjType::change, change.digest, kLiveStart)))) ==
        "403 not_allowed");
  // What was recorded can be read.
  CHECK(town.call("GET", "/v1/statements/" + authored.statement.hex(), leo).body ==
        authored.record);
  CHECK(town.call("GET", "/v1/objects/" + change.digest.hex(), leo).body == change.bytes);
  CHECK(code_of(town.call("GET", "/v1/objects/" + std::string(64, '0'), leo)) == "404 not_found");
  CHECK(code_of(town.call("GET", "/v1/objects/xyz", leo)) == "400 bad_request");
}

TEST_CASE("a service sees its own changes alone") {
  Town town;
  const LiveChange of_leo = town.authored("one");
  const LiveChange of_ci = town.authored("two", "ci");
  const std::string ci = town.log_in("ci");
  const std::string omar = town.log_in("omar");
  for (const char* part : {"", "/files", "/log"}) {
    CAPTURE(part);
    CHECK(code_of(town.call("GET", "/v1/changes/" + of_leo.digest.hex() + part, ci)) ==
          "404 not_found");
    CHECK(town.call("GET", "/v1/changes/" + of_ci.digest.hex() + part, ci).status == 200);
    CHECK(town.call("GET", "/v1/changes/" + of_leo.digest.hex() + part, omar).status == 200);
  }
  const std::string seen = town.call("GET", "/v1/changes", ci).body;
  CHECK(seen.find(of_ci.digest.text()) != std::string::npos);
  CHECK(seen.find(of_leo.digest.text()) == std::string::npos);
  CHECK(json_field(town.call("GET", "/v1/status", ci).body, "changes_moving") == "1");
  CHECK(json_field(town.call("GET", "/v1/status", omar).body, "changes_moving") == "2");
  CHECK(code_of(town.call("GET", "/v1/changes/CHG-9", omar)) == "404 not_found");
  CHECK(code_of(town.call("GET", "/v1/changes/CHG-x", omar)) == "404 not_found");
  CHECK(json_field(town.call("GET", "/v1/changes/CHG-1", omar).body, "state") == "in-review");
  CHECK(town.call("GET", "/v1/changes", omar, "", {{"state", "done"}}).body.find("CHG") ==
        std::string::npos);
  CHECK(code_of(town.call("GET", "/v1/changes", omar, "", {{"limit", "many"}})) ==
        "400 bad_request");
}

TEST_CASE("who waits for a change is answered when it moves") {
  Town town;
  const LiveChange change = town.authored("one");
  const std::string omar = town.log_in("omar");
  const HttpResponse page = town.call("GET", "/v1/changes/CHG-1", omar);
  HttpRequest request;
  request.path = "/v1/changes/CHG-1";
  request.query = {{"seen", json_field(page.body, "generation")}, {"wait", "30"}};
  request.headers["authorization"] = "Bearer " + omar;
  int waits = 0;
  const auto client = town.client(*town.people, kStranger, [&](std::chrono::milliseconds wait) {
    CHECK(wait == std::chrono::seconds(30));
    ++waits;
    const LiveSigned vote = town.organisation.sign(
        "amara", Act::approve, ObjType::change, change.digest, town.clock.now());
    CHECK(town.parts->desk.submit(vote.record, {}));
  });
  const auto moved = client->call(request, std::chrono::minutes(1));
  REQUIRE(moved);
  CHECK(waits == 1);
  CHECK(moved->body.find("\"given\":[\"p:amara\"]") != std::string::npos);
  CHECK(json_field(moved->body, "generation") != json_field(page.body, "generation"));
}

TEST_CASE("documents come with everything that verifies them") {
  Town town;
  const HttpResponse answer = town.call("GET", "/v1/documents", town.log_in("omar"));
  REQUIRE(answer.status == 200);
  const auto files = codec::read_archive(answer.body).value();
  for (const char* name : {"roster/1.json",
                           "policy/1.json",
                           "restrictions/1.json",
                           "fresh.json",
                           "stops/list.json",
                           "checkpoint.txt"}) {
    CHECK(files.contains(name));
  }
  for (const LiveHost& host : town.organisation.hosts) {
    const std::string folder = "assignments/" + host.id.text().substr(2) + "/";
    CHECK(files.contains(folder + "1.json"));
    CHECK(files.contains(folder + "root-proof.json"));
  }
}

TEST_CASE("blobs are kept under their digest alone") {
  Town town;
  const std::string leo = town.log_in("leo");
  const Bytes blob = "a scan\n";
  const std::string path = "/v1/blobs/" + sha256(blob).hex();
  CHECK(code_of(town.call("PUT", path, leo, "another scan\n")) == "400 bad_digest");
  CHECK(code_of(town.call("GET", path, leo)) == "404 not_found");
  CHECK(town.call("PUT", path, leo, blob).status == 204);
  CHECK(town.call("GET", path, leo).body == blob);
}

TEST_CASE("tiles, checkpoint, health and metrics") {
  Town town;
  const std::string omar = town.log_in("omar");
  CHECK(town.call("GET", "/v1/checkpoint").body.starts_with("example.org/twoseal/log1\n"));
  const std::uint64_t size = town.parts->view.point().size;
  const auto tile = town.call("GET", "/v1/tile/0/000.p/" + std::to_string(size), omar);
  CHECK(tile.status == 200);
  CHECK(tile.body.size() == size * 32);
  CHECK(code_of(town.call("GET", "/v1/tile/9/000", omar)) == "422 bad_tile");
  const auto local = [&](const char* path) {
    HttpRequest request;
    request.path = path;
    return town.local->handle(request);
  };
  CHECK(local("/livez").status == 200);
  CHECK(local("/readyz").status == 200);
  const std::string metrics = local("/metrics").body;
  CHECK(metrics.find("twoseal_log_entries " + std::to_string(size) + "\n") != std::string::npos);
  CHECK(metrics.ends_with("# EOF\n"));
  town.clock.advance(600);
  CHECK(code_of(local("/readyz")) == "503 not_ready");
  REQUIRE(town.parts->tick());
  CHECK(local("/readyz").status == 200);
}

TEST_CASE("attack 49: a join token is used once, in time, in its organisation, for its own keys") {
  Town town;
  const std::string dana = town.log_in("dana");
  REQUIRE(town.call("POST", "/v1/join-tokens", dana, token_body("good", kLiveStart + 600)).status ==
          201);
  const Newcomer host("one");
  const auto join = [&](const JoinRequest& request) {
    return town.agent_call(kStranger, "POST", "/v1/join", Newcomer::submission(request));
  };
  const auto code = [&](const JoinRequest& request) {
    const std::string text = code_of(join(request));
    town.clock.advance(60);  // so that failures do not add up
    return text;
  };
  const Digest& org = town.organisation.org;
  CHECK(code(host.request(org, "guess")) == "404 token_unknown");
  CHECK(code(host.request(sha256("other"), "good")) == "422 refuse_b2");
  JoinRequest other_key = host.request(org, "good");
  other_key.tls = sha256("another");
  CHECK(code(other_key) == "403 join_refused");
  JoinRequest broken = host.request(org, "good");
  broken.csr.back() = static_cast<char>(broken.csr.back() ^ 1);
  CHECK(code(broken) == "400 bad_certificate");
  JoinRequest no_key = host.request(org, "good");
  no_key.id = Bytes(40, 'x');
  CHECK(code(no_key) == "400 bad_key");

  const JoinRequest good = host.request(org, "good");
  const HttpResponse held = join(good);
  REQUIRE(held.status == 200);
  CHECK(!codec::decode<JoinStanding>(held.body)->certificate);
  CHECK(join(good).status == 200);  // the same again
  JoinRequest renamed = good;
  renamed.name = "another";
  CHECK(code(renamed) == "403 token_used");
  CHECK(code(Newcomer("two").request(org, "good")) == "403 token_used");
  const std::string waiting = town.call("GET", "/v1/join-requests", dana).body;
  CHECK(waiting.find(host.identity.public_key().id().text()) != std::string::npos);
  CHECK(town.call("DELETE", "/v1/join-requests/h:" + host.identity.public_key().id().text(), dana)
            .status == 204);
  CHECK(code(good) == "403 join_refused");

  REQUIRE(town.call("POST", "/v1/join-tokens", dana, token_body("short", town.clock.now() + 10))
              .status == 201);
  town.clock.advance(11);
  CHECK(code(Newcomer("three").request(org, "short")) == "403 token_expired");
  CHECK(code_of(town.call("DELETE", "/v1/join-tokens/none", dana)) == "404 not_found");
}

TEST_CASE("a source that fails to join five times waits a minute") {
  Town town;
  const Newcomer host("one");
  const auto join = [&](const Peer& peer) {
    return code_of(town.agent_call(
        peer, "POST", "/v1/join", Newcomer::submission(host.request(town.organisation.org, "x"))));
  };
  for (int i = 0; i < 5; ++i) {
    CHECK(join(kStranger) == "404 token_unknown");
  }
  CHECK(join(kStranger) == "429 too_many_tries");
  CHECK(join({"192.0.2.98", {}}) == "404 token_unknown");
  town.clock.advance(60);
  CHECK(join(kStranger) == "404 token_unknown");
}

TEST_CASE("a host that was assigned gets its certificate, and renews it for its own key alone") {
  Town town;
  const Newcomer newcomer("one");
  const std::string dana = town.log_in("dana");
  REQUIRE(town.call("POST", "/v1/join-tokens", dana, token_body("good", kLiveStart + 600)).status ==
          201);
  const JoinRequest request = newcomer.request(town.organisation.org, "good");
  const auto join = [&] {
    return town.agent_call(kStranger, "POST", "/v1/join", Newcomer::submission(request));
  };
  REQUIRE(join().status == 200);
  LiveHost host = town.organisation.host("test-1");
  host.id = HostId::parse("h:" + newcomer.identity.public_key().id().text()).value();
  host.name = "newcomer";
  host.assignment.host = host.id;
  host.assignment.name = host.name;
  host.assignment.keys = {request.age, request.id, request.tls};
  host.assignment.nonce = Bytes(16, 'n');
  town.organisation.hosts.push_back(host);
  for (const LiveSigned& one : town.organisation.batch("test", town.clock.now())) {
    CHECK(town.submit(one, "dana").status == 200);
  }
  const HttpResponse assigned = join();
  REQUIRE(assigned.status == 200);
  const auto certificate = codec::decode<JoinStanding>(assigned.body)->certificate;
  REQUIRE(certificate);
  const CertificateFacts facts = read_certificate(*certificate).value();
  CHECK(facts.name == host.id.text());
  CHECK(facts.key == request.tls);
  CHECK(facts.validity.not_after == kLiveStart + 30 * limits::kDay);

  const Peer peer{"192.0.2.9",
                  PeerCertificate{facts.name, facts.key, facts.serial, facts.validity.not_after}};
  const HttpResponse renewed =
      town.agent_call(peer, "POST", "/v1/certificate", make_certificate_request(newcomer.tls, "x"));
  CHECK(renewed.status == 200);
  CHECK(read_certificate(renewed.body)->name == host.id.text());
  CHECK(code_of(town.agent_call(peer,
                                "POST",
                                "/v1/certificate",
                                make_certificate_request(PrivateKey::generate_p256(), "x"))) ==
        "403 join_refused");
}

TEST_CASE("attack 50: a host sees what concerns it, and speaks for itself alone") {
  Town town;
  const LiveChange change = town.authored("one");
  const std::string path = "/v1/work/changes/" + change.digest.hex();
  CHECK(town.agent_call("prod-1", "GET", path).status == 200);
  CHECK(code_of(town.agent_call("test-1", "GET", path)) == "404 not_found");
  CHECK(code_of(town.agent_call("prod-1", "GET", "/v1/work/plans/" + change.digest.hex())) ==
        "404 not_found");

  HostResult result;
  result.at = town.clock.now();
  result.change = change.digest;
  result.host = town.organisation.host("prod-2").id;
  result.nonce = Bytes(16, 'n');
  result.org = town.organisation.org;
  result.outcome = "ok";
  result.phase = Name::parse("rest").value();
  const auto deliver = [&](const std::string& caller, const std::string& signer) {
    return code_of(town.agent_call(
        caller, "POST", "/v1/results", town.mail(signer, ObjType::result, codec::encode(result))));
  };
  CHECK(deliver("prod-1", "prod-2") == "403 not_allowed");
  CHECK(deliver("prod-1", "prod-1") == "403 not_allowed");
  CHECK(deliver("prod-2", "prod-1") == "403 not_allowed");
  CHECK(deliver("prod-2", "prod-2") == "200");

  AgentReport report;
  report.at = town.clock.now();
  report.boot = "boot";
  report.counter = 1;
  report.host = town.organisation.host("prod-2").id;
  report.nonce = Bytes(16, 'n');
  report.org = town.organisation.org;
  const auto tell = [&](const std::string& caller, const std::string& signer) {
    return code_of(town.agent_call(
        caller, "POST", "/v1/reports", town.mail(signer, ObjType::report, codec::encode(report))));
  };
  CHECK(tell("prod-1", "prod-2") == "403 not_allowed");
  CHECK(tell("prod-1", "prod-1") == "403 not_allowed");
  CHECK(tell("prod-2", "prod-2") == "204");
  CHECK(tell("prod-2", "prod-2") == "204");
  report.nonce = Bytes(16, 'm');
  CHECK(tell("prod-2", "prod-2") == "409 report_old");
  REQUIRE(town.parts->tick());

  RunLog log;
  log.change = change.digest;
  log.org = town.organisation.org;
  log.lines = {{town.clock.now(), "line"}};
  CHECK(code_of(town.agent_call("test-1", "POST", "/v1/run-logs", codec::encode(log))) ==
        "404 not_found");
  CHECK(town.agent_call("prod-1", "POST", "/v1/run-logs", codec::encode(log)).status == 204);
  const PlanRefusal refusal{"TS-6002", town.organisation.org, sha256("none"), "no"};
  CHECK(code_of(town.agent_call("prod-1", "POST", "/v1/plan-refusals", codec::encode(refusal))) ==
        "404 not_found");
  CHECK(code_of(town.agent_call("prod-1", "POST", "/v1/results", "no archive")) == "422 bad_zip");
}

TEST_CASE("attack 51: methods by name, other methods and paths that climb reach nothing") {
  Town town;
  const std::string omar = town.log_in("omar");
  CHECK(code_of(town.call("DELETE", "/v1/me", omar)) == "405 no_such_route");
  CHECK(code_of(town.call("POST", "/v1/hosts", omar)) == "405 no_such_route");
  HttpRequest request;
  request.path = "/v1/changes/../me";
  const auto climbing =
      town.client(*town.people, kStranger)->call(request, std::chrono::seconds(1));
  CHECK(climbing.error().code == Errc::bad_request);
  request.path = "/v1/me/";
  CHECK(town.people->handle(request).status == 404);
  request.path = "/v1/denials";
  request.headers = {{"authorization", "Bearer " + omar}, {"x-http-method-override", "POST"}};
  request.body = "{\"host\":\"prod-1\",\"why\":\"x\"}";
  CHECK(town.people->handle(request).status == 200);  // the list that GET asks for
  CHECK(town.parts->denials.all().empty());
}

TEST_CASE("plans are asked for by roles that the policy names, of hosts that are there") {
  Town town;
  const LiveChange draft = town.organisation.make_change("one");
  PlanRequest request;
  request.hosts = {town.organisation.host("prod-1").id};
  request.nonce = Bytes(16, 'n');
  request.not_after = town.clock.now() + 600;
  request.org = town.organisation.org;
  request.scope = *draft.change.scope;
  request.state = *draft.change.apply;
  const auto ask = [&](const std::string& who, bool with_state = true) {
    LiveSigned asked = town.organisation.sign_object(
        who, Act::plan, ObjType::plan_request, codec::encode(request), town.clock.now());
    if (with_state) {
      asked.objects.push_back(draft.objects[1]);
    }
    return code_of(
        town.call("POST", "/v1/plan-requests", town.log_in(who), submission_body(asked)));
  };
  CHECK(ask("leo") == "403 plan_refused");
  CHECK(ask("eve", false) == "400 bad_field");
  CHECK(ask("eve") == "202");
  request.not_after = town.clock.now() + 7'200;
  CHECK(ask("eve") == "403 plan_refused");
  request.not_after = town.clock.now() - 1;
  CHECK(ask("eve") == "403 plan_refused");
  request.not_after = town.clock.now() + 600;
  request.hosts = {town.organisation.host("test-1").id};
  CHECK(ask("eve") == "403 plan_refused");
  request.hosts = {HostId::parse("h:" + std::string(32, 'c')).value()};
  CHECK(ask("eve") == "404 not_found");
  request.hosts = {town.organisation.host("prod-1").id};
  request.org = sha256("other");
  CHECK(ask("eve") == "400 bad_field");
}

TEST_CASE("after a restart everything acknowledged is there") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("store.db");
  std::string token;
  Digest change;
  {
    TestServer first(LiveOrganisation(2, 1),
                     open_sqlite_server_store(path, OpenMode::fresh).value());
    token = first.log_in("omar");
    const LiveChange made = first.organisation.make_change("one");
    change = made.digest;
    REQUIRE(first.submit(first.organisation.author(made, kLiveStart), "leo").status == 200);
    REQUIRE(first
                .call("POST",
                      "/v1/join-tokens",
                      first.log_in("dana"),
                      token_body("kept", kLiveStart + 600))
                .status == 201);
    REQUIRE(first
                .call("POST",
                      "/v1/denials",
                      first.log_in("amara"),
                      "{\"host\":\"prod-2\",\"why\":\"lost\"}")
                .status == 201);
  }
  TestServer second(LiveOrganisation(2, 1),
                    open_sqlite_server_store(path, OpenMode::existing).value());
  CHECK(json_field(second.call("GET", "/v1/changes/CHG-1", token).body, "digest") == change.text());
  CHECK(second.call("GET", "/v1/join-tokens", token).body.find("kept") != std::string::npos);
  CHECK(second.parts->denials.is_denied(second.organisation.host("prod-2").id));
}

TEST_CASE("over TLS each port asks for what it should, and bodies have limits") {
  TestServer world(LiveOrganisation(1, 1));
  const PrivateKey key = LiveOrganisation::tls_key("server");
  ServerListens listens;
  listens.tls = {
      make_server_certificate(key, {{"localhost"}, {"127.0.0.1"}}, valid_for(30, kLiveStart))
          .value(),
      to_pkcs8_pem(key)};
  const ServerSecrets secrets = world.secrets();
  auto started = Server::start(std::move(world.parts), listens);
  REQUIRE(started);
  Server& server = **started;
  const std::set<Digest> pins = {sha256(key.public_key().spki())};
  const ServerAddress people{"127.0.0.1", server.people_port(), pins};
  const ServerAddress agents{"127.0.0.1", server.agents_port(), pins};
  const auto get =
      [](HttpClient& client, const std::string& method, const std::string& path, Bytes body = "") {
        HttpRequest request;
        request.method = method;
        request.path = path;
        request.body = std::move(body);
        return client.call(request, std::chrono::seconds(10));
      };
  const auto stranger = make_tls_client(people);
  CHECK(get(*stranger, "GET", "/v1/checkpoint")->status == 200);
  CHECK(get(*stranger, "GET", "/v1/me")->status == 401);
  CHECK(get(*stranger, "POST", "/v1/login", Bytes(1'000'000, ' '))->status == 413);
  CHECK(get(*make_tls_client(agents), "POST", "/v1/contact", "{}")->status == 403);
  CHECK(get(*make_tls_client({"127.0.0.1", server.people_port(), {sha256("no")}}), "GET", "/")
            .error()
            .code == Errc::refuse_t1);

  const LiveHost& host = world.organisation.host("prod-1");
  const PrivateKey host_key = LiveOrganisation::tls_key("prod-1");
  const std::string certificate =
      make_client_certificate(host_key.public_key(),
                              host.id.text(),
                              Validity{0, 4'000'000'000},
                              {secrets.authority_certificate, secrets.authority})
          .value();
  const auto agent = make_tls_client(agents, TlsIdentity{certificate, to_pkcs8_pem(host_key)});
  const auto answered = get(*agent, "POST", "/v1/contact", "{}");
  REQUIRE(answered);
  CHECK(code_of(*answered) == "400 bad_field");  // known, and asked for a contact
  HttpRequest local;
  local.path = "/readyz";
  const auto ready = make_tls_client({"127.0.0.1", server.local_port(), {}, Transport::plain});
  CHECK(ready->call(local, std::chrono::seconds(10))->status == 200);
  server.stop();
}

TEST_CASE("a server with a TLS key that the roster does not pin does not start") {
  TestServer world(LiveOrganisation(1, 1));
  const PrivateKey key = PrivateKey::generate_p256();
  ServerListens listens;
  listens.tls = {
      make_server_certificate(key, {{"localhost"}, {}}, valid_for(30, kLiveStart)).value(),
      to_pkcs8_pem(key)};
  CHECK(Server::start(std::move(world.parts), listens).error().code == Errc::bad_key);
}
