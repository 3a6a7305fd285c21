#include "compliance/report/asset.h"

#include <doctest/doctest.h>

#include "tests/support/checked_host.h"

namespace twoseal::scap {
namespace {

InterfaceAddress interface_of(std::string name, std::string hardware, std::string address) {
  InterfaceAddress made;
  made.type = name == "lo" ? "ARPHRD_LOOPBACK" : "ARPHRD_ETHER";
  made.name = std::move(name);
  made.hardware = std::move(hardware);
  made.is_ipv6 = address.find(':') != std::string::npos;
  made.address = std::move(address);
  return made;
}

ReportInput addresses_of(const CheckedHost& checked,
                         const std::vector<InterfaceAddress>& interfaces) {
  ReportInput input{.assessment = checked.assessment(), .content_name = "app"};
  add_addresses(interfaces, input);
  return input;
}

}  // namespace

TEST_CASE("an asset is known by an address that only it has, with the hardware that bears it") {
  const CheckedHost checked("etc/app.conf", "");
  const ReportInput input =
      addresses_of(checked,
                   {interface_of("lo", "00:00:00:00:00:00", "127.0.0.1"),
                    interface_of("lo", "00:00:00:00:00:00", "::1/128"),
                    interface_of("eth0", "52:00:00:00:00:09", "fe80::9/64"),
                    interface_of("eth1", "52:00:00:00:00:01", "2001:db8::7/64"),
                    interface_of("eth1", "52:00:00:00:00:01", "192.0.2.7")});
  CHECK(input.addresses == std::vector<std::string>{"192.0.2.7", "2001:db8::7"});
  CHECK(input.mac_addresses == std::vector<std::string>{"52:00:00:00:00:01", "52:00:00:00:00:09"});
}

TEST_CASE("a host that only itself can reach has no address to be known by") {
  const CheckedHost checked("etc/app.conf", "");
  const ReportInput input = addresses_of(
      checked, {interface_of("lo", "", "127.0.0.1"), interface_of("eth0", "", "169.254.3.4")});
  CHECK(input.addresses.empty());
}

TEST_CASE("the domain of a name is in the name or in the file of hosts") {
  constexpr std::string_view kHosts =
      "127.0.0.1 localhost # web1.comment.example\n192.0.2.7\tweb1.example.org web1\n"
      "192.0.2.8 web12.example.org web12\n";
  CHECK(domain_name_of("a.example.org", kHosts) == "a.example.org");
  CHECK(domain_name_of("web1", kHosts) == "web1.example.org");
  CHECK(domain_name_of("web2", kHosts).empty());
  CHECK(domain_name_of("localhost", kHosts).empty());
  CHECK(domain_name_of("", kHosts).empty());
}

}  // namespace twoseal::scap
