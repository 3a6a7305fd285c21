// Attacks on targets, content and repetition, by a hostile server on a real agent.
#include <doctest/doctest.h>

#include "base/limits.h"
#include "tests/hostile/siege.h"
#include "tests/hostile/vectors_over_wire.h"

using namespace twoseal;           // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::hostile;  // NOLINT(google-build-using-namespace): as above

namespace {

constexpr const char* kContact = "/v1/contact";

bool is_about_stops(const std::pair<const std::string, Bytes>& file) {
  return file.first.starts_with("stops/");
}

// A stop of everything in the scope of changes, by Finn.
LiveSigned stop_of(Siege& siege) {
  Stop stop;
  stop.by = ActorId::parse("p:finn").value();
  stop.from = siege.server.clock.now();
  stop.to = stop.from + 30 * limits::kDay;
  stop.id = Name::parse("storm").value();
  stop.nonce = Bytes(16, 's');
  stop.org = siege.organisation().org;
  stop.target.scope = ScopeId::parse("web-motd").value();
  return siege.organisation().sign_object(
      "finn", Act::sign, ObjType::stop, codec::encode(stop), siege.server.clock.now());
}

// Leaves the statement of the newest release out.
void drop_newest_release(Files& files) {
  std::map<UnixSeconds, std::string> releases;
  for (const auto& [path, bytes] : files) {
    if (path.starts_with("statements/")) {
      const SignedStatement source = parse_record(bytes, path).value();
      if (source.statement.act == Act::release) {
        releases[source.statement.at] = path;
      }
    }
  }
  CHECK(releases.size() == 2);
  files.erase(releases.rbegin()->second);
}

// The files of the signatures on the roster, and of their proofs.
std::set<std::string> signatures_on_roster(const Files& files) {
  std::set<std::string> found;
  for (const auto& [path, bytes] : files) {
    if (path.starts_with("statements/")) {
      const SignedStatement source = parse_record(bytes, path).value();
      if (source.statement.obj_type == ObjType::roster) {
        found.insert({path, "proofs/" + source.digest.hex() + ".json"});
      }
    }
  }
  return found;
}

// Damages the file `path` of the answers below `prefix`, or leaves it out when there is no
// `damage`.
Twist damage_file(std::string prefix,
                  const std::string& path,
                  const std::function<void(Bytes&)>& damage) {
  return edit_files(std::move(prefix), [path, damage](Files& files) {
    // The log grows with each refusal, and with it the names of proofs between two sizes.
    constexpr std::string_view kConsistency = "proofs/consistency-";
    const std::string begin = path.starts_with(kConsistency) ? std::string(kConsistency) : path;
    for (auto file = files.lower_bound(begin);
         file != files.end() && file->first.starts_with(begin);) {
      if (damage) {
        damage(file->second);
      }
      file = damage ? std::next(file) : files.erase(file);
    }
  });
}

std::vector<Name> names(std::initializer_list<std::string_view> texts) {
  std::vector<Name> list;
  for (const std::string_view text : texts) {
    list.push_back(Name::parse(text).value());
  }
  return list;
}

// A new version of nginx.
LiveChange package_change(Siege& siege) {
  LiveChange draft =
      siege.draft_of("package", "nginx", {{"version", std::string("1.22.1-9+deb12u1")}});
  draft.change.effects = names({"package"});
  return draft;
}

}  // namespace

TEST_CASE("attack 30: a host added after the approvals") {
  vectors_over_wire(30);
}

TEST_CASE("attack 31: a change sent to a host that it does not list") {
  vectors_over_wire(31);
  Siege siege;
  const LiveChange change = siege.released("one");
  Victim& stranger = siege.stranger();
  stranger.client.twist =
      both(offer_change(change), give_files(path_of(change), siege.files_for(stranger, change)));
  stranger.repels("C2");
}

TEST_CASE("attack 32: targets by condition, more hosts than a criterion allows") {
  vectors_over_wire(32);
}

TEST_CASE("attack 33: a change that is shown a second time") {
  vectors_over_wire(33);
  Siege siege;
  const LiveChange change = siege.applied("one");
  Victim& victim = siege.victim();
  victim.client.twist = offer_change(change);
  victim.repels("W2");
  victim.start();
  victim.repels("W2");
  // Taken back by a rollback, it is still used.
  siege.roll_back(change);
  victim.client.twist = nullptr;
  REQUIRE(victim.run() == "rolled-back");
  victim.client.twist = offer_change(change);
  victim.start();
  victim.repels("W2");
}

TEST_CASE("attack 33: a rollback that is shown a second time") {
  Siege siege;
  const LiveChange change = siege.applied("one");
  const std::int64_t rollback = siege.roll_back(change);
  Victim& victim = siege.victim();
  REQUIRE(victim.run() == "rolled-back");
  siege.pass(1);
  siege.release(change, "canary", rollback);
  victim.client.twist = offer_change(change);
  REQUIRE(victim.run() == "ok");
  const Twist offered = offer_change(change, WorkKind::rollback);
  victim.client.twist = offered;
  victim.repels("S1");
  // Nor when the release that overrides it is left out, to a host that was started anew.
  victim.client.twist = both(offered, edit_files(path_of(change), drop_newest_release));
  victim.start();
  victim.repels("S1");
  // But another one counts.
  siege.pass(1);
  siege.roll_back(change);
  victim.client.twist = offered;
  CHECK(victim.run() == "rolled-back");
}

