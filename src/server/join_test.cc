// New hosts: from the token to the certificate.
#include <doctest/doctest.h>

#include "tests/support/server_town.h"

using namespace twoseal;          // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::server;  // NOLINT(google-build-using-namespace): likewise
using namespace twoseal::test;    // NOLINT(google-build-using-namespace): likewise

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
