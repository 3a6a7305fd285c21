// What a view knows: documents as they come into force, numbers, places of statements; and that a
// log it cannot read is told.
#include "workflow/ledger_view.h"

#include <doctest/doctest.h>

#include "policy/authorize.h"
#include "tests/support/live_server.h"
#include "workflow/statement_index.h"

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
  Town() : LiveServer(LiveOrganisation(2)) { REQUIRE_DONE(begin()); }

  Result<Submitted> sign_object(const std::string& who, ObjType type, const Bytes& object) {
    return submit(organisation.sign_object(who, Act::sign, type, object, clock.now()));
  }

  Answer decide_on(const std::string& name, const Digest& change, const Remembered& remembered) {
    REQUIRE_DONE(refresh());
    const HostId host = organisation.host(name).id;
    const auto given = files.files_for(host, change, remembered);
    REQUIRE_MESSAGE(given.has_value(), why(given));
    DecisionInputs inputs;
    inputs.clock = clock.now();
    inputs.host = host;
    inputs.org = organisation.org;
    const Decision decision = authorize(given->all(), inputs).decision;
    CHECK_MESSAGE(decision.reasons.empty(),
                  (decision.reasons.empty() ? "" : decision.reasons.front().text));
    return decision.answer;
  }

  void expect_waiting(ObjType type,
                      const Digest& digest,
                      std::int64_t version,
                      const std::vector<std::string>& signers) const {
    const auto documents = view.documents();
    REQUIRE(documents->waiting.size() == 1);
    const WaitingDocument& one = documents->waiting.front();
    CHECK(one.type == type);
    CHECK(one.digest == digest);
    CHECK(one.version == version);
    REQUIRE(one.signers.size() == signers.size());
    for (std::size_t i = 0; i < signers.size(); ++i) {
      CHECK(one.signers[i].text() == signers[i]);
    }
  }

  void check_rebuilt() {
    LedgerView rebuilt(*store, organisation.org);
    REQUIRE_DONE(rebuilt.load(2));
    const auto difference = view.difference(rebuilt);
    CHECK_MESSAGE(!difference, difference.value_or(""));
  }
};

}  // namespace

TEST_CASE("places of statements are found among many") {
  StatementIndex index;
  CHECK_FALSE(index.find(sha256("0"), [](std::uint64_t) { return true; }));
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    index.add(sha256(std::to_string(i)), i);
  }
  CHECK(index.size() == 5'000);
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    CHECK(index.find(sha256(std::to_string(i)), [&](std::uint64_t place) { return place == i; }));
  }
  CHECK_FALSE(index.find(sha256("none"), [](std::uint64_t) { return true; }));
}

TEST_CASE("a document is in force when enough people have signed it") {
  Town town;
  const auto before = town.view.documents();
  CHECK(before->roster->value.version == 1);
  CHECK(before->policy->value.version == 1);
  CHECK(before->hosts.size() == 3);
  CHECK(before->names.at("prod-1") == town.organisation.host("prod-1").id);
  CHECK(before->host(HostId::parse("h:" + std::string(32, '0')).value()) == nullptr);

  Policy policy = town.organisation.policy;
  policy.version = 2;
  policy.prev = before->policy->digest;
  policy.rules[0].min_local = 0;
  const Bytes bytes = codec::encode(policy);
  REQUIRE_DONE(town.sign_object("amara", ObjType::policy, bytes));
  CHECK(town.view.documents()->policy->value.version == 1);
  town.expect_waiting(ObjType::policy, sha256(bytes), 2, {"p:amara"});
  REQUIRE_DONE(town.sign_object("dana", ObjType::policy, bytes));
  CHECK(town.view.documents()->waiting.empty());
  CHECK(town.view.documents()->policy->value.version == 2);
  CHECK(before->policy->value.version == 1);  // who has a snapshot keeps it

  Restrictions restrictions = town.organisation.restrictions;
  restrictions.version = 2;
  restrictions.prev = before->restrictions->digest;
  const Bytes more = codec::encode(restrictions);
  REQUIRE_DONE(town.sign_object("chen", ObjType::restrictions, more));
  REQUIRE_DONE(town.sign_object("dana", ObjType::restrictions, more));
  CHECK(town.view.documents()->restrictions->value.version == 1);  // no security officer
  town.expect_waiting(ObjType::restrictions, sha256(more), 2, {"p:chen", "p:dana"});
  REQUIRE_DONE(town.sign_object("amara", ObjType::restrictions, more));
  CHECK(town.view.documents()->restrictions->value.version == 2);
  town.check_rebuilt();

  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  CHECK(town.decide_on("prod-1", change.digest, {}) == Answer::permit);
}

TEST_CASE("a roster is in force when the root keys of both versions have signed it") {
  Town town;
  Roster roster = town.organisation.roster;
  roster.version = 2;
  roster.org = town.organisation.org;
  roster.prev = town.organisation.org;
  std::erase_if(roster.people, [](const Person& one) { return one.id.text() == "p:finn"; });
  const Bytes bytes = codec::encode(roster);
  town.organisation.roster_held = 2;
  REQUIRE_DONE(town.sign_object("root-1", ObjType::roster, bytes));
  CHECK(town.view.documents()->roster->value.version == 1);
  const std::string signer = "root:" + town.organisation.key("root-1").public_key().id().text();
  town.expect_waiting(ObjType::roster, sha256(bytes), 2, {signer});
  REQUIRE_DONE(town.sign_object("root-2", ObjType::roster, bytes));
  CHECK(town.view.documents()->roster->value.version == 2);
  CHECK(town.view.documents()->rosters.size() == 2);
  town.check_rebuilt();

  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  CHECK_FALSE(town.release("finn", change.digest, "canary").has_value());
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  CHECK(town.decide_on("prod-1", change.digest, {}) == Answer::permit);
}

