#include "server/host_word.h"

#include "base/limits.h"
#include "crypto/hash.h"
#include "workflow/recording.h"

namespace twoseal::server {

Result<BytesView> file_in(const codec::ArchiveFiles& files, std::string_view name) {
  const auto found = files.find(name);
  return found != files.end() ? Result<BytesView>(found->second)
                              : fail(Errc::bad_field, "the archive has no " + std::string(name));
}

Result<void> check_host_word(
    const Caller& caller, ObjType type, BytesView object, BytesView record, UnixSeconds now) {
  TWOSEAL_TRY(const SignedStatement source, parse_record(record, "record.json"));
  const Statement& statement = source.statement;
  if (statement.by.text() != caller.host->text()) {
    return fail(Errc::not_allowed,
                caller.host->text() + " cannot speak for " + statement.by.text());
  }
  if (statement.org != caller.documents->org) {
    return fail(Errc::refuse_b2, "the statement belongs to another organisation");
  }
  const Assignment& assignment = *caller.documents->host(*caller.host)->assignment;
  TWOSEAL_TRY(const PublicKey key, PublicKey::parse_ssh(assignment.keys.id));
  if (statement.act != Act::sign || statement.obj_type != type || statement.key != key.id() ||
      !statement.role.empty() || statement.obj != sha256(object)) {
    return fail(Errc::bad_signature, "the statement is about something else, or of another key");
  }
  if (statement.at > now + limits::kClockSkew || statement.at < now - limits::kStatementAgeMax) {
    return fail(Errc::bad_signature, "the statement is not of the last day");
  }
  const auto facts = verify_record(source, key, nullptr, nullptr);
  return facts ? Result<void>() : fail(Errc::bad_signature, facts.error().what);
}

}  // namespace twoseal::server
