#include "server/server.h"

#include <doctest/doctest.h>

#include "crypto/key_file.h"
#include "model/agent_report.h"
#include "net/content_coding.h"
#include "tests/support/server_town.h"
#include "tests/support/temporary_directory.h"

using namespace twoseal;          // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::server;  // NOLINT(google-build-using-namespace): likewise
using namespace twoseal::test;    // NOLINT(google-build-using-namespace): likewise

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

TEST_CASE("a host may compress what it says; a body that would grow beyond its path is refused") {
  Town town;
  const auto send = [&](Bytes body, const std::string& coding) {
    HttpRequest request;
    request.method = "POST";
    request.path = "/v1/plan-refusals";
    request.body = std::move(body);
    compress_body(request);
    request.headers["content-encoding"] = coding;
    return code_of(town.client(*town.agents, town.peer_of(town.organisation.host("prod-1")))
                       ->call(request, std::chrono::seconds(1))
                       .value());
  };
  const PlanRefusal refusal{
      "TS-6002", town.organisation.org, sha256("none"), std::string(1'000, 'n')};
  CHECK(send(codec::encode(refusal), "zstd") == "404 not_found");  // read, and of no request
  CHECK(send(codec::encode(refusal), "gzip") == "400 bad_request");
  CHECK(send("not compressed", "zstd") == "400 bad_request");
  CHECK(send(Bytes(std::size_t{64} * 1024 * 1024, 'a'), "zstd") == "413 too_large");
  // Who is not known makes the server unpack nothing.
  HttpRequest request;
  request.method = "POST";
  request.path = "/v1/plan-refusals";
  request.body = "not compressed";
  request.headers["content-encoding"] = "zstd";
  CHECK(
      town.client(*town.agents, kStranger)->call(request, std::chrono::seconds(1)).value().status ==
      403);
  for (const char* path : {"/v1/login", "/v1/join"}) {
    request.path = path;
    Front& port = request.path == "/v1/login" ? *town.people : *town.agents;
    const auto answer = town.client(port, kStranger)->call(request, std::chrono::seconds(1));
    CHECK(code_of(answer.value()) == "400 bad_request");
    CHECK(answer->body.find("no compressed body") != std::string::npos);
  }
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
  const auto ask = [&](const std::string& who, bool with_state = true, std::int64_t clock = 0) {
    LiveSigned asked = town.organisation.sign_object(
        who, Act::plan, ObjType::plan_request, codec::encode(request), town.clock.now() + clock);
    if (with_state) {
      asked.objects.push_back(draft.objects[1]);
    }
    return code_of(
        town.call("POST", "/v1/plan-requests", town.log_in(who), submission_body(asked)));
  };
  CHECK(ask("leo") == "403 plan_refused");
  CHECK(ask("eve-login") == "422 bad_signature");  // of a key for logging in alone
  CHECK(ask("eve", false) == "400 bad_field");
  for (const std::int64_t clock : {-7'200, 7'200}) {  // whose clock is two hours off
    CHECK(ask("eve", true, clock) == "422 clock_differs");
  }
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
