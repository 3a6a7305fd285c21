#include "agent/change_decider.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"
#include "resources/plan_state.h"
#include "tests/support/host_world.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using vectors::kNow;
using vectors::World;

namespace {

constexpr const char* kMotd = "/srv/web/motd";
const Bytes kTokenKey(32, 'k');

// Web-01 in memory, with a change that was planned by this very host.
class Desk {
 public:
  explicit Desk(const std::function<void(World&)>& edit = [](World&) {}) {
    edit(world);
    if (world.classes.contains("web-01")) {
      plan_here();
    }
    files = test::sent(world);
    auto opened = HeldDocuments::open(host.home, test::identity_of(world));
    REQUIRE(opened);
    held.emplace(*std::move(opened));
    auto read = RunBook::open(host.system->files(), host.home.path("journal"));
    REQUIRE(read);
    book = *std::move(read);
    auto desk = PlanDesk::open(host.home);
    REQUIRE(desk);
    plans.emplace(*std::move(desk));
    decider.emplace(ChangeDecider::Parts{*host.system, *held, *book, kTokenKey});
  }

  /// What a contact would bring.
  void take_documents() {
    const auto reasons = held->take(test::documents_of(files), host.clock.now());
    REQUIRE(reasons);
    REQUIRE(reasons->empty());
  }

  ChangeVerdict decide() {
    auto verdict = decider->decide(files);
    REQUIRE(verdict);
    const int said =
        int{verdict->order.has_value()} + int{verdict->outcome.has_value()} + int{verdict->wait};
    CHECK(said == 1);
    return *std::move(verdict);
  }

  /// The outcome that would be told; `order` or `wait` when there is none.
  std::string decided() {
    const ChangeVerdict verdict = decide();
    return verdict.outcome ? verdict.outcome->outcome : verdict.order ? "order" : "wait";
  }

  /// The change ran here before.
  void remember(const std::string& outcome) {
    RunBegun begun;
    begun.at = kNow;
    begun.change = world.digest_of("change");
    begun.phase = vectors::name("canary");
    begun.scope = *world.change.scope;
    REQUIRE(book->write(begun));
    REQUIRE(book->write(RunEnded{kNow, begun.change, outcome, std::nullopt}));
  }

  /// A request for a plan by Eve, with the state of the change.
  Files request(const std::function<void(PlanRequest&)>& edit = [](PlanRequest&) {}) {
    PlanRequest asked;
    asked.hosts = {world.host_id("web-01")};
    asked.nonce = vectors::nonce_of("request");
    asked.not_after = kNow + 3'600;
    asked.org = world.org();
    asked.scope = world.state.scope;
    asked.state = world.digest_of("state");
    edit(asked);
    Statement statement;
    statement.act = Act::plan;
    statement.at = kNow + 500;
    statement.by = vectors::actor("p:eve");
    statement.key = world.keys.at("eve").pub.id();
    statement.obj = sha256(codec::encode(asked));
    statement.obj_type = ObjType::plan_request;
    statement.org = world.org();
    statement.roster = 1;
    SignatureRecord record;
    record.kind = RecordKind::sshsig;
    record.statement = codec::encode(statement);
    record.armor =
        world.keys.at("eve").key->sign_sshsig(signature_namespace(Act::plan), record.statement);
    const std::string state = "blobs/" + world.digest_of("state").hex();
    return {{"request.json", codec::encode(asked)},
            {"record.json", codec::encode(record)},
            {state, files.at(state)}};
  }

  Errc code_of_plan(const Files& asked) {
    const auto answer = decider->answer_plan(asked, *plans);
    return answer ? Errc{} : answer.error().code;
  }

  World world;
  Files files;
  test::AgentHost host;
  std::optional<HeldDocuments> held;
  std::unique_ptr<RunBook> book;
  std::optional<PlanDesk> plans;
  std::optional<ChangeDecider> decider;

 private:
  // Lets the approved plan be the one that this host makes.
  void plan_here() {
    plan_ = plan_state(world.state, *host.system, {}).value();
    auto& steps = world.classes.at("web-01").steps;
    steps.clear();
    for (const PlannedStep& step : plan_.steps) {
      steps.push_back(step.shown);
    }
    world.on_bytes = [this, edited = std::move(world.on_bytes)](std::string_view name,
                                                                Bytes& bytes) {
      if (edited) {
        edited(name, bytes);
      }
      if (name != "plan") {
        return;
      }
      auto approved = codec::decode<Plan>(bytes).value();
      for (auto& one : approved.classes) {
        for (PlannedHost& target : one.hosts) {
          if (target.id == world.host_id("web-01")) {
            target.token = token_of(plan_, world.org(), kTokenKey);
          }
        }
      }
      bytes = codec::encode(approved);
    };
  }

