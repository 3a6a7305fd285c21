// What hosts are given: enough to decide, also when they remember something; and the fresh.
#include "workflow/decision_files.h"

#include <doctest/doctest.h>

#include "policy/authorize.h"
#include "tests/support/live_server.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

template <class T>
std::string why(const Result<T>& result) {
  return result ? "" : result.error().what;
}

#define REQUIRE_DONE(expression)                          \
  do {                                                    \
    const auto required = (expression);                   \
    REQUIRE_MESSAGE(required.has_value(), why(required)); \
  } while (false)

struct Town : LiveServer {
  explicit Town(std::size_t prod = 2) : LiveServer(LiveOrganisation(prod)) {
    REQUIRE_DONE(begin());
  }

  Decision decide(const Files& given, const HostId& host, const AgentState& state = {}) {
    Files files_with_state = given;
    if (state.org == organisation.org) {
      files_with_state["state.json"] = codec::encode(state);
    }
    DecisionInputs inputs;
    inputs.clock = clock.now();
    inputs.host = host;
    inputs.org = organisation.org;
    return authorize(files_with_state, inputs).decision;
  }
};

}  // namespace

TEST_CASE("without a change a host learns what is in force, and nothing is wrong with it") {
  Town town;
  const HostId host = town.organisation.host("prod-1").id;
  const auto given = town.files.files_for(host, std::nullopt, {});
  REQUIRE_DONE(given);
  const Decision decision = town.decide(given->all(), host);
  REQUIRE(decision.reasons.size() == 1);
  CHECK(decision.reasons[0].text == "there is no change");
}

// What was kept when a host was given work.
KeptFresh kept(const FreshNow& fresh) {
  return {fresh.fresh.at, fresh.digest, fresh.bytes, fresh.record, fresh.stops};
}

TEST_CASE("what a host decided from is shown long after, whatever has become of it") {
  Town town;
  const HostId host = town.organisation.host("prod-2").id;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "ok"));
  town.clock.advance(301);
  REQUIRE_DONE(town.refresh());
  const KeptFresh then = kept(*town.timekeeper.newest());
  const auto result = town.result("prod-2", change.digest, "rest", "ok");
  REQUIRE_DONE(result);
  // Everything that could change the answer of now: taken back, withdrawn, its window over.
  REQUIRE_DONE(town.result("prod-1", change.digest, "canary", "rolled-back"));
  const ChangeFacts facts = *town.view.change(change.digest);
  for (const RecordedAct& act : facts.acts) {
    const std::string who = act.by.text().substr(2);
    REQUIRE_DONE(town.submit(town.organisation.sign(
        who, Act::withdraw, ObjType::statement, act.statement, town.clock.now())));
  }
  town.clock.advance(40 * 86'400);
  REQUIRE_DONE(town.refresh());
  CHECK(town.decide(town.files.files_for(host, change.digest, {})->all(), host).answer ==
        Answer::refuse);

  const auto given = town.files.files_before(host, change.digest, result->index, then);
  REQUIRE_DONE(given);
  DecisionInputs inputs;
  inputs.clock = then.at;
  inputs.host = host;
  inputs.org = town.organisation.org;
  const Decision decision = authorize(given->all(), inputs).decision;
  const std::string reason = decision.reasons.empty() ? "" : decision.reasons.front().text;
  CHECK_MESSAGE(decision.answer == Answer::permit, reason);
  CHECK(decision.counted.size() == 4);  // author, two approvals, release
  // Right before the release it would not have.
  const auto release = facts.releases.front().act.index;
  const auto early = town.files.files_before(host, change.digest, release, then);
  REQUIRE_DONE(early);
  CHECK(authorize(early->all(), inputs).decision.answer == Answer::refuse);
}

TEST_CASE("a fresh of documents that the log does not have is no moment of it") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  Fresh fresh = town.timekeeper.newest()->fresh;
  fresh.policy.version = 7;
  fresh.policy.digest = sha256("another policy");
  KeptFresh other = kept(*town.timekeeper.newest());
  other.bytes = codec::encode(fresh);
  other.digest = sha256(other.bytes);
  const auto given =
      town.files.files_before(town.organisation.host("prod-1").id, change.digest, 1, other);
  REQUIRE_FALSE(given.has_value());
  CHECK(given.error().code == Errc::not_found);
}

