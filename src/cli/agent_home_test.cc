#include "cli/agent_home.h"

#include <doctest/doctest.h>

#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "model/join_request.h"
#include "tests/support/test_hosts.h"

using namespace twoseal;       // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::cli;  // NOLINT(google-build-using-namespace)

namespace {

constexpr UnixSeconds kNow = 1'795'420'000;

JoinTokenText token_of(const std::string& id, std::uint16_t port = 8721) {
  JoinTokenText token;
  token.host = "server.example.org";
  token.port = port;
  token.org = sha256("org");
  token.pins = {sha256("pin")};
  token.id = id;
  token.mk = Bytes(limits::kNonceSize, 'k');
  token.expires = kNow + 3'600;
  return token;
}

// A host in memory, and a server that answers as it is told.
class Desk {
 public:
  Desk() {
    host.system.files().put_directory("/var/lib");
    REQUIRE(home.prepare());
  }

  Result<JoinedHost> join(const JoinTokenText& token, const std::string& name = "web-01") {
    return join_server(
        home, token, name, kNow, [this](const JoinedHost& one) -> Result<JoinStanding> {
          asked.push_back(one.submission.request);
          if (const auto refused = refuses.find(one.submission.request); refused != refuses.end()) {
            return fail(refused->second, "refused");
          }
          if (answer != Errc{}) {
            return fail(answer, "away");
          }
          return JoinStanding{{}, org};
        });
  }

  Bytes identity() { return home.read("held/identity.pem", 4'096).value().value_or("none"); }

  MemoryHost host;
  AgentHome home{host.files(), "/var/lib/agent"};
  Errc answer{};                  ///< an error, or none
  std::map<Bytes, Errc> refuses;  ///< by request
  Digest org = sha256("org");
  std::vector<Bytes> asked;
};

}  // namespace

TEST_CASE("a join that the server did not take is repeated with the same keys and request") {
  Desk desk;
  for (const Errc error : {Errc::unreachable, Errc::timed_out, Errc::refuse_t1}) {
    desk.answer = error;
    CHECK(code_of(desk.join(token_of("j1"))) == error);
  }
  const Bytes identity = desk.identity();
  desk.answer = {};
  const auto joined = desk.join(token_of("j1"));
  REQUIRE(joined);
  CHECK(joined->taken);
  CHECK(desk.identity() == identity);
  CHECK(desk.asked == std::vector<Bytes>(4, joined->submission.request));
}

TEST_CASE("a join is repeated with another token, port or name, under new keys") {
  for (const auto& [token, name] : {std::pair(token_of("j2"), "web-01"),
                                    std::pair(token_of("j1", 8722), "web-01"),
                                    std::pair(token_of("j1"), "web-02")}) {
    Desk desk;
    desk.answer = Errc::token_used;
    CHECK(code_of(desk.join(token_of("j1"))) == Errc::token_used);
    const Bytes first = desk.asked.front();
    const Bytes identity = desk.identity();
    desk.answer = {};
    desk.refuses = {{first, Errc::token_used}};
    const auto joined = desk.join(token, name);
    REQUIRE(joined);
    CHECK(joined->taken);
    CHECK(desk.identity() != identity);
    CHECK(desk.asked.back() == joined->submission.request);
    CHECK(codec::decode<JoinRequest>(desk.asked.back())->name == name);
    CHECK(joined->server.port == token.port);
  }
}

TEST_CASE("a join that was taken is not repeated; the agent goes on with it by itself") {
  Desk desk;
  const auto joined = desk.join(token_of("j1"));
  REQUIRE(joined);
  const std::size_t asked = desk.asked.size();
  for (const char* id : {"j1", "j2"}) {
    const auto again = desk.join(token_of(id));
    REQUIRE(code_of(again) == Errc::joined_before);
    CHECK(again.error().what == "as web-01, code " + join_code(joined->submission.request));
    CHECK(again.error().where == "/var/lib/agent");
  }
  CHECK(std::string(error_info(Errc::joined_before).next).find("agent run") != std::string::npos);
  CHECK(desk.asked.size() == asked);
  CHECK(read_joined_host(desk.home)->taken);
}

TEST_CASE("a request whose answer was lost is not thrown away for another token") {
  Desk desk;
  desk.answer = Errc::timed_out;
  CHECK(code_of(desk.join(token_of("j1"))) == Errc::timed_out);
  const Bytes identity = desk.identity();
  desk.answer = {};
  CHECK(code_of(desk.join(token_of("j2"))) == Errc::joined_before);
  CHECK(desk.identity() == identity);
}

TEST_CASE("a server of another organisation has taken nothing") {
  Desk desk;
  desk.org = sha256("another");
  CHECK(code_of(desk.join(token_of("j1"))) == Errc::refuse_b2);
  CHECK_FALSE(read_joined_host(desk.home)->taken);
}

TEST_CASE("a damaged file of a joined host is named; a damaged certificate is asked for again") {
  Desk desk;
  REQUIRE(desk.join(token_of("j1")));
  REQUIRE(desk.home.write("held/certificate.pem", "damaged"));
  const auto host = read_joined_host(desk.home);
  REQUIRE(host);
  CHECK_FALSE(host->certificate);
  CHECK(host->taken);
  for (const char* name : {"held/identity.pem", "held/tls.pem", "held/join"}) {
    CAPTURE(name);
    const Bytes whole = desk.home.read(name, 16'384).value().value();
    REQUIRE(desk.home.write(name, whole.substr(0, whole.size() / 2)));
    const auto damaged = read_joined_host(desk.home);
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().code == Errc::refuse_j1);
    CHECK(damaged.error().where == desk.home.path(name));
    REQUIRE(desk.home.write(name, whole));
  }
}

TEST_CASE("wherever a join is cut off it can be repeated, and no keys are mixed") {
  for (std::uint64_t writes = 1; writes <= 40; ++writes) {
    CAPTURE(writes);
    Desk desk;
    desk.answer = Errc::token_used;
    CHECK(code_of(desk.join(token_of("j1"))) == Errc::token_used);
    desk.host.system.crash_after(writes);
    try {
      static_cast<void>(desk.join(token_of("j2")));
    } catch (const MemoryCrash&) {
      CHECK(writes < 40);
    }
    desk.host.system.crash_after(0);
    if (const auto held = read_joined_host(desk.home)) {
      const auto request = codec::decode<JoinRequest>(held->submission.request);
      REQUIRE(request);
      CHECK(request->id == held->keys.id);
      CHECK(request->tls == held->keys.tls);
      CHECK(request->token.text() == held->server.id);
    }
    desk.answer = {};
    desk.refuses = {{desk.asked.front(), Errc::token_used}};
    CHECK(desk.join(token_of("j2")));
  }
}
