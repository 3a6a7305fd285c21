#include "storage/sqlite/sqlite_registry.h"

#include <algorithm>
#include <functional>

#include "base/mutex.h"
#include "crypto/hash.h"
#include "storage/sqlite/readers.h"
#include "storage/sqlite/registry_rows.h"
#include "storage/sqlite/rows.h"

namespace twoseal {
namespace {

using sqlite::Blob;
using sqlite::Connection;
using sqlite::contact_at;
using sqlite::denial_at;
using sqlite::digest_at;
using sqlite::fresh_at;
using sqlite::join_request_at;
using sqlite::join_token_at;
using sqlite::plan_answer_at;
using sqlite::plan_request_at;
using sqlite::report_at;
using sqlite::session_at;
using sqlite::Statement;
using sqlite::Transaction;
using sqlite::work_line_at;

constexpr std::int64_t kRows = kRowsMax;
constexpr std::size_t kTogetherMax = 256;  // operations of one transaction
constexpr int kWalPagesMax = 4'000;        // 16 MB; then it is copied into the database

Blob blob(const Digest& digest) {
  return Blob{digest.view()};
}

// All rows of `query`, each made a value by `make`.
template <class T>
Result<std::vector<T>> rows(Result<Statement> query, Result<T> (*make)(const Statement&)) {
  TWOSEAL_TRY(Statement row, std::move(query));
  std::vector<T> found;
  for (;;) {
    TWOSEAL_TRY(const bool more, row.step());
    if (!more) {
      return found;
    }
    TWOSEAL_TRY(found.emplace_back(), make(row));
  }
}

// The first row, or Errc::not_found with `what`.
template <class T>
Result<T> row_of(Result<Statement> query,
                 Result<T> (*make)(const Statement&),
                 const std::string& what) {
  TWOSEAL_TRY(Statement row, std::move(query));
  TWOSEAL_TRY(const bool found, row.step());
  return found ? make(row) : fail(Errc::not_found, what);
}

// --- what is written, inside a transaction ---

Result<void> add_session(Connection& connection, const OpenSession& one) {
  TWOSEAL_TRY_VOID(connection.run("put_session",
                                  one.id,
                                  blob(one.token),
                                  one.actor.text(),
                                  one.opened_at,
                                  one.expires_at,
                                  one.last_used,
                                  one.label));
  return connection.changes() == 1 ? Result<void>()
                                   : fail(Errc::exists_already, "the session is there already");
}

Result<void> use_token(Connection& connection,
                       std::string_view id,
                       const HostId& host,
                       UnixSeconds now) {
  auto found = row_of(connection.query("join_token", id), join_token_at, "the join token");
  if (!found) {
    return fail(found.error().code == Errc::not_found ? Errc::token_unknown : found.error().code,
                "the join token " + std::string(id));
  }
  if (found->used_by) {
    return fail(Errc::token_used, "by " + found->used_by->text());
  }
  if (found->expires_at <= now) {
    return fail(Errc::token_expired, "at " + std::to_string(found->expires_at));
  }
  return connection.run("use_join_token", id, host.text(), now);
}

Result<void> add_answer(Connection& connection,
                        const HeldPlanAnswer& answer,
                        BytesView class_bytes) {
  TWOSEAL_TRY([[maybe_unused]] const HeldPlanRequest request,
              row_of(connection.query("plan_request", blob(answer.request)),
                     plan_request_at,
                     "no plan request " + answer.request.text()));
  const auto held =
      row_of(connection.query("plan_answer", blob(answer.request), answer.host.text()),
             plan_answer_at,
             "");
  if (held) {
    return held->bytes == answer.bytes && held->why == answer.why
               ? Result<void>()
               : fail(Errc::exists_already, answer.host.text() + " answered before");
  }
  if (held.error().code != Errc::not_found) {
    return std::unexpected(held.error());
  }
  if (answer.why.empty()) {
    TWOSEAL_TRY_VOID(
        connection.run("put_plan_class", blob(answer.class_digest), Blob{class_bytes}));
  }
  return connection.run("put_plan_answer",
                        blob(answer.request),
                        answer.host.text(),
                        answer.at,
                        Blob{answer.record},
                        Blob{answer.bytes},
                        blob(answer.class_digest),
                        answer.why);
}

// The answer that was kept for the key, or nothing when it is reserved now.
Result<std::optional<KeptAnswer>> reserve(Connection& connection,
                                          const ActorId& actor,
                                          std::string_view key,
                                          const Digest& request,
                                          UnixSeconds now,
                                          std::int64_t wait_max) {
  {
    TWOSEAL_TRY(Statement row, connection.query("request", actor.text(), key));
    TWOSEAL_TRY(const bool found, row.step());
    if (found) {
      TWOSEAL_TRY(const Digest held, digest_at(row, 0));
      if (held != request) {
        return fail(Errc::key_reused, "it belongs to the request " + held.text());
      }
      if (!row.is_null(2)) {
        return KeptAnswer{static_cast<int>(row.integer(2)), row.bytes(3)};
      }
      if (now < row.integer(1) + wait_max) {
        return fail(Errc::in_progress, "since " + std::to_string(row.integer(1)));
      }
    }
  }
  TWOSEAL_TRY_VOID(connection.run("reserve_request", actor.text(), key, blob(request), now));
  return std::nullopt;
}

Result<void> add_report(Connection& connection, const HeldReport& report) {
  const auto newest =
      row_of(connection.query("newest_report", report.host.text()), report_at, "no report");
  if (!newest && newest.error().code != Errc::not_found) {
    return std::unexpected(newest.error());
  }
  if (newest && newest->counter >= report.counter) {
    TWOSEAL_TRY(Statement row, connection.query("report_at", report.host.text(), report.counter));
    TWOSEAL_TRY(const bool found, row.step());
    TWOSEAL_TRY(const Digest held, found ? digest_at(row, 0) : Result<Digest>(Digest()));
    return held == report.digest
               ? Result<void>()
               : fail(Errc::report_old,
                      report.host.text() + " has sent report " + std::to_string(newest->counter));
  }
  return connection.run("put_report",
                        report.host.text(),
                        report.counter,
                        blob(report.digest),
                        report.at,
                        blob(report.blob));
}

Result<void> add_line(Connection& connection, const WorkLine& line) {
  if (line.text.size() > kWorkLineMax) {
    return fail(Errc::too_large, "a line of " + std::to_string(line.text.size()) + " bytes");
  }
  std::int64_t position = 0;
  {
    TWOSEAL_TRY(Statement row,
                connection.query("count_work_lines", blob(line.change), line.host.text()));
    TWOSEAL_TRY([[maybe_unused]] const bool found, row.step());
    position = row.integer(0);
  }
  if (std::cmp_greater_equal(position, kWorkLinesMax)) {
    return fail(Errc::too_large, "the work log of " + line.host.text() + " is full");
  }
  return connection.run(
      "put_work_line", blob(line.change), line.host.text(), position, line.at, line.text);
}

// One writer's part of a shared transaction.
struct Operation {
  std::function<Result<void>(Connection&)> work;
  Result<void> outcome = {};
  bool done = false;
};

class SqliteRegistry final : public Registry {
 public:
  SqliteRegistry(const std::string& path,
                 Connection writer,
                 std::shared_ptr<sqlite::Suspicion> suspicion)
      : suspicion_(std::move(suspicion)),
        writer_(std::move(writer)),
        readers_(path, Connection::Access::write) {}

