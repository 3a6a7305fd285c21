// Rows of the registry's tables as values, in the order of the columns in registry.sql. All give
// Errc::ledger_inconsistent for a row that no verb can have written.
#pragma once

#include "storage/registry.h"
#include "storage/sqlite/connection.h"

namespace twoseal::sqlite {

[[nodiscard]] Result<OpenSession> session_at(const Statement& row);
[[nodiscard]] Result<JoinToken> join_token_at(const Statement& row);
[[nodiscard]] Result<HeldJoinRequest> join_request_at(const Statement& row);
[[nodiscard]] Result<HostContact> contact_at(const Statement& row);
[[nodiscard]] Result<Denial> denial_at(const Statement& row);
[[nodiscard]] Result<HeldPlanRequest> plan_request_at(const Statement& row);
[[nodiscard]] Result<HeldPlanAnswer> plan_answer_at(const Statement& row);
[[nodiscard]] Result<HeldReport> report_at(const Statement& row);
[[nodiscard]] Result<KeptFresh> fresh_at(const Statement& row);
[[nodiscard]] Result<WorkLine> work_line_at(const Statement& row);

}  // namespace twoseal::sqlite
