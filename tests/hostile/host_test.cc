// Attacks on a host, its directory and its network, by a hostile server on a real agent.
#include <doctest/doctest.h>

#include "tests/hostile/directory_server.h"
#include "tests/hostile/siege.h"
#include "tests/hostile/vectors_over_wire.h"
#include "tests/support/test_agent.h"

using namespace twoseal;           // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::hostile;  // NOLINT(google-build-using-namespace): as above

namespace {

constexpr const char* kPlans = "/v1/work/plans/";

// What a host is asked about a plan, with whatever an attacker makes of it.
struct PlanQuestion {
  PlanRequest request;
  State state;
  Files files;
  Digest digest;
};

PlanQuestion question(Siege& siege,
                      const std::string& by,
                      const std::function<void(PlanQuestion& question)>& edit = {}) {
  PlanQuestion made;
  const LiveChange draft = siege.organisation().make_change("one");
  made.state = codec::decode<State>(draft.objects[1]).value();
  made.request.org = siege.organisation().org;
  made.request.scope = made.state.scope;
  made.request.hosts = {siege.victim().seed().identity.host};
  made.request.not_after = siege.server.clock.now() + 600;
  made.request.nonce = Bytes(16, 'n');
  if (edit) {
    edit(made);
  }
  const Bytes state = codec::encode(made.state);
  made.request.state = sha256(state);
  const Bytes request = codec::encode(made.request);
  made.digest = sha256(request);
  made.files["request.json"] = request;
  made.files["record.json"] =
      siege.organisation()
          .sign(by, Act::plan, ObjType::plan_request, made.digest, siege.server.clock.now())
          .record;
  made.files["blobs/" + made.request.state.hex()] = state;
  return made;
}

// The server takes whatever the host answers to it.
Twist ask(const PlanQuestion& question) {
  return both(both(offer({question.digest, WorkKind::plan}), give_files(kPlans, question.files)),
              [](const HttpRequest& request, Result<HttpResponse>& answer) {
                if (request.path == "/v1/plan-answers" || request.path == "/v1/plan-refusals") {
                  answer = HttpResponse{.status = 204};
                }
              });
}

// Checks that the host refuses to plan, with `code`, and tells nothing else.
void refuses_to_plan(Siege& siege, const PlanQuestion& question, Errc code) {
  Victim& victim = siege.victim();
  const std::size_t before = victim.client.plan_refusals.size();
  victim.client.twist = ask(question);
  victim.repels("");
  CHECK(victim.client.plan_answers.empty());
  REQUIRE(victim.client.plan_refusals.size() > before);
  CHECK(victim.client.plan_refusals.back().code == error_code_text(code));
}

// The class that the host answered with.
Bytes class_answered(const Victim& victim) {
  const auto files = codec::read_archive(victim.client.plan_answers.back()).value();
  return files.at("class.json");
}

}  // namespace

TEST_CASE("attack 52: the agent replaced outside a change made for it") {
  vectors_over_wire(52);
}

// A link that stands there before is C5 to whoever asks for a plan:
// src/resources/host_kinds_test.cc.
TEST_CASE("attack 52: the agent's own files behind a link that was put there after the plan") {
  Siege siege;
  for (Victim* one : {&siege.victim(), &siege.second()}) {
    one->system->files().put_directory("/srv/web/door");
    one->system->files().put_directory("/srv/web/door/held");
  }
  siege.released(
      siege.draft_of("file", "/srv/web/door/held/extra", {{"content", std::string("mine\n")}}));
  MemoryFiles& files = siege.victim().system->files();
  files.erase("/srv/web/door/held");
  files.erase("/srv/web/door");
  files.put_symlink("/srv/web/door", kHome);
  siege.victim().repels("C5");
}

TEST_CASE("attack 53: a demo roster on a real host") {
  const vectors::World keys;
  vectors::World world;
  world.rosters[0].demo = true;
  VectorHost host(world.seal(), keys);
  host.victim.repels("R4");
}

