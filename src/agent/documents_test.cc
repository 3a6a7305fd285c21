#include "agent/documents.h"

#include <doctest/doctest.h>

#include "codec/archive.h"
#include "tests/support/host_world.h"
#include "tests/support/memory_crash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using test::crashes;
using vectors::kNow;
using vectors::World;

namespace {

constexpr const char* kHeld = "/var/lib/twoseal/agent/held/documents";

// A host that has joined the organisation of a World and holds nothing yet.
class Desk {
 public:
  Desk() {
    files = test::documents_of(test::sent(world));
    open();
  }

  /// What a new process would see.
  void open() {
    auto opened = HeldDocuments::open(host.home, test::identity_of(world));
    REQUIRE(opened);
    held.emplace(*std::move(opened));
  }

  Errc code_of_open() {
    const auto opened = HeldDocuments::open(host.home, test::identity_of(world));
    return opened ? Errc{} : opened.error().code;
  }

  /// The codes of the reasons why documents were not taken; empty when they were.
  std::string take(const Files& newer) {
    const auto reasons = held->take(newer, host.clock.now());
    REQUIRE(reasons);
    std::string codes;
    for (const Reason& reason : *reasons) {
      codes += std::string(error_info(reason.code).refusal) + " ";
    }
    return codes;
  }

  /// The documents of the same organisation after `edit`; the fresh statement is a minute newer.
  static Files later(const std::function<void(World&)>& edit) {
    World newer;
    newer.fresh.at += 60;
    newer.signing("fresh").at += 60;
    edit(newer);
    return test::documents_of(test::sent(newer));
  }

  World world;
  Files files;
  test::AgentHost host;
  std::optional<HeldDocuments> held;
};

}  // namespace

TEST_CASE("a host that joined trusts nothing but the digest of its organisation") {
  Desk desk;
  CHECK(desk.held->facts() == nullptr);
  CHECK(desk.held->assignment() == nullptr);
  CHECK(desk.held->seen().size == 0);
  CHECK(desk.held->floor() == 0);
  CHECK(desk.held->state().org == desk.world.org());
  CHECK_FALSE(desk.held->state().roster.has_value());
  CHECK(desk.held->state().own_paths == std::vector<std::string>{"/var/lib/twoseal/agent/"});
}

TEST_CASE("documents that are in order are held, and remembered by their versions") {
  Desk desk;
  CHECK(desk.take(desk.files) == "");
  const auto check_held = [&] {
    REQUIRE(desk.held->facts() != nullptr);
    CHECK(desk.held->assignment()->name == "web-01");
    CHECK(desk.held->state().roster->version == 1);
    CHECK(desk.held->state().policy->digest == desk.world.digest_of("policy"));
    CHECK(desk.held->state().restrictions->version == 1);
    CHECK(desk.held->state().assignment->version == 1);
    CHECK(desk.held->state().fresh_at == kNow + 580);
    CHECK(desk.held->seen() == *desk.held->state().checkpoint);
    CHECK(desk.held->seen().size > 0);
    CHECK(desk.held->floor() == kNow + 580);
  };
  check_held();
  desk.open();
  check_held();
}

