// What an audit finds by the rules, held against what the decision says of the same world.
#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "cli/vectors/cases.h"
#include "cli/vectors/recorded.h"
#include "policy/authorize.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using vectors::Recorded;
using vectors::text_of;
using vectors::World;

namespace {

// Judged from signed bytes and their places alone, so that an audit must say the same.
bool is_in_log(Step step) {
  return step >= Step::content && step != Step::use && step != Step::gate && step != Step::halts;
}

// What the host remembers or keeps, and its clock: a log does not show them, or shows a moment at
// which all was well, such as before somebody rejected or withdrew.
const std::set<std::string> kAllowed = {
    "c1-no-evidence",
    "c1-no-source",
    "c5-file-over-setting-of-another-scope",
    "c5-own-directory-named-with-slash",
    "c5-owned-by-another-scope",
    "c5-path-from-state",
    "s2-aged",
    "s2-dated-in-the-future",
    "s3-auto-rejected",
    "s4-auto-per-day",
    "s4-auto-rule-expired",
    "s4-emergency-per-day",
    "s5-release-withdrawn",
};

// Results, rosters and assignments that these hosts remember are not in the log, or not yet; or
// another host says that it finished what had failed, which no rule allows.
const std::set<std::string> kObjected = {
    "permit-base",
    "permit-newest-result-ok",
    "permit-relabelled-by-two",
    "permit-required",
    "permit-required-again",
    "permit-third-phase",
    "permit-unasked-result-under-newer-roster",
};

bool objects(const AuditReport& report) {
  return text_of(report).find("the rules did not allow") != std::string::npos;
}

}  // namespace

TEST_CASE("what a vector answers, an audit says of a host that went ahead") {
  int allowed = 0;
  int refused = 0;
  for (const vectors::Case& one : vectors::all_cases()) {
    World world;
    if (one.edit) {
      one.edit(world);
    }
    if (world.host.empty() || !world.hosts.contains(world.host)) {
      continue;
    }
    // A ledger has each roster before what is signed under it.
    std::stable_partition(world.genesis.begin(), world.genesis.end(), [](const auto& signing) {
      return signing.type == ObjType::roster;
    });
    const std::string phase = world.host == "web-02" ? "rest" : "canary";
    add_result(world, world.host, "ok", world.inputs.clock, phase);
    const Recorded recorded(world);
    const Decision decision =
        authorize(recorded.files, load_inputs(recorded.files).value()).decision;
    const AuditReport report = recorded.run();
    CAPTURE(one.name);
    CAPTURE(text_of(report));
    if (decision.answer == Answer::permit) {
      CHECK(objects(report) == kObjected.contains(one.name));
      ++allowed;
    } else if (is_in_log(decision.reasons.front().step)) {
      CHECK(objects(report) != kAllowed.contains(one.name));
      ++refused;
    }
  }
  CHECK(allowed > 250);
  CHECK(refused > 250);
}

// --- moments ---

TEST_CASE("a stop counts from the moment it was raised") {
  const auto stopped_at = [](UnixSeconds at) {
    World world;
    Stop stop;
    stop.by = vectors::actor("p:eve");
    stop.effect = StopEffect::stop;
    stop.from = vectors::kNow;
    stop.id = Name::parse("halt").value();
    stop.target.change = Digest();
    stop.to = vectors::kNow + 3600;
    world.stops.push_back(stop);
    vectors::Signing signing;
    signing.act = Act::sign;
    signing.type = ObjType::stop;
    signing.about = "stop:0";
    signing.key = "eve";
    signing.at = at;
    signing.named = false;
    const auto release = std::find_if(world.statements.begin(),
                                      world.statements.end(),
                                      [](const auto& one) { return one.label == "release"; });
    world.statements.insert(at < vectors::kNow + 300 ? release : world.statements.end(), signing);
    add_result(world, "web-01", "ok");
    return text_of(Recorded(world).run());
  };
  CHECK(stopped_at(vectors::kNow + 200).find("W5: stop halt by p:eve") != std::string::npos);
  CHECK(stopped_at(vectors::kNow + 350) == "");
}

// A second policy with the rules that `edit` leaves, signed by `signers` and recorded at `at`.
template <class Edit>
void add_policy(World& world, const std::vector<std::string>& signers, UnixSeconds at, Edit edit) {
  Policy next = world.policy;
  next.version = 2;
  edit(next);
  world.later_policies = {next};
  const auto release = std::find_if(world.statements.begin(),
                                    world.statements.end(),
                                    [](const auto& one) { return one.label == "release"; });
  std::vector<vectors::Signing> signings;
  for (const std::string& key : signers) {
    vectors::Signing signing = world.signing("policy-amara");
    signing.about = "policy:2";
    signing.key = key;
    signing.label = "policy-2-" + key;
    signing.at = at;
    signings.push_back(signing);
  }
  world.statements.insert(at < vectors::kNow + 300 ? release : world.statements.end(),
                          signings.begin(),
                          signings.end());
}

TEST_CASE("a policy is in force when it is signed, and not before") {
  const auto lax = [](const std::vector<std::string>& signers) {
    World world;
    drop(world, "engineering");
    add_policy(world, signers, vectors::kNow + 200, [](Policy& policy) {
      for (Rule& rule : policy.rules) {
        rule.need = {{1, vectors::role("security-lead")}};
      }
    });
    return text_of(Recorded(world).run());
  };
  // The second signature brings it into force: then only the two people of prod are missing.
  CHECK(lax({"amara"}).find("S3: needed are different people for engineering-lead") !=
        std::string::npos);
  CHECK(lax({"amara", "dana"}).find("S3: needed are different people for security-lead, 2") !=
        std::string::npos);
}

