#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "base/os_process.h"
#include "tests/support/net.h"

using namespace twoseal;
using namespace twoseal::test;

namespace {

constexpr milliseconds kWait{10'000};

/// A server with TLS whose handler says who asks.
struct World {
  Keys keys;
  Channels channels;
  std::unique_ptr<HttpServer> server = start(options(keys.identity()), channels);

  static ServerOptions options(const ServerIdentity& identity, std::uint16_t port = 0) {
    ServerOptions options;
    options.port = port;
    options.tls = identity;
    options.handler = [](const HttpRequest& request) {
      const auto& certificate = request.peer.certificate;
      if (request.path == "/park" && !request.waited) {
        return HttpResponse{.park = Park{"never", 0, milliseconds(30'000)}};
      }
      return text_response(request.method + " " + request.path + " " +
                           (certificate ? certificate->name : "nobody"));
    };
    return options;
  }

  ServerAddress address() const { return {"127.0.0.1", server->port(), {keys.pin()}}; }

  std::optional<Errc> error_with(const std::optional<TlsIdentity>& identity) const {
    const auto answer = make_tls_client(address(), identity)->call({.path = "/a"}, kWait);
    return answer ? std::optional<Errc>() : answer.error().code;
  }
};

Errc error_of(const Result<HttpResponse>& answer) {
  REQUIRE_FALSE(answer.has_value());
  return answer.error().code;
}

/// Listens and says the same to everybody who connects, after the first octets came.
class Parrot {
 public:
  explicit Parrot(std::string says) : says_(std::move(says)) {
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_.get(), 16) == 0);
    REQUIRE(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    thread_ = std::jthread([this] { run(); });
  }

  Parrot(const Parrot&) = delete;
  Parrot& operator=(const Parrot&) = delete;

  ~Parrot() { ::shutdown(listener_.get(), SHUT_RDWR); }

  std::uint16_t port = 0;
  std::atomic<int> connections = 0;

 private:
  void run() {
    while (true) {
      const FileDescriptor socket(::accept(listener_.get(), nullptr, nullptr));
      if (!socket.is_open()) {
        return;
      }
      ++connections;
      char piece[4096];
      if (::recv(socket.get(), piece, sizeof(piece), 0) > 0) {
        static_cast<void>(::send(socket.get(), says_.data(), says_.size(), MSG_NOSIGNAL));
      }
    }
  }

  std::string says_;
  FileDescriptor listener_;
  std::jthread thread_;
};

Errc error_after(const std::string& says, std::size_t size_max = 1'000) {
  const Parrot parrot(says);
  const auto client =
      make_tls_client({"127.0.0.1", parrot.port, {}, Transport::plain}, {}, size_max);
  return error_of(client->call({}, milliseconds(3'000)));
}

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

TEST_CASE("a server is known by any of its pins, and by nothing else") {
  const World world;
  const Digest other = sha256("another key");
  ServerAddress address = world.address();
  address.pins = {other, world.keys.pin()};
  CHECK(make_tls_client(address)->call({}, kWait).has_value());
  address.pins = {other};
  CHECK(error_of(make_tls_client(address)->call({}, kWait)) == Errc::refuse_t1);
  address.pins = {};
  CHECK(error_of(make_tls_client(address)->call({}, kWait)) == Errc::refuse_t1);
}

TEST_CASE("a name in the certificate or its time does not matter beside the pin") {
  World world;
  Keys& keys = world.keys;
  keys.server_certificate =
      make_server_certificate(keys.server, {{"elsewhere.example"}, {}}, {1'000, 2'000}).value();
  world.server = start(World::options(keys.identity()), world.channels);
  CHECK(make_tls_client(world.address())->call({}, kWait).has_value());
}

TEST_CASE(
    "a client certificate that is expired, early, of another authority or for servers fails") {
  const World world;
  const UnixSeconds now = SystemClock().now();
  CHECK(world.error_with(world.keys.host_identity({now - 1'000, now - 10})) == Errc::refuse_t1);
  CHECK(world.error_with(world.keys.host_identity({now + 1'000, now + 2'000})) == Errc::refuse_t1);
  Keys stranger;
  CHECK(world.error_with(stranger.host_identity()) == Errc::refuse_t1);
  const Keys& keys = world.keys;
  const TlsIdentity server{make_server_certificate(keys.host.public_key(),
                                                   {{"localhost"}, {}},
                                                   keys.validity,
                                                   {keys.authority_certificate, keys.authority})
                               .value(),
                           to_pkcs8_pem(keys.host)};
  CHECK(world.error_with(server) == Errc::refuse_t1);
  CHECK(world.error_with(world.keys.host_identity()) == std::nullopt);
  CHECK(eventually([&] { return world.server->counters().handshake_failures == 4; }));
}

TEST_CASE("an identity that cannot be used is told") {
  const World world;
  CHECK(world.error_with(TlsIdentity{"", ""}) == Errc::bad_tls_files);
  CHECK(world.error_with(TlsIdentity{world.keys.host_identity().certificate,
                                     to_pkcs8_pem(world.keys.server)}) == Errc::bad_tls_files);
}

TEST_CASE("a server key that changes between two calls is noticed") {
  World world;
  const auto client = make_tls_client(world.address());
  CHECK(client->call({}, kWait).has_value());
  const std::uint16_t port = world.server->port();
  world.server.reset();
  Keys other;
  world.server = start(World::options(other.identity(), port), world.channels);
  CHECK(error_of(client->call({}, kWait)) == Errc::refuse_t1);
  world.server.reset();
  world.server = start(World::options(world.keys.identity(), port), world.channels);
  CHECK(client->call({}, kWait).has_value());
}

TEST_CASE("TLS 1.2 is refused on both sides") {
  const World world;
  const std::string at = "127.0.0.1:" + std::to_string(world.server->port());
  const auto client = run_command(
      {.arguments = {"openssl", "s_client", "-connect", at, "-tls1_2"}, .input = "GET\r\n"});
  REQUIRE(client.has_value());
  CHECK(client->exit != 0);
  CHECK((client->errors + client->output).contains("protocol version"));
  const auto newer = run_command(
      {.arguments = {"openssl", "s_client", "-connect", at, "-tls1_3"}, .input = "Q\n"});
  REQUIRE(newer.has_value());
  CHECK(newer->output.contains("TLSv1.3"));
  // A server that knows TLS 1.2 alone says so in an alert: protocol_version.
  const Parrot old(std::string("\x15\x03\x03\x00\x02\x02\x46", 7));
  const auto answer = make_tls_client({"127.0.0.1", old.port, {world.keys.pin()}})->call({}, kWait);
  CHECK(error_of(answer) == Errc::refuse_t1);
}

TEST_CASE("a handshake that does not end is given up") {
  World world;
  ServerOptions options = World::options(world.keys.identity());
  options.limits.handshake_time = milliseconds(200);
  world.server = start(std::move(options), world.channels);
  const RawSocket silent(world.server->port());
  CHECK(silent.read_all().empty());
  const RawSocket plain(world.server->port());
  plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK_FALSE(plain.read_all().contains("(open)"));
  CHECK(world.server->counters().handshake_failures == 2);
}

TEST_CASE("nobody listening is unreachable, nobody answering is too late") {
  const auto closed = [] {
    const Parrot gone("");
    return gone.port;
  }();
  CHECK(error_of(make_tls_client({"127.0.0.1", closed, {}})->call({}, kWait)) == Errc::unreachable);
  CHECK(error_of(make_tls_client({"no-such-name.invalid", 1, {}})->call({}, kWait)) ==
        Errc::unreachable);
  const World world;
  const auto client = make_tls_client(world.address());
  const auto begin = std::chrono::steady_clock::now();
  CHECK(error_of(client->call({.path = "/park"}, milliseconds(200))) == Errc::timed_out);
  CHECK(std::chrono::steady_clock::now() - begin < milliseconds(2'000));
  CHECK(client->call({.path = "/a"}, kWait)->body == "GET /a nobody");
}

TEST_CASE("plain HTTP goes to this machine only") {
  const auto client = make_tls_client({"192.0.2.1", 80, {}, Transport::plain});
  CHECK(error_of(client->call({}, kWait)) == Errc::plain_http);
}

TEST_CASE("a long poll can be cancelled from another thread, for good") {
  const World world;
  const auto client = make_tls_client(world.address());
  std::jthread stopper([&] {
    CHECK(eventually([&] { return world.server->counters().parked == 1; }));
    client->cancel();
  });
  CHECK(error_of(client->call({.path = "/park"}, kWait)) == Errc::cancelled);
  CHECK(error_of(client->call({.path = "/a"}, kWait)) == Errc::cancelled);
}

TEST_CASE("a kept connection that the server closed is opened again") {
  World world;
  ServerOptions options = World::options(world.keys.identity());
  options.limits.idle_time = milliseconds(100);
  world.server = start(std::move(options), world.channels);
  const auto client = make_tls_client(world.address());
  for (int i = 0; i < 3; ++i) {
    CHECK(client->call({.method = "POST", .path = "/a"}, kWait)->body == "POST /a nobody");
    CHECK(eventually([&] { return world.server->counters().active == 0; }));
  }
  CHECK(world.server->counters().accepted == 3);
}

TEST_CASE("a call is repeated only where that does no harm, and only once") {
  // Answers one request on each connection; the next one on it finds the connection closed.
  const std::string answer = "HTTP/1.1 204 No Content\r\n\r\n";
  const Parrot parrot(answer);
  const auto client = make_tls_client({"127.0.0.1", parrot.port, {}, Transport::plain});
  CHECK(client->call({}, kWait)->status == 204);
  CHECK(client->call({}, kWait)->status == 204);
  CHECK(client->call({.method = "POST", .headers = {{"idempotency-key", "k"}}}, kWait)->status ==
        204);
  const Parrot silent("");
  const auto other = make_tls_client({"127.0.0.1", silent.port, {}, Transport::plain});
  CHECK(error_of(other->call({.method = "POST"}, kWait)) == Errc::unreachable);
  CHECK(silent.connections == 1);
}

TEST_CASE("an answer that breaks the protocol or a limit is refused") {
  CHECK(error_after("nonsense\r\n\r\n") == Errc::bad_http);
  CHECK(error_after("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort") == Errc::bad_http);
  CHECK(error_after("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n") == Errc::bad_http);
  CHECK(error_after("HTTP/1.1 200 OK\r\n\r\nuntil the end") == Errc::bad_http);
  CHECK(error_after("HTTP/1.1 200 OK\r\na: 1\r\na: 2\r\ncontent-length: 0\r\n\r\n") ==
        Errc::bad_http);
  CHECK(error_after("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n") ==
        Errc::bad_http);
  CHECK(error_after("HTTP/1.1 200 OK\r\nx: " + std::string(100'000, 'x') + "\r\n\r\n") ==
        Errc::bad_http);
  CHECK(error_after("") == Errc::unreachable);
}

TEST_CASE("an announcement before the answer is skipped, chunks are joined") {
  const Parrot parrot(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
      "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
  const auto client = make_tls_client({"127.0.0.1", parrot.port, {}, Transport::plain});
  CHECK(client->call({}, kWait)->body == "abc");
}

TEST_CASE("a request that cannot be written is refused before anything is sent") {
  const auto client = make_tls_client({"127.0.0.1", 1, {}, Transport::plain});
  CHECK(error_of(client->call({.method = "GET /"}, kWait)) == Errc::bad_request);
  CHECK(error_of(client->call({.path = "/a/../b"}, kWait)) == Errc::bad_request);
  CHECK(error_of(client->call({.headers = {{"a", "b\r\nc: d"}}}, kWait)) == Errc::bad_request);
  CHECK(error_of(client->call({.headers = {{"content-length", "1"}}}, kWait)) == Errc::bad_request);
}
