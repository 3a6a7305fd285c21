#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "tests/support/net.h"

using namespace twoseal;
using namespace twoseal::test;

namespace {

constexpr milliseconds kWait{10'000};

/// A server whose handler parks until there is a value above the one that is asked for.
struct World {
  Channels channels;
  std::atomic<int> value = 0;
  std::atomic<int> calls = 0;
  milliseconds park{5'000};
  ServerOptions options;
  std::unique_ptr<HttpServer> server;

  World() {
    options.handler = [this](const HttpRequest& request) { return handle(request); };
  }

  HttpResponse handle(const HttpRequest& request) {
    ++calls;
    const std::uint64_t seen = channels.generation("value");
    const int known = std::stoi(request.query.at("known"));
    const int now = value;
    if (now > known || request.waited) {
      return text_response((request.waited ? "waited " : "") + std::to_string(now));
    }
    return {.park = Park{"value", seen, park}};
  }

  void run() { server = start(options, channels); }

  void set(int now) {
    value = now;
    channels.signal("value");
  }

  static HttpRequest ask(int known) {
    return {.path = "/value", .query = {{"known", std::to_string(known)}}};
  }
};

}  // namespace

TEST_CASE("a parked request is answered when its channel is signalled") {
  World world;
  world.run();
  std::jthread setter([&] {
    CHECK(eventually([&] { return world.server->counters().parked == 1; }));
    world.channels.signal("other");
    world.set(1);
  });
  const auto client = plain_client(*world.server);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(client->call(World::ask(0), kWait)->body == "1");
  CHECK(std::chrono::steady_clock::now() - begin < milliseconds(4'000));
  CHECK(world.calls == 2);
  CHECK(world.server->counters().parked == 0);
}

TEST_CASE("a parked request whose time is over is handed to the handler as waited") {
  World world;
  world.park = milliseconds(200);
  world.run();
  const auto client = plain_client(*world.server);
  CHECK(client->call(World::ask(0), kWait)->body == "waited 0");
  CHECK(world.calls == 2);
  CHECK(world.channels.waiting() == 0);
}

TEST_CASE("signals that bring nothing do not prolong the wait") {
  World world;
  world.park = milliseconds(600);
  world.run();
  std::jthread noise([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      world.channels.signal("value");
      ::usleep(20'000);
    }
  });
  const auto begin = std::chrono::steady_clock::now();
  CHECK(plain_client(*world.server)->call(World::ask(0), kWait)->body == "waited 0");
  CHECK(std::chrono::steady_clock::now() - begin < milliseconds(3'000));
  CHECK(world.calls > 3);
}

TEST_CASE("no signal between looking and parking is lost") {
  World world;
  world.options.workers = 2;
  world.run();
  constexpr int kRounds = 300;
  std::atomic<int> asked = 0;
  // Each value is set soon after it is asked for: before, while and after the request is parked.
  std::jthread setter([&](const std::stop_token& stop) {
    for (int i = 1; i <= kRounds && !stop.stop_requested(); ++i) {
      while (asked < i && !stop.stop_requested()) {
        std::this_thread::yield();
      }
      ::usleep(static_cast<useconds_t>(i % 30 * 20));
      world.set(i);
    }
  });
  const auto client = plain_client(*world.server);
  int known = 0;
  const auto begin = std::chrono::steady_clock::now();
  while (known < kRounds) {
    asked = known + 1;
    const auto answer = client->call(World::ask(known), kWait);
    REQUIRE(answer.has_value());
    REQUIRE_FALSE(answer->body.contains("waited"));
    known = std::stoi(answer->body);
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
}

TEST_CASE("a parked request whose client is gone is forgotten") {
  World world;
  world.run();
  RawSocket socket(world.server->port());
  socket.send("GET /value?known=0 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(eventually([&] { return world.server->counters().parked == 1; }));
  socket.close();
  CHECK(eventually([&] { return world.server->counters().active == 0; }));
  CHECK(world.calls == 1);
  CHECK(world.channels.waiting() == 0);
}

TEST_CASE("octets of a next request do not wake a parked one") {
  World world;
  world.park = milliseconds(500);
  world.run();
  const RawSocket socket(world.server->port());
  const std::string get = "GET /value?known=0 HTTP/1.1\r\nHost: x\r\n";
  socket.send(get + "\r\n");
  CHECK(eventually([&] { return world.server->counters().parked == 1; }));
  socket.send(get + "Connection: close\r\n\r\n");
  const std::string answers = socket.read_all();
  CHECK(answers.find("waited 0") != answers.rfind("waited 0"));
  CHECK(world.calls == 4);
}

TEST_CASE("a handler that parks again after its time is a 500") {
  World world;
  world.options.handler = [](const HttpRequest&) {
    return HttpResponse{.park = Park{"a", 0, milliseconds(10)}};
  };
  world.run();
  const auto answer = plain_client(*world.server)->call({}, kWait);
  REQUIRE(answer.has_value());
  CHECK(answer->status == 500);
}

TEST_CASE("thousands of parked requests need no thread each and are woken together") {
  World world;
  world.park = milliseconds(60'000);
  world.options.limits.connections_per_address_max = 5'000;
  world.options.limits.queue_max = 5'000;
  world.run();
  constexpr std::size_t kCount = 1'000;
  std::vector<std::unique_ptr<RawSocket>> sockets;
  for (std::size_t i = 0; i < kCount; ++i) {
    sockets.push_back(std::make_unique<RawSocket>(world.server->port()));
    sockets.back()->send("GET /value?known=0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }
  REQUIRE(eventually([&] { return world.server->counters().parked == kCount; }));
  world.set(1);
  std::size_t answered = 0;
  for (const auto& socket : sockets) {
    answered += socket->read_all().ends_with("\r\n\r\n1") ? 1U : 0U;
  }
  CHECK(answered == kCount);
}

TEST_CASE("stopping answers parked requests, closes idle ones and lets running ones finish") {
  World world;
  world.park = milliseconds(60'000);
  std::atomic<bool> inside = false;
  world.options.handler = [&](const HttpRequest& request) {
    if (request.path == "/slow") {
      inside = true;
      ::usleep(500'000);
      return text_response("slow");
    }
    return world.handle(request);
  };
  world.run();
  const RawSocket idle(world.server->port());
  const RawSocket parked(world.server->port());
  const RawSocket slow(world.server->port());
  const RawSocket half(world.server->port());
  half.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n1");
  parked.send("GET /value?known=0 HTTP/1.1\r\nHost: x\r\n\r\n");
  slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(eventually([&] { return world.server->counters().parked == 1 && inside; }));
  const auto begin = std::chrono::steady_clock::now();
  world.server->stop(milliseconds(1'500));
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took > milliseconds(400));
  CHECK(took < milliseconds(6'000));
  CHECK(idle.read_all().empty());
  CHECK(parked.read_all().contains("waited 0"));
  CHECK(slow.read_all().ends_with("slow"));
  CHECK(half.read_all().empty());
  CHECK(world.server->counters().active == 0);
  CHECK_FALSE(RawSocket(world.server->port()).connected());
}

TEST_CASE("a server can be stopped while everything is going on") {
  for (int round = 0; round < 10; ++round) {
    World world;
    world.options.io_threads = 2;
    world.park = milliseconds(50);
    world.run();
    const std::uint16_t port = world.server->port();
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, port](const std::stop_token& stop) {
        const auto client = make_tls_client({"127.0.0.1", port, {}, Transport::plain});
        while (!stop.stop_requested()) {
          static_cast<void>(client->call(World::ask(0), milliseconds(200)));
        }
      });
    }
    std::jthread signals([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        world.channels.signal("value");
        ::usleep(1'000);
      }
    });
    ::usleep(100'000);
    world.server->stop(milliseconds(500));
    CHECK(world.server->counters().active == 0);
  }
}
