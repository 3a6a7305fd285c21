// Thousands of clients that say nothing must not keep one that does from its answer.
#include <algorithm>
#include <sys/resource.h>

#include <doctest/doctest.h>

#include "net/tls.h"
#include "tests/support/net.h"

using namespace twoseal;
using namespace twoseal::test;

namespace {

constexpr milliseconds kWait{10'000};
constexpr std::size_t kWished = 10'000;
constexpr std::size_t kOthers = 200;  // descriptors that are neither end of a silent connection

// As many as both ends fit into this one process.
std::size_t connections_possible() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  constexpr rlim_t kNeeded = 2 * kWished + kOthers;
  if (limit.rlim_max < kNeeded) {
    // Works as root only; else the limit stays as it is.
    const rlimit raised{kNeeded, kNeeded};
    ::setrlimit(RLIMIT_NOFILE, &raised);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(kWished, (limit.rlim_cur - kOthers) / 2);
}

ServerOptions options_for(std::size_t count) {
  ServerOptions options;
  options.limits.connections_per_address_max = count + 10;
  options.handler = [](const HttpRequest&) { return text_response("here"); };
  return options;
}

}  // namespace

TEST_CASE("a request is answered beside ten thousand silent connections") {
  const std::size_t count = connections_possible();
  MESSAGE("silent connections: " << count);
  REQUIRE(count >= 2'000);
  Channels channels;
  const auto server = start(options_for(count), channels);
  std::vector<std::unique_ptr<RawSocket>> silent;
  for (std::size_t i = 0; i < count; ++i) {
    silent.push_back(std::make_unique<RawSocket>(server->port()));
    // Every other one has begun a request and stops there.
    REQUIRE(silent.back()->connected());
    if (i % 2 == 0) {
      REQUIRE(silent.back()->send("GET / HTTP/1.1\r\nHost:"));
    }
  }
  REQUIRE(eventually([&] { return server->counters().active == count; }));
  const auto begin = std::chrono::steady_clock::now();
  CHECK(plain_client(*server)->call({}, kWait)->body == "here");
  CHECK(std::chrono::steady_clock::now() - begin < milliseconds(1'000));
  // Those who began a request and did not go on are given up meanwhile, the others stay.
  CHECK(server->counters().active >= count / 2);
}

TEST_CASE("a request is answered beside a thousand silent TLS connections") {
  constexpr std::size_t kCount = 1'000;
  Keys keys;
  Channels channels;
  ServerOptions options = options_for(kCount);
  options.tls = keys.identity();
  const auto server = start(std::move(options), channels);
  const auto context = TlsContext::make_client({keys.pin()}, {}).value();

  struct Silent {
    RawSocket socket;
    TlsConnection tls;

    Silent(std::uint16_t port, const TlsContext& made)
        : socket(port), tls(made, socket.descriptor(), TlsSide::client) {}
  };

  std::vector<std::unique_ptr<Silent>> silent;
  for (std::size_t i = 0; i < kCount; ++i) {
    auto& one = *silent.emplace_back(std::make_unique<Silent>(server->port(), context));
    TlsStep step = one.tls.handshake();
    while (step.state == TlsStep::State::wait) {
      pollfd ready{one.socket.descriptor(), POLLIN, 0};
      ::poll(&ready, 1, 1'000);
      step = one.tls.handshake();
    }
    REQUIRE(step.state == TlsStep::State::done);
  }
  CHECK(server->counters().active == kCount);
  const auto client = make_tls_client({"127.0.0.1", server->port(), {keys.pin()}});
  CHECK(client->call({}, kWait)->body == "here");
}
