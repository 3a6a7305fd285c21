#include "policy/plan_request.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "tests/support/said.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using namespace vectors;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

// Web-01 with documents that it verified, and a request for a plan by Eve.
class Desk {
 public:
  explicit Desk(
      const std::function<void(World&)>& edit = [](World&) {},
      const std::function<void(Files&)>& file_edit = [](Files&) {}) {
    edit(world);
    Files files = world.seal();
    files.erase("change.json");
    file_edit(files);
    documents = authorize(files, load_inputs(files).value()).facts;
    request.hosts = {world.host_id("web-01"), world.host_id("web-02")};
    std::sort(request.hosts.begin(), request.hosts.end());
    request.nonce = nonce_of("request");
    request.not_after = kNow + 3'600;
    request.org = world.org();
    request.scope = ScopeId::parse("web-motd").value();
    request.state = world.digest_of("state");
    statement.act = Act::plan;
    statement.at = kNow + 500;
    statement.by = actor("p:eve");
    statement.obj_type = ObjType::plan_request;
    statement.org = world.org();
    statement.roster = 1;
  }

  // Why the host does not answer, with `!` when the signature is at fault; empty when it does.
  std::string asked(const std::string& key = "eve", UnixSeconds now = kNow + 600) {
    const Bytes bytes = codec::encode(request);
    statement.key = world.keys.at(key).pub.id();
    if (statement.obj == Digest()) {
      statement.obj = sha256(bytes);
    }
    SignatureRecord record;
    record.kind = RecordKind::sshsig;
    record.statement = codec::encode(statement);
    record.armor = world.keys.at(signer.empty() ? key : signer)
                       .key->sign_sshsig(signature_namespace(Act::plan), record.statement);
    const SignedStatement source{sha256(record.statement), statement, record};
    const auto checked = check_plan_request(*documents, sha256(bytes), request, source, now);
    if (checked) {
      return "";
    }
    if (checked.error().code == Errc::bad_signature) {
      return "! " + checked.error().what;
    }
    CHECK(checked.error().code == expected);
    return checked.error().what;
  }

  World world;
  std::shared_ptr<Inspection> documents;
  PlanRequest request;
  Statement statement;
  std::string signer;
  Errc expected = Errc::plan_refused;
};

}  // namespace

TEST_CASE("a host plans for who holds a role that the policy names for its environment") {
  CHECK(Desk().asked() == "");
  Desk named;
  named.statement.role = role("executor");
  CHECK(named.asked() == "");
  Desk other_role;
  other_role.statement.role = role("auditor");
  CHECK(other_role.asked() == "! p:eve: the signer does not hold the role auditor");
  Desk nobody;
  nobody.statement.by = actor("p:leo");
  CHECK(nobody.asked("leo") == "p:leo holds no role that may ask for plans in prod");
  Desk another_role;
  another_role.statement.by = actor("p:bo");
  another_role.statement.role = role("engineering-lead");
  CHECK(another_role.asked("bo") == "p:bo holds no role that may ask for plans in prod");
  Desk elsewhere([](World& w) { w.policy.plan = {{name("test"), role("executor")}}; });
  CHECK(elsewhere.asked() == "p:eve holds no role that may ask for plans in prod");
}

TEST_CASE("a role that is named must be the one that the policy names") {
  Desk desk([](World& w) {
    w.person("p:eve").roles.push_back({role("auditor"), std::nullopt});
    std::sort(w.person("p:eve").roles.begin(),
              w.person("p:eve").roles.end(),
              [](const RoleGrant& a, const RoleGrant& b) { return a.role < b.role; });
  });
  CHECK(desk.asked() == "");
  desk.statement.role = role("auditor");
  CHECK(desk.asked() == "p:eve holds no role that may ask for plans in prod");
}

TEST_CASE("without valid documents nobody is answered") {
  const std::string none = "this host has no valid documents to judge it by";
  CHECK(Desk([](World& w) { w.signing("policy-dana").in_files = false; }).asked() == none);
  CHECK(Desk([](World&) {}, [](Files& files) { files.erase("checkpoint.txt"); }).asked() == none);
  CHECK(Desk([](World& w) { w.signing("prod-dana").in_files = false; }).asked() == none);
}

TEST_CASE("a request is of this organisation, and so is its statement") {
  Desk request;
  request.request.org = sha256("another");
  CHECK(request.asked() == "it belongs to another organisation");
  Desk statement;
  statement.statement.org = sha256("another");
  CHECK(statement.asked() == "it belongs to another organisation");
}

