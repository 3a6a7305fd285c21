// What of a test bed can be judged without making one. The rest is tests/testbed/.
#include <doctest/doctest.h>

#include "cli/testbed/mirror.h"
#include "cli/testbed/mounts.h"
#include "cli/testbed/place.h"
#include "cli/testbed/subnet.h"
#include "tests/support/temporary_directory.h"

using namespace twoseal;           // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::testbed;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

Tools quiet_tools() {
  return Tools([](std::string_view) {}, [](std::string_view) {});
}

}  // namespace

TEST_CASE("the mirror is the first repository that has the release") {
  CHECK(mirror_in("deb http://a.example/debian bookworm main\n", "bookworm") ==
        "http://a.example/debian");
  CHECK(mirror_in("# deb http://no.example x main\n"
                  "deb-src http://src.example bookworm main\n"
                  "deb http://other.example/ubuntu jammy main\n"
                  "deb [arch=amd64 signed-by=/k.gpg] https://b.example bookworm main\n"
                  "deb http://late.example bookworm main\n",
                  "bookworm") == "https://b.example");
  CHECK(mirror_in("Types: deb\n# one\nURIs: http://c.example/debian\n"
                  "Suites: bookworm bookworm-updates\nComponents: main\n",
                  "bookworm") == "http://c.example/debian");
  CHECK(mirror_in("Types: deb-src\nURIs: http://a.example\nSuites: bookworm\n\n"
                  "Types: deb\nURIs: cdrom:[disc] file:/srv/mirror\nSuites: bookworm\n",
                  "bookworm") == "file:/srv/mirror");
}

TEST_CASE("sources without the release have no mirror") {
  CHECK(!mirror_in("", "bookworm"));
  CHECK(!mirror_in("deb\ndeb [a\ndeb [a=b] x\n", "bookworm"));
  CHECK(!mirror_in("deb cdrom:[disc]/ bookworm main\n", "bookworm"));
  CHECK(!mirror_in("deb http://a.example bookworm-security main\n", "bookworm"));
  CHECK(!mirror_in("Types: deb\nURIs: http://a.example\nSuites: trixie\n", "bookworm"));
}

TEST_CASE("a subnet is 10.x.y.0/24") {
  CHECK(parse_subnet("10.20.30.0/24").value() == Subnet{20, 30});
  CHECK(Subnet{20, 30}.address(7) == "10.20.30.7");
  CHECK(Subnet{20, 30}.hardware_address(7) == "02:00:0a:14:1e:07");
  for (const char* wrong : {"",
                            "10.20.30.0",
                            "10.20.30.1/24",
                            "10.20.30.0/25",
                            "11.20.30.0/24",
                            "10.20.300.0/24",
                            "10.020.30.0/24",
                            "10.20.30.0/24 "}) {
    CAPTURE(wrong);
    const auto parsed = parse_subnet(wrong);
    REQUIRE(!parsed);
    CHECK(parsed.error().code == Errc::usage);
  }
}

TEST_CASE("a subnet clashes with every route that covers some of it") {
  const std::string routes =
      "default via 192.0.2.1 dev eth0 \n"
      "10.1.0.0/16 via 192.0.2.9 dev eth0 \n"
      "10.7.7.128/25 dev docker0 proto kernel scope link src 10.7.7.129 \n"
      "unreachable 10.9.0.0/24 \n"
      "local 10.8.8.8 dev eth0 table local proto kernel scope host src 10.8.8.8 \n"
      "broadcast 192.0.2.255 dev eth0 table local proto kernel scope link src 192.0.2.2 \n";
  for (const Subnet& taken : {Subnet{1, 200}, Subnet{7, 7}, Subnet{9, 0}, Subnet{8, 8}}) {
    CAPTURE(taken.text());
    CHECK(clash(taken, routes).has_value());
  }
  for (const Subnet& free : {Subnet{2, 0}, Subnet{7, 8}, Subnet{9, 1}, Subnet{8, 9}}) {
    CAPTURE(free.text());
    CHECK(!clash(free, routes));
  }
}

