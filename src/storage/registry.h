// What a server keeps beside the ledger: sessions, joining hosts, contacts, answers in the making.
// docs/formats/store.md. Two implementations pass one suite (registry_test.cc): memory/ and
// sqlite/.
//
// Nothing here carries authority: whatever decides about a host is signed and in the ledger. What
// is lost here has to be said again by whoever said it; what is forged here is found out by the
// signatures that it lacks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"

namespace twoseal {

inline constexpr std::size_t kRowsMax = 1'000;        ///< rows that one list verb gives
inline constexpr std::size_t kWorkLineMax = 4'096;    ///< bytes of one line of a work log
inline constexpr std::size_t kWorkLinesMax = 10'000;  ///< lines of one change on one host
inline constexpr std::size_t kAnswerBodyMax =
    std::size_t{1024} * 1024;  ///< bytes of an answer kept for repetition

/// A person or service that logged in. `token`: digest of the bearer token, which is not kept.
struct OpenSession {
  std::string id;
  Digest token;
  ActorId actor;
  UnixSeconds opened_at = 0;
  UnixSeconds expires_at = 0;
  UnixSeconds last_used = 0;
  std::string label;  ///< what the person calls it: `laptop`
  std::optional<UnixSeconds> revoked_at = {};

  bool operator==(const OpenSession&) const = default;
};

/// The right of one host to ask for its assignment. The key `mk` of the token stays with who made
/// it.
struct JoinToken {
  std::string id;
  UnixSeconds expires_at = 0;
  ActorId made_by;
  UnixSeconds made_at = 0;
  std::optional<HostId> used_by = {};
  UnixSeconds used_at = 0;  ///< 0 when it is unused

  bool operator==(const JoinToken&) const = default;
};

enum class JoinState : std::uint8_t { waiting, assigned, refused };

/// A join request as it came. `bytes`: docs/formats/join-request.md; `mac`: over them.
struct HeldJoinRequest {
  HostId host;
  std::string token;
  Bytes bytes;
  Bytes mac;
  UnixSeconds at = 0;
  std::string address;  ///< from where it came, for people
  JoinState state = JoinState::waiting;

  bool operator==(const HeldJoinRequest&) const = default;
};

/// The newest contact of a host, by its own word but for `at` and its certificate.
struct HostContact {
  HostId host;
  UnixSeconds at = 0;
  std::string agent;  ///< version
  std::int64_t checkpoint_size = 0;
  std::int64_t counter = 0;  ///< of its newest report
  std::string boot;
  std::string serial;  ///< of its certificate, hexadecimal
  UnixSeconds not_after = 0;
  std::string looks_on;  ///< why it takes no change; not kept, since each contact says it

  bool operator==(const HostContact&) const = default;
};

enum class DenialKind : std::uint8_t { host, certificate };

/// A host or certificate that is turned away from the next request on.
struct Denial {
  DenialKind kind = DenialKind::host;
  std::string value;  ///< host id, or serial
  UnixSeconds at = 0;
  ActorId by;
  std::string why;

  bool operator==(const Denial&) const = default;
};

struct HeldPlanRequest {
  Digest digest;
  Bytes record;  ///< the signature record of its author
  Bytes bytes;
  Digest state;
  ActorId author;
  UnixSeconds not_after = 0;

  bool operator==(const HeldPlanRequest&) const = default;
};

/// What one host said to a plan request. `why`: the code of a refusal, or empty; then
/// `class_digest` is of no meaning.
struct HeldPlanAnswer {
  Digest request;
  HostId host;
  UnixSeconds at = 0;
  Bytes record;
  Bytes bytes;
  Digest class_digest;
  std::string why;

  bool operator==(const HeldPlanAnswer&) const = default;
};

/// An answer that was given to a request with an idempotency key.
struct KeptAnswer {
  int status = 0;
  Bytes body;

  bool operator==(const KeptAnswer&) const = default;
};

/// A signed report of a host. Its bytes are the blob `blob`.
struct HeldReport {
  HostId host;
  std::int64_t counter = 0;
  Digest digest;  ///< of the report
  UnixSeconds at = 0;
  Digest blob;

