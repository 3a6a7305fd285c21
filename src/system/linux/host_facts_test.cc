#include "system/linux/host_facts.h"

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

// As the kernel of a little-endian machine prints them: 10.77.0.1 by eth0, 10.77.0.0/24 there.
constexpr std::string_view kRoute =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    "eth0\t00000000\t01004D0A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    "eth0\t00004D0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    "eth1\t0000A8C0\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
constexpr std::string_view kTrie =
    "Main:\n"
    "  +-- 0.0.0.0/0 3 0 5\n"
    "     |-- 0.0.0.0\n"
    "        /0 universe UNICAST\n"
    "           |-- 10.77.0.0\n"
    "              /24 link UNICAST\n"
    "           |-- 10.77.0.17\n"
    "              /32 host LOCAL\n"
    "           |-- 10.77.0.255\n"
    "              /32 link BROADCAST\n"
    "        |-- 127.0.0.1\n"
    "           /32 host LOCAL\n";
constexpr std::string_view kRoute6 =
    "20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth1\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "fe800000000000000000000000000001 00000400 00000003 00000000 00000003     eth0\n";
constexpr std::string_view kAddresses6 =
    "fe800000000000000000000000000017 02 40 20 80     eth0\n"
    "20010db8000000000000000000000099 02 40 00 01     eth0\n"
    "20010db8000000000000000000000017 02 40 00 00     eth0\n"
    "00000000000000000000000000000001 01 80 10 80       lo\n";

}  // namespace

TEST_CASE("memory is told in octets") {
  CHECK(memory_bytes("MemFree: 1 kB\nMemTotal:       16000 kB\n") == 16'384'000);
  CHECK_FALSE(memory_bytes("MemTotal: x kB\n").has_value());
  CHECK_FALSE(memory_bytes("").has_value());
}

TEST_CASE("the full name of a host comes from its own files") {
  constexpr std::string_view kHosts =
      "127.0.0.1 localhost\n# 10.0.0.1 web1.wrong.org web1\n\n"
      "127.0.1.1 web1.example.org web1 # here\n::1 localhost\n";
  CHECK(full_host_name(kHosts, "web1") == "web1.example.org");
  CHECK(full_host_name(kHosts, "web1.other.org") == "web1.other.org");
  CHECK_FALSE(full_host_name(kHosts, "localhost").has_value());
  CHECK_FALSE(full_host_name("", "web1").has_value());
}

TEST_CASE("the default address is the one in the network of the gateway") {
  CHECK(default_ipv4(kRoute, kTrie) == "10.77.0.17");
  CHECK_FALSE(default_ipv4("", kTrie).has_value());
  CHECK_FALSE(default_ipv4(kRoute, "").has_value());
  CHECK(default_ipv6(kRoute6, kAddresses6) == "2001:db8::17");
  CHECK_FALSE(default_ipv6("", kAddresses6).has_value());
  CHECK_FALSE(default_ipv6(kRoute6, "").has_value());
}