TEST_CASE("attack 33: a rollback of one change in the midst of the next") {
  Siege siege;
  const LiveChange one = siege.applied("one");
  siege.pass(60);
  LiveChange draft = siege.organisation().make_change("two");
  HealthCheck health;
  health.kind = HealthKind::tcp;
  health.port = 443;
  health.within = 60;
  draft.change.health = {health};
  siege.released(draft);
  Victim& victim = siege.victim();
  REQUIRE(victim.run() == "");
  REQUIRE(victim.agent().busy());
  siege.roll_back(one);
  victim.client.twist = offer_change(one, WorkKind::rollback);
  CHECK(victim.run() == "");
  CHECK(victim.agent().busy());
  CHECK(victim.text("/srv/web/web-motd") == "welcome to two\n");
  victim.prober.on_tcp = [](const std::string&, std::uint16_t) { return Result<void>(); };
  CHECK(victim.run(1) == "ok");
  victim.run(1);  // once the server has heard of the one under way
  CHECK(victim.outcomes().back() == "refused:W3");
  CHECK(victim.text("/srv/web/web-motd") == "welcome to two\n");
}

TEST_CASE("attack 34: an older change after a newer one") {
  vectors_over_wire(34);
  Siege siege;
  const LiveChange older = siege.planned(siege.organisation().make_change("older"));
  const LiveChange newer = siege.applied("newer");
  siege.author(older);
  siege.approve(older);
  siege.release(older);
  siege.victim().repels("W3");
  // A, B, A.
  siege.pass(1);
  siege.applied("another");
  siege.victim().client.twist = offer_change(newer);
  siege.victim().repels("W2");
}

TEST_CASE("attack 35: a required change that is missing") {
  vectors_over_wire(35);
}

TEST_CASE("attack 36: outside the window, clock or timekeeper moved either way") {
  vectors_over_wire(36);
  Siege siege;
  const LiveChange change = siege.released("one");
  // The clock of the host, a little too early for the window, then days ahead.
  siege.host_clock.set(kLiveStart - 600);
  siege.victim().repels("");
  siege.host_clock.set(kLiveStart + 8 * limits::kDay);
  siege.victim().repels("F2");
}

TEST_CASE("attack 36: the timekeeper moved ahead") {
  Siege siege;
  siege.released("one");
  siege.server.clock.advance(2 * limits::kDay);
  siege.server.settle();
  siege.victim().repels("F1", Written::nothing);
  CHECK(siege.victim().agent().documents().floor() < kLiveStart + limits::kDay);
}

TEST_CASE("attack 37: a phase skipped, a gate forged, failures withheld") {
  vectors_over_wire(37);
  Siege siege;
  const LiveChange change = siege.released("one");
  Victim& second = siege.second();
  second.client.twist = offer_change(change);
  second.repels("");
  // The canary fails, and the server hides it.
  siege.victim().system->files().set_read_only("/srv/web", true);
  REQUIRE(siege.victim().run() == "rolled-back");
  siege.pass(301);
  second.client.twist = both(
      offer_change(change), edit_files(path_of(change), [](Files& files) {
        std::erase_if(files, [](const auto& file) { return file.first.starts_with("results/"); });
      }));
  second.repels("");
}

TEST_CASE("attack 37: failures made up, so that a host takes a change back") {
  Siege siege;
  const LiveChange change = siege.applied("one");
  siege.victim().client.twist = offer_change(change, WorkKind::rollback);
  siege.victim().repels("S1");
}

TEST_CASE("attack 38: a stop withheld, replayed, or raised by nobody") {
  vectors_over_wire(38);
  Siege siege;
  const LiveChange change = siege.approved(siege.organisation().make_change("one"));
  siege.release(change);
  siege.record(stop_of(siege), "finn");
  const auto hide = [](Files& files) { std::erase_if(files, is_about_stops); };
  siege.victim().client.twist = both(edit_files(kContact, hide), edit_files(path_of(change), hide));
  siege.victim().repels("");
  CHECK(siege.victim().log.back().starts_with("waiting: TS-2175 "));
}

TEST_CASE("attack 38: a stop hidden behind an old day is hidden for a day at most") {
  Siege siege;
  const LiveChange change = siege.approved(siege.organisation().make_change("one"));
  siege.release(change);
  const Files before = siege.files_for(siege.victim(), change);
  siege.record(stop_of(siege), "finn");
  siege.pass(limits::kDay + 1);
  siege.victim().client.twist = edit_files(kContact, [&](Files& files) {
    Bytes work = std::move(files["work.json"]);
    files = before;
    files.erase("change.json");
    files["work.json"] = std::move(work);
  });
  siege.victim().repels("F2", Written::nothing);
}