TEST_CASE("attack 54: an old state put back on a host") {
  Siege siege;
  // What the agent knew before, kept and put back.
  const Bytes documents =
      siege.victim().system->files().text(std::string(kHome) + "/held/documents");
  const Bytes journal = siege.victim().system->files().text(std::string(kHome) + "/journal");
  const LiveChange one = siege.applied("one");
  siege.pass(60);
  const LiveChange two = siege.planned(siege.organisation().make_change("two"));
  siege.author(two);
  siege.approve(two);
  siege.release(two);
  REQUIRE(siege.victim().run() == "ok");
  siege.victim().system->files().put(std::string(kHome) + "/held/documents", documents);
  siege.victim().system->files().put(std::string(kHome) + "/journal", journal);
  siege.victim().start();
  REQUIRE(siege.victim().agent().book().damage());  // it looks after what no run put there
  for (const char* kept : {"/changes", "/scopes"}) {
    siege.victim().system->files().erase(std::string(kHome) + kept);
  }
  siege.victim().start();
  siege.victim().client.twist = offer_change(one);
  siege.victim().repels("C4");
  siege.victim().client.twist = offer_change(two);
  siege.victim().repels("W3");
}

TEST_CASE(
    "attack 54: the reports of a host count upwards, so that an old "
    "state shows") {
  Siege siege;
  Victim& victim = siege.victim();
  victim.pace.enforce_every = 600;
  const auto counters = [&] {
    std::vector<std::int64_t> all;
    for (const AgentReport& one : victim.client.reports) {
      all.push_back(one.counter);
    }
    return all;
  };
  victim.start();
  victim.run(1);
  const std::string journal = std::string(kHome) + "/journal";
  const Bytes then = victim.system->files().text(journal);
  siege.pass(601);
  victim.run(1);
  // A start is no new beginning.
  victim.start();
  victim.run(1);
  CHECK(counters() == std::vector<std::int64_t>{1, 2, 3});
  victim.system->files().put(journal, then);
  victim.start();
  victim.run(1);
  CHECK(counters().back() == 2);
}