  Result<void> put_session(const OpenSession& session) override {
    return write([&](Connection& writer) { return add_session(writer, session); });
  }

  Result<OpenSession> session_of(const Digest& token) const override {
    return readers_.read([&](Connection& reader) {
      return row_of(
          reader.query("session_of", blob(token)), session_at, "no session has this token");
    });
  }

  Result<std::vector<OpenSession>> sessions_by(const ActorId& actor) const override {
    return readers_.read([&](Connection& reader) {
      return rows(reader.query("sessions_by", actor.text(), kRows), session_at);
    });
  }

  Result<void> touch_session(std::string_view id, UnixSeconds at) override {
    return write([&](Connection& writer) { return writer.run("touch_session", id, at); });
  }

  Result<void> revoke_session(std::string_view id, UnixSeconds at) override {
    return change_one("no session " + std::string(id), "revoke_session", id, at);
  }

  Result<void> drop_sessions(UnixSeconds now) override {
    return write([&](Connection& writer) { return writer.run("drop_sessions", now); });
  }

  Result<void> put_join_token(const JoinToken& token) override {
    return write([&](Connection& writer) -> Result<void> {
      TWOSEAL_TRY_VOID(writer.run(
          "put_join_token", token.id, token.expires_at, token.made_by.text(), token.made_at));
      return writer.changes() == 1
                 ? Result<void>()
                 : fail(Errc::exists_already, "the join token " + token.id + " is there already");
    });
  }

