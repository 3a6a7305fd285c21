// When a host can have decided, as an audit sees it: between its release and its result, at a time
// and by rules that fit each other.
#include <algorithm>

#include <doctest/doctest.h>

#include "base/limits.h"
#include "cli/vectors/cases.h"
#include "cli/vectors/recorded.h"
#include "codec/objects.h"
#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using vectors::kNow;
using vectors::Recorded;
using vectors::Signing;
using vectors::text_of;
using vectors::World;

namespace {

constexpr UnixSeconds kDay = limits::kDay;

// The problems of the world as `edit` leaves it.
template <class Edit>
std::string audited(Edit edit) {
  World world;
  edit(world);
  return text_of(Recorded(world).run());
}

bool has(const std::string& text, std::string_view what) {
  CAPTURE(text);
  CAPTURE(what);
  CHECK(text.find(what) != std::string::npos);
  return text.find(what) != std::string::npos;
}

Freeze freeze_of(std::string_view id, UnixSeconds from, UnixSeconds to) {
  Freeze freeze;
  freeze.envs = {vectors::name("prod")};
  freeze.id = vectors::name(id);
  freeze.from = from;
  freeze.to = to;
  return freeze;
}

Signing signing_of(Act act, ObjType type, std::string about, std::string key, UnixSeconds at) {
  Signing signing;
  signing.act = act;
  signing.type = type;
  signing.about = std::move(about);
  signing.key = std::move(key);
  signing.at = at;
  signing.named = false;
  return signing;
}

// Adds a stop of everything by Bo, raised at `at`; before the release when that is earlier.
void add_stop(World& world, UnixSeconds at) {
  Stop stop;
  stop.by = vectors::actor("p:bo");
  stop.effect = StopEffect::stop;
  stop.from = kNow;
  stop.id = vectors::name("halt");
  stop.target.change = Digest();
  stop.to = kNow + 5 * kDay;
  world.stops.push_back(stop);
  const Signing signing = signing_of(Act::sign, ObjType::stop, "stop:0", "bo", at);
  const auto release = std::find_if(world.statements.begin(),
                                    world.statements.end(),
                                    [](const auto& one) { return one.label == "release"; });
  world.statements.insert(at < kNow + 300 ? release : world.statements.end(), signing);
}

// stg-01 stands in the second phase as well.
void add_third_host(World& world) {
  const HostId host = world.host_id("stg-01");
  auto& hosts = *world.change.targets.hosts;
  hosts.push_back({host, "stg-01"});
  std::sort(hosts.begin(), hosts.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  auto& rest = world.change.phases->back().hosts;
  rest.push_back(host);
  std::sort(rest.begin(), rest.end());
  world.classes["stg-01"] = world.classes["web-01"];
  world.bases["stg-01"] = std::nullopt;
}

// A release of canary at kNow + 440 that overrides the rollback of entry `after`.
void release_again(World& world, std::int64_t after) {
  Signing release = world.signing("release");
  release.about = "release:again";
  release.label = "again";
  release.at = kNow + 440;
  world.releases["again"].phase = vectors::name("canary");
  world.releases["again"].after = after;
  world.statements.push_back(release);
}

// A rollback of the world's change for `hosts`, asked for by Eve at `at`, and its object.
struct Undoing {
  Bytes bytes;

  Undoing(World& world, UnixSeconds at, std::optional<std::vector<HostId>> hosts = {}) {
    World sealed = world;
    static_cast<void>(sealed.seal());
    Rollback rollback;
    rollback.change = sealed.digest_of("change");
    rollback.hosts = std::move(hosts);
    rollback.nonce = vectors::nonce_of("undo");
    rollback.org = sealed.org();
    bytes = codec::encode(rollback);
    Signing signing = signing_of(Act::rollback, ObjType::rollback, "", "eve", at);
    signing.obj = sha256(bytes);
    world.statements.push_back(signing);
  }

  [[nodiscard]] std::string audited(World& world) const {
    Recorded recorded(world);
    recorded.objects[sha256(bytes)] = bytes;
    return text_of(recorded.run());
  }
};

// One log of two that share their beginning, in the order of their times.
Recorded merged(Recorded all, const Recorded& other) {
  std::vector<LedgerEntry> tail;
  std::size_t common = 0;
  while (all.entries[common] == other.entries[common]) {
    ++common;
  }
  for (const Recorded* one : {static_cast<const Recorded*>(&all), &other}) {
    for (std::size_t i = common; i < one->entries.size(); ++i) {
      tail.push_back(codec::decode<LedgerEntry>(one->entries[i], limits::kEntryMax).value());
    }
  }
  std::stable_sort(
      tail.begin(), tail.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  all.entries.resize(common);
  for (LedgerEntry& entry : tail) {
    entry.seq = static_cast<std::int64_t>(all.entries.size());
    all.entries.push_back(codec::encode(entry));
  }
  all.records.insert(other.records.begin(), other.records.end());
  all.objects.insert(other.objects.begin(), other.objects.end());
  return all;
}

Recorded merged(World& first, World& second) {
  return merged(Recorded(first), Recorded(second));
}

}  // namespace

TEST_CASE("the clock of a host is bounded by the log") {
  const auto window = [](UnixSeconds dated) {
    return audited([&](World& w) {
      w.change.window = {kNow + 20 * kDay, kNow + 10 * kDay};
      add_result(w, "web-01", "ok", dated).at = kNow + 400;
    });
  };
  has(window(kNow + 11 * kDay), "its result is dated after its entry");
  has(window(kNow + 11 * kDay), "W1: the window opens at");
  has(window(kNow + 400), "W1: the window opens at");
  has(audited([](World& w) { add_result(w, "web-01", "ok", kNow - 100).at = kNow + 400; }),
      "S5: it is dated before its release");
  has(audited([](World& w) { add_result(w, "web-01", "ok", kNow + 67 * kDay); }),
      "W1: the window closed at");
  has(audited([](World& w) {
        w.restrictions.freezes = {freeze_of("feast", kNow + 400, kNow + 5 * kDay)};
        add_result(w, "web-01", "ok", kNow + 3 * kDay);
      }),
      "W6: freeze feast");
}

TEST_CASE("a moment between two refusals is enough") {
  CHECK(audited([](World& w) {
          w.restrictions.freezes = {freeze_of("a", kNow + 200, kNow + 350),
                                    freeze_of("b", kNow + 390, kNow + kDay)};
          add_result(w, "web-01", "ok", kNow + 395);
        }) == "");
  // The phase before has soaked at +701, and the freeze begins at +900.
  CHECK(audited([](World& w) {
          w.restrictions.freezes = {freeze_of("night", kNow + 900, kNow + 2 * kDay)};
          add_result(w, "web-01", "ok", kNow + 400);
          add_result(w, "web-02", "ok", kNow + 905, "rest");
        }) == "");
  has(audited([](World& w) {
        w.restrictions.freezes = {freeze_of("night", kNow + 350, kNow + 2 * kDay)};
        add_result(w, "web-01", "ok", kNow + 340).at = kNow + 400;
        add_result(w, "web-02", "ok", kNow + 905, "rest");
      }),
      "W6: freeze night");
}

TEST_CASE("what is said after a host decided does not count against it, and counts a day later") {
  const auto withdrawn = [](UnixSeconds ended) {
    return audited([&](World& w) {
      Signing taken = vectors::withdrawal_of("release", "eve");
      taken.at = kNow + 450;
      taken.named = false;
      w.statements.push_back(taken);
      add_result(w, "web-01", "ok", ended).at = std::max(ended, kNow + 500);
    });
  };
  CHECK(withdrawn(kNow + 400) == "");
  has(withdrawn(kNow + 2 * kDay), "S5: no executor has released phase canary");
  const auto rolled_back = [](UnixSeconds ended) {
    return audited([&](World& w) {
      add_third_host(w);
      add_result(w, "web-01", "ok", kNow + 400);
      add_result(w, "web-02", "ok", kNow + 800, "rest");
      add_result(w, "web-01", "rolled-back", kNow + 900);
      add_result(w, "stg-01", "ok", ended, "rest").at = std::max(ended, kNow + 950);
    });
  };
  CHECK(rolled_back(kNow + 850) == "");
  has(rolled_back(kNow + 2 * kDay), "W4: phase canary: 0 ok, 1 failed of 1");
}

TEST_CASE("what allows a host to begin was recorded before") {
  const auto attested = [](UnixSeconds at) {
    return audited([&](World& w) {
      w.change.auto_rule = w.policy.auto_rules.front().id;
      vectors::add_evidence(w, "test-run", "ci").at = at;
      for (const char* label : {"security", "engineering", "release"}) {
        drop(w, label);
      }
      add_result(w, "web-01", "ok", kNow + 200).at = kNow + 700;
    });
  };
  CHECK(attested(kNow + 150) == "");
  has(attested(kNow + 600), "S5: what allows it was recorded after it was done");
}

TEST_CASE("a release that no longer counts still bounds when its host decided") {
  const std::string text = audited([](World& w) {
    for (auto* list : {&w.genesis, &w.statements}) {
      for (Signing& one : *list) {
        one.roster = 1;
      }
    }
    vectors::add_roster(w);
    w.roster_key("eve").compromised = true;
    add_stop(w, kNow + 200);
    add_result(w, "web-01", "ok", kNow + 400);
    for (Signing& one : w.statements) {
      one.roster = 1;
    }
    for (auto one = w.genesis.end() - 2; one != w.genesis.end(); ++one) {
      one->at = kNow + 350;
      w.statements.insert(w.statements.end() - 1, *one);
    }
    w.genesis.erase(w.genesis.end() - 2, w.genesis.end());
  });
  has(text, "carried out what the rules did not allow: W5: stop halt by p:bo");
}

TEST_CASE("a key counts as it stood when its statement was recorded") {
  const auto signed_after = [](auto edit) {
    return audited([&](World& w) {
      for (auto* list : {&w.genesis, &w.statements}) {
        for (Signing& one : *list) {
          one.roster = one.roster.value_or(1);
        }
      }
      vectors::add_roster(w);
      edit(w);
      w.signing("engineering").roster = 2;
    });
  };
  has(signed_after([](World& w) { w.roster_key("bo").compromised = true; }),
      "p:bo: the key was marked compromised before");
  has(audited([](World& w) { w.signing("engineering").roster = 99; }),
      "p:bo: it was made under roster 99, which was not in force");
}

TEST_CASE("only a release by an executor is one, whatever serves besides") {
  has(audited([](World& w) { vectors::add_second_release(w, "eve").key = "dana"; }),
      "S5: it does not count as a release by an executor");
}

TEST_CASE("a policy that is in force is remembered, whatever becomes of those before") {
  const auto second = [](World& w) {
    Policy next = w.policy;
    next.version = 2;
    w.later_policies = {next};
    for (const char* key : {"amara", "dana"}) {
      w.genesis.push_back(signing_of(Act::sign, ObjType::policy, "policy:2", key, kNow - 3600));
    }
  };
  CHECK(audited([&](World& w) {
          second(w);
          Signing taken = vectors::withdrawal_of("policy-dana", "dana");
          taken.at = kNow - 1800;
          taken.named = false;
          w.genesis.push_back(taken);
          add_result(w, "web-01", "ok");
        }) == "");
  // The version that no limit on a chain may hide.
  has(audited([](World& w) {
        constexpr std::int64_t kLast = 257;
        for (std::int64_t version = 2; version <= kLast; ++version) {
          Policy next = w.policy;
          next.version = version;
          if (version == kLast) {
            next.rules.front().need.push_back({1, vectors::role("it-manager")});
            next.rules.back().need.push_back({1, vectors::role("it-manager")});
          }
          w.later_policies.push_back(next);
          for (const char* key : {"amara", "dana"}) {
            w.genesis.push_back(signing_of(
                Act::sign, ObjType::policy, "policy:" + std::to_string(version), key, kNow - kDay));
          }
        }
      }),
      "p:eve released what the rules did not allow: S3");
}

TEST_CASE("another policy of the version in force is named") {
  World world;
  World other;
  static_cast<void>(world.seal());
  Policy next = world.policy;
  next.nonce = vectors::nonce_of("another");
  const Bytes bytes = codec::encode(next);
  Signing signing = signing_of(Act::sign, ObjType::policy, "policy", "amara", kNow + 600);
  signing.obj = sha256(bytes);
  other.statements.push_back(signing);
  Recorded recorded(other);
  recorded.objects[sha256(bytes)] = bytes;
  has(text_of(recorded.run()), "its policy: another version 1 is in force");
}

TEST_CASE("a run that ended is not begun again, and one that is undone may be interrupted") {
  const auto after = [](const char* first, const char* then) {
    return audited([&](World& w) {
      add_result(w, "web-01", first, kNow + 400);
      add_result(w, "web-01", then, kNow + 500);
    });
  };
  has(after("failed", "ok"), "W2: the change ran here before");
  for (const char* ended : {"ok", "failed"}) {
    has(audited([&](World& w) {
          add_result(w, "web-01", ended, kNow + 400);
          add_result(w, "web-01", "interrupted", kNow + 500);
          add_result(w, "web-01", "ok", kNow + 600);
        }),
        "W2: the change ran here before");
  }
  has(audited([](World& w) {
        add_result(w, "web-01", "interrupted", kNow + 400);
        add_result(w, "web-01", "nochange", kNow + 500);
        add_result(w, "web-01", "ok", kNow + 600);
      }),
      "W2: the change ran here before");
  CHECK(after("interrupted", "ok") == "");
  CHECK(after("ok", "failed") == "");
  CHECK(audited([](World& w) {
          add_result(w, "web-01", "ok", kNow + 400);
          add_result(w, "web-01", "interrupted", kNow + 500);
          add_result(w, "web-01", "rolled-back", kNow + 600);
        }) == "");
}

TEST_CASE("a release overrides the rollback that somebody asked for, on the hosts it was for") {
  const auto again = [](std::int64_t named, std::optional<std::vector<HostId>> hosts) {
    World w;
    add_result(w, "web-01", "ok", kNow + 400);               // entry 13
    const Undoing undoing(w, kNow + 410, std::move(hosts));  // 14
    add_result(w, "web-01", "rolled-back", kNow + 420);      // 15
    release_again(w, named);
    add_result(w, "web-01", "ok", kNow + 500);
    return undoing.audited(w);
  };
  CHECK(again(14, std::nullopt) == "");
  CHECK(again(15, std::nullopt) == "");
  has(again(13, std::nullopt), "W2: the change was rolled back here");
  const World world;
  CHECK(again(14, std::vector{world.host_id("web-01")}) == "");
  has(again(14, std::vector{world.host_id("web-02")}), "W2: the change was rolled back here");
}

TEST_CASE("a release that names what was before the rollback lets nothing begin again") {
  World other;
  add_result(other, "web-01", "failed", kNow + 400);
  add_result(other, "web-01", "rolled-back", kNow + 410);
  release_again(other, 13);
  add_result(other, "web-01", "ok", kNow + 500);
  has(text_of(Recorded(other).run()), "W2: the change was rolled back here");
}

TEST_CASE("a statement stands in one entry") {
  for (const char* label : {"release", "security", "result-0"}) {
    World world;
    add_result(world, "web-01", "stale");
    Recorded recorded(world);
    auto last = codec::decode<LedgerEntry>(recorded.entries.back(), limits::kEntryMax).value();
    for (const Bytes& bytes : std::vector<Bytes>(recorded.entries)) {
      auto entry = codec::decode<LedgerEntry>(bytes, limits::kEntryMax).value();
      if (entry.stmt == world.statement(label)) {
        entry.seq = last.seq + 1;
        entry.at = last.at;
        recorded.entries.push_back(codec::encode(entry));
      }
    }
    has(text_of(recorded.run()), "entry 14: its statement stands in entry ");
  }
}

TEST_CASE("a phase is released before its hosts are assigned, and they wait for it") {
  CHECK(audited([](World& w) {
          for (const char* label : {"prod-dana", "prod-chen"}) {
            Signing signing = w.signing(label);
            drop(w, label);
            signing.at = kNow + 350;
            signing.named = false;
            w.statements.push_back(signing);
          }
          add_result(w, "web-01", "ok", kNow + 400);
        }).find("carried out") == std::string::npos);
}

TEST_CASE("changes that are carried out in turns are each judged as if alone") {
  // One log of two worlds that share their genesis and differ in the change.
  World first;
  World second;
  second.change.nonce = vectors::nonce_of("second");
  second.state.scope = ScopeId::parse("other").value();
  second.change.scope = second.state.scope;
  for (World* world : {&first, &second}) {
    add_result(*world, "web-01", "ok", kNow + 400);
    add_result(*world, "web-02", "ok", kNow + 1000, "rest");
    add_result(*world, "web-02", "ok", kNow + 1100, "rest");
  }
  const std::string text = text_of(merged(first, second).run());
  CAPTURE(text);
  // Besides the checkpoint, only the second run of each on web-02, by two rules.
  CHECK(std::count(text.begin(), text.end(), '\n') == 5);
  const std::string repeated = "W2: the change ran here before";
  const auto found = text.find(repeated);
  REQUIRE(found != std::string::npos);
  CHECK(text.find(repeated, found + 1) != std::string::npos);
}

TEST_CASE("a change that another one requires ran on the host before") {
  const auto requiring = [](const char* outcome) {
    World first;
    World second;
    static_cast<void>(first.seal());
    second.change.nonce = vectors::nonce_of("second");
    second.state.scope = ScopeId::parse("other").value();
    second.change.scope = second.state.scope;
    second.change.requires_changes = {first.digest_of("change")};
    add_result(first, "web-01", outcome, kNow + 400);
    add_result(second, "web-01", "ok", kNow + 1000);
    return text_of(merged(first, second).run());
  };
  CHECK(requiring("ok").find("W3") == std::string::npos);
  has(requiring("failed"), "W3: required change");
  has(requiring("stale"), "W3: required change");
}

TEST_CASE("more changes in turns than are put aside change nothing") {
  std::vector<World> worlds(20);
  std::optional<Recorded> all;
  for (std::size_t i = 0; i < worlds.size(); ++i) {
    World& world = worlds[i];
    world.change.nonce = vectors::nonce_of("turn " + std::to_string(i));
    world.state.scope = ScopeId::parse("scope-" + std::to_string(i)).value();
    world.change.scope = world.state.scope;
    add_result(world, "web-01", "ok", kNow + 400 + static_cast<UnixSeconds>(i));
    add_result(world, "web-02", "ok", kNow + 1000 + static_cast<UnixSeconds>(i), "rest");
    if (i == 0) {
      all.emplace(world);
    } else {
      all = merged(*all, Recorded(world));
    }
  }
  const std::string text = text_of(all->run());
  CAPTURE(text);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);  // the checkpoint
}

TEST_CASE("what goes on stays in its phase, and in time") {
  has(audited([](World& w) {
        add_result(w, "web-01", "interrupted", kNow + 400);
        add_result(w, "web-01", "ok", kNow + 500, "rest");
      }),
      "its host is in phase canary");
  has(audited([](World& w) {
        add_result(w, "web-01", "interrupted", kNow + 400);
        add_result(w, "web-01", "ok", kNow - 500).at = kNow + 500;
      }),
      "S5: it is dated before what it goes on with");
}

TEST_CASE("a result that comes late is judged by the release that it went by") {
  CHECK(audited([](World& w) {
          Signing release = w.signing("release");
          release.about = "release:again";
          release.label = "again";
          release.at = kNow + 800;
          w.releases["again"].phase = vectors::name("canary");
          w.statements.push_back(release);
          add_result(w, "web-01", "ok", kNow + 400).at = kNow + 1000;
        }) == "");
}

TEST_CASE("whatever many things happen between a host's work and its result do not count") {
  const std::string text = audited([](World& w) {
    for (int i = 0; i < 40; ++i) {
      Stop stop;
      stop.by = vectors::actor("p:bo");
      stop.effect = StopEffect::stop;
      stop.from = kNow;
      stop.id = vectors::name("s" + std::to_string(i));
      stop.target.change = sha256("another");
      stop.to = kNow + kDay;
      w.stops.push_back(stop);
      w.statements.push_back(
          signing_of(Act::sign, ObjType::stop, "stop:" + std::to_string(i), "bo", kNow + 2000));
    }
    add_result(w, "web-01", "ok", kNow + 400).at = kNow + 3000;
  });
  CHECK(text == "");
}

TEST_CASE("evidence that came before everything else hides nothing that came after") {
  const std::string text = audited([](World& w) {
    w.change.auto_rule = w.policy.auto_rules.front().id;
    vectors::add_evidence(w, "test-run", "ci");
    for (const char* label : {"security", "engineering", "release"}) {
      drop(w, label);
    }
    // The evidence is recorded before the author signs, as a build system does.
    std::stable_partition(w.statements.begin(), w.statements.end(), [](const Signing& one) {
      return one.act == Act::attest;
    });
    w.signing("test-run").at = kNow + 1;
    Signing reject = signing_of(Act::reject, ObjType::change, "change", "bo", kNow + 450);
    w.statements.push_back(reject);
    add_result(w, "web-01", "ok", kNow + 400).at = kNow + 900;
  });
  CHECK(text.find("carried out") == std::string::npos);
}
