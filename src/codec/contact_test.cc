#include "model/contact.h"

#include <set>

#include <doctest/doctest.h>

#include "codec/objects.h"
#include "tests/support/objects.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using codec::encode;

namespace {

Contact sample_contact() {
  Contact contact;
  contact.agent = "0.1.0";
  contact.assignment = VersionRef{digest_of('1'), 3};
  contact.boot = "f4b1c7de";
  contact.checkpoint = {digest_of('2'), 40};
  contact.counter = 7;
  contact.looks_on = "TS-2191";
  contact.org = digest_of('b');
  contact.policy = VersionRef{digest_of('3'), 2};
  contact.restrictions = VersionRef{digest_of('4'), 1};
  contact.roster = VersionRef{digest_of('5'), 9};
  contact.wait = 55;
  return contact;
}

RunLog sample_log() {
  return {digest_of('1'), {{1'795'420'000, "applying 3 steps"}}, digest_of('b')};
}

// Checks that each of the members of `bytes`, which are those of `T`, is needed, and no other.
template <class T>
void check_closed(const T& object, std::string_view name, const std::set<std::string>& optional) {
  const Bytes bytes = encode(object);
  const json::Document document = json::Document::parse(bytes, 100'000).value();
  json::Value key = document.root().first();
  for (std::size_t i = 0; i < document.root().count(); ++i) {
    const std::string field(key.raw());
    CAPTURE(field);
    const json::Value value = key.after();
    const std::string member = "\"" + field + "\":";
    const std::size_t begin = bytes.find(member);
    const bool is_last = i + 1 == document.root().count();
    const std::size_t end =
        is_last ? bytes.size() - 1
                : bytes.find("\"" + std::string(value.after().raw()) + "\":", begin);
    Bytes without = bytes.substr(0, is_last && begin > 1 ? begin - 1 : begin) + bytes.substr(end);
    CHECK(why_not_bytes<T>(without) ==
          (optional.contains(field) ? ""
                                    : std::string(name) + "." + field + ": this field is missing"));
    key = is_last ? key : value.after();
  }
  const Bytes more = bytes.substr(0, bytes.size() - 1) + R"(,"zz":1})";
  CHECK(why_not_bytes<T>(more) == std::string(name) + ".zz: this field is not known here");
  CHECK(codec::decode<T>("[]").has_value() == false);
  CHECK(codec::decode<T>(bytes + " ").error().code == Errc::not_canonical);
}

}  // namespace

TEST_CASE("a contact says what the host holds, and lacks what it does not hold yet") {
  check_round_trip(sample_contact());
  check_closed(
      sample_contact(), "contact", {"assignment", "looks_on", "policy", "restrictions", "roster"});
  Contact first = sample_contact();
  first.looks_on.reset();
  first.assignment.reset();
  first.policy.reset();
  first.restrictions.reset();
  first.roster.reset();
  first.checkpoint.size = 0;
  first.counter = 0;
  first.wait = 0;
  check_round_trip(first);
}

TEST_CASE("a contact waits five minutes at most, and counts from nothing") {
  Contact x = sample_contact();
  x.wait = 300;
  CHECK(why_not(x) == "");
  x.wait = 301;
  CHECK(why_not(x) == "contact.wait: must lie between 0 and 300");
  x.wait = -1;
  CHECK(why_not(x) != "");
  x = sample_contact();
  x.counter = -1;
  CHECK(why_not(x) != "");
  x = sample_contact();
  x.agent = "";
  CHECK(why_not(x) == "contact.agent: has 0 bytes; 1 to 256 are allowed");
  x.agent = std::string(257, 'a');
  CHECK(why_not(x) == "contact.agent: has 257 bytes; 1 to 256 are allowed");
  x = sample_contact();
  x.boot = "";
  CHECK(why_not(x) == "contact.boot: has 0 bytes; 1 to 256 are allowed");
  x = sample_contact();
  x.roster->version = 0;
  CHECK(why_not(x).starts_with("contact.roster.version: must lie between 1 and "));
}

TEST_CASE("an object of the protocol is of its own type and of the first version") {
  const Bytes bytes = encode(sample_contact());
  CHECK(why_not_bytes<Contact>(replaced(bytes, R"("type":"contact")", R"("type":"work")")) ==
        "contact.type: must be \"contact\"");
  CHECK(why_not_bytes<Contact>(replaced(bytes, R"("v":1)", R"("v":2)")) ==
        "contact.v: must lie between 1 and 1");
  CHECK_FALSE(codec::decode<WorkList>(bytes).has_value());
}

TEST_CASE("a list of work has pieces of three kinds, not too many") {
  WorkList list{digest_of('b'),
                {{digest_of('1'), WorkKind::apply},
                 {digest_of('2'), WorkKind::plan},
                 {digest_of('3'), WorkKind::rollback}}};
  check_round_trip(list);
  CHECK(codec::decode<WorkList>(encode(list)).value().work == list.work);
  check_closed(list, "work", {});
  CHECK(why_not_bytes<WorkList>(replaced(encode(list), R"("kind":"plan")", R"("kind":"dance")"))
            .starts_with("work.work[1].kind: "));
  CHECK(why_not_bytes<WorkList>(replaced(encode(list), R"(,"kind":"plan")", "")) ==
        "work.work[1].kind: this field is missing");
  list.work.assign(256, {digest_of('1'), WorkKind::apply});
  CHECK(why_not(list) == "");
  list.work.push_back({digest_of('1'), WorkKind::apply});
  CHECK(why_not(list) == "work.work: has 257 items; 0 to 256 are allowed");
  list.work.clear();
  check_round_trip(list);
}

TEST_CASE("a refusal of a plan has its code and its reason") {
  PlanRefusal refusal{"TS-6002", digest_of('b'), digest_of('1'), "not this host"};
  check_round_trip(refusal);
  check_closed(refusal, "plan-refusal", {});
  refusal.what = std::string(1'024, 'w');
  CHECK(why_not(refusal) == "");
  refusal.what += "w";
  CHECK(why_not(refusal) == "plan-refusal.what: has 1025 bytes; 1 to 1024 are allowed");
  refusal.what = "";
  CHECK(why_not(refusal) == "plan-refusal.what: has 0 bytes; 1 to 1024 are allowed");
}

TEST_CASE("a request to join comes with a MAC of 32 octets") {
  JoinSubmission join{Bytes(32, 'm'), "{}"};
  check_round_trip(join);
  check_closed(join, "join", {});
  join.mac = Bytes(31, 'm');
  CHECK(why_not(join) == "join.mac: holds 31 bytes; 32 to 32 are allowed");
  join = {Bytes(32, 'm'), ""};
  CHECK(why_not(join) == "join.request: holds 0 bytes; 1 to 16384 are allowed");
  join.request = Bytes(16'385, 'r');
  CHECK(why_not(join) == "join.request: holds 16385 bytes; 1 to 16384 are allowed");
}

TEST_CASE("the standing of a request to join has a certificate once there is one") {
  JoinStanding standing{std::nullopt, digest_of('b')};
  check_round_trip(standing);
  standing.certificate = "-----BEGIN CERTIFICATE-----\n";
  check_round_trip(standing);
  check_closed(standing, "join-standing", {"certificate"});
}

TEST_CASE("a log of a run has lines, each with its time") {
  check_round_trip(sample_log());
  check_closed(sample_log(), "run-log", {});
  RunLog log = sample_log();
  log.lines[0].text = "";
  CHECK(why_not(log) == "run-log.lines[0].text: has 0 bytes; 1 to 4096 are allowed");
  log.lines[0].text = std::string(4'097, 't');
  CHECK(why_not(log) == "run-log.lines[0].text: has 4097 bytes; 1 to 4096 are allowed");
  log.lines.clear();
  CHECK(why_not(log) == "run-log.lines: has 0 items; 1 to 256 are allowed");
  log.lines.assign(257, {1, "t"});
  CHECK(why_not(log) == "run-log.lines: has 257 items; 1 to 256 are allowed");
  log.lines = {{-1, "t"}};
  CHECK(why_not(log).starts_with("run-log.lines[0].at: "));
}
