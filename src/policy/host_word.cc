#include "policy/host_word.h"

#include "base/limits.h"
#include "policy/statements.h"

namespace twoseal {

Result<void> check_host_word(const Assignment& assignment,
                             ObjType type,
                             const Digest& object,
                             const SignedStatement& source,
                             UnixSeconds now) {
  const Statement& statement = source.statement;
  if (statement.by.text() != assignment.host.text()) {
    return fail(Errc::not_allowed,
                assignment.host.text() + " cannot speak for " + statement.by.text());
  }
  if (statement.org != assignment.org) {
    return fail(Errc::refuse_b2, "the statement belongs to another organisation");
  }
  TWOSEAL_TRY(const PublicKey key, PublicKey::parse_ssh(assignment.keys.id));
  if (statement.act != Act::sign || statement.obj_type != type || statement.key != key.id() ||
      !statement.role.empty() || statement.obj != object) {
    return fail(Errc::bad_signature, "the statement is about something else, or of another key");
  }
  if (statement.at > now + limits::kClockSkew) {
    return fail(Errc::clock_differs,
                "the statement is dated " + std::to_string(statement.at - now) + " s ahead");
  }
  if (statement.at < now - limits::kStatementAgeMax) {
    return fail(Errc::bad_signature, "the statement is older than a day");
  }
  const auto facts = verify_record(source, key, nullptr, nullptr);
  return facts ? Result<void>() : fail(Errc::bad_signature, facts.error().what);
}

}  // namespace twoseal
