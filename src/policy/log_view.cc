#include "policy/log_view.h"

#include "codec/objects.h"
#include "ledger/merkle.h"
#include "ledger/note.h"

namespace twoseal {
namespace {

std::uint64_t unsigned_of(std::int64_t size) {
  return static_cast<std::uint64_t>(size);
}

}  // namespace

LogView::LogView(const Bundle& bundle, const Roster& roster, const Digest& org, Findings& findings)
    : bundle_(bundle), org_(org) {
  read_checkpoint(roster, findings);
  if (roster.witness_min > 0) {
    findings.refuse(Step::checkpoint,
                    Errc::refuse_l2,
                    "the roster asks for " + std::to_string(roster.witness_min) +
                        " cosignatures, which this release cannot check");
  }
}

LogView::LogView(const Bundle& bundle, const Digest& org)
    : bundle_(bundle), org_(org), replayed_(true), point_(LogPoint{}) {}

void LogView::read_checkpoint(const Roster& roster, Findings& findings) {
  if (!bundle_.checkpoint) {
    findings.refuse(Step::checkpoint, Errc::refuse_l1, "there is no checkpoint");
    return;
  }
  std::vector<NoteKey> keys;
  for (const std::string& vkey : roster.log.vkeys) {
    keys.push_back(NoteKey::parse(vkey).value());
  }
  const auto checkpoint = open_checkpoint(*bundle_.checkpoint, roster.log.origin, keys);
  if (!checkpoint) {
    findings.refuse(
        Step::checkpoint, Errc::refuse_l1, "checkpoint.txt: " + checkpoint.error().what);
    return;
  }
  point_ = LogPoint{checkpoint->root, static_cast<std::int64_t>(checkpoint->size)};
}

Result<void> LogView::check_proof(const InclusionProof& proof) const {
  if (proof.size != point().size) {
    return fail(Errc::refuse_l4, "its proof is for another size of the log");
  }
  return verify_inclusion(leaf_hash(proof.entry),
                          unsigned_of(proof.index),
                          unsigned_of(proof.size),
                          proof.path,
                          point().root);
}

Result<ProvenEntry> LogView::entry_of(const Digest& digest) const {
  const auto found = bundle_.inclusions.find(digest);
  if (found == bundle_.inclusions.end()) {
    return fail(Errc::refuse_l4, "there is no proof that it is in the log");
  }
  const InclusionProof& proof = found->second;
  if (!replayed_) {
    TWOSEAL_TRY_VOID(check_proof(proof));
  }
  TWOSEAL_TRY(ProvenEntry entry, codec::decode<LedgerEntry>(proof.entry, limits::kEntryMax));
  if (entry.seq != proof.index || entry.org != org_ || entry.stmt != digest) {
    return fail(Errc::refuse_l4, "its proof is for another entry");
  }
  return entry;
}

void LogView::demand_continues(const LogPoint& seen,
                               Errc fork,
                               std::string_view whose,
                               Findings& findings) const {
  const std::string who(whose);
  if (seen.size > point().size) {
    findings.refuse(Step::checkpoint,
                    Errc::refuse_f2,
                    "the checkpoint has " + std::to_string(point().size) + " entries; " + who +
                        " had seen " + std::to_string(seen.size));
    return;
  }
  std::vector<Digest> path;
  const auto found = bundle_.consistencies.find({seen.size, point().size});
  const bool needs_proof = seen.size != 0 && seen.size != point().size;
  if (needs_proof && found == bundle_.consistencies.end()) {
    findings.refuse(Step::checkpoint,
                    fork,
                    "there is no proof that the log continues the " + std::to_string(seen.size) +
                        " entries that " + who + " had seen");
    return;
  }
  if (needs_proof) {
    path = found->second.path;
  }
  const auto consistent = verify_consistency(
      unsigned_of(seen.size), unsigned_of(point().size), path, seen.root, point().root);
  if (!consistent) {
    findings.refuse(Step::checkpoint,
                    fork,
                    "the log does not continue the " + std::to_string(seen.size) +
                        " entries that " + who + " had seen");
  }
}

}  // namespace twoseal