TEST_CASE("the clock of the host moves no floor, and the floor survives a restart") {
  Desk desk;
  desk.host.clock.advance(3'000);
  CHECK(desk.take(desk.files) == "");
  CHECK(desk.held->floor() == kNow + 580);
  REQUIRE(desk.held->raise_floor(kNow + 700));
  REQUIRE(desk.held->raise_floor(kNow + 650));
  CHECK(desk.held->floor() == kNow + 700);
  desk.open();
  CHECK(desk.held->floor() == kNow + 700);
  const DecisionInputs inputs = desk.held->inputs(kNow + 1);
  CHECK(inputs.clock == kNow + 1);
  CHECK(inputs.floor == kNow + 700);
  CHECK(inputs.host == desk.world.host_id("web-01"));
  CHECK(inputs.org == desk.world.org());
}

TEST_CASE("documents that fail any step leave what is held as it was") {
  struct Fault {
    const char* codes;
    std::function<void(Files&)> damage;
  };

  const std::vector<Fault> faults = {
      {"B1 R1 ", [](Files& files) { files.at("roster/1.json").replace(2, 1, "X"); }},
      {"B1 F1 H1 ", [](Files& files) { files.at("fresh.json").replace(2, 1, "X"); }},
      {"R1 ", [](Files& files) { files.erase("roster/1.json"); }},
      {"P2 ", [](Files& files) { files.erase("policy/1.json"); }},
      {"L1 ", [](Files& files) { files.erase("checkpoint.txt"); }},
      {"R1 ", [](Files& files) { files.clear(); }},
  };
  for (std::size_t i = 0; i < faults.size(); ++i) {
    CAPTURE(i);
    Desk first;
    Files files = first.files;
    faults[i].damage(files);
    CHECK(first.take(files) == faults[i].codes);
    CHECK(first.held->facts() == nullptr);
    CHECK_FALSE(first.held->state().roster.has_value());

    Desk desk;
    REQUIRE(desk.take(desk.files) == "");
    const Bytes before = codec::encode(desk.held->state());
    CHECK(desk.take(files) != "");
    CHECK(codec::encode(desk.held->state()) == before);
    CHECK(desk.held->assignment()->name == "web-01");
    desk.open();
    CHECK(codec::encode(desk.held->state()) == before);
  }
}

TEST_CASE("newer documents follow, older ones never come back") {
  Desk desk;
  REQUIRE(desk.take(desk.files) == "");
  const Files newer = Desk::later([](World&) {});
  CHECK(desk.take(newer) == "");
  CHECK(desk.held->state().fresh_at == kNow + 640);
  CHECK(desk.take(desk.files) != "");
  CHECK(desk.held->state().fresh_at == kNow + 640);
  CHECK(desk.take(newer) == "");
}

TEST_CASE("another organisation is not taken for one's own") {
  Desk desk;
  World other;
  other.rosters[0].nonce = vectors::nonce_of("another");
  CHECK(desk.take(test::documents_of(test::sent(other))) != "");
  CHECK(desk.held->facts() == nullptr);
}

TEST_CASE("a change that comes along with documents is not held") {
  Desk desk;
  World world;
  CHECK(desk.take(test::sent(world)) == "");
  CHECK(desk.held->facts()->change == nullptr);
}

TEST_CASE("what a server says of the host's memory counts for nothing") {
  Desk desk;
  Files files = desk.files;
  AgentState lies;
  lies.org = desk.world.org();
  lies.own_paths = {"/"};
  files["state.json"] = codec::encode(lies);
  files["inputs.json"] = codec::encode(desk.held->inputs(1));
  CHECK(desk.take(files) == "");
  CHECK(desk.held->state().own_paths == std::vector<std::string>{"/var/lib/twoseal/agent/"});
  desk.open();
  CHECK(desk.held->state().own_paths == std::vector<std::string>{"/var/lib/twoseal/agent/"});
  CHECK(desk.held->floor() == kNow + 580);
}

TEST_CASE("what is held is whole, or J1: cut at any length, or changed in any octet") {
  Desk desk;
  REQUIRE(desk.take(desk.files) == "");
  const Bytes whole = desk.host.system->files().text(kHeld);
  for (std::size_t at = 0; at < whole.size(); at += 61) {
    CAPTURE(at);
    desk.host.system->files().put(kHeld, whole.substr(0, at));
    CHECK(desk.code_of_open() == Errc::refuse_j1);
    Bytes damaged = whole;
    damaged[at] = static_cast<char>(octet(damaged, at) ^ 1U);
    desk.host.system->files().put(kHeld, damaged);
    CHECK(desk.code_of_open() == Errc::refuse_j1);
  }
  desk.host.system->files().put(kHeld, whole);
  CHECK(desk.code_of_open() == Errc{});
}

TEST_CASE("an archive without the memory of the host, or with another's, is J1") {
  Desk desk;
  REQUIRE(desk.take(desk.files) == "");
  const auto files = codec::read_archive(desk.host.system->files().text(kHeld)).value();
  for (const char* name : {"state.json", "inputs.json"}) {
    CAPTURE(name);
    codec::ArchiveFiles less = files;
    less.erase(name);
    desk.host.system->files().put(kHeld, codec::write_archive(less).value());
    CHECK(desk.code_of_open() == Errc::refuse_j1);
    less[name] = "{}";
    desk.host.system->files().put(kHeld, codec::write_archive(less).value());
    CHECK(desk.code_of_open() == Errc::refuse_j1);
  }
}

TEST_CASE("on a full disk newer documents are not taken, and what is held goes on") {
  Desk desk;
  REQUIRE(desk.take(desk.files) == "");
  desk.host.system->files().set_capacity(1);
  const Files newer = Desk::later([](World&) {});
  CHECK(desk.held->take(newer, desk.host.clock.now()).error().code == Errc::disk_full);
  CHECK(desk.held->state().fresh_at == kNow + 580);
  CHECK(desk.held->floor() == kNow + 580);
  CHECK(desk.held->raise_floor(kNow + 900).error().code == Errc::disk_full);
  CHECK(desk.held->floor() == kNow + 580);
  desk.host.system->files().set_capacity(UINT64_MAX / 2);
  CHECK(desk.take(newer) == "");
  CHECK(desk.held->state().fresh_at == kNow + 640);
}

TEST_CASE("wherever taking documents is killed, the old or the new ones are held") {
  const Files newer = Desk::later([](World&) {});
  bool crashed = true;
  for (std::uint64_t step = 1; crashed; ++step) {
    CAPTURE(step);
    Desk desk;
    REQUIRE(desk.take(desk.files) == "");
    desk.host.system->crash_after(step);
    crashed = crashes([&] { desk.held->take(newer, desk.host.clock.now()).value(); });
    desk.host.system->crash_after(0);
    desk.host.system->lose_power();
    desk.open();
    const auto at = desk.held->state().fresh_at;
    CHECK((at == kNow + 640 || (crashed && at == kNow + 580)));
    CHECK(desk.take(newer) == "");
  }
}