  bool operator==(const HeldReport&) const = default;
};

/// A fresh that some host was given work with.
struct KeptFresh {
  UnixSeconds at = 0;
  Digest digest;
  Bytes bytes;
  Bytes record;  ///< of its timekeeper
  Bytes stops;   ///< the list that it names

  bool operator==(const KeptFresh&) const = default;
};

/// One line that `change logs` shows.
struct WorkLine {
  Digest change;
  HostId host;
  UnixSeconds at = 0;
  std::string text;

  bool operator==(const WorkLine&) const = default;
};

/// All verbs are safe for several threads at once and block until they are done; what writes is
/// synced then. Lists give at most kRowsMax rows, ascending, behind `after` (empty: from the
/// beginning).
///
/// Errors of every verb are those of Store: Errc::store_failed, also for every writing verb after a
/// failed write or sync; Errc::disk_full; Errc::store_busy.
class Registry {
 public:
  virtual ~Registry() = default;

  // --- sessions ---

  /// Errc::exists_already for an id or a token that is known.
  [[nodiscard]] virtual Result<void> put_session(const OpenSession& session) = 0;

  /// Errc::not_found; also gives sessions that have expired or were revoked.
  [[nodiscard]] virtual Result<OpenSession> session_of(const Digest& token) const = 0;

  [[nodiscard]] virtual Result<std::vector<OpenSession>> sessions_by(
      const ActorId& actor) const = 0;

  /// Moves `last_used` forward, never back; no error when it is not there.
  [[nodiscard]] virtual Result<void> touch_session(std::string_view id, UnixSeconds at) = 0;

  /// Errc::not_found. What was revoked stays so, with its first time.
  [[nodiscard]] virtual Result<void> revoke_session(std::string_view id, UnixSeconds at) = 0;

  /// Drops those that expired at `now` or before.
  [[nodiscard]] virtual Result<void> drop_sessions(UnixSeconds now) = 0;

  // --- joining ---

  /// Errc::exists_already.
  [[nodiscard]] virtual Result<void> put_join_token(const JoinToken& token) = 0;

  /// Spends the token for `host`, once. Errc::token_unknown, Errc::token_expired; Errc::token_used
  /// when it was spent, also by the same host.
  [[nodiscard]] virtual Result<void> take_join_token(std::string_view id,
                                                     const HostId& host,
                                                     UnixSeconds now) = 0;

  [[nodiscard]] virtual Result<std::vector<JoinToken>> join_tokens(
      std::string_view after) const = 0;

  /// Errc::not_found.
  [[nodiscard]] virtual Result<void> remove_join_token(std::string_view id) = 0;

  /// Drops those that expired at `now` or before.
  [[nodiscard]] virtual Result<void> drop_join_tokens(UnixSeconds now) = 0;

  /// Keeps the request as the only one of its host. Errc::exists_already for a host that is
  /// assigned.
  [[nodiscard]] virtual Result<void> put_join_request(const HeldJoinRequest& request) = 0;

  /// Errc::not_found.
  [[nodiscard]] virtual Result<HeldJoinRequest> join_request(const HostId& host) const = 0;

  [[nodiscard]] virtual Result<std::vector<HeldJoinRequest>> join_requests(
      JoinState state, std::string_view after) const = 0;

  /// Errc::not_found.
  [[nodiscard]] virtual Result<void> move_join_request(const HostId& host, JoinState state) = 0;

  // --- hosts ---

  /// Keeps the newest contact of each host; an older one than the kept is left out.
  [[nodiscard]] virtual Result<void> put_contacts(std::span<const HostContact> contacts) = 0;

  /// Errc::not_found.
  [[nodiscard]] virtual Result<HostContact> contact(const HostId& host) const = 0;

  [[nodiscard]] virtual Result<std::vector<HostContact>> contacts(std::string_view after) const = 0;

  /// The first one of a value stays.
  [[nodiscard]] virtual Result<void> put_denial(const Denial& denial) = 0;

  /// Errc::not_found.
  [[nodiscard]] virtual Result<void> remove_denial(DenialKind kind, std::string_view value) = 0;

  [[nodiscard]] virtual Result<std::vector<Denial>> denials(DenialKind kind,
                                                            std::string_view after) const = 0;

