// What an audit says of records and objects that are missing, of others, or not what they should
// be.
#include <algorithm>

#include <doctest/doctest.h>

#include "audit/audit.h"
#include "cli/vectors/cases.h"
#include "cli/vectors/recorded.h"
#include "codec/objects.h"
#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using vectors::Recorded;
using vectors::Signing;
using vectors::text_of;
using vectors::World;

namespace {

// CHECKs that the audit of `recorded` says `what`.
void says(const Recorded& recorded, std::string_view what) {
  const std::string text = text_of(recorded.run());
  CAPTURE(what);
  CAPTURE(text);
  CHECK(text.find(what) != std::string::npos);
}

// One more statement in `world`, recorded last and named by no release.
Signing& add(World& world, Act act, ObjType type, const std::string& key) {
  Signing signing;
  signing.act = act;
  signing.type = type;
  signing.key = key;
  signing.at = vectors::kNow + 2000;
  signing.label = "added";
  signing.named = false;
  world.statements.push_back(signing);
  return world.statements.back();
}

// A statement of web-01 about its own result, with the world's second phase.
World with_result() {
  World world;
  vectors::make_second_phase(world);
  return world;
}

Signing& result_of(World& world) {
  return *std::find_if(world.statements.begin(), world.statements.end(), [](const Signing& one) {
    return one.type == ObjType::result;
  });
}

}  // namespace

TEST_CASE("more problems than are listed are counted all the same") {
  World world;
  Recorded recorded(world);
  const std::size_t before = recorded.entries.size();
  for (std::size_t i = 0; i <= kAuditProblemsMax; ++i) {
    recorded.entries.emplace_back("{}");
  }
  const AuditReport report = recorded.run();
  CHECK(report.problems.size() == kAuditProblemsMax);
  // Each of them, and the checkpoint.
  CHECK(report.problem_count == static_cast<std::int64_t>(kAuditProblemsMax) + 2);
  CHECK(report.problems.front().starts_with("entry " + std::to_string(before) + ": "));
}

TEST_CASE("an entry about a roster that is no entry is named") {
  World world;
  Recorded recorded(world);
  recorded.entries[5] = R"({"ev":"roster"})";
  says(recorded, "entry 5: ");
}

TEST_CASE("an entry that nobody needs to sign is fine without a statement") {
  World world;
  Recorded recorded(world);
  LedgerEntry entry =
      codec::decode<LedgerEntry>(recorded.entries.back(), limits::kEntryMax).value();
  entry.seq += 1;
  entry.ev = Event::drift;
  entry.stmt.reset();
  entry.phase.reset();
  entry.stmts.reset();
  recorded.entries.push_back(codec::encode(entry));
  const AuditReport report = recorded.run();
  CHECK(report.problem_count == 1);
  says(recorded, "checkpoint: ");
}

TEST_CASE("a record that is not what its entry names is told as what it is") {
  World world;
  const Recorded recorded(world);
  const Digest& digest = world.statement("security");
  Recorded other = recorded;
  other.records[digest] = recorded.records.at(world.statement("engineering"));
  says(other, "its signature record is not here: the record is of another statement");
  other.records[digest] = "{}";
  says(other, "its signature record is not here: ");
  auto record = codec::decode<SignatureRecord>(recorded.records.at(digest)).value();
  record.statement = "x";
  other.records[digest] = codec::encode(record);
  says(other, "its signature record is not here: ");
  World foreign;
  foreign.signing("security").org = sha256("another");
  says(Recorded(foreign), "its statement is of another organisation");
  World future;
  future.signing("security").seen = LogPoint{sha256("x"), 4000};
  says(Recorded(future), "its signer had seen another log of 4000 entries");
}

TEST_CASE("what a host may not say, or says as somebody else, is named") {
  const std::string_view own = "it is not by the key of its host, which has no role";
  World role = with_result();
  result_of(role).role = "executor";
  says(Recorded(role), own);
  World act = with_result();
  add(act, Act::approve, ObjType::change, "host:web-01");
  says(Recorded(act), own);
  World name = with_result();
  result_of(name).by = "h:web";
  says(Recorded(name), own);
  World other = with_result();
  result_of(other).by = other.host_id("web-02").text();
  says(Recorded(other), own);
}

TEST_CASE("a result that is missing or of another organisation is named") {
  World world = with_result();
  const Recorded recorded(world);
  Recorded without = recorded;
  without.objects.erase(world.digest_of("result:0"));
  says(without, "its result is not here");
}

TEST_CASE("objects that statements are about are asked for") {
  World world;
  World undo;
  static_cast<void>(world.seal());
  Rollback rollback;
  rollback.change = world.digest_of("change");
  rollback.nonce = vectors::nonce_of("undo");
  rollback.org = world.org();
  add(undo, Act::rollback, ObjType::rollback, "eve").obj = sha256(codec::encode(rollback));
  Recorded recorded(undo);
  says(recorded, "its rollback is not here");
  recorded.objects[sha256(codec::encode(rollback))] = codec::encode(rollback);
  const AuditReport report = recorded.run();
  CAPTURE(text_of(report));
  CHECK(report.clean());

  World evidence;
  add(evidence, Act::attest, ObjType::evidence, "ci").obj = sha256("a scan");
  says(Recorded(evidence), "its evidence is not here");

  World policy;
  add(policy, Act::sign, ObjType::policy, "amara").obj = sha256("a policy");
  says(Recorded(policy), "its policy: it is not here");
  World restrictions;
  add(restrictions, Act::sign, ObjType::restrictions, "amara").obj = sha256("restrictions");
  says(Recorded(restrictions), "its restrictions: it is not here");
  World stop;
  add(stop, Act::sign, ObjType::stop, "eve").obj = sha256("a stop");
  says(Recorded(stop), "its stop is not here");
  World batch;
  add(batch, Act::sign, ObjType::assignments, "dana").obj = sha256("a batch");
  says(Recorded(batch), "its batch of assignments is not here");
  World withdrawn;
  add(withdrawn, Act::withdraw, ObjType::statement, "amara").obj = sha256("a statement");
  says(Recorded(withdrawn), "the statement that it takes back is not here");
}

TEST_CASE("a member of a batch must be here, and signed with its batch") {
  World world;
  const Recorded recorded(world);
  Recorded without = recorded;
  const Digest member = without.members.begin()->second.front();
  without.objects.erase(member);
  says(without, "assignment " + member.text() + " is not here");
}

TEST_CASE("a release of a phase that its change does not have is named") {
  World world;
  world.releases["more"].phase = Name::parse("more").value();
  Signing& release = add(world, Act::release, ObjType::release, "eve");
  release.about = "release:more";
  says(Recorded(world), "its change has no phase more");
}
