#include "net/probe.h"

#include <doctest/doctest.h>

#include "net/address.h"
#include "tests/support/net.h"

using namespace twoseal;
using namespace twoseal::test;

namespace {

constexpr milliseconds kWithin{2'000};

constexpr std::string_view kRoutes =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    "eth1\t00000000\t0200A8C0\t0003\t0\t0\t200\t00000000\t0\t0\t0\n"
    "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
    "eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";

constexpr std::string_view kNeighbours =
    "IP address       HW type     Flags       HW address            Mask     Device\n"
    "192.168.1.1      0x1         0x2         52:54:00:12:35:02     *        eth0\n"
    "192.168.0.2      0x1         0x0         00:00:00:00:00:00     *        eth1\n";

struct World {
  Channels channels;
  std::unique_ptr<HttpServer> server = start(
      {.handler =
           [](const HttpRequest& request) {
             return HttpResponse{request.path == "/moved" ? 302 : 204, {{"location", "/"}}, "", {}};
           }},
      channels);
  std::unique_ptr<Prober> prober = make_network_prober();
  std::string base = "http://127.0.0.1:" + std::to_string(server->port());
};

}  // namespace

TEST_CASE("a port that listens is found, one that does not is not") {
  World world;
  CHECK(world.prober->tcp("127.0.0.1", world.server->port(), kWithin).has_value());
  CHECK(world.prober->tcp("localhost", world.server->port(), kWithin).has_value());
  const std::uint16_t port = world.server->port();
  world.server.reset();
  CHECK(world.prober->tcp("127.0.0.1", port, kWithin).error().code == Errc::unreachable);
}

TEST_CASE("the status of a page is told, a redirect is not followed") {
  const World world;
  CHECK(world.prober->http_status(world.base + "/a", kWithin).value() == 204);
  CHECK(world.prober->http_status(world.base, kWithin).value() == 204);
  CHECK(world.prober->http_status(world.base + "/moved", kWithin).value() == 302);
}

TEST_CASE("addresses that hand out credentials are never asked") {
  const auto prober = make_network_prober();
  for (const std::string host : {"169.254.169.254",
                                 "fe80::1",
                                 "fd00:ec2::254",
                                 "::ffff:169.254.169.254",
                                 "::169.254.169.254",
                                 "64:ff9b::a9fe:a9fe"}) {
    CHECK(prober->tcp(host, 80, kWithin).error().code == Errc::probe_refused);
  }
  CHECK(prober->http_status("http://169.254.169.254/latest/meta-data", kWithin).error().code ==
        Errc::probe_refused);
  CHECK(prober->http_status("http://[fd00:ec2::254]/", kWithin).error().code ==
        Errc::probe_refused);
  // 2852039166 is 169.254.169.254 too.
  CHECK(prober->tcp("2852039166", 80, kWithin).error().code == Errc::probe_refused);
}

TEST_CASE("a URL has one form") {
  CHECK(parse_http_url("http://a:8080/b?c=d").value() == HttpUrl{"a", 8080, "/b?c=d"});
  CHECK(parse_http_url("http://[::1]:81").value() == HttpUrl{"::1", 81, "/"});
  CHECK(parse_http_url("http://[::1]/x").value() == HttpUrl{"::1", 80, "/x"});
  for (const std::string bad : {"https://a/",
                                "http://",
                                "http://a:0/",
                                "http://a:65536/",
                                "http://a:80x/",
                                "http://user@a/",
                                "http://a/b#c",
                                "http://a/../b",
                                "http://a b/",
                                "http://[::1",
                                "http://[x]/",
                                "http://[::1]x/",
                                "ftp://a/",
                                ""}) {
    CAPTURE(bad);
    CHECK(parse_http_url(bad).error().code == Errc::bad_field);
  }
}

TEST_CASE("what does not speak HTTP or SSH says something else") {
  Keys keys;
  Channels channels;
  ServerOptions options;
  options.tls = keys.identity();
  const auto server = start(std::move(options), channels);
  const auto prober = make_network_prober();
  const auto answer =
      prober->http_status("http://127.0.0.1:" + std::to_string(server->port()), kWithin);
  CHECK_FALSE(answer.has_value());
  const auto banner = prober->ssh_banner(kWithin);
  CHECK((banner.has_value() ? banner->starts_with("SSH-2.0-")
                            : banner.error().code == Errc::unreachable));
}

TEST_CASE("the default route with the lowest metric leads to the gateway") {
  const Gateway gateway = parse_default_gateway(kRoutes).value();
  CHECK(gateway == Gateway{0x0101A8C0, "eth0"});
  CHECK(is_known_neighbour(kNeighbours, gateway));
  CHECK_FALSE(is_known_neighbour(kNeighbours, {0x0200A8C0, "eth1"}));
  CHECK_FALSE(is_known_neighbour(kNeighbours, {0x0101A8C0, "eth1"}));
  CHECK(parse_default_gateway("Iface\n").error().code == Errc::no_input);
  CHECK(parse_default_gateway("").error().code == Errc::no_input);
  CHECK(parse_default_gateway("eth0\t00000000\tzz\t0003\t0\t0\t1\t00000000\n").error().code ==
        Errc::no_input);
}

TEST_CASE("the gateway of this machine answers, is unreachable, or is none") {
  const auto answer = make_network_prober()->gateway(milliseconds(200));
  CHECK((answer.has_value() || answer.error().code == Errc::unreachable ||
         answer.error().code == Errc::no_input));
}

TEST_CASE("the twin in memory answers as it is told") {
  MemoryProber prober;
  CHECK(prober.tcp("a", 1, kWithin).error().code == Errc::unreachable);
  CHECK(prober.http_status("a", kWithin).error().code == Errc::unreachable);
  CHECK(prober.ssh_banner(kWithin).error().code == Errc::unreachable);
  CHECK(prober.gateway(kWithin).error().code == Errc::unreachable);
  prober.on_tcp = [](const std::string& host, std::uint16_t port) -> Result<void> {
    return host == "a" && port == 1 ? Result<void>() : fail(Errc::timed_out, "no");
  };
  prober.on_http_status = [](const std::string&) -> Result<int> { return 503; };
  prober.on_ssh_banner = [] -> Result<std::string> { return "SSH-2.0-x"; };
  prober.on_gateway = [] -> Result<void> { return {}; };
  CHECK(prober.tcp("a", 1, kWithin).has_value());
  CHECK(prober.tcp("a", 2, kWithin).error().code == Errc::timed_out);
  CHECK(prober.http_status("a", kWithin).value() == 503);
  CHECK(prober.ssh_banner(kWithin).value() == "SSH-2.0-x");
  CHECK(prober.gateway(kWithin).has_value());
}
