#include "net/server.h"

#include <atomic>
#include <sys/resource.h>
#include <thread>

#include <doctest/doctest.h>

#include "tests/support/net.h"

using namespace twoseal;
using namespace twoseal::test;

namespace {

constexpr milliseconds kWait{10'000};

/// A plain server that echoes; its limits may be changed before it starts.
struct World {
  Channels channels;
  ServerOptions options;
  std::unique_ptr<HttpServer> server;

  World() {
    options.handler = [](const HttpRequest& request) {
      return text_response(request.path + ":" + request.body);
    };
  }

  void run() { server = start(options, channels); }

  /// What comes back for raw octets, up to the end of the connection.
  std::string answer_to(std::string_view octets, milliseconds wait = milliseconds(5'000)) const {
    const RawSocket socket(server->port());
    socket.send(octets);
    return socket.read_all(wait);
  }
};

std::string post(std::string_view headers, std::string_view body = {}) {
  return "POST /a HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

int status_of(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(std::string(answer.substr(9, 3))) : 0;
}

}  // namespace

TEST_CASE("requests one after the other on one connection are answered in order") {
  World world;
  world.run();
  const std::string answer =
      world.answer_to(post("Content-Length: 1\r\n", "1") +
                      post("Transfer-Encoding: chunked\r\n", "1\r\n2\r\n0\r\n\r\n") +
                      post("Connection: close\r\nContent-Length: 1\r\n", "3"));
  const std::size_t first = answer.find("/a:1");
  const std::size_t second = answer.find("/a:2");
  const std::size_t third = answer.find("/a:3");
  CHECK(first < second);
  CHECK(second < third);
  CHECK(third != std::string::npos);
  CHECK(answer.ends_with("/a:3"));
  CHECK(world.server->counters().responses[2] == 3);
  CHECK(world.server->counters().accepted == 1);
}

TEST_CASE("HEAD has the headers of GET and no body") {
  World world;
  world.run();
  const auto answer = plain_client(*world.server)->call({.method = "HEAD", .path = "/abc"}, kWait);
  CHECK(answer->status == 200);
  CHECK(answer->body.empty());
  CHECK(answer->headers.at("content-length") == "5");
}

TEST_CASE("a request that is refused gets its status with a problem, and the connection ends") {
  World world;
  world.run();
  const std::string smuggled =
      world.answer_to(post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                           "0\r\n\r\nGET /evil HTTP/1.1\r\nHost: x\r\n\r\n"));
  CHECK(status_of(smuggled) == 400);
  CHECK(smuggled.contains("application/problem+json"));
  CHECK(smuggled.contains("TS-5006"));
  CHECK(smuggled.contains("connection: close"));
  CHECK_FALSE(smuggled.contains("/evil"));
  CHECK(status_of(world.answer_to("GET / HTTP/1.0\r\nHost: x\r\n\r\n")) == 505);
  CHECK(status_of(world.answer_to("GET /../etc HTTP/1.1\r\nHost: x\r\n\r\n")) == 400);
  CHECK(status_of(world.answer_to("\x16\x03\x01 this is TLS")) == 400);
  CHECK(world.server->counters().responses[4] == 3);
  CHECK(world.server->counters().responses[5] == 1);
}

TEST_CASE("the limit of a body depends on the path, and nothing of a larger one is waited for") {
  World world;
  world.options.body_max = [](std::string_view method, std::string_view path) {
    return std::size_t{method == "POST" && path == "/large" ? 64U : 4U} * 1024 * 1024;
  };
  world.run();
  const auto client = plain_client(*world.server);
  const Bytes large(std::size_t{20} * 1024 * 1024, 'x');
  const auto taken = client->call({.method = "POST", .path = "/large", .body = large}, kWait);
  REQUIRE(taken.has_value());
  CHECK(taken->body.size() == large.size() + 7);
  const auto refused = client->call({.method = "POST", .path = "/small", .body = large}, kWait);
  REQUIRE_MESSAGE(refused.has_value(), (refused ? "" : refused.error().what));
  CHECK(refused->status == 413);
  CHECK(status_of(world.answer_to(post("Content-Length: 9999999\r\n"))) == 413);
}

TEST_CASE("a body is asked for only after its header was accepted") {
  World world;
  world.run();
  const RawSocket socket(world.server->port());
  socket.send(post("Expect: 100-continue\r\nContent-Length: 2\r\n"));
  CHECK(socket.read_all(milliseconds(300)) == "HTTP/1.1 100 Continue\r\n\r\n(open)");
  socket.send("ok");
  CHECK(socket.read_all(milliseconds(300)).contains("/a:ok"));
  const std::string refused =
      world.answer_to(post("Expect: 100-continue\r\nContent-Length: 9999999\r\n"));
  CHECK(status_of(refused) == 413);
}

TEST_CASE("a header that trickles in is given up, an idle connection is closed") {
  World world;
  world.options.limits.header_time = milliseconds(300);
  world.options.limits.idle_time = milliseconds(600);
  world.run();
  const RawSocket slow(world.server->port());
  const auto begin = std::chrono::steady_clock::now();
  std::jthread drip([&] {
    for (const char c : std::string_view("GET / HTTP/1.1\r\nHost: slow\r\nX: y")) {
      if (!slow.send({&c, 1})) {
        return;
      }
      ::usleep(50'000);
    }
  });
  CHECK(status_of(slow.read_all()) == 408);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  const RawSocket idle(world.server->port());
  CHECK(idle.read_all().empty());
  CHECK(world.server->counters().overdue == 1);
}

TEST_CASE("a body below the minimum rate is given up, a steady one is not") {
  World world;
  world.options.limits.grace = milliseconds(300);
  world.options.limits.rate_min = 1'000;
  world.run();
  const RawSocket slow(world.server->port());
  slow.send(post("Content-Length: 1000\r\n", "only a little"));
  CHECK(status_of(slow.read_all()) == 408);
  const RawSocket steady(world.server->port());
  steady.send(post("Connection: close\r\nContent-Length: 2000\r\n"));
  for (int i = 0; i < 10; ++i) {
    steady.send(std::string(200, 'x'));
    ::usleep(60'000);
  }
  CHECK(status_of(steady.read_all()) == 200);
}

TEST_CASE("who does not read its answer is given up") {
  World world;
  world.options.limits.grace = milliseconds(300);
  world.options.handler = [](const HttpRequest&) {
    return text_response(std::string(std::size_t{32} * 1024 * 1024, 'x'));
  };
  world.run();
  const RawSocket socket(world.server->port());
  socket.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(eventually([&] { return world.server->counters().responses[2] == 1; }));
  CHECK(eventually([&] { return world.server->counters().active == 0; }));
}

TEST_CASE("a body that is cut off reaches no handler") {
  World world;
  std::atomic<int> calls = 0;
  world.options.handler = [&](const HttpRequest&) {
    ++calls;
    return HttpResponse{};
  };
  world.run();
  {
    const RawSocket socket(world.server->port());
    socket.send(post("Content-Length: 10\r\n", "12345"));
  }
  {
    const RawSocket socket(world.server->port());
    socket.send(post("Transfer-Encoding: chunked\r\n", "5\r\n123"));
  }
  CHECK(eventually([&] {
    const auto counters = world.server->counters();
    return counters.accepted == 2 && counters.active == 0;
  }));
  CHECK(calls == 0);
}

TEST_CASE("connections of one address, connections in all, and requests of one are limited") {
  World world;
  world.options.limits.connections_per_address_max = 2;
  world.options.limits.requests_per_connection_max = 2;
  world.run();
  {
    const RawSocket first(world.server->port());
    const RawSocket second(world.server->port());
    CHECK(eventually([&] { return world.server->counters().active == 2; }));
    const RawSocket third(world.server->port());
    CHECK(third.read_all().empty());
    CHECK(world.server->counters().refused == 1);
  }
  CHECK(eventually([&] { return world.server->counters().active == 0; }));
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string answers = world.answer_to(get + get + get);
  CHECK(answers.contains("connection: close"));
  CHECK(world.server->counters().responses[2] == 2);
}

TEST_CASE("when no worker has room, the answer is 503 with Retry-After") {
  World world;
  std::atomic<bool> go = false;
  std::atomic<bool> inside = false;
  world.options.workers = 1;
  world.options.limits.queue_max = 1;
  world.options.handler = [&](const HttpRequest&) {
    inside = true;
    while (!go) {
      ::usleep(1'000);
    }
    return text_response("done");
  };
  world.run();
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  std::vector<std::unique_ptr<RawSocket>> sockets;
  for (int i = 0; i < 6; ++i) {
    sockets.push_back(std::make_unique<RawSocket>(world.server->port()));
    sockets.back()->send(get);
    REQUIRE(eventually([&] { return inside.load(); }));
  }
  CHECK(eventually([&] { return world.server->counters().responses[5] >= 4; }));
  go = true;
  int done = 0;
  int busy = 0;
  for (const auto& socket : sockets) {
    const std::string answer = socket->read_all();
    done += status_of(answer) == 200 ? 1 : 0;
    busy += status_of(answer) == 503 && answer.contains("retry-after: 2") ? 1 : 0;
  }
  CHECK(done == 2);
  CHECK(busy == 4);
}

TEST_CASE("bodies on their way have a limit for all together") {
  World world;
  world.options.limits.held_max = 100'000;
  world.run();
  const RawSocket first(world.server->port());
  first.send(post("Content-Length: 90000\r\n", std::string(80'000, 'x')));
  ::usleep(200'000);
  const RawSocket second(world.server->port());
  second.send(post("Content-Length: 90000\r\n", std::string(80'000, 'x')));
  CHECK(status_of(second.read_all()) == 503);
  first.send(std::string(10'000, 'x'));
  CHECK(first.read_all(milliseconds(500)).contains("200 OK"));
  const RawSocket third(world.server->port());
  third.send(post("Connection: close\r\nContent-Length: 90000\r\n", std::string(90'000, 'x')));
  CHECK(status_of(third.read_all()) == 200);
}

TEST_CASE("a handler that throws or answers nonsense is a 500") {
  World world;
  world.options.handler = [](const HttpRequest& request) -> HttpResponse {
    if (request.path == "/throw") {
      throw std::runtime_error("out of memory");
    }
    return {200, {{"location", request.query.at("to") + "\r\nx: y"}}, "", {}};
  };
  world.run();
  const auto client = plain_client(*world.server);
  CHECK(client->call({.path = "/throw"}, kWait)->status == 500);
  const auto split = client->call({.path = "/split", .query = {{"to", "a"}}}, kWait);
  CHECK(split->status == 500);
  CHECK_FALSE(split->headers.contains("x"));
}

TEST_CASE("plain HTTP is served on loopback addresses only") {
  Channels channels;
  const auto code = [&](const std::string& address, std::uint16_t port) {
    ServerOptions options;
    options.address = address;
    options.port = port;
    auto server = HttpServer::start(options, channels);
    return server ? std::optional<Errc>() : server.error().code;
  };
  CHECK(code("0.0.0.0", 0) == Errc::plain_http);
  CHECK(code("::", 0) == Errc::plain_http);
  CHECK(code("192.0.2.1", 0) == Errc::plain_http);
  CHECK(code("localhost", 0) == Errc::cannot_listen);
  CHECK(code("127.0.0.1", 0) == std::nullopt);
  World world;
  world.run();
  CHECK(code("127.0.0.1", world.server->port()) == Errc::cannot_listen);
}

TEST_CASE("files for TLS that do not fit are told before anything listens") {
  const Keys keys;
  Channels channels;
  const std::string other = to_pkcs8_pem(PrivateKey::generate_p256());
  for (const ServerIdentity& identity :
       {ServerIdentity{"", "", ""},
        ServerIdentity{keys.server_certificate, other, ""},
        ServerIdentity{keys.server_certificate, "nonsense", ""},
        ServerIdentity{keys.server_certificate, to_pkcs8_pem(keys.server), "nonsense"},
        ServerIdentity{keys.server_certificate, std::string(100'000, 'x'), ""}}) {
    ServerOptions options;
    options.tls = identity;
    auto server = HttpServer::start(options, channels);
    REQUIRE_FALSE(server.has_value());
    CHECK(server.error().code == Errc::bad_tls_files);
  }
}

TEST_CASE("without descriptors the server waits instead of spinning, and goes on later") {
  World world;
  world.run();
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  std::vector<FileDescriptor> hoard;
  const RawSocket waiting(world.server->port());
  CHECK(eventually([&] { return world.server->counters().accepted == 1; }));
  // Sockets of the clients first, so that only the server runs out.
  std::vector<std::unique_ptr<RawSocket>> clients;
  const int next = ::dup(0);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(next) + 2;
  ::close(next);
  ::setrlimit(RLIMIT_NOFILE, &tight);
  clients.push_back(std::make_unique<RawSocket>(world.server->port()));
  const int last = ::dup(0);
  ::usleep(50'000);
  clients.back()->send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const bool paused = eventually([&] {
    return world.server->counters().accept_pauses > 0 || world.server->counters().accepted == 2;
  });
  const auto pauses = world.server->counters().accept_pauses;
  ::usleep(300'000);
  CHECK(world.server->counters().accept_pauses - pauses < 10);
  ::close(last);
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(paused);
  CHECK(status_of(clients.back()->read_all()) == 200);
}

TEST_CASE("several threads of sockets serve alike") {
  World world;
  world.options.io_threads = 2;
  world.run();
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const auto client = plain_client(*world.server);
      for (int i = 0; i < 100; ++i) {
        const auto answer = client->call({.method = "POST", .path = "/x", .body = "y"}, kWait);
        good += answer && answer->body == "/x:y" ? 1 : 0;
      }
    });
  }
  threads.clear();
  CHECK(good == 400);
}