  [[nodiscard]] virtual Result<bool> is_denied(DenialKind kind, std::string_view value) const = 0;

  // --- plans ---

  /// No error when it is there already.
  [[nodiscard]] virtual Result<void> put_plan_request(const HeldPlanRequest& request) = 0;

  /// Errc::not_found.
  [[nodiscard]] virtual Result<HeldPlanRequest> plan_request(const Digest& digest) const = 0;

  /// Those that end later than `now`, by digest.
  [[nodiscard]] virtual Result<std::vector<HeldPlanRequest>> open_plan_requests(
      UnixSeconds now) const = 0;

  /// Keeps the answer and the bytes of its class, those once for all hosts. Errc::not_found for an
  /// unknown request; Errc::exists_already when the host said something else before, and no error
  /// when it said the same.
  [[nodiscard]] virtual Result<void> put_plan_answer(const HeldPlanAnswer& answer,
                                                     BytesView class_bytes) = 0;

  [[nodiscard]] virtual Result<std::vector<HeldPlanAnswer>> plan_answers(
      const Digest& request, std::string_view after) const = 0;

  /// Errc::not_found; Errc::ledger_inconsistent when the bytes have another digest.
  [[nodiscard]] virtual Result<Bytes> plan_class(const Digest& digest) const = 0;

  /// Drops requests that ended before `before`, with their answers, and classes without any.
  [[nodiscard]] virtual Result<void> drop_plans(UnixSeconds before) = 0;

  // --- repeated requests ---

  /// Reserves `key` of `actor` for the request with this digest, or gives the answer that it had.
  /// Nothing: the caller works on it now, and calls finish_request() or release_request().
  /// Errc::in_progress while somebody else works on it, for at most `wait_max` seconds since then;
  /// Errc::key_reused when the key belongs to another request.
  [[nodiscard]] virtual Result<std::optional<KeptAnswer>> reserve_request(
      const ActorId& actor,
      std::string_view key,
      const Digest& request,
      UnixSeconds now,
      std::int64_t wait_max) = 0;

  /// Keeps the answer. Errc::too_large above kAnswerBodyMax; Errc::not_found when nothing is
  /// reserved.
  [[nodiscard]] virtual Result<void> finish_request(const ActorId& actor,
                                                    std::string_view key,
                                                    const KeptAnswer& answer) = 0;

  /// Gives an unfinished reservation back, so that the request can be repeated.
  [[nodiscard]] virtual Result<void> release_request(const ActorId& actor,
                                                     std::string_view key) = 0;

  /// Drops those reserved before `before`.
  [[nodiscard]] virtual Result<void> drop_requests(UnixSeconds before) = 0;

  // --- reports and work logs ---

  /// The same report again is no error. Errc::report_old when the host has sent this or a later
  /// counter with something else.
  [[nodiscard]] virtual Result<void> put_report(const HeldReport& report) = 0;

  /// The newest of a host. Errc::not_found.
  [[nodiscard]] virtual Result<HeldReport> newest_report(const HostId& host) const = 0;

  /// Those that no `reports` entry names yet, by digest.
  [[nodiscard]] virtual Result<std::vector<HeldReport>> unnamed_reports() const = 0;

  /// Remembers that entry `index` names them.
  [[nodiscard]] virtual Result<void> name_reports(std::span<const Digest> reports,
                                                  std::uint64_t index) = 0;

  // --- what hosts decided with ---

  /// The same again is no error.
  [[nodiscard]] virtual Result<void> keep_fresh(const KeptFresh& fresh) = 0;

  /// The newest of those made at `at` or before. Errc::not_found.
  [[nodiscard]] virtual Result<KeptFresh> fresh_until(UnixSeconds at) const = 0;

  /// Adds lines in their order. Errc::too_large for a line above kWorkLineMax, or when a change has
  /// kWorkLinesMax lines on a host; then none is added.
  [[nodiscard]] virtual Result<void> put_work_lines(std::span<const WorkLine> lines) = 0;

  /// The lines of a change on a host behind the first `skip`, in their order.
  [[nodiscard]] virtual Result<std::vector<WorkLine>> work_lines(const Digest& change,
                                                                 const HostId& host,
                                                                 std::size_t skip) const = 0;
};

}  // namespace twoseal
