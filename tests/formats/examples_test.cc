// The worked examples of docs/formats: the bytes on a page are the bytes that the codec writes.
//
// Each example is kept in tests/golden/formats and shown on its page, below the line
// `<!-- example: NAME -->`, as a shell command and its output. TWOSEAL_ACCEPT=1 rewrites both; the
// difference is then reviewed like any other.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/public_key.h"
#include "crypto/sshsig.h"
#include "formats/example_organisation.h"
#include "model/agent_report.h"
#include "model/agent_state.h"
#include "model/assignment.h"
#include "model/change.h"
#include "model/contact.h"
#include "model/fresh.h"
#include "model/join_request.h"
#include "model/ledger_entry.h"
#include "model/plan.h"
#include "model/policy.h"
#include "model/roster.h"
#include "model/session.h"
#include "model/statement.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using formats::Example;

namespace {

const std::filesystem::path kRoot = TWOSEAL_SOURCE_DIR;

bool is_accepting() {
  const char* value = std::getenv("TWOSEAL_ACCEPT");  // NOLINT(concurrency-mt-unsafe): one thread
  return value != nullptr && std::string_view(value) == "1";
}

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::filesystem::path& path, BytesView bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  REQUIRE(file.flush().good());
}

const std::vector<Example>& examples() {
  static const std::vector<Example> kAll = formats::make_examples();
  return kAll;
}

const Bytes& example(std::string_view name) {
  for (const Example& one : examples()) {
    if (one.name == name) {
      return one.bytes;
    }
  }
  FAIL("no example of this name: ", name);
  return examples().front().bytes;
}

std::string shown_on_page(const Example& one) {
  return "<!-- example: " + one.name + " -->\n```sh\nprintf %s '" + one.bytes +
         "' | sha256sum\n# " + sha256(one.bytes).hex() + "  -\n```\n";
}

// The page with the block below the marker of `one` put right.
std::string corrected(const std::string& page, const Example& one) {
  const std::size_t begin = page.find("<!-- example: " + one.name + " -->\n");
  REQUIRE_MESSAGE(begin != std::string::npos, one.page, " lacks the marker of ", one.name);
  const std::size_t open = page.find("```sh\n", begin);
  const std::size_t close = open == std::string::npos ? open : page.find("\n```\n", open);
  REQUIRE_MESSAGE(close != std::string::npos, one.page, " has no block below ", one.name);
  return page.substr(0, begin) + shown_on_page(one) + page.substr(close + 5);
}

template <class T>
void check_decodes(std::string_view name) {
  const Bytes& bytes = example(name);
  CAPTURE(name);
  const auto read = codec::decode<T>(bytes);
  REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().what));
  CHECK(codec::encode(*read) == bytes);
}

}  // namespace

TEST_CASE("each example is the bytes of its golden file") {
  for (const Example& one : examples()) {
    CAPTURE(one.name);
    const auto path = kRoot / "tests/golden/formats" / (one.name + ".json");
    if (is_accepting()) {
      write_file(path, one.bytes);
    }
    CHECK(read_file(path) == one.bytes);
  }
}

TEST_CASE("each page shows exactly the bytes and the digest of its examples") {
  for (const Example& one : examples()) {
    CAPTURE(one.name);
    const auto path = kRoot / "docs/formats" / one.page;
    std::string page = read_file(path);
    if (is_accepting()) {
      page = corrected(page, one);
      write_file(path, page);
    }
    CHECK(page.find(shown_on_page(one)) != std::string::npos);
    CHECK(one.bytes.find('\'') == Bytes::npos);  // or the shell would not print it
  }
}

TEST_CASE("each example is read back by the table of its kind") {
  check_decodes<Roster>("roster-v1");
  check_decodes<Policy>("policy-v1");
  check_decodes<Restrictions>("restrictions-v1");
  check_decodes<Assignment>("assignment-v1");
  check_decodes<Batch>("assignments-v1");
  check_decodes<BatchList>("batch-list-v1");
  check_decodes<MemberProof>("batch-proof-v1");
  check_decodes<MemberProof>("root-proof-v1");
  check_decodes<PlanRequest>("plan-request-v1");
  check_decodes<PlanClass>("plan-class-v1");
  check_decodes<PlanAnswer>("plan-answer-v1");
  check_decodes<Plan>("plan-v1");
  check_decodes<Change>("change-v1");
  check_decodes<Evidence>("evidence-v1");
  check_decodes<Statement>("statement-v1");
  check_decodes<SignatureRecord>("record-v1");
  check_decodes<Release>("release-v1");
  check_decodes<Stop>("stop-v1");
  check_decodes<StopList>("stops-v1");
  check_decodes<Fresh>("fresh-v1");
  check_decodes<HostResult>("result-v1");
  check_decodes<Rollback>("rollback-v1");
  check_decodes<InclusionProof>("inclusion-proof-v1");
  check_decodes<ConsistencyProof>("consistency-proof-v1");
  check_decodes<AgentState>("agent-state-v1");
  check_decodes<DecisionInputs>("inputs-v1");
  check_decodes<Expectation>("expect-v1");
  check_decodes<LoginSession>("session-v1");
  check_decodes<JoinRequest>("join-request-v1");
  check_decodes<AgentReport>("report-v1");
  check_decodes<Contact>("contact-v1");
  check_decodes<WorkList>("work-v1");
  check_decodes<PlanRefusal>("plan-refusal-v1");
  check_decodes<JoinSubmission>("join-v1");
  check_decodes<JoinStanding>("join-standing-v1");
  check_decodes<RunLog>("run-log-v1");
}

TEST_CASE("the signature in the example record verifies over the example statement") {
  const auto record = codec::decode<SignatureRecord>(example("record-v1")).value();
  const auto roster = codec::decode<Roster>(example("roster-v1")).value();
  CHECK(record.statement == example("statement-v1"));
  const auto key = PublicKey::parse_ssh(roster.people[0].keys[0].pub).value();
  const auto facts =
      verify_sshsig(key, signature_namespace(Act::approve), record.statement, record.armor);
  REQUIRE_MESSAGE(facts.has_value(), (facts ? "" : facts.error().what));
}
