#include "policy/statements.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

// An approval and the entry that records it.
Statement approval() {
  Statement statement;
  statement.at = 1000;
  statement.by = ActorId::parse("p:ann").value();
  statement.obj = sha256("change");
  statement.seen.size = 3;
  return statement;
}

LedgerEntry entry_of(const Statement& statement) {
  LedgerEntry entry;
  entry.at = statement.at + 1;
  entry.by = statement.by;
  entry.ev = Event::approved;
  entry.obj = statement.obj;
  entry.seq = 3;
  return entry;
}

}  // namespace

TEST_CASE("an entry says what its statement says, or is a contradiction") {
  const Statement statement = approval();
  const LedgerEntry entry = entry_of(statement);
  CHECK_FALSE(contradiction(statement, entry).has_value());
  LedgerEntry other = entry;
  other.by = ActorId::parse("p:bo").value();
  CHECK(contradiction(statement, other) == "its entry in the log says something else");
  other = entry;
  other.obj = sha256("another");
  CHECK(contradiction(statement, other) == "its entry in the log says something else");
  other = entry;
  other.ev = Event::rejected;
  CHECK(contradiction(statement, other) == "its entry in the log says something else");
  other = entry;
  other.seq = 2;
  CHECK(contradiction(statement, other) == "it was recorded before what it says to have seen");
}

TEST_CASE("no entry records an act that is not for the log") {
  Statement statement = approval();
  statement.act = Act::sign;
  statement.obj_type = ObjType::fresh;
  LedgerEntry entry = entry_of(statement);
  entry.ev = Event::session;
  CHECK(contradiction(statement, entry) == "its entry in the log says something else");
}

TEST_CASE("what somebody signs is not recorded without a statement") {
  CHECK(needs_statement(Event::roster));
  CHECK(needs_statement(Event::approved));
  CHECK(needs_statement(Event::stale));
  CHECK_FALSE(needs_statement(Event::comment));
  CHECK_FALSE(needs_statement(Event::session));
}

TEST_CASE("a passkey assertion is judged for a relying party and its origin") {
  SignedStatement source;
  source.record.kind = RecordKind::webauthn;
  const std::string rp_id = "localhost";
  const std::string expected = "a passkey assertion by a key that is no passkey";
  CHECK(verify_record(source, {}, nullptr, nullptr).error().what == expected);
  CHECK(verify_record(source, {}, &rp_id, nullptr).error().what == expected);
  CHECK(verify_record(source, {}, &rp_id, &rp_id).error().what != expected);
}