  Result<void> take_join_token(std::string_view id, const HostId& host, UnixSeconds now) override {
    return write([&](Connection& writer) { return use_token(writer, id, host, now); });
  }

  Result<std::vector<JoinToken>> join_tokens(std::string_view after) const override {
    return readers_.read([&](Connection& reader) {
      return rows(reader.query("join_tokens", after, kRows), join_token_at);
    });
  }

  Result<void> remove_join_token(std::string_view id) override {
    return change_one("there is no join token " + std::string(id), "remove_join_token", id);
  }

  Result<void> drop_join_tokens(UnixSeconds now) override {
    return write([&](Connection& writer) { return writer.run("drop_join_tokens", now); });
  }

  Result<void> put_join_request(const HeldJoinRequest& request) override {
    return write([&](Connection& writer) -> Result<void> {
      TWOSEAL_TRY_VOID(writer.run("put_join_request",
                                  request.host.text(),
                                  request.token,
                                  Blob{request.bytes},
                                  Blob{request.mac},
                                  request.at,
                                  request.address,
                                  static_cast<std::int64_t>(request.state)));
      return writer.changes() == 1
                 ? Result<void>()
                 : fail(Errc::exists_already, request.host.text() + " is assigned");
    });
  }

  Result<HeldJoinRequest> join_request(const HostId& host) const override {
    return readers_.read([&](Connection& reader) {
      return row_of(reader.query("join_request", host.text()),
                    join_request_at,
                    "no join request of " + host.text());
    });
  }

  Result<std::vector<HeldJoinRequest>> join_requests(JoinState state,
                                                     std::string_view after) const override {
    return readers_.read([&](Connection& reader) {
      return rows(reader.query("join_requests", static_cast<std::int64_t>(state), after, kRows),
                  join_request_at);
    });
  }

  Result<void> move_join_request(const HostId& host, JoinState state) override {
    return change_one("no join request of " + host.text(),
                      "move_join_request",
                      host.text(),
                      static_cast<std::int64_t>(state));
  }

  Result<void> put_contacts(std::span<const HostContact> contacts) override {
    return write([&](Connection& writer) -> Result<void> {
      for (const HostContact& one : contacts) {
        TWOSEAL_TRY_VOID(writer.run("put_contact",
                                    one.host.text(),
                                    one.at,
                                    one.agent,
                                    one.checkpoint_size,
                                    one.counter,
                                    one.boot,
                                    one.serial,
                                    one.not_after));
      }
      return {};
    });
  }

  Result<HostContact> contact(const HostId& host) const override {
    return readers_.read([&](Connection& reader) {
      return row_of(reader.query("contact", host.text()),
                    contact_at,
                    host.text() + " has never been in contact");
    });
  }

  Result<std::vector<HostContact>> contacts(std::string_view after) const override {
    return readers_.read([&](Connection& reader) {
      return rows(reader.query("contacts", after, kRows), contact_at);
    });
  }

  Result<void> put_denial(const Denial& denial) override {
    return write([&](Connection& writer) {
      return writer.run("put_denial",
                        static_cast<std::int64_t>(denial.kind),
                        denial.value,
                        denial.at,
                        denial.by.text(),
                        denial.why);
    });
  }

  Result<void> remove_denial(DenialKind kind, std::string_view value) override {
    return change_one(std::string(value) + " is not denied",
                      "remove_denial",
                      static_cast<std::int64_t>(kind),
                      value);
  }

  Result<std::vector<Denial>> denials(DenialKind kind, std::string_view after) const override {
    return readers_.read([&](Connection& reader) {
      return rows(reader.query("denials", static_cast<std::int64_t>(kind), after, kRows),
                  denial_at);
    });
  }

  Result<bool> is_denied(DenialKind kind, std::string_view value) const override {
    return readers_.read([&](Connection& reader) -> Result<bool> {
      TWOSEAL_TRY(Statement row, reader.query("is_denied", static_cast<std::int64_t>(kind), value));
      return row.step();
    });
  }

  Result<void> put_plan_request(const HeldPlanRequest& request) override {
    return write([&](Connection& writer) {
      return writer.run("put_plan_request",
                        blob(request.digest),
                        Blob{request.record},
                        Blob{request.bytes},
                        blob(request.state),
                        request.author.text(),
                        request.not_after);
    });
  }

  Result<HeldPlanRequest> plan_request(const Digest& digest) const override {
    return readers_.read([&](Connection& reader) {
      return row_of(reader.query("plan_request", blob(digest)),
                    plan_request_at,
                    "no plan request " + digest.text());
    });
  }

