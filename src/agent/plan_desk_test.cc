#include "agent/plan_desk.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "tests/support/memory_home.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

constexpr UnixSeconds kNow = 1'800'000'000;
constexpr const char* kFile = "/agent/held/plans";

const ActorId kEve = ActorId::parse("p:eve").value();
const ActorId kLeo = ActorId::parse("p:leo").value();

class Desk : public test::MemoryHome {
 public:
  Desk() { open(); }

  void open() {
    auto opened = PlanDesk::open(home);
    REQUIRE(opened.has_value());
    plans.emplace(*std::move(opened));
  }

  void note(const std::string& request, const ActorId& author, UnixSeconds now) {
    REQUIRE(plans->note(sha256(request), author, now).has_value());
  }

  /// Why a request is not answered; empty when it is.
  std::string refused(const std::string& request, const ActorId& author, UnixSeconds now) {
    const auto checked = plans->check(sha256(request), author, now);
    CHECK((checked || checked.error().code == Errc::plan_refused));
    return checked ? "" : checked.error().what;
  }

  std::optional<PlanDesk> plans;
};

}  // namespace

TEST_CASE("a request is answered once, also over a restart") {
  Desk desk;
  CHECK(desk.refused("a", kEve, kNow).empty());
  desk.note("a", kEve, kNow);
  CHECK(desk.refused("a", kEve, kNow) == "this host answered the request before");
  CHECK(desk.refused("a", kLeo, kNow) == "this host answered the request before");
  desk.open();
  CHECK(desk.refused("a", kEve, kNow) == "this host answered the request before");
  CHECK(desk.refused("b", kEve, kNow).empty());
}

TEST_CASE("an author gets ten plans within an hour, others get theirs") {
  Desk desk;
  for (int i = 0; i < 10; ++i) {
    const std::string request = "request " + std::to_string(i);
    CHECK(desk.refused(request, kEve, kNow + i).empty());
    desk.note(request, kEve, kNow + i);
  }
  CHECK(desk.refused("one more", kEve, kNow + 10) == "p:eve had 10 plans within an hour");
  CHECK(desk.refused("one more", kLeo, kNow + 10).empty());
  desk.open();
  CHECK_FALSE(desk.refused("one more", kEve, kNow + 3'599).empty());
  CHECK(desk.refused("one more", kEve, kNow + 3'600).empty());
}

TEST_CASE("what was answered is forgotten after two hours, when no request could live any more") {
  Desk desk;
  desk.note("old", kEve, kNow);
  desk.note("edge", kEve, kNow + 1);
  desk.note("new", kEve, kNow + 7'201);
  CHECK(desk.refused("old", kEve, kNow + 7'201).empty());
  CHECK_FALSE(desk.refused("edge", kEve, kNow + 7'201).empty());
  CHECK(desk.host.system.files().text(kFile).find(sha256("old").text()) == Bytes::npos);
}

TEST_CASE("an answer that cannot be noted is not given, and may be asked for again") {
  Desk desk;
  desk.note("a", kEve, kNow);
  desk.host.system.files().set_capacity(1);
  CHECK(code_of(desk.plans->note(sha256("b"), kEve, kNow)) == Errc::disk_full);
  CHECK(desk.refused("b", kEve, kNow).empty());
  CHECK_FALSE(desk.refused("a", kEve, kNow).empty());
}

TEST_CASE("of a list that is damaged the lines are kept that can be read, and the others counted") {
  Desk desk;
  desk.note("a", kEve, kNow);
  desk.note("b", kLeo, kNow);
  const Bytes whole = desk.host.system.files().text(kFile);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    Bytes damaged = whole;
    damaged[at] = '\x01';
    desk.host.system.files().put(kFile, damaged);
    CHECK(PlanDesk::open(desk.home)->lost() == 1);
  }
  desk.host.system.files().put(kFile, "damaged\n" + whole);
  CHECK(PlanDesk::open(desk.home)->lost() == 1);
  CHECK_FALSE(desk.refused("a", kEve, kNow).empty());
  for (const char* text :
       {"\n", "1 2\n", "1\n", " sha256:00 p:eve\n", "no p:eve\n", "1800000000 sha256:00 p:eve\n"}) {
    CAPTURE(text);
    desk.host.system.files().put(kFile, text);
    CHECK(PlanDesk::open(desk.home)->lost() == 1);
  }
  for (const std::string before : {"", "x", "1x", "-"}) {
    desk.host.system.files().put(kFile, before + " " + sha256("a").text() + " p:eve\n");
    CHECK(PlanDesk::open(desk.home)->lost() == 1);
  }
}

TEST_CASE("a list that was cut at any length has lost at most its last line") {
  Desk desk;
  desk.note("a", kEve, kNow);
  desk.note("b", kLeo, kNow);
  const Bytes whole = desk.host.system.files().text(kFile);
  const std::size_t line = whole.find('\n') + 1;
  for (std::size_t length = 1; length < whole.size(); ++length) {
    CAPTURE(length);
    desk.host.system.files().put(kFile, whole.substr(0, length));
    CHECK(PlanDesk::open(desk.home)->lost() == (length == line ? 0 : 1));
  }
}