TEST_CASE("attack 39: content swapped, cut off, endless") {
  vectors_over_wire(39);
  Siege siege;
  const LiveChange change = siege.released("one");
  Victim& victim = siege.victim();
  const std::string state = "blobs/" + change.change.apply->hex();
  const Twist offered = offer_change(change);
  victim.client.twist = edit_files(path_of(change), [&](Files& files) {
    files.at(state) = siege.organisation().make_change("another").objects[1];
  });
  victim.repels("C1");
  victim.client.twist =
      both(offered, edit_body(path_of(change), [](Bytes& body) { body.resize(body.size() / 2); }));
  victim.repels("bad_http");
  victim.client.twist = edit_body(kContact, [](Bytes& body) { body.resize(body.size() / 2); });
  victim.repels("bad_http", Written::nothing);
  // Slow, and without end: what the client says of an answer that takes too long or too much.
  victim.client.twist = both(offered, break_call(path_of(change), Errc::timed_out));
  victim.repels("timed_out");
  victim.client.twist = break_call(kContact, Errc::bad_http);
  victim.repels("bad_http", Written::nothing);
  victim.client.twist = offered;
  CHECK(victim.run() == "ok");
}

TEST_CASE("attack 39: any single file of an answer left out, cut off or edited") {
  Siege siege;
  const LiveChange change = siege.released("one");
  Victim& victim = siege.victim();
  Files honest;
  victim.client.twist = both(edit_files(path_of(change), [&](Files& files) { honest = files; }),
                             edit_body(path_of(change), [](Bytes& body) { body.clear(); }));
  victim.repels("bad_http");
  REQUIRE(honest.size() > 20);
  const std::vector<std::function<void(Bytes&)>> damages = {
      nullptr,  // left out
      [](Bytes& bytes) { bytes.pop_back(); },
      [](Bytes& bytes) { bytes[bytes.size() / 2] ^= 1; }};
  // A roster that the host remembers needs no signature again.
  const std::set<std::string> needless = signatures_on_roster(honest);
  const Picture before = victim.host();
  for (const auto& [path, bytes] : honest) {
    if (needless.contains(path)) {
      continue;
    }
    CAPTURE(path);
    for (const auto& damage : damages) {
      victim.client.twist = both(offer_change(change), damage_file(path_of(change), path, damage));
      CHECK(victim.run() != "ok");
      CHECK(differences(before, victim.host()).empty());
    }
  }
  victim.client.twist = offer_change(change);
  CHECK(victim.run() == "ok");
}

TEST_CASE("attack 40: a fact that changed since the plan was approved") {
  Siege siege;
  siege.released(
      siege.draft_of("file", "/srv/web/name", {{"template", std::string("{{ fact.hostname }}")}}));
  siege.victim().system->put_fact("hostname", std::string("elsewhere"));
  siege.victim().repels("C4");
}

TEST_CASE("attack 40: a repository that changed since the plan was approved") {
  Siege siege;
  LiveChange draft = package_change(siege);
  draft.change.risks = names({"maintainer-scripts"});
  siege.released(draft);
  MemoryRepository changed = debian_repository();
  for (MemoryPackage& package : changed) {
    if (package.name == "nginx") {
      package.needs.push_back({"telnet", std::nullopt});
    }
  }
  MemoryPackages& packages = siege.victim().system->packages();
  packages.set_repository(std::make_shared<const MemoryRepository>(changed));
  siege.victim().repels("C4");
}

TEST_CASE("attack 40: a version that the repository does not have any more") {
  Siege siege;
  LiveChange draft = package_change(siege);
  draft.change.risks = names({"maintainer-scripts"});
  siege.released(draft);
  siege.victim().system->packages().set_repository(std::make_shared<const MemoryRepository>());
  siege.victim().repels("no_such_package");
  CHECK(siege.victim().outcomes() == std::vector<std::string>{"stale"});
}

TEST_CASE("attack 41: the host's own plan is not the approved one") {
  vectors_over_wire(41);
  Siege siege;
  siege.released("one");
  siege.victim().system->files().put("/srv/web/web-motd", "somebody else's\n");
  siege.victim().repels("C4");
}

TEST_CASE(
    "attack 42: auto criteria claimed falsely, evidence for something "
    "else or by the author") {
  vectors_over_wire(42);
}

TEST_CASE("attack 47: a secret inside a change") {
  vectors_over_wire(47);
}

TEST_CASE(
    "attack 48: a second spelling, twice the same key, numbers, nesting, "
    "broken text") {
  vectors_over_wire(48);
}

TEST_CASE(
    "attack 63: an effect that is not declared, a component chosen to "
    "dodge a rule") {
  vectors_over_wire(63);
  // What only the host's own plan shows.
  Siege siege;
  siege.released(package_change(siege));
  siege.victim().repels("S6");
}

TEST_CASE("attack 63: an effect behind a link that stood on the host before") {
  Siege siege;
  for (Victim* one : {&siege.victim(), &siege.second()}) {
    one->system->files().put_symlink("/srv/web/door", "/etc/ssh");
  }
  siege.released(
      siege.draft_of("file", "/srv/web/door/banner", {{"content", std::string("hello\n")}}));
  siege.victim().repels("S6");
}