  Result<std::vector<HeldPlanRequest>> open_plan_requests(UnixSeconds now) const override {
    return readers_.read([&](Connection& reader) {
      return rows(reader.query("open_plan_requests", now, kRows), plan_request_at);
    });
  }

  Result<void> put_plan_answer(const HeldPlanAnswer& answer, BytesView class_bytes) override {
    return write([&](Connection& writer) { return add_answer(writer, answer, class_bytes); });
  }

  Result<std::vector<HeldPlanAnswer>> plan_answers(const Digest& request,
                                                   std::string_view after) const override {
    return readers_.read([&](Connection& reader) {
      return rows(reader.query("plan_answers", blob(request), after, kRows), plan_answer_at);
    });
  }

  Result<Bytes> plan_class(const Digest& digest) const override {
    return readers_.read([&](Connection& reader) -> Result<Bytes> {
      TWOSEAL_TRY(Statement row, reader.query("plan_class", blob(digest)));
      TWOSEAL_TRY(const bool found, row.step());
      if (!found) {
        return fail(Errc::not_found, "no plan class " + digest.text());
      }
      Bytes bytes = row.bytes(0);
      return sha256(bytes) == digest
                 ? Result<Bytes>(std::move(bytes))
                 : fail(Errc::ledger_inconsistent,
                        "the plan class " + digest.text() + " has another digest now");
    });
  }

  Result<void> drop_plans(UnixSeconds before) override {
    return write([&](Connection& writer) -> Result<void> {
      TWOSEAL_TRY_VOID(writer.run("drop_plan_requests", before));
      return writer.run("drop_plan_classes");
    });
  }

  Result<std::optional<KeptAnswer>> reserve_request(const ActorId& actor,
                                                    std::string_view key,
                                                    const Digest& request,
                                                    UnixSeconds now,
                                                    std::int64_t wait_max) override {
    std::optional<KeptAnswer> kept;
    TWOSEAL_TRY_VOID(write([&](Connection& writer) -> Result<void> {
      TWOSEAL_TRY(kept, reserve(writer, actor, key, request, now, wait_max));
      return {};
    }));
    return kept;
  }

  Result<void> finish_request(const ActorId& actor,
                              std::string_view key,
                              const KeptAnswer& answer) override {
    if (answer.body.size() > kAnswerBodyMax) {
      return fail(Errc::too_large, "an answer of " + std::to_string(answer.body.size()) + " bytes");
    }
    return change_one("no request has this key",
                      "finish_request",
                      actor.text(),
                      key,
                      static_cast<std::int64_t>(answer.status),
                      Blob{answer.body});
  }

  Result<void> release_request(const ActorId& actor, std::string_view key) override {
    return write(
        [&](Connection& writer) { return writer.run("release_request", actor.text(), key); });
  }

  Result<void> drop_requests(UnixSeconds before) override {
    return write([&](Connection& writer) { return writer.run("drop_requests", before); });
  }

  Result<void> put_report(const HeldReport& report) override {
    return write([&](Connection& writer) { return add_report(writer, report); });
  }

  Result<HeldReport> newest_report(const HostId& host) const override {
    return readers_.read([&](Connection& reader) {
      return row_of(reader.query("newest_report", host.text()),
                    report_at,
                    host.text() + " has not reported yet");
    });
  }

  Result<std::vector<HeldReport>> unnamed_reports() const override {
    return readers_.read([&](Connection& reader) {
      return rows(reader.query("unnamed_reports", kRows), report_at);
    });
  }

  Result<void> name_reports(std::span<const Digest> reports, std::uint64_t index) override {
    return write([&](Connection& writer) -> Result<void> {
      for (const Digest& report : reports) {
        TWOSEAL_TRY_VOID(writer.run("name_report", blob(report), sqlite::to_signed(index)));
      }
      return {};
    });
  }

  Result<void> keep_fresh(const KeptFresh& fresh) override {
    return write([&](Connection& writer) {
      return writer.run("keep_fresh",
                        blob(fresh.digest),
                        fresh.at,
                        Blob{fresh.bytes},
                        Blob{fresh.record},
                        Blob{fresh.stops});
    });
  }

  Result<KeptFresh> fresh_until(UnixSeconds at) const override {
    return readers_.read([&](Connection& reader) {
      return row_of(reader.query("fresh_until", at), fresh_at, "no fresh of that time was kept");
    });
  }

  Result<void> put_work_lines(std::span<const WorkLine> lines) override {
    return write([&](Connection& writer) -> Result<void> {
      for (const WorkLine& line : lines) {
        TWOSEAL_TRY_VOID(add_line(writer, line));
      }
      return {};
    });
  }

