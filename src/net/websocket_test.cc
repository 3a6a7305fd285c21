#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "net/websocket_client.h"
#include "tests/support/net.h"

using namespace twoseal;
using namespace twoseal::test;

namespace {

constexpr milliseconds kWait{10'000};

/// Keeps its socket and says back what it hears.
class Echo final : public WebSocketSubscriber {
 public:
  void opened(std::shared_ptr<WebSocket> socket) override {
    const MutexLock lock(mutex_);
    socket_ = std::move(socket);
    open = true;
  }

  void received(std::string text) override { socket()->send("echo " + text); }

  void closed() override { ended = true; }

  std::shared_ptr<WebSocket> socket() {
    const MutexLock lock(mutex_);
    return socket_;
  }

  std::atomic<bool> open = false;
  std::atomic<bool> ended = false;

 private:
  Mutex mutex_;
  std::shared_ptr<WebSocket> socket_ GUARDED_BY(mutex_);
};

struct World {
  Keys keys;
  Channels channels;
  std::shared_ptr<Echo> echo = std::make_shared<Echo>();
  ServerOptions options;
  std::unique_ptr<HttpServer> server;

  World() {
    options.tls = keys.identity();
    options.handler = [](const HttpRequest&) { return text_response("plain"); };
    options.upgrade = [this](const HttpRequest& request)
        -> std::expected<std::shared_ptr<WebSocketSubscriber>, HttpResponse> {
      if (header_of(request.headers, "origin").value_or("") != "https://here") {
        return std::unexpected(HttpResponse{403, {}, "", {}});
      }
      return echo;
    };
  }

  std::unique_ptr<WebSocketClient> connect() {
    if (server == nullptr) {
      server = start(options, channels);
    }
    auto client = WebSocketClient::open({"127.0.0.1", server->port(), {keys.pin()}},
                                        {},
                                        {.path = "/live", .headers = {{"origin", "https://here"}}},
                                        kWait);
    REQUIRE_MESSAGE(client.has_value(), (client ? "" : client.error().what));
    REQUIRE(eventually([&] { return echo->open.load(); }));
    return *std::move(client);
  }
};

}  // namespace

TEST_CASE("messages go both ways over a WebSocket") {
  World world;
  const auto client = world.connect();
  CHECK(world.echo->socket()->send("one"));
  CHECK(world.echo->socket()->send("two"));
  CHECK(client->receive(kWait).value() == "one");
  CHECK(client->receive(kWait).value() == "two");
  CHECK(client->send("hello", kWait).has_value());
  CHECK(client->receive(kWait).value() == "echo hello");
  CHECK(world.server->counters().websockets == 1);
}

TEST_CASE("an upgrade of another origin is refused with its status") {
  World world;
  world.server = start(world.options, world.channels);
  const auto client =
      WebSocketClient::open({"127.0.0.1", world.server->port(), {world.keys.pin()}},
                            {},
                            {.path = "/live", .headers = {{"origin", "https://evil"}}},
                            kWait);
  REQUIRE_FALSE(client.has_value());
  CHECK(client.error().code == Errc::bad_http);
  CHECK(client.error().what.contains("403"));
}

TEST_CASE("without a decision about upgrades they are plain requests") {
  World world;
  world.options.upgrade = nullptr;
  world.server = start(world.options, world.channels);
  const auto client = WebSocketClient::open(
      {"127.0.0.1", world.server->port(), {world.keys.pin()}}, {}, {.path = "/live"}, kWait);
  REQUIRE_FALSE(client.has_value());
  CHECK(client.error().what.contains("200"));
}

TEST_CASE("closing ends both sides, after what was queued") {
  World world;
  const auto client = world.connect();
  const auto socket = world.echo->socket();
  CHECK(socket->send("last"));
  socket->close();
  CHECK_FALSE(socket->send("too late"));
  CHECK(client->receive(kWait).value() == "last");
  CHECK(client->receive(kWait).error().code == Errc::unreachable);
  CHECK(eventually([&] { return world.echo->ended.load(); }));
  CHECK(eventually([&] { return world.server->counters().active == 0; }));
  CHECK(world.server->counters().websockets == 0);
}

TEST_CASE("a client that goes away is noticed") {
  World world;
  world.connect().reset();
  CHECK(eventually([&] { return world.echo->ended.load(); }));
  CHECK_FALSE(world.echo->socket()->send("anybody there?"));
}

TEST_CASE("a client that reads too slowly is closed when its queue is full") {
  World world;
  world.options.limits.websocket_queue_max = 10;
  const auto client = world.connect();
  const std::string large(std::size_t{256} * 1024, 'x');
  bool taken = true;
  int sent = 0;
  for (; sent < 1'000 && taken; ++sent) {
    taken = world.echo->socket()->send(large);
    ::usleep(100);
  }
  CHECK_FALSE(taken);
  CHECK(sent < 200);
  CHECK(eventually([&] { return world.echo->ended.load(); }));
  CHECK_FALSE(world.echo->socket()->send("more"));
}

TEST_CASE("a message that is too large ends the connection") {
  World world;
  world.options.limits.websocket_message_max = 1'000;
  const auto client = world.connect();
  CHECK(client->send(std::string(1'000, 'x'), kWait).has_value());
  CHECK(client->receive(kWait).value().size() == 1'005);
  CHECK(client->send(std::string(1'001, 'x'), kWait).has_value());
  CHECK_FALSE(client->receive(kWait).has_value());
  CHECK(eventually([&] { return world.echo->ended.load(); }));
}

TEST_CASE("a silent client is pinged, and closed when it does not answer") {
  World world;
  world.options.limits.websocket_idle = milliseconds(400);
  const auto client = world.connect();
  // Beast answers pings while it reads.
  std::jthread speaker([&] {
    ::usleep(1'500'000);
    world.echo->socket()->send("still here");
  });
  CHECK(client->receive(kWait).value() == "still here");
  speaker.join();
  CHECK(eventually([&] { return world.echo->ended.load(); }));
}

TEST_CASE("a client can be cancelled while it waits, and gives up in time") {
  World world;
  const auto client = world.connect();
  std::jthread stopper([&] {
    ::usleep(100'000);
    client->cancel();
  });
  CHECK(client->receive(kWait).error().code == Errc::cancelled);
  const auto other = world.connect();
  CHECK(other->receive(milliseconds(50)).error().code == Errc::timed_out);
}

TEST_CASE("stopping the server ends its WebSockets") {
  World world;
  const auto client = world.connect();
  std::jthread reader([&] { CHECK_FALSE(client->receive(kWait).has_value()); });
  world.server->stop(milliseconds(3'000));
  CHECK(world.echo->ended);
  CHECK(world.server->counters().active == 0);
}