  HostPlan plan_;
};

void without_engineering(World& world) {
  vectors::drop(world, "engineering");
}

}  // namespace

TEST_CASE("a change that is permitted, and planned here as it was approved, becomes an order") {
  Desk desk;
  desk.take_documents();
  const ChangeVerdict verdict = desk.decide();
  REQUIRE(verdict.order.has_value());
  CHECK(verdict.change == desk.world.digest_of("change"));
  CHECK(verdict.order->digest == verdict.change);
  CHECK(verdict.order->phase.text() == "canary");
  CHECK(verdict.order->owned == std::vector<std::string>{"file:/srv/web/motd"});
  CHECK(verdict.order->plan.steps.size() == 1);
  CHECK_FALSE(verdict.order->counts_for.has_value());
  CHECK(verdict.order->change.title == "Message of the day");
  CHECK(verdict.state->scope.text() == "web-motd");
  CHECK(verdict.reasons.empty());
}

TEST_CASE("a state that takes the change back carries no risk that was not accepted") {
  const auto going_back = [](World& world) {
    vectors::undo_by_state(world, [](State& state) {
      Resource way_in = state.resources.front();
      way_in.key = "/etc/sudoers.d/leo";
      state.resources.insert(state.resources.begin(), way_in);
    });
    world.change.effects.push_back(vectors::name("auth"));
    std::sort(world.change.effects.begin(), world.change.effects.end());
  };
  Desk refused(going_back);
  refused.take_documents();
  const ChangeVerdict verdict = refused.decide();
  REQUIRE(verdict.outcome.has_value());
  CHECK_MESSAGE(verdict.outcome->outcome == "refused:S6", verdict.outcome->detail);
  CHECK(verdict.outcome->detail.find("auth-change") != std::string::npos);

  Desk accepted([&](World& world) {
    going_back(world);
    world.change.risks.push_back(vectors::name("auth-change"));
    std::sort(world.change.risks.begin(), world.change.risks.end());
  });
  accepted.take_documents();
  CHECK(accepted.decided() == "order");
}

TEST_CASE("right before it begins, a change is asked about once more, at the time of then") {
  Desk desk([](World& w) { w.change.window = {kNow + 700, kNow}; });
  desk.take_documents();
  const ChangeVerdict verdict = desk.decide();
  REQUIRE(verdict.order.has_value());
  CHECK_FALSE(verdict.order->objection());
  desk.host.clock.advance(101);
  CHECK(verdict.order->objection()->reason.code == Errc::refuse_w1);
  CHECK_FALSE(verdict.order->objection()->waits);
}

TEST_CASE("a change under a stop, a pause or a freeze waits, and says for what") {
  for (const char* name :
       {"w5-stopped", "w5-paused", "w5-listed-but-not-shown", "w6-frozen", "w6-scope-frozen"}) {
    CAPTURE(name);
    Desk desk([&](World& w) { vectors::find_case(name)->edit(w); });
    desk.take_documents();
    const ChangeVerdict verdict = desk.decide();
    CHECK(verdict.wait);
    REQUIRE_FALSE(verdict.reasons.empty());
    CHECK(error_info(verdict.reasons.front().code).refusal ==
          (name[1] == '5' ? std::string("W5") : std::string("W6")));
  }
}

TEST_CASE("what no end of a stop would mend is refused under the stop already") {
  Desk desk([](World& w) {
    vectors::find_case("w5-stopped")->edit(w);
    without_engineering(w);
  });
  desk.take_documents();
  CHECK(desk.decided() == "refused:S3");
}

TEST_CASE("over a damaged journal every change is refused with J1, and nothing is planned") {
  for (const bool lacks : {false, true}) {
    Desk desk(lacks ? without_engineering : [](World&) {});
    desk.take_documents();
    desk.book->distrust({Errc::refuse_j1, "a record has another check sum", "journal octet 8"});
    const ChangeVerdict verdict = desk.decide();
    REQUIRE(verdict.outcome.has_value());
    CHECK(verdict.outcome->outcome == "refused:J1");
    CHECK(verdict.outcome->phase.text() == "canary");
    CHECK(verdict.outcome->release.has_value());
    CHECK(verdict.outcome->detail == "TS-2191 a record has another check sum (journal octet 8)");
    CHECK_FALSE(verdict.reasons.empty());
    CHECK(desk.code_of_plan(desk.request()) == Errc::refuse_j1);
  }
  Desk stopped([](World& w) { vectors::find_case("w5-stopped")->edit(w); });
  stopped.take_documents();
  stopped.book->distrust({Errc::refuse_j1, "damaged"});
  CHECK(stopped.decided() == "wait");
}

