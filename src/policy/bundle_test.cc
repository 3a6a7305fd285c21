#include "policy/bundle.h"

#include <doctest/doctest.h>

#include "codec/objects.h"
#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

// A record whose statement belongs to `org`. Loading does not look at the signature.
Bytes record_of(const Digest& org) {
  Statement statement;
  statement.by = ActorId::parse("p:amara").value();
  statement.key = KeyId::parse(std::string(32, 'a')).value();
  statement.org = org;
  statement.roster = 1;
  SignatureRecord record;
  record.statement = codec::encode(statement);
  record.armor = "armour";
  return codec::encode(record);
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
