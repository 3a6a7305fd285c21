#include <doctest/doctest.h>

#include "tests/support/net.h"

using namespace twoseal;
using namespace twoseal::test;

namespace {

constexpr milliseconds kWait{10'000};

/// A server with TLS whose handler says who asks.
struct World {
  Keys keys;
  Channels channels;
  std::unique_ptr<HttpServer> server = start(options(), channels);

  ServerOptions options() const {
    ServerOptions options;
    options.tls = keys.identity();
    options.handler = [](const HttpRequest& request) {
      const auto& certificate = request.peer.certificate;
      return text_response(request.method + " " + request.path + " " +
                           (certificate ? certificate->name : "nobody"));
    };
    return options;
  }

  ServerAddress address() const { return {"127.0.0.1", server->port(), {keys.pin()}}; }
};

}  // namespace

TEST_CASE("a call over TLS brings the answer and keeps the connection") {
  const World world;
  const auto client = make_tls_client(world.address());
  for (int i = 0; i < 5; ++i) {
    const auto answer = client->call({.path = "/a"}, kWait);
    REQUIRE_MESSAGE(answer.has_value(), (answer ? "" : answer.error().what));
    CHECK(answer->body == "GET /a nobody");
    CHECK(answer->status == 200);
  }
  CHECK(world.server->counters().accepted == 1);
}

TEST_CASE("the certificate of a host reaches the handler") {
  const World world;
  const auto client = make_tls_client(world.address(), world.keys.host_identity());
  CHECK(client->call({.path = "/a"}, kWait).value().body == "GET /a " + kHost);
}