TEST_CASE("a stricter policy counts for what begins later") {
  const auto strict_at = [](UnixSeconds at, UnixSeconds done) {
    World world;
    add_policy(world, {"amara", "dana"}, at, [](Policy& policy) {
      for (Rule& rule : policy.rules) {
        rule.need.push_back({1, vectors::role("it-manager")});
      }
    });
    add_result(world, "web-01", "ok", done);
    return text_of(Recorded(world).run());
  };
  const UnixSeconds now = vectors::kNow;
  CHECK(strict_at(now + 200, now + 400).find("carried out what the rules did not allow: S3") !=
        std::string::npos);
  // It was recorded between the release and the result, so the host may not have seen it.
  CHECK(strict_at(now + 350, now + 400) == "");
}

TEST_CASE("a change runs once on a host, and again only by a release behind its rollback") {
  World world;
  add_result(world, "web-01", "ok", vectors::kNow + 400);
  add_result(world, "web-01", "ok", vectors::kNow + 500);
  CHECK(text_of(Recorded(world).run()).find("W2: the change ran here before") != std::string::npos);

  const auto again = [](std::optional<std::int64_t> after) {
    World w;
    add_result(w, "web-01", "failed", vectors::kNow + 400);
    add_result(w, "web-01", "rolled-back", vectors::kNow + 410);
    vectors::Signing release = w.signing("release");
    release.about = "release:again";
    release.label = "again";
    release.at = vectors::kNow + 420;
    w.releases["again"].phase = Name::parse("canary").value();
    w.releases["again"].after = after;
    w.statements.push_back(release);
    add_result(w, "web-01", "ok", vectors::kNow + 500);
    return text_of(Recorded(w).run());
  };
  CHECK(again(14) == "");
  CHECK(again(15) == "");
  CHECK(again(13).find("W2: the change was rolled back here") != std::string::npos);
  CHECK(again(std::nullopt).find("W2: the change was rolled back here") != std::string::npos);
}

TEST_CASE("an assignment counts with its batch, whose list is the one that was signed") {
  World world;
  add_result(world, "web-01", "ok");
  Recorded recorded(world);
  CHECK(recorded.run().clean());
  Recorded other = recorded;
  for (auto& [root, list] : other.members) {
    list.pop_back();
  }
  CHECK(text_of(other.run()).find("the list of its assignments has another root") !=
        std::string::npos);
  CHECK(text_of(other.run()).find("H1: ") != std::string::npos);
  other.members.clear();
  CHECK(text_of(other.run()).find("the list of its assignments is not here") != std::string::npos);
  World unsigned_batch;
  drop(unsigned_batch, "prod-chen");
  add_result(unsigned_batch, "web-01", "ok");
  CHECK(text_of(Recorded(unsigned_batch).run()).find("H1: ") != std::string::npos);
}

TEST_CASE("whichever read fails, and once only, the audit is not clean") {
  World world;
  SUBCASE("two phases") {
    vectors::make_second_phase(world);
    vectors::add_second_release(world, "eve");
    add_result(world, "web-02", "ok", vectors::kNow + 4000, "rest");
  }
  SUBCASE("a policy between release and result") {
    add_policy(world, {"amara", "dana"}, vectors::kNow + 350, [](Policy& policy) {
      policy.rules.front().need.push_back({1, vectors::role("it-manager")});
      policy.rules.back().need.push_back({1, vectors::role("it-manager")});
    });
    add_result(world, "web-01", "ok", vectors::kNow + 400);
  }
  const Recorded recorded(world);
  const AuditSource sound = recorded.source();
  int reads = 0;
  int failing = 0;
  const auto flaky = [&](const auto& read, const auto& what) -> decltype(read(what)) {
    return ++reads == failing ? fail(Errc::store_failed, "unreadable") : read(what);
  };
  AuditSource source;
  source.size = sound.size;
  source.entry = [&](std::uint64_t index) { return flaky(sound.entry, index); };
  source.record = [&](const Digest& digest) { return flaky(sound.record, digest); };
  // What a change does, when it is missing, only takes a permit away.
  const std::set<Digest> content = {
      world.digest_of("change"), *world.change.apply, *world.change.plan};
  bool of_content = false;
  source.object = [&](const Digest& digest) {
    of_content = reads + 1 == failing ? content.contains(digest) : of_content;
    return flaky(sound.object, digest);
  };
  source.host_key = [&](const HostId& host) { return flaky(sound.host_key, host); };
  source.members = [&](const Digest& root) { return flaky(sound.members, root); };
  const AuditReport whole = audit(source, recorded.org, recorded.checkpoint);
  CAPTURE(text_of(whole));
  CHECK(whole.clean());
  const int all = reads;
  REQUIRE(all > 50);
  for (failing = 1; failing <= all; ++failing) {
    reads = 0;
    of_content = false;
    CAPTURE(failing);
    const AuditReport report = audit(source, recorded.org, recorded.checkpoint);
    CHECK((!report.clean() || of_content));
  }
}