TEST_CASE("a host that remembers is given the way from there") {
  Town town;
  const HostId host = town.organisation.host("prod-1").id;
  const auto documents = town.view.documents();
  AgentState state;
  state.org = town.organisation.org;
  state.roster = documents->rosters.back();
  state.policy = documents->policies.back();
  state.restrictions = documents->restrictions_before.back();
  state.assignment = documents->host(host)->versions.back();
  const std::uint64_t size = town.view.point().size;
  state.checkpoint = {root_at(*town.store, size).value(), static_cast<std::int64_t>(size)};
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  REQUIRE_DONE(town.refresh());
  Remembered remembered{1, 1, 1, 1, size};
  const auto given = town.files.files_for(host, change.digest, remembered);
  REQUIRE_DONE(given);
  const Files files = given->all();
  const std::string growth = "proofs/consistency-" + std::to_string(size) + "-";
  CHECK(files.lower_bound(growth)->first.starts_with(growth));
  const Decision decision = town.decide(files, host, state);
  CHECK_MESSAGE(decision.answer == Answer::permit,
                (decision.reasons.empty() ? "" : decision.reasons.front().text));
}

TEST_CASE("what is shared by the hosts of a change is made once") {
  Town town(3);
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.refresh());
  const auto one =
      town.files.files_for(town.organisation.host("prod-2").id, change.digest, {}).value();
  const auto other =
      town.files.files_for(town.organisation.host("prod-3").id, change.digest, {}).value();
  CHECK(one.shared == other.shared);
  CHECK(one.own != other.own);
  REQUIRE_DONE(town.vote("noor", Act::approve, change.digest));
  REQUIRE_DONE(town.refresh());
  const auto later =
      town.files.files_for(town.organisation.host("prod-3").id, change.digest, {}).value();
  CHECK(later.shared != other.shared);
}

TEST_CASE("who is not assigned, and a change that is not there, get no files") {
  Town town;
  const HostId nobody = HostId::parse("h:" + std::string(32, '0')).value();
  CHECK(town.files.files_for(nobody, std::nullopt, {}).error().code == Errc::not_found);
  const HostId host = town.organisation.host("prod-1").id;
  CHECK(town.files.files_for(host, sha256("none"), {}).error().code == Errc::not_found);
}

TEST_CASE("large content comes along from the blobs") {
  Town town;
  const HostId host = town.organisation.host("prod-1").id;
  LiveChange change = town.organisation.make_change("one");
  const Bytes procedure = "# how to go back\n";
  change.change.rollback.kind = RollbackKind::procedure;
  change.change.rollback.auto_on.clear();
  change.change.rollback.blob = sha256(procedure);
  change = town.organisation.finish(change);
  const LiveSigned authored = town.organisation.author(change, town.clock.now());
  REQUIRE_DONE(town.desk.submit(authored.record, authored.objects, {procedure}));
  REQUIRE_DONE(town.refresh());
  const Files files = town.files.files_for(host, change.digest, {})->all();
  CHECK(files.at("blobs/" + sha256(procedure).hex()) == procedure);
}

TEST_CASE("a fresh is made by the timekeeper of the roster alone, and only of what is proven") {
  LiveServer server{LiveOrganisation(1)};
  CHECK(server.timekeeper.newest() == nullptr);
  CHECK(server.timekeeper.renew().error().code == Errc::not_found);
  CHECK(server.files.files_for(server.organisation.hosts[0].id, std::nullopt, {}).error().code ==
        Errc::try_again);
  REQUIRE_DONE(server.begin());
  const auto first = server.timekeeper.newest();
  CHECK(first->fresh.roster.version == 1);
  CHECK(codec::decode<StopList>(first->stops)->list.empty());

  CHECK_FALSE(server.timekeeper.renew_if_due().value());
  server.clock.advance(kFreshAge);
  CHECK(server.timekeeper.renew_if_due().value());
  CHECK(server.timekeeper.newest()->fresh.at == kLiveStart + kFreshAge);

  const PublicKey& other = server.organisation.key("log").public_key();
  Timekeeper stranger(*server.store,
                      server.view,
                      server.clock,
                      {other.id(), other.encoded(), [](std::string_view, BytesView) {
                         return Result<std::string>("");
                       }});
  CHECK(stranger.renew().error().code == Errc::bad_key);

  const PublicKey& own = server.organisation.key("timekeeper").public_key();
  Timekeeper broken(*server.store,
                    server.view,
                    server.clock,
                    {own.id(), own.encoded(), [](std::string_view, BytesView) {
                       return Result<std::string>(fail(Errc::io_failed, "the key is away"));
                     }});
  CHECK(broken.renew().error().code == Errc::io_failed);
  CHECK(broken.renew_if_due().error().code == Errc::io_failed);
}
