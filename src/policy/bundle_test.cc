#include "policy/bundle.h"

#include <doctest/doctest.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "codec/objects.h"
#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

// A record whose statement belongs to `org`. Loading does not look at the signature.
Bytes record_of(const Digest& org, UnixSeconds at = 0) {
  Statement statement;
  statement.at = at;
  statement.by = ActorId::parse("p:amara").value();
  statement.key = KeyId::parse(std::string(32, 'a')).value();
  statement.org = org;
  statement.roster = 1;
  SignatureRecord record;
  record.statement = codec::encode(statement);
  record.armor = "armour";
  return codec::encode(record);
}

// What loading the one file `path` finds.
std::string found(const std::string& path, const Bytes& bytes) {
  Findings findings;
  static_cast<void>(load_bundle({{path, bytes}}, sha256("org"), findings));
  std::string text;
  for (const Reason& reason : findings.sorted()) {
    text += std::string(error_info(reason.code).refusal) + " " + reason.text;
  }
  return text;
}

std::string misnamed(const std::string& path) {
  return "B1 " + path + ": is not part of a decision directory, or is misnamed";
}

Assignment assignment(const HostId& host) {
  Assignment one;
  one.data_class = Name::parse("internal").value();
  one.env = Name::parse("prod").value();
  one.host = host;
  one.keys = {Bytes(32, 'a'), Bytes(51, 'i'), sha256("tls")};
  one.name = "web-01";
  one.nonce = Bytes(16, 'n');
  one.org = sha256("org");
  one.version = 1;
  return one;
}

std::vector<Errc> codes(const Files& files, const Digest& org) {
  Findings findings;
  static_cast<void>(load_bundle(files, org, findings));
  std::vector<Errc> list;
  for (const Reason& reason : findings.sorted()) {
    list.push_back(reason.code);
  }
  return list;
}

}  // namespace

TEST_CASE("a statement is loaded under any name") {
  const Digest org = sha256("org");
  Findings findings;
  const Bundle bundle = load_bundle({{"statements/any.json", record_of(org)}}, org, findings);
  CHECK(findings.empty());
  CHECK(bundle.statements.size() == 1);
}

TEST_CASE("what could not be read is malformed, and told as what it is") {
  Findings findings;
  const Unread unread = {{"blobs/any", {Errc::not_regular, "is a named pipe"}}};
  static_cast<void>(load_bundle({}, sha256("org"), findings, unread));
  REQUIRE(findings.sorted().size() == 1);
  CHECK(findings.sorted()[0].code == Errc::refuse_b1);
  CHECK(findings.sorted()[0].text == "blobs/any: is a named pipe");
}

TEST_CASE("what is malformed comes before what is foreign, whatever the names of the files") {
  const Bytes foreign = record_of(sha256("another org"));
  const std::vector<Errc> expected = {Errc::refuse_b1, Errc::refuse_b2};
  CHECK(codes({{"statements/a.json", "{}"}, {"statements/b.json", foreign}}, sha256("org")) ==
        expected);
  CHECK(codes({{"statements/a.json", foreign}, {"statements/b.json", "{}"}}, sha256("org")) ==
        expected);
}

TEST_CASE("a file that is called otherwise than it must be is no part of a decision directory") {
  const std::string folder = "assignments/" + std::string(32, 'a');
  const std::string digest = sha256("x").hex();
  for (const std::string& path : std::initializer_list<std::string>{
           "unknown.json",
           "unknown/1.json",
           "policy/1",
           "policy/one.json",
           "policy/1x.json",
           "policy/-1.json",
           "policy/01.json",
           "policy/9007199254740992.json",
           "policy/99999999999999999999.json",
           "restrictions/.json",
           "roster/one.json",
           "assignments/web-01/1.json",
           folder,
           folder + "/one.json",
           "blobs/one",
           "blobs/" + digest + ".json",
           "results/one.json",
           "results/" + digest,
           "stops/" + digest + ".json",  // of other bytes
           "statements/one.txt",
           "statements/folder/one.json",
           "proofs/one.json",
           "proofs/" + digest,
       }) {
    CHECK(found(path, "{}") == misnamed(path));
  }
}

TEST_CASE("a file under its right name is read, and what is wrong in it is told") {
  const std::string digest = sha256("{}").hex();
  for (const std::string& path : std::initializer_list<std::string>{
           "policy/1.json",
           "roster/1.json",
           "assignments/" + std::string(32, 'a') + "/1.json",
           "assignments/" + std::string(32, 'a') + "/batch.json",
           "results/" + digest + ".json",
           "stops/" + digest + ".json",
           "stops/list.json",
           "statements/one.json",
           "proofs/" + digest + ".json",
           "proofs/consistency-1-2.json",
       }) {
    CAPTURE(path);
    CHECK(found(path, "{}").starts_with("B1 " + path + ": "));
    CHECK(found(path, "{}").ends_with("this field is missing"));
  }
}

TEST_CASE("a document whose name says another version, host or size is misnamed") {
  const HostId host = HostId::parse("h:" + std::string(32, 'a')).value();
  const Bytes bytes = codec::encode(assignment(host));
  const std::string folder = "assignments/" + std::string(32, 'a') + "/";
  CHECK(found(folder + "1.json", bytes).empty());
  CHECK(found(folder + "2.json", bytes) == misnamed(folder + "2.json"));
  const std::string other = "assignments/" + std::string(32, 'b') + "/1.json";
  CHECK(found(other, bytes) == misnamed(other));
  const Bytes proof = codec::encode(ConsistencyProof{1, {}, 2});
  CHECK(found("proofs/consistency-1-2.json", proof).empty());
  CHECK(found("proofs/consistency-1-3.json", proof) == misnamed("proofs/consistency-1-3.json"));
}

TEST_CASE("one decision has 65,536 statements at most") {
  // Written once and then altered in place: encoding each of them would take most of the time.
  Bytes statement =
      codec::decode<SignatureRecord>(record_of(sha256("org"), 1'000'000)).value().statement;
  const std::size_t at = statement.find("1000000");
  Files files;
  for (std::size_t i = 0; i <= limits::kStatementsMax; ++i) {
    statement.replace(at, 7, std::to_string(1'000'000 + i));
    files["statements/" + std::to_string(i) + ".json"] =
        R"({"armor":"x","kind":"sshsig","stmt":")" + base64_encode(statement) + R"("})";
  }
  // One reason: it stands for the last one alone.
  CHECK(codes(files, sha256("org")) == std::vector{Errc::refuse_b1});
}