TEST_CASE("a free subnet is found from any start, if there is one") {
  CHECK(free_subnet("", 0) == Subnet{1, 0});
  CHECK(free_subnet("10.3.0.0/16 dev x\n", 3 * 256 + 5) == Subnet{4, 0});
  CHECK(free_subnet("", 255 * 256) == Subnet{1, 0});
  CHECK(!free_subnet("10.0.0.0/8 dev x\n", 77));
}

TEST_CASE("mounts are read with their spaces") {
  const auto all = parse_mounts(
      "25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
      "26 25 0:5 / /a\\040b rw - overlay x rw\nbroken\n");
  CHECK(all == std::vector<Mount>{{"/", "ext4"}, {"/a b", "overlay"}});
}

TEST_CASE("the last lines of a text") {
  CHECK(last_lines("a\nb\nc\n", 2) == "b\nc");
  CHECK(last_lines("a\nb\nc", 9) == "a\nb\nc");
  CHECK(last_lines("\nb", 1) == "b");
  CHECK(last_lines("\n\n", 3).empty());
}

TEST_CASE("the number that a text begins with") {
  CHECK(leading_number("4711 12\n") == 4711);
  CHECK(leading_number("") == 0);
  CHECK(leading_number("x1") == 0);
  CHECK(leading_number("99999999999999999999") == 0);
}

TEST_CASE("a directory that holds something else becomes no test bed") {
  const TemporaryDirectory holder;
  REQUIRE(write_file(holder.file("mine"), "x", Access::owner, Existing::keep).has_value());
  const auto made = Place::make(holder.file(""), std::nullopt, quiet_tools());
  REQUIRE(!made);
  CHECK(made.error().code == Errc::testbed_foreign);
  CHECK(Place::open(holder.file("")).error().code == Errc::testbed_foreign);
  CHECK(Place::open(holder.file("absent")).error().code == Errc::no_input);
}

TEST_CASE("a test bed keeps its subnet, holds no other, and counts its hosts") {
  const TemporaryDirectory holder;
  const std::string mark = "twoseal testbed 1\nsubnet 10.20.30.0/24\n";
  REQUIRE(write_file(holder.file("testbed"), mark, Access::owner, Existing::keep).has_value());
  const Place place = Place::open(holder.file("")).value();
  CHECK(place.subnet() == Subnet{20, 30});
  CHECK(Place::make(holder.file("inner"), std::nullopt, quiet_tools()).error().code ==
        Errc::testbed_foreign);
  CHECK(Place::make(holder.file(""), Subnet{1, 1}, quiet_tools()).error().code ==
        Errc::testbed_subnet);
  for (const char* wrong : {"", "Web", "1web", "web-", "a/b", "..", "a_b"}) {
    CAPTURE(wrong);
    CHECK(place.add(wrong).error().code == Errc::usage);
  }
  const Host first = place.add("web-01").value();
  CHECK(first.number == 1);
  // It counts from the moment that it is furnished.
  CHECK(place.hosts().value().empty());
  REQUIRE(write_file(place.host_file(first, "number"), "1\n", Access::owner, Existing::keep));
  CHECK(place.add("web-01").value().number == 1);
  CHECK(place.add("db-01").value().number == 2);
  CHECK(place.find("web-01").value().number == 1);
  CHECK(place.find("db-01").error().code == Errc::testbed_no_host);
  CHECK(place.address(first) == "10.20.30.11");
  CHECK(place.link(first).size() <= 15);
}

TEST_CASE("two runs do not change one test bed") {
  const TemporaryDirectory holder;
  const auto first = lock_file(holder.file("lock"), false);
  REQUIRE(first.has_value());
  CHECK(lock_file(holder.file("lock"), false).error().code == Errc::testbed_busy);
}

TEST_CASE("a damaged mark is told as what it is") {
  const TemporaryDirectory holder;
  REQUIRE(write_file(holder.file("testbed"),
                     "twoseal testbed 1\nsubnet nonsense\n",
                     Access::owner,
                     Existing::keep)
              .has_value());
  CHECK(Place::open(holder.file("")).error().code == Errc::testbed_foreign);
}
