#include "storage/sqlite/registry_rows.h"

#include "storage/sqlite/rows.h"

namespace twoseal::sqlite {

Result<OpenSession> session_at(const Statement& row) {
  OpenSession session{.id = row.bytes(0)};
  TWOSEAL_TRY(session.token, digest_at(row, 1));
  TWOSEAL_TRY_VOID(read_id(row, 2, session.actor));
  session.opened_at = row.integer(3);
  session.expires_at = row.integer(4);
  session.last_used = row.integer(5);
  session.label = row.bytes(6);
  if (!row.is_null(7)) {
    session.revoked_at = row.integer(7);
  }
  return session;
}

Result<JoinToken> join_token_at(const Statement& row) {
  JoinToken token{.id = row.bytes(0), .expires_at = row.integer(1)};
  TWOSEAL_TRY_VOID(read_id(row, 2, token.made_by));
  token.made_at = row.integer(3);
  token.used_at = row.integer(5);
  if (!row.bytes(4).empty()) {
    TWOSEAL_TRY_VOID(read_id(row, 4, token.used_by.emplace()));
  }
  return token;
}

Result<HeldJoinRequest> join_request_at(const Statement& row) {
  HeldJoinRequest request;
  TWOSEAL_TRY_VOID(read_id(row, 0, request.host));
  request.token = row.bytes(1);
  request.bytes = row.bytes(2);
  request.mac = row.bytes(3);
  request.at = row.integer(4);
  request.address = row.bytes(5);
  request.state = static_cast<JoinState>(row.integer(6));
  return request;
}

Result<HostContact> contact_at(const Statement& row) {
  HostContact contact;
  TWOSEAL_TRY_VOID(read_id(row, 0, contact.host));
  contact.at = row.integer(1);
  contact.agent = row.bytes(2);
  contact.checkpoint_size = row.integer(3);
  contact.counter = row.integer(4);
  contact.boot = row.bytes(5);
  contact.serial = row.bytes(6);
  contact.not_after = row.integer(7);
  return contact;
}

Result<Denial> denial_at(const Statement& row) {
  Denial denial{.kind = static_cast<DenialKind>(row.integer(0)), .value = row.bytes(1)};
  denial.at = row.integer(2);
  TWOSEAL_TRY_VOID(read_id(row, 3, denial.by));
  denial.why = row.bytes(4);
  return denial;
}

Result<HeldPlanRequest> plan_request_at(const Statement& row) {
  HeldPlanRequest request;
  TWOSEAL_TRY(request.digest, digest_at(row, 0));
  request.record = row.bytes(1);
  request.bytes = row.bytes(2);
  TWOSEAL_TRY(request.state, digest_at(row, 3));
  TWOSEAL_TRY_VOID(read_id(row, 4, request.author));
  request.not_after = row.integer(5);
  return request;
}

Result<HeldPlanAnswer> plan_answer_at(const Statement& row) {
  HeldPlanAnswer answer;
  TWOSEAL_TRY(answer.request, digest_at(row, 0));
  TWOSEAL_TRY_VOID(read_id(row, 1, answer.host));
  answer.at = row.integer(2);
  answer.record = row.bytes(3);
  answer.bytes = row.bytes(4);
  TWOSEAL_TRY(answer.class_digest, digest_at(row, 5));
  answer.why = row.bytes(6);
  return answer;
}

Result<HeldReport> report_at(const Statement& row) {
  HeldReport report;
  TWOSEAL_TRY_VOID(read_id(row, 0, report.host));
  report.counter = row.integer(1);
  TWOSEAL_TRY(report.digest, digest_at(row, 2));
  report.at = row.integer(3);
  TWOSEAL_TRY(report.blob, digest_at(row, 4));
  return report;
}

Result<KeptFresh> fresh_at(const Statement& row) {
  KeptFresh fresh;
  TWOSEAL_TRY(fresh.digest, digest_at(row, 0));
  fresh.at = row.integer(1);
  fresh.bytes = row.bytes(2);
  fresh.record = row.bytes(3);
  fresh.stops = row.bytes(4);
  return fresh;
}

Result<WorkLine> work_line_at(const Statement& row) {
  WorkLine line;
  TWOSEAL_TRY(line.change, digest_at(row, 0));
  TWOSEAL_TRY_VOID(read_id(row, 1, line.host));
  line.at = row.integer(2);
  line.text = row.bytes(3);
  return line;
}

}  // namespace twoseal::sqlite