TEST_CASE("a host is assigned anew in a batch that the policy's people signed") {
  Town town;
  const HostId host = town.organisation.host("prod-1").id;
  const Digest root = town.view.documents()->assignments_root;
  for (LiveHost& one : town.organisation.hosts) {
    if (one.name == "prod-1") {
      one.assignment.prev = sha256(codec::encode(one.assignment));
      one.assignment.version = 2;
      one.assignment.labels = {{"rack", "7"}};
    }
  }
  const auto batch = town.organisation.batch("prod", town.clock.now());
  REQUIRE_DONE(town.submit(batch[0]));
  CHECK(town.view.documents()->host(host)->versions.size() == 1);
  const auto held = town.view.documents();
  REQUIRE(held->waiting.size() == 1);
  CHECK(held->waiting.front().env == Name::parse("prod").value());
  CHECK(town.store->document(held->waiting.front().digest).has_value());  // the list, to be fetched
  LiveSigned second = batch[1];
  second.objects.resize(1);  // the members are known by now
  REQUIRE_DONE(town.submit(second));
  CHECK(town.view.documents()->host(host)->versions.size() == 2);
  CHECK(town.view.documents()->assignments_root != root);
  town.check_rebuilt();

  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  CHECK(town.decide_on("prod-1", change.digest, {}) == Answer::permit);
  Remembered remembered;
  remembered.assignment = 1;
  CHECK(town.decide_on("prod-1", change.digest, remembered) == Answer::permit);
}

TEST_CASE("a view that starts in the middle of a server's life goes on like the one before") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  REQUIRE_DONE(town.approved(change));
  LedgerView second(*town.store, town.organisation.org);
  REQUIRE_DONE(second.load());
  REQUIRE_DONE(town.release("eve", change.digest, "canary"));
  CHECK(town.view.difference(second).has_value());
  const std::uint64_t first = second.point().size;
  const auto entries = town.store->entries(first, town.view.point().size - first).value();
  CHECK(second.take(entries, first + 1).error().code == Errc::ledger_inconsistent);
  const auto moved = second.take(entries, first);
  REQUIRE_DONE(moved);
  CHECK(*moved == std::set{change.digest});
  const auto difference = town.view.difference(second);
  CHECK_MESSAGE(!difference, difference.value_or(""));
}

TEST_CASE("where a statement stands is told, and what is not there is not") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  const auto authored = town.submit(town.organisation.author(change, town.clock.now()));
  REQUIRE_DONE(authored);
  CHECK(town.view.index_of(authored->statement).value() == authored->index);
  CHECK(town.view.index_of(sha256("none")).error().code == Errc::not_found);
  CHECK(town.view.change_of(change.digest) == change.digest);
  CHECK_FALSE(town.view.change_of(sha256("none")).has_value());
  CHECK(town.view.change(sha256("none")) == nullptr);
  CHECK(town.view.change(0) == nullptr);
  CHECK(town.view.change(2) == nullptr);
}

TEST_CASE("evidence counts for its change whichever was recorded first") {
  Town town;
  const LiveChange change = town.organisation.make_change("one");
  const Digest core = codec::change_core(change.bytes);
  const auto attest = [&](const std::string& nonce) {
    Evidence evidence;
    evidence.blob = sha256("report");
    evidence.kind = Name::parse("test-run").value();
    evidence.nonce = sha256(nonce).bytes().substr(0, 16);
    evidence.org = town.organisation.org;
    evidence.subject = core;
    evidence.tool = "ctest";
    evidence.verdict = Verdict::pass;
    return town.submit(town.organisation.sign_object(
        "bo", Act::attest, ObjType::evidence, codec::encode(evidence), town.clock.now()));
  };
  REQUIRE_DONE(attest("before"));
  const auto taken_back = attest("taken back");
  REQUIRE_DONE(taken_back);
  REQUIRE_DONE(town.submit(town.organisation.sign(
      "bo", Act::withdraw, ObjType::statement, taken_back->statement, town.clock.now())));
  REQUIRE_DONE(town.submit(town.organisation.author(change, town.clock.now())));
  const auto later = attest("after");
  REQUIRE_DONE(later);
  const auto facts = town.view.change(change.digest);
  REQUIRE(facts->evidence.size() == 3);
  CHECK(facts->evidence[1].withdrawn);
  REQUIRE(facts->withdrawals.size() == 1);  // hosts are given it, as they are given the evidence
  CHECK(facts->withdrawals[0].object == taken_back->statement);
  REQUIRE_DONE(town.submit(town.organisation.sign(
      "bo", Act::withdraw, ObjType::statement, later->statement, town.clock.now())));
  CHECK(town.view.change(change.digest)->evidence.back().withdrawn);
  town.check_rebuilt();
}

TEST_CASE("a log whose objects are missing is not believed") {
  const auto store = make_memory_store();
  LiveOrganisation organisation;
  ManualClock clock(kLiveStart);
  LogKey key = log_key(PrivateKey::from_seed(organisation.key("log").secret()),
                       organisation.roster.log.origin)
                   .value();
  const auto writer = LedgerWriter::open(*store, clock, std::move(key), {}).value();
  EntryDraft draft;
  draft.entry.by = ActorId::parse("p:leo").value();
  draft.entry.ev = Event::authored;
  draft.entry.obj = sha256("a change that nobody kept");
  draft.entry.org = organisation.org;
  draft.entry.stmt = sha256("statement");
  REQUIRE_DONE(writer->append(draft));
  LedgerView view(*store, organisation.org);
  const auto loaded = view.load();
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().code == Errc::ledger_inconsistent);
  CHECK(loaded.error().what.starts_with("entry 0: "));
}