TEST_CASE("a freeze that begins while a change is planned holds it back before its intent") {
  Desk desk([](World& w) {
    vectors::find_case("w6-frozen")->edit(w);
    w.restrictions.freezes.front().from = kNow + 700;
    w.restrictions.freezes.front().to = kNow + 800;
  });
  desk.take_documents();
  const ChangeVerdict verdict = desk.decide();
  REQUIRE(verdict.order.has_value());
  CHECK_FALSE(verdict.order->objection());
  desk.host.clock.advance(150);
  CHECK(verdict.order->objection()->reason.code == Errc::refuse_w6);
  CHECK(verdict.order->objection()->waits);
}

TEST_CASE("a change before its window waits, and is told to nobody") {
  Desk desk([](World& w) { w.change.window = {kNow + 7'000, kNow + 700}; });
  desk.take_documents();
  CHECK(desk.decided() == "wait");
  desk.host.clock.advance(101);
  CHECK(desk.decided() != "refused:W1");
}

TEST_CASE("a change that lacks an approval is refused with its code and why") {
  Desk desk(without_engineering);
  desk.take_documents();
  const ChangeVerdict verdict = desk.decide();
  REQUIRE(verdict.outcome.has_value());
  CHECK(verdict.outcome->outcome == "refused:S3");
  CHECK(verdict.outcome->change == desk.world.digest_of("change"));
  CHECK(verdict.outcome->detail.starts_with(error_code_text(Errc::refuse_s3) + " "));
  CHECK_FALSE(verdict.reasons.empty());
  CHECK_FALSE(verdict.state.has_value());
}

TEST_CASE("a host that changed since the plan is stale") {
  Desk other_content;
  other_content.take_documents();
  other_content.host.system->files().put(kMotd, "somebody else's\n");
  CHECK(other_content.decided() == "stale");
  Desk impossible;
  impossible.take_documents();
  impossible.host.system->files().put_directory(kMotd);
  CHECK(impossible.decided() == "stale");
}

TEST_CASE("a host where all is as wanted already has an order that does nothing") {
  Desk desk;
  desk.take_documents();
  desk.host.system->files().put(kMotd, std::make_shared<const Bytes>("welcome\n"), 0644);
  const ChangeVerdict verdict = desk.decide();
  REQUIRE(verdict.order.has_value());
  CHECK(verdict.order->plan.empty());
}

TEST_CASE("a change runs on a host once, and only where its scope stands as it was planned") {
  Desk desk;
  desk.take_documents();
  desk.remember("failed");
  CHECK(desk.decided() == "refused:W2");
  Desk moved([](World& w) { w.bases["web-01"] = sha256("another change"); });
  moved.take_documents();
  CHECK(moved.decided() == "stale");
}

TEST_CASE("what the server says of the host's memory counts for nothing") {
  Desk desk;
  desk.take_documents();
  desk.remember("failed");
  AgentState lies = desk.decider->state();
  CHECK(lies.used.size() == 1);
  lies.used.clear();
  desk.files["state.json"] = codec::encode(lies);
  DecisionInputs inputs = desk.held->inputs(kNow);
  inputs.floor = 0;
  desk.files["inputs.json"] = codec::encode(inputs);
  CHECK(desk.decided() == "refused:W2");
}

TEST_CASE("a change that does not come along, or is damaged, begins nothing") {
  Desk desk;
  desk.take_documents();
  const Files whole = desk.files;
  desk.files.erase("change.json");
  CHECK(desk.decided() == "refused:C1");
  CHECK(desk.decide().change == Digest());
  desk.files = whole;
  desk.files.at("change.json").replace(2, 1, "X");
  CHECK(desk.decided().starts_with("refused:"));
  desk.files.clear();
  CHECK(desk.decided().starts_with("refused:"));
}

TEST_CASE("a decision raises the floor of time, and is none when that cannot be written") {
  Desk desk;
  CHECK(desk.held->floor() == 0);
  CHECK(desk.decider->decide(desk.files));
  CHECK(desk.held->floor() == kNow + 580);
  Desk full;
  full.host.system->files().set_capacity(1);
  CHECK(full.decider->decide(full.files).error().code == Errc::disk_full);
}

TEST_CASE("changes that count by the day say for what") {
  Desk emergency([](World& w) { vectors::find_case("permit-emergency")->edit(w); });
  emergency.take_documents();
  const ChangeVerdict verdict = emergency.decide();
  CHECK_MESSAGE(verdict.order, (verdict.outcome ? verdict.outcome->detail : ""));
  CHECK(verdict.order->counts_for->text() == "emergency");
  Desk automatic([](World& w) { vectors::find_case("permit-auto")->edit(w); });
  automatic.take_documents();
  const ChangeVerdict other = automatic.decide();
  CHECK_MESSAGE(other.order, (other.outcome ? other.outcome->detail : ""));
  CHECK(other.order->counts_for->text() == "web-content");
  CHECK_FALSE(other.criteria.empty());
}

TEST_CASE("a request for a plan is answered with what this host would do, once") {
  Desk desk;
  desk.take_documents();
  const auto reply = desk.decider->answer_plan(desk.request(), *desk.plans);
  REQUIRE(reply);
  CHECK(reply->answer.at == desk.host.clock.now());
  CHECK(reply->answer.host == desk.world.host_id("web-01"));
  CHECK(reply->answer.org == desk.world.org());
  CHECK(reply->answer.request == sha256(desk.request().at("request.json")));
  CHECK(reply->answer.class_digest == sha256(reply->plan_class));
  CHECK(reply->answer.class_digest == desk.world.digest_of("class:web-01"));
  CHECK(reply->answer.token.size() == 32);
  CHECK_FALSE(reply->answer.base.has_value());
  CHECK_FALSE(desk.host.system->files().look(kMotd).value().has_value());
  CHECK(desk.code_of_plan(desk.request()) == Errc::plan_refused);
}

TEST_CASE("the answer names the change that the scope stands at") {
  Desk desk;
  desk.take_documents();
  desk.remember("ok");
  const auto reply = desk.decider->answer_plan(desk.request(), *desk.plans);
  REQUIRE(reply);
  CHECK(reply->answer.base == desk.world.digest_of("change"));
}

TEST_CASE("two hosts that would do the same have one class, and tokens of their own") {
  Desk one;
  one.take_documents();
  const auto first = one.decider->answer_plan(one.request(), *one.plans).value();
  Desk two;
  two.take_documents();
  two.decider.emplace(ChangeDecider::Parts{*two.host.system, *two.held, *two.book, Bytes(32, 'x')});
  const auto second = two.decider->answer_plan(two.request(), *two.plans).value();
  CHECK(first.answer.class_digest == second.answer.class_digest);
  CHECK(first.answer.token != second.answer.token);
}

TEST_CASE("a request that is not whole is refused with what is wrong") {
  Desk desk;
  CHECK(desk.code_of_plan(desk.request()) == Errc::plan_refused);  // it holds no documents yet
  desk.take_documents();
  const Files whole = desk.request();
  const auto without = [&](const std::string& name) {
    Files files = whole;
    files.erase(name);
    return desk.code_of_plan(files);
  };
  const auto with = [&](const std::string& name, const Bytes& bytes) {
    Files files = whole;
    files.at(name) = bytes;
    return desk.code_of_plan(files);
  };
  const std::string state = "blobs/" + desk.world.digest_of("state").hex();
  CHECK(without("request.json") == Errc::refuse_b1);
  CHECK(without("record.json") == Errc::refuse_b1);
  CHECK(without(state) == Errc::refuse_c1);
  CHECK(with("request.json", "{}") == Errc::bad_field);
  CHECK(with("record.json", "{}") == Errc::bad_field);
  CHECK(with("record.json", "no JSON") == Errc::not_canonical);
  CHECK(with(state, "another state") == Errc::refuse_c1);
  CHECK(desk.code_of_plan(whole) == Errc{});  // nothing of it was noted
}

TEST_CASE("a request is of people who may ask, and of a state that is what it says") {
  Desk desk;
  desk.take_documents();
  CHECK(desk.code_of_plan(desk.request([&](PlanRequest& r) {
    r.hosts = {desk.world.host_id("web-02")};
  })) == Errc::plan_refused);
  CHECK(desk.code_of_plan(desk.request([](PlanRequest& r) {
    r.scope = ScopeId::parse("another").value();
  })) == Errc::refuse_c1);
  Files forged = desk.request();
  forged.at("request.json") =
      desk.request([](PlanRequest& r) { r.nonce = vectors::nonce_of("x"); }).at("request.json");
  CHECK(desk.code_of_plan(forged) == Errc::plan_refused);
}

TEST_CASE("a state that cannot be planned here is no answer, and may be asked for again") {
  Desk desk;
  desk.take_documents();
  desk.host.system->files().put_directory(kMotd);
  CHECK(desk.code_of_plan(desk.request()) == Errc::other_thing_there);
  desk.host.system->files().erase(kMotd);
  CHECK(desk.code_of_plan(desk.request()) == Errc{});
}

TEST_CASE("an answer that cannot be noted is not given") {
  Desk desk;
  desk.take_documents();
  desk.host.system->files().set_capacity(1);
  CHECK(desk.code_of_plan(desk.request()) == Errc::disk_full);
  desk.host.system->files().set_capacity(UINT64_MAX / 2);
  CHECK(desk.code_of_plan(desk.request()) == Errc{});
}
