// For tests and benches: the workflow of a server over a store, with the keys of a
// LiveOrganisation.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "storage/memory/memory_registry.h"
#include "storage/memory/memory_store.h"
#include "tests/support/live_organisation.h"
#include "workflow/decision_files.h"
#include "workflow/desk.h"
#include "workflow/log.h"
#include "workflow/timekeeper.h"

namespace twoseal {

/// A release of `phase` that names everything the log has about the change.
inline LiveSigned make_live_release(const LiveOrganisation& organisation,
                                    const ChangeFacts& facts,
                                    UnixSeconds now,
                                    const std::string& who,
                                    const std::string& phase,
                                    std::optional<std::int64_t> after = {}) {
  Release release;
  release.after = after;
  release.change = facts.digest;
  release.nonce = sha256("release " + phase + facts.digest.hex() + std::to_string(now) + who)
                      .bytes()
                      .substr(0, 16);
  release.org = organisation.org;
  release.phase = Name::parse(phase).value();
  std::set<Digest> named;
  for (const RecordedAct& act : facts.acts) {
    if (act.event != Event::signed_off) {
      named.insert(act.statement);
    }
  }
  for (const RecordedAct& act : facts.withdrawals) {
    if (named.contains(act.object)) {
      named.insert(act.statement);
    }
  }
  for (const RecordedAct& act : facts.evidence) {
    named.insert(act.statement);
  }
  for (const RecordedRelease& one : facts.releases) {
    named.insert(one.act.statement);
  }
  release.stmts.assign(named.begin(), named.end());
  return organisation.sign_object(
      who, Act::release, ObjType::release, codec::encode(release), now, "executor");
}

class LiveServer {
 public:
  /// Over memory, or over a store and a registry that are given.
  explicit LiveServer(LiveOrganisation with,
                      std::unique_ptr<Store> on = make_memory_store(),
                      std::unique_ptr<Registry> beside = make_memory_registry())
      : organisation(std::move(with)),
        clock(kLiveStart),
        store(std::move(on)),
        registry(std::move(beside)),
        view(*store, organisation.org),
        sequencer(open_writer(), {.checkpoint_after = std::chrono::milliseconds(1)}),
        desk(*store, *registry, view, sequencer, clock),
        timekeeper(*store, view, clock, timekeeper_key()),
        files(*store, view, timekeeper) {}

  [[nodiscard]] Result<Submitted> submit(const LiveSigned& one) {
    return desk.submit(one.record, one.objects);
  }

  /// Records the documents, and makes the first fresh.
  [[nodiscard]] Result<void> begin() {
    for (const LiveSigned& one : organisation.genesis()) {
      TWOSEAL_TRY([[maybe_unused]] const Submitted done, submit(one));
    }
    return refresh();
  }

  /// Waits for a checkpoint over everything, and makes a fresh.
  [[nodiscard]] Result<void> refresh() {
    wait_for_checkpoint();
    return timekeeper.renew();
  }

  void wait_for_checkpoint() const {
    for (int i = 0; i < 5'000; ++i) {
      const auto saved = store->newest_checkpoint();
      if (saved && *saved && (*saved)->size == store->head()->size) {
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  /// `who` signs `act` on a change, now.
  [[nodiscard]] Result<Submitted> vote(const std::string& who,
                                       Act act,
                                       const Digest& change,
                                       const std::string& role = "") {
    return submit(organisation.sign(who, act, ObjType::change, change, clock.now(), role));
  }

  /// A release that names everything the log has about the change.
  [[nodiscard]] LiveSigned make_release(const std::string& who,
                                        const Digest& change,
                                        const std::string& phase,
                                        std::optional<std::int64_t> after = {}) {
    return make_live_release(organisation, *view.change(change), clock.now(), who, phase, after);
  }

  [[nodiscard]] Result<Submitted> release(const std::string& who,
                                          const Digest& change,
                                          const std::string& phase) {
    return submit(make_release(who, change, phase));
  }

  [[nodiscard]] Result<Submitted> result(const std::string& host,
                                         const Digest& change,
                                         const std::string& phase,
                                         const std::string& outcome) {
    return submit(
        organisation.result(organisation.host(host), change, phase, outcome, clock.now()));
  }

  /// The host has carried out the first request to take the change back that is not over.
  [[nodiscard]] Result<Submitted> taken_back(const std::string& host,
                                             const Digest& change,
                                             const std::string& phase,
                                             const std::string& outcome = "rolled-back") {
    const LiveHost& by = organisation.host(host);
    std::optional<std::int64_t> rollback;
    const auto facts = view.change(change);
    for (const RecordedRollback& one : facts->rollbacks) {
      const bool asked =
          !one.hosts || std::binary_search(one.hosts->begin(), one.hosts->end(), by.id);
      if (asked && !one.act.withdrawn && !is_overridden(*facts, one) && !rollback) {
        rollback = static_cast<std::int64_t>(one.act.index);
      }
    }
    return submit(organisation.result(by, change, phase, outcome, clock.now(), rollback));
  }

  /// A change by its author, approved by Amara and Bo.
  [[nodiscard]] Result<Digest> approved(const LiveChange& change) {
    TWOSEAL_TRY([[maybe_unused]] const auto authored,
                submit(organisation.author(change, clock.now())));
    TWOSEAL_TRY([[maybe_unused]] const auto first, vote("amara", Act::approve, change.digest));
    TWOSEAL_TRY([[maybe_unused]] const auto second, vote("bo", Act::approve, change.digest));
    return change.digest;
  }

  LiveOrganisation organisation;
  ManualClock clock;
  std::unique_ptr<Store> store;
  std::unique_ptr<Registry> registry;
  LedgerView view;
  Sequencer sequencer;
  Desk desk;
  Timekeeper timekeeper;
  DecisionFiles files;

 private:
  [[nodiscard]] std::unique_ptr<LedgerWriter> open_writer() {
    LogKey key = log_key(PrivateKey::from_seed(organisation.key("log").secret()),
                         organisation.roster.log.origin)
                     .value();
    return LedgerWriter::open(*store, clock, std::move(key), {}).value();
  }

  [[nodiscard]] TimekeeperKey timekeeper_key() const {
    const PublicKey& pub = organisation.key("timekeeper").public_key();
    return {pub.id(), pub.encoded(), [this](std::string_view name_space, BytesView message) {
              return Result<std::string>(
                  organisation.key("timekeeper").sign_sshsig(name_space, message));
            }};
  }
};

}  // namespace twoseal