TEST_CASE(
    "attack 59: a link in the place of a directory that an approved "
    "change writes to") {
  Siege siege;
  siege.released("one");
  MemoryFiles& files = siege.victim().system->files();
  files.erase("/srv/web");
  files.put_symlink("/srv/web", "/etc", 1'000);
  siege.victim().repels("unsafe_path");
}

TEST_CASE(
    "attack 59: a file that is exchanged for a link right before it is "
    "written") {
  Siege siege;
  Victim& victim = siege.victim();
  siege.released("one");
  victim.system->files().put("/etc/precious", "precious\n");
  const Picture before = victim.host();
  victim.on_log = [&](const std::string& line) {
    if (line.starts_with("applying ")) {
      victim.system->files().put_symlink("/srv/web/web-motd", "/etc/precious", 1'000);
    }
  };
  CHECK(victim.run() == "interrupted");
  CHECK(differences(before, victim.host()) == std::vector<std::string>{"/srv/web/web-motd"});
  CHECK(victim.system->files().read_link("/srv/web/web-motd").value() == "/etc/precious");
}

TEST_CASE(
    "attack 59: another name of a file that others read is no way to "
    "change it") {
  Siege siege;
  siege.released("one");
  MemoryFiles& files = siege.victim().system->files();
  files.put("/etc/precious", "precious\n");
  files.put_link("/srv/web/web-motd", "/etc/precious");
  siege.victim().repels("other_thing_there");
}

TEST_CASE("attack 60: refused changes by the hundred leave nothing on the disk") {
  Siege siege;
  Victim& victim = siege.victim();
  const Picture before = victim.home();
  constexpr int kFlood = 200;
  victim.client.twist = break_call("/v1/run-logs", Errc::timed_out);
  for (int i = 0; i < kFlood; ++i) {
    const LiveChange change =
        siege.organisation().make_change("flood " + std::to_string(i), "scope");
    siege.author(change);
    victim.client.twist = both(offer_change(change), break_call("/v1/run-logs", Errc::timed_out));
    CHECK(victim.run() == "S5");
  }
  CHECK(victim.agent().waiting_mail() == 0);
  CHECK(victim.outcomes() == std::vector<std::string>(kFlood, "refused:S5"));
  for (const std::string& name : differences(before, victim.home())) {
    CAPTURE(name);
    CHECK((name == "floor" || name.find("/held/documents/") != std::string::npos ||
           name == std::string(kHome) + "/journal"));
  }
  constexpr std::uint64_t kLine = 320;  // that a refusal was told
  const auto journal = victim.system->files().look(std::string(kHome) + "/journal");
  CHECK((*journal)->size <= kFlood * kLine);
  // What it would have told people of them is bounded as well.
  victim.client.paths.clear();
  victim.client.twist = nullptr;
  CHECK(victim.run() == "");
  CHECK(std::count(victim.client.paths.begin(), victim.client.paths.end(), "/v1/run-logs") == 64);
}

TEST_CASE(
    "attack 60: a server that takes no word of a refusal gets one, not a "
    "disk full of them") {
  Siege siege;
  Victim& victim = siege.victim();
  constexpr int kFlood = 20;
  for (int i = 0; i < kFlood; ++i) {
    const LiveChange change =
        siege.organisation().make_change("flood " + std::to_string(i), "scope");
    siege.author(change);
    victim.client.twist = both(offer_change(change), break_call("/v1/results", Errc::timed_out));
    CHECK(victim.run(1) == "timed_out");
  }
  CHECK(victim.agent().waiting_mail() == 1);
}

TEST_CASE("attack 60: documents stuffed with what nobody asked for") {
  Siege siege;
  Victim& victim = siege.victim();
  const LiveChange change = siege.organisation().make_change("one");
  siege.author(change);
  REQUIRE(victim.run() == "");
  const Picture before = victim.home();
  const Files others = siege.files_for(siege.second(), change);
  const Bytes stuffing(1'000'000, 's');
  victim.client.twist = edit_files("/v1/contact", [&](Files& files) {
    files["blobs/" + sha256(stuffing).hex()] = stuffing;
    for (const auto& [path, bytes] : others) {
      if (path != "change.json") {
        files.emplace(path, bytes);
      }
    }
  });
  CHECK(victim.run() == "");
  for (const std::string& name : differences(before, victim.home())) {
    CAPTURE(name);
    CHECK(before.contains(name));
  }
}

TEST_CASE("attack 60: more work than the server answers for keeps a host from nothing else") {
  Siege siege;
  Victim& victim = siege.victim();
  victim.client.twist = break_call("/v1/work/", Errc::timed_out);
  for (char i = 0; i < 8; ++i) {
    victim.client.twist =
        both(victim.client.twist, offer({sha256(std::string(1, i)), WorkKind::plan}));
  }
  victim.client.paths.clear();
  CHECK(victim.run() == "timed_out");
  CHECK(std::count_if(victim.client.paths.begin(),
                      victim.client.paths.end(),
                      [](const std::string& path) { return path.starts_with("/v1/work/"); }) == 1);
}

TEST_CASE("attack 60: a server that answers at once, again and again, is not asked without pause") {
  Siege siege;
  Victim& victim = siege.victim();
  Result<HttpResponse> kept;
  victim.client.twist = [&](const HttpRequest&, Result<HttpResponse>& answer) { kept = answer; };
  REQUIRE(victim.run(1) == "");
  victim.client.twist = [&](const HttpRequest&, Result<HttpResponse>& answer) { answer = kept; };
  const auto step = victim.agent().step();
  REQUIRE(step.has_value());
  CHECK(step->reached);
  CHECK(step->next_in >= 1);
}

TEST_CASE("attack 62: a request for a plan that is shown a second time") {
  Siege siege;
  const PlanQuestion asked = question(siege, "eve");
  Victim& victim = siege.victim();
  victim.client.twist = ask(asked);
  CHECK(victim.run() == "");
  REQUIRE(victim.client.plan_answers.size() == 1);
  victim.client.plan_answers.clear();
  refuses_to_plan(siege, asked, Errc::plan_refused);
  victim.start();
  refuses_to_plan(siege, asked, Errc::plan_refused);
}

TEST_CASE(
    "attack 62: a request for a plan by nobody who may ask, too late, or "
    "of another host") {
  Siege siege;
  refuses_to_plan(siege, question(siege, "bo"), Errc::plan_refused);
  refuses_to_plan(siege, question(siege, "eve-login"), Errc::bad_signature);
  refuses_to_plan(siege,
                  question(siege,
                           "eve",
                           [&](PlanQuestion& one) {
                             one.request.hosts = {siege.second().seed().identity.host};
                           }),
                  Errc::plan_refused);
  refuses_to_plan(
      siege,
      question(siege,
               "eve",
               [&](PlanQuestion& one) { one.request.not_after = siege.server.clock.now() - 1; }),
      Errc::plan_refused);
  // Signed by Eve, but about another request.
  PlanQuestion swapped = question(siege, "eve");
  swapped.files["record.json"] = question(siege, "eve", [](PlanQuestion& one) {
                                   one.request.nonce = Bytes(16, 'o');
                                 }).files.at("record.json");
  refuses_to_plan(siege, swapped, Errc::plan_refused);
  // A state that she did not sign for.
  swapped = question(siege, "eve");
  swapped.files.erase("blobs/" + swapped.request.state.hex());
  swapped.files["blobs/" + swapped.request.state.hex()] = "{}";
  refuses_to_plan(siege, swapped, Errc::refuse_c1);
}

TEST_CASE("attack 62: more requests for plans than an hour has") {
  Siege siege;
  Victim& victim = siege.victim();
  constexpr char kRequests = 10;
  for (char i = 0; i < kRequests; ++i) {
    victim.client.twist = ask(question(siege, "eve", [&](PlanQuestion& one) {
      one.request.nonce = Bytes(16, static_cast<char>('a' + i));
    }));
    CHECK(victim.run() == "");
  }
  CHECK(victim.client.plan_answers.size() == kRequests);
  victim.client.plan_answers.clear();
  refuses_to_plan(siege, question(siege, "eve"), Errc::plan_refused);
}

TEST_CASE(
    "attack 62: a plan that would run programs, or show what others may "
    "not read") {
  Siege siege;
  Victim& victim = siege.victim();
  const std::string secret = "root:$6$precious:20000:0:99999:7:::\n";
  victim.system->files().put("/etc/shadow", std::make_shared<const Bytes>(secret), 0640);
  const PlanQuestion asked = question(siege, "eve", [](PlanQuestion& one) {
    Resource file;
    file.kind = Name::parse("file").value();
    file.key = "/etc/shadow";
    file.want = {{"content", std::string("root:*:::::::\n")}};
    Resource command;
    command.kind = Name::parse("command").value();
    command.key = "look";
    command.want = {{"run", std::vector<std::string>{"/usr/bin/id"}},
                    {"unless", std::vector<std::string>{"/usr/bin/test", "-e", "/etc/shadow"}}};
    one.state.resources = {command, file};
  });
  victim.client.twist = ask(asked);
  victim.repels("", Written::plans);
  REQUIRE(victim.client.plan_answers.size() == 1);
  const Bytes answered = class_answered(victim);
  CHECK(answered.find("precious") == Bytes::npos);
  CHECK(answered.find(sha256(secret).hex()) == Bytes::npos);
  CHECK(answered.find("\"private\":true") != Bytes::npos);
  CHECK(answered.find("opaque") != Bytes::npos);
}