TEST_CASE("a statement about anything else asks for nothing") {
  const std::string other = "its statement is about something else";
  Desk act;
  act.statement.act = Act::approve;
  CHECK(act.asked() == other);
  Desk type;
  type.statement.obj_type = ObjType::change;
  CHECK(type.asked() == other);
  Desk object;
  object.statement.obj = sha256("another request");
  CHECK(object.asked() == other);
}

TEST_CASE("only hosts that are named answer") {
  Desk desk;
  desk.request.hosts = {desk.world.host_id("web-02")};
  CHECK(desk.asked() == "it does not ask this host");
  Desk nobody;
  nobody.request.hosts.clear();
  CHECK(nobody.asked() == "it does not ask this host");
}

TEST_CASE("a request is answered until its time is over, an hour after it was signed at most") {
  const std::string over = "its time is over, or it is valid for longer than an hour";
  Desk edge;
  CHECK(edge.asked("eve", edge.request.not_after) == "");
  CHECK(Desk().asked("eve", kNow + 3'601) == over);
  Desk longest;
  longest.request.not_after = longest.statement.at + 3'600;
  CHECK(longest.asked() == "");
  Desk too_long;
  too_long.request.not_after = too_long.statement.at + 3'601;
  CHECK(too_long.asked() == over);
}

TEST_CASE("a signer's clock may run five minutes ahead, not more") {
  Desk desk;
  CHECK(desk.asked("eve", desk.statement.at - 300) == "");
  Desk ahead;
  ahead.expected = Errc::clock_differs;
  CHECK(ahead.asked("eve", kNow + 500 - 301) == "the request is dated 301 s ahead");
}

TEST_CASE("the signature must be the signer's, by a key of the roster that stands") {
  Desk forged;
  forged.signer = "bo";
  CHECK(forged.asked().starts_with("! p:eve: "));
  Desk of_another;
  CHECK(of_another.asked("bo") == "! p:eve: the key is not among the signer's keys in the roster");
  Desk ended([](World& w) { w.roster_key("eve").until = 1; });
  CHECK(ended.asked() == "! p:eve: the key had ended before");
  const std::string unfit = "! p:eve: the key is compromised, or for login only";
  Desk compromised([](World& w) {
    w.roster_key("eve").compromised = true;
    w.roster_key("eve").until = 1;
  });
  CHECK(compromised.asked() == unfit);
  CHECK(Desk([](World& w) { w.roster_key("eve").login_only = true; }).asked() == unfit);
  Desk host;
  host.statement.by = actor(host.world.host_id("web-01").text());
  CHECK(host.asked("host:web-01").starts_with("! h:"));
}

TEST_CASE("a role that had ended before counts no more") {
  Desk desk([](World& w) { w.person("p:eve").roles[0].until = 1; });
  CHECK(desk.asked() == "p:eve holds no role that may ask for plans in prod");
}

TEST_CASE("a state that no host could look after is refused before anybody plans it") {
  Desk desk;
  AgentState memory;
  State state = desk.world.state;
  const auto refused = [&] {
    const auto checked = check_planned_state(*desk.documents, memory, state);
    return checked
               ? std::string()
               : std::string(error_info(checked.error().code).refusal) + " " + checked.error().what;
  };
  CHECK(refused() == "");
  memory.own_paths = {"/srv/web/"};
  CHECK(refused().starts_with("C5 file:/srv/web/motd"));
  memory.own_paths.clear();
  memory.scopes = {{std::nullopt, {"file:/srv/web/motd"}, ScopeId::parse("another").value()}};
  CHECK(refused().starts_with("C5 file:/srv/web/motd"));
  memory.scopes[0].scope = state.scope;
  CHECK(refused() == "");
  state.resources[0].secret = true;
  CHECK(refused().starts_with("K1 file:/srv/web/motd"));
}

TEST_CASE("resources of one state that contradict each other are refused before anybody plans it") {
  Desk desk;
  State state = desk.world.state;
  Resource link = state.resources[0];
  link.kind = name("symlink");
  state.resources.push_back(link);
  const auto checked = check_planned_state(*desk.documents, {}, state);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == Errc::refuse_c5);
  CHECK(checked.error().what == "symlink:/srv/web/motd and file:/srv/web/motd want the same path");
}
