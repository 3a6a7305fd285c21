// What hosts and people send to a server and sign: login, join request, report.
#include <doctest/doctest.h>

#include "model/agent_report.h"
#include "model/join_request.h"
#include "model/session.h"
#include "tests/support/objects.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using codec::encode;

namespace {

LoginSession sample_session() {
  return {Bytes(32, 'c'), 1795420300, digest_of('b'), "https://twoseal.example.org:8720"};
}

JoinRequest sample_join() {
  return {.age = Bytes(32, 'a'),
          .at = 1795420000,
          .csr = "0x30",
          .id = Bytes(51, 'i'),
          .name = "web-01",
          .nonce = Bytes(16, 'n'),
          .org = digest_of('b'),
          .tls = digest_of('1'),
          .token = id<Name>("a1b2")};
}

AgentReport sample_report() {
  ScopeReport drifted;
  drifted.change = digest_of('1');
  drifted.drift = {{{{"6", "MaxAuthTries", "4"}}, false, "setting:/etc/ssh/sshd_config"},
                   {{}, true, "setting:/etc/ssh/sshd_keys"}};
  drifted.more = 3;
  drifted.scope = id<ScopeId>("ssh");
  drifted.state = ScopeCondition::drift;
  ScopeReport fine;
  fine.change = digest_of('2');
  fine.scope = id<ScopeId>("web");
  return {1795420000, "0c5a", 7, host_of('1'), Bytes(16, 'n'), digest_of('b'), {drifted, fine}};
}

}  // namespace

TEST_CASE("a session names a challenge, an origin and an end") {
  check_round_trip(sample_session());
  const Bytes bytes = encode(sample_session());
  CHECK(why_not_bytes<LoginSession>(replaced(bytes, R"("expires":1795420300,)", "")) ==
        "session.expires: this field is missing");
  CHECK(why_not_bytes<LoginSession>(replaced(bytes, R"("v":1)", R"("v":1,"x":1)")) ==
        "session.x: this field is not known here");
  CHECK(why_not_bytes<LoginSession>(replaced(bytes, R"("type":"session")", R"("type":"stop")")) ==
        "session.type: must be \"session\"");
  LoginSession x = sample_session();
  x.challenge = Bytes(15, 'c');
  CHECK(why_not(x) == "session.challenge: holds 15 bytes; 16 to 64 are allowed");
  x = sample_session();
  x.challenge = Bytes(65, 'c');
  CHECK(why_not(x) == "session.challenge: holds 65 bytes; 16 to 64 are allowed");
  x = sample_session();
  x.origin = "";
  CHECK(why_not(x) == "session.origin: has 0 bytes; 1 to 256 are allowed");
  x.origin = std::string(257, 'o');
  CHECK(why_not(x) == "session.origin: has 257 bytes; 1 to 256 are allowed");
}

TEST_CASE("a join request names all keys of its host") {
  check_round_trip(sample_join());
  const Bytes bytes = encode(sample_join());
  CHECK(why_not_bytes<JoinRequest>(replaced(bytes, R"("at":1795420000,)", "")) ==
        "join-request.at: this field is missing");
  CHECK(why_not_bytes<JoinRequest>(replaced(bytes, R"("v":1)", R"("v":1,"x":1)")) ==
        "join-request.x: this field is not known here");
  JoinRequest x = sample_join();
  x.age.pop_back();
  CHECK(why_not(x) == "join-request.age: holds 31 bytes; 32 to 32 are allowed");
  x = sample_join();
  x.csr.clear();
  CHECK(why_not(x) == "join-request.csr: holds 0 bytes; 1 to 4096 are allowed");
  x.csr = Bytes(4097, 'c');
  CHECK(why_not(x) == "join-request.csr: holds 4097 bytes; 1 to 4096 are allowed");
  x = sample_join();
  x.id = Bytes(31, 'i');
  CHECK(why_not(x) == "join-request.id: holds 31 bytes; 32 to 1024 are allowed");
  x = sample_join();
  x.name = "Web 01";
  CHECK(why_not(x) == "join-request.name: is not made of DNS labels");
  x = sample_join();
  x.nonce.pop_back();
  CHECK(why_not(x) == "join-request.nonce: holds 15 bytes; 16 to 16 are allowed");
  CHECK(why_not_bytes<JoinRequest>(replaced(bytes, R"("token":"a1b2")", R"("token":"A")")) ==
        "join-request.token: 'A' is not a valid name");
}

TEST_CASE("a report lists what drifted, and only that") {
  check_round_trip(sample_report());
  AgentReport x = sample_report();
  x.scopes.clear();
  check_round_trip(x);
  x = sample_report();
  x.counter = 0;
  CHECK(why_not(x) == "report.counter: must lie between 1 and 9007199254740991");
  x = sample_report();
  x.boot = std::string(65, 'b');
  CHECK(why_not(x) == "report.boot: has 65 bytes; 1 to 64 are allowed");
  x = sample_report();
  std::swap(x.scopes[0], x.scopes[1]);
  CHECK(why_not(x) == "report.scopes: ascend by scope");
  x = sample_report();
  std::swap(x.scopes[0].drift[0], x.scopes[0].drift[1]);
  CHECK(why_not(x) == "report.scopes.drift: ascends by res");
  x = sample_report();
  x.scopes[0].drift[0].hidden = true;
  CHECK(why_not(x) == "report.scopes.drift: what is private has no diff");
  x = sample_report();
  x.scopes[0].state = ScopeCondition::ok;
  CHECK(why_not(x) == "report.scopes.drift: is empty when the scope is ok, and only then");
  x = sample_report();
  x.scopes[1].state = ScopeCondition::failed;
  CHECK(why_not(x) == "report.scopes.drift: is empty when the scope is ok, and only then");
  x = sample_report();
  x.scopes[1].more = 1;
  CHECK(why_not(x) == "report.scopes.drift: is empty when the scope is ok, and only then");
  x = sample_report();
  x.scopes[0].drift[0].res = "";
  CHECK(why_not(x).find("has 0 bytes; 1 to 8192 are allowed") != std::string::npos);
  CHECK(why_not_bytes<AgentReport>(
            replaced(encode(sample_report()), R"("state":"drift")", R"("state":"bad")"))
            .find("is not one of the allowed words") != std::string::npos);
}