  Result<std::vector<WorkLine>> work_lines(const Digest& change,
                                           const HostId& host,
                                           std::size_t skip) const override {
    return readers_.read([&](Connection& reader) {
      return rows(reader.query("work_lines",
                               blob(change),
                               host.text(),
                               static_cast<std::int64_t>(std::min(skip, kWorkLinesMax)),
                               kRows),
                  work_line_at);
    });
  }

 private:
  // Runs a statement that has to find its row; else Errc::not_found with `what`.
  template <class... Args>
  Result<void> change_one(const std::string& what, std::string_view query, const Args&... args) {
    return write([&](Connection& writer) -> Result<void> {
      TWOSEAL_TRY_VOID(writer.run(query, args...));
      return writer.changes() == 1 ? Result<void>() : fail(Errc::not_found, what);
    });
  }

  // Runs `work` in a transaction that it may share with others who wait at the same time: whoever
  // finds nobody at it does the work of all, and all are answered after its commit.
  Result<void> write(std::function<Result<void>(Connection&)> work) {
    Operation own{std::move(work)};
    {
      const MutexLock lock(mutex_);
      waiting_.push_back(&own);
      while (!own.done && busy_) {
        finished_.wait(mutex_);
      }
      if (own.done) {
        return own.outcome;
      }
      busy_ = true;
    }
    return lead(own);
  }

  // Does what waits, until `own` is done.
  Result<void> lead(const Operation& own) {
    for (;;) {
      std::vector<Operation*> batch;
      {
        const MutexLock lock(mutex_);
        const std::size_t count = std::min(waiting_.size(), kTogetherMax);
        batch.assign(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
      }
      run(batch);
      const MutexLock lock(mutex_);
      for (Operation* one : batch) {
        one->done = true;
      }
      busy_ = !own.done;
      finished_.notify_all();
      if (own.done) {
        return own.outcome;
      }
    }
  }

  // One transaction for the batch. When it fails as a whole, all of it has failed.
  void run(const std::vector<Operation*>& batch) {
    const Result<void> together = run_together(batch);
    if (together) {
      return;
    }
    for (Operation* one : batch) {
      one->outcome = together;
    }
    if (together.error().code == Errc::store_failed) {
      suspicion_->raise(together.error().what);
      writer_.close_without_checkpoint();
    }
  }

  Result<void> run_together(const std::vector<Operation*>& batch) {
    TWOSEAL_TRY_VOID(suspicion_->check());
    TWOSEAL_TRY(Transaction transaction, Transaction::begin(writer_));
    for (Operation* one : batch) {
      TWOSEAL_TRY_VOID(run_one(*one));
    }
    TWOSEAL_TRY_VOID(transaction.commit());
    if (writer_.wal_pages() >= kWalPagesMax) {
      // What was committed is safe in the write-ahead log; only a failed sync is a reason to stop.
      const auto copied = writer_.checkpoint(Connection::Checkpoint::passive);
      if (!copied && copied.error().code == Errc::store_failed) {
        suspicion_->raise(copied.error().what);
      }
    }
    return {};
  }

  // What is refused leaves nothing behind and does not disturb the others. An error of the database
  // ends the transaction for all.
  Result<void> run_one(Operation& one) {
    TWOSEAL_TRY_VOID(writer_.run("savepoint"));
    one.outcome = one.work(writer_);
    if (!one.outcome) {
      const Errc code = one.outcome.error().code;
      if (code == Errc::store_failed || code == Errc::disk_full || code == Errc::store_busy) {
        return one.outcome;
      }
      TWOSEAL_TRY_VOID(writer_.run("undo_savepoint"));
    }
    return writer_.run("keep_savepoint");
  }

  const std::shared_ptr<sqlite::Suspicion> suspicion_;

  Mutex mutex_;
  ConditionVariable finished_;
  std::vector<Operation*> waiting_ GUARDED_BY(mutex_);
  bool busy_ GUARDED_BY(mutex_) = false;

  Connection writer_;  ///< of the one that set busy_
  mutable sqlite::Readers readers_;
};

}  // namespace

std::unique_ptr<Registry> make_sqlite_registry(const std::string& path,
                                               sqlite::Connection connection,
                                               std::shared_ptr<sqlite::Suspicion> suspicion) {
  return std::make_unique<SqliteRegistry>(path, std::move(connection), std::move(suspicion));
}

}  // namespace twoseal
