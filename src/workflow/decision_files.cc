#include "workflow/decision_files.h"

#include <algorithm>

#include "codec/objects.h"
#include "crypto/hash.h"
#include "workflow/recording.h"

namespace twoseal {
namespace {

std::string json_path(std::string_view folder, const Digest& digest) {
  return std::string(folder) + "/" + digest.hex() + ".json";
}

std::string blob_path(const Digest& digest) {
  return "blobs/" + digest.hex();
}

std::string folder_of(const HostId& host) {
  return "assignments/" + host.text().substr(2) + "/";
}

std::int64_t to_signed(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

// As policy/gate.h counts it.
bool is_failure(std::string_view outcome) {
  GateTally tally;
  tally.count(outcome, 0);
  return tally.failed > 0;
}

// One more than the index of the newest entry that people and services made about the change.
std::uint64_t size_of_acts(const ChangeFacts& facts) {
  std::uint64_t size = 0;
  const auto take = [&](const RecordedAct& act) { size = std::max(size, act.index + 1); };
  for (const auto* list : {&facts.acts, &facts.withdrawals, &facts.evidence}) {
    std::for_each(list->begin(), list->end(), take);
  }
  for (const RecordedRelease& one : facts.releases) {
    take(one.act);
  }
  for (const RecordedRollback& one : facts.rollbacks) {
    take(one.act);
  }
  return size;
}

// How many phases stand before that of a host; all, where there is no host.
std::size_t phases_before(const ChangeFacts& facts, const std::optional<HostId>& host) {
  const auto& phases = *facts.change->phases;
  for (std::size_t i = 0; host && i < phases.size(); ++i) {
    if (std::binary_search(phases[i].hosts.begin(), phases[i].hosts.end(), *host)) {
      return i;
    }
  }
  return host ? 0 : phases.size();
}

// The index of the newest thing that a host said.
std::uint64_t last_word_of(const HostOutcome& newest) {
  return newest.refused_back ? std::max(newest.index, newest.refused_back->index) : newest.index;
}

}  // namespace

std::vector<Digest> sources_of(const State& state) {
  std::vector<Digest> digests;
  for (const Resource& resource : state.resources) {
    const auto source = resource.want.find("source");
    const auto* text =
        source != resource.want.end() ? std::get_if<std::string>(&source->second) : nullptr;
    if (text != nullptr) {
      if (const auto digest = Digest::parse(*text)) {
        digests.push_back(*digest);
      }
    }
  }
  return digests;
}

Files HostFiles::all() const {
  Files files = own;
  for (const auto& part : shared) {
    files.insert(part->begin(), part->end());
  }
  return files;
}

// The outcomes that a host needs: of the phases before its own, for their gates; or, once a gate
// has closed, of all who failed, which is what closed it. Those of its own phase come and go
// without it.
struct DecisionFiles::NeededOutcomes {
  std::size_t phases = 0;
  std::vector<std::pair<HostId, const HostOutcome*>> list;
  std::uint64_t size = 0;  ///< one more than the index of the newest entry among them

  NeededOutcomes(const ChangeFacts& facts, const std::optional<HostId>& host) {
    if (!facts.change->phases) {
      return;
    }
    const bool closed = is_gate_closed(facts);
    phases = closed ? facts.change->phases->size() : phases_before(facts, host);
    for (std::size_t i = 0; i < phases; ++i) {
      for (const HostId& one : (*facts.change->phases)[i].hosts) {
        const HostOutcome* outcome = facts.outcome_of(one);
        if (outcome != nullptr && (!closed || is_failure(outcome->outcome))) {
          list.emplace_back(one, outcome);
          size = std::max(size, outcome->index + 1);
        }
      }
    }
  }
};

// Makes the parts of one generation.
class DecisionFiles::Maker {
 public:
  Maker(const Store& store, Generation& generation)
      : store_(store), made_(generation), documents_(*generation.fresh->documents) {}

  Result<const Part*> halts() {
    if (!made_.halts) {
      Draft draft;
      const FreshNow& fresh = *made_.fresh;
      draft.files["fresh.json"] = fresh.bytes;
      draft.files["stops/list.json"] = fresh.stops;
      draft.files[json_path("statements", fresh.source.digest)] = fresh.record;
      draft.files["checkpoint.txt"] = made_.note;
      draft.seen.insert(static_cast<std::uint64_t>(fresh.fresh.log.size));
      TWOSEAL_TRY(const StopList list, codec::decode<StopList>(fresh.stops));
      for (const Digest& stop : list.list) {
        TWOSEAL_TRY_VOID(add_object(draft, json_path("stops", stop), stop));
        TWOSEAL_TRY_VOID(add_signatures(draft, stop));
      }
      made_.halts = part_of(std::move(draft));
    }
    return &*made_.halts;
  }

  Result<const Part*> chains(const Remembered& remembered) {
    const auto first = [](std::int64_t held, const std::vector<VersionRef>& chain) {
      return std::clamp<std::int64_t>(held, 1, std::max<std::int64_t>(std::ssize(chain), 1));
    };
    const auto behind = [](std::int64_t held, const std::vector<VersionRef>& chain) {
      const std::int64_t newest = std::ssize(chain);
      return held == 0 || held >= newest ? newest : held + 1;
    };
    const Versions versions{first(remembered.roster, documents_.rosters),
                            behind(remembered.policy, documents_.policies),
                            behind(remembered.restrictions, documents_.restrictions_before)};
    const auto found = made_.chains.find(versions);
    if (found != made_.chains.end()) {
      return &found->second;
    }
    Draft draft;
    TWOSEAL_TRY_VOID(add_chain(draft, "roster", documents_.rosters, std::get<0>(versions)));
    TWOSEAL_TRY_VOID(add_chain(draft, "policy", documents_.policies, std::get<1>(versions)));
    TWOSEAL_TRY_VOID(
        add_chain(draft, "restrictions", documents_.restrictions_before, std::get<2>(versions)));
    return &made_.chains.emplace(versions, part_of(std::move(draft))).first->second;
  }

  Result<const BatchPart*> batch(const HeldBatch& held) {
    const auto found = made_.batches.find(held.batch.digest);
    if (found != made_.batches.end()) {
      return &found->second;
    }
    Draft draft;
    TWOSEAL_TRY_VOID(add_signatures(draft, held.batch.digest));
    return &made_.batches
                .emplace(held.batch.digest,
                         BatchPart{part_of(std::move(draft)), MemberTree(leaves_of(held.members))})
                .first->second;
  }

  Result<const Part*> change(const ChangeFacts& facts) {
    const std::uint64_t size = size_of_acts(facts);
    auto& place = made_.changes[facts.digest];
    if (place.second.files == nullptr || place.first != size) {
      Draft draft;
      TWOSEAL_TRY_VOID(add_change(draft, facts));
      place = {size, part_of(std::move(draft))};
    }
    return &place.second;
  }

  // Results with what proves whose they are.
  Result<const Part*> results(const Digest& change, const NeededOutcomes& needed) {
    auto& place = made_.results[{change, needed.phases}];
    if (place.second.files != nullptr && place.first == needed.size) {
      return &place.second;
    }
    Draft draft;
    for (const auto& [host, outcome] : needed.list) {
      const HeldHost* held = documents_.host(host);
      if (held == nullptr) {
        continue;
      }
      TWOSEAL_TRY_VOID(add_object(draft, json_path("results", outcome->result), outcome->result));
      TWOSEAL_TRY_VOID(add_statement(draft, {outcome->statement, outcome->index}));
      TWOSEAL_TRY_VOID(add_assignment(draft, host, *held, 0));
      TWOSEAL_TRY(const BatchPart* const signatures, batch(*held->batch));
      draft.files.insert(signatures->part.files->begin(), signatures->part.files->end());
      draft.seen.insert(signatures->part.seen.begin(), signatures->part.seen.end());
    }
    place = {needed.size, part_of(std::move(draft))};
    return &place.second;
  }

  // The part of one host.
  Result<Files> own(const HostId& host, const HeldHost& held, const Remembered& remembered) {
    Draft draft;
    TWOSEAL_TRY_VOID(add_assignment(draft, host, held, remembered.assignment));
    return std::move(draft.files);
  }

  // What the host of `newest` said about the change.
  Result<Files> words_of(const HostOutcome& newest) {
    Draft draft;
    draft.files["checkpoint.txt"] = made_.note;
    const auto add = [&](const auto& word) -> Result<void> {
      TWOSEAL_TRY_VOID(add_object(draft, json_path("results", word.result), word.result));
      return add_statement(draft, {word.statement, word.index});
    };
    for (const HostOutcome* one = &newest; one != nullptr; one = one->earlier.get()) {
      TWOSEAL_TRY_VOID(add(*one));
      if (one->refused_back) {
        TWOSEAL_TRY_VOID(add(*one->refused_back));
      }
    }
    return std::move(draft.files);
  }

  // How the log grew since `from`. Nothing to prove from size 0 and from its own.
  Result<void> add_growth(Files& files, std::uint64_t from) {
    if (from == 0 || from >= made_.size) {
      return {};
    }
    auto known = made_.consistencies.find(from);
    if (known == made_.consistencies.end()) {
      TWOSEAL_TRY(auto path, consistency_proof(made_.nodes, from, made_.size));
      const ConsistencyProof proof{to_signed(from), std::move(path), to_signed(made_.size)};
      known = made_.consistencies.emplace(from, codec::encode(proof)).first;
    }
    files["proofs/consistency-" + std::to_string(from) + "-" + std::to_string(made_.size) +
          ".json"] = known->second;
    return {};
  }

 private:
  struct Draft {
    Files files;
    std::set<std::uint64_t> seen;
  };

  static Part part_of(Draft draft) {
    return {std::make_shared<const Files>(std::move(draft.files)), std::move(draft.seen)};
  }

  Result<void> add_object(Draft& draft, const std::string& path, const Digest& digest) {
    TWOSEAL_TRY(StoredDocument document, store_.document(digest));
    draft.files[path] = std::move(document.bytes);
    return {};
  }

  // A document or blob under blobs/. What the store has not is for the decision to name.
  Result<void> add_blob(Draft& draft, const Digest& digest) {
    auto document = store_.document(digest);
    if (document) {
      draft.files[blob_path(digest)] = std::move(document->bytes);
      return {};
    }
    if (document.error().code != Errc::not_found) {
      return std::unexpected(document.error());
    }
    auto blob = read_blob(store_, digest);
    if (blob) {
      draft.files[blob_path(digest)] = *std::move(blob);
      return {};
    }
    return blob.error().code == Errc::not_found ? Result<void>() : std::unexpected(blob.error());
  }

  // A statement with the proof of its entry, when the checkpoint covers it.
  Result<void> add_statement(Draft& draft, const PlacedStatement& placed) {
    if (placed.index >= made_.size) {
      return {};
    }
    TWOSEAL_TRY(SignedRecord stored, store_.record(placed.statement));
    TWOSEAL_TRY(const SignatureRecord record,
                codec::decode<SignatureRecord>(stored.bytes, limits::kRecordMax));
    TWOSEAL_TRY(const Statement statement,
                codec::decode<Statement>(record.statement, limits::kStatementMax));
    draft.seen.insert(static_cast<std::uint64_t>(statement.seen.size));
    TWOSEAL_TRY(auto entries, store_.entries(placed.index, 1));
    TWOSEAL_TRY(auto path, inclusion_proof(made_.nodes, placed.index, made_.size));
    draft.files[json_path("proofs", placed.statement)] =
        codec::encode(InclusionProof{std::move(entries.front().bytes),
                                     to_signed(placed.index),
                                     std::move(path),
                                     to_signed(made_.size)});
    draft.files[json_path("statements", placed.statement)] = std::move(stored.bytes);
    return {};
  }

  Result<void> add_act(Draft& draft, const RecordedAct& act) {
    return add_statement(draft, {act.statement, act.index});
  }

  Result<void> add_signatures(Draft& draft, const Digest& object) {
    const auto found = documents_.statements.find(object);
    for (const PlacedStatement& placed :
         found != documents_.statements.end() ? found->second : std::vector<PlacedStatement>()) {
      TWOSEAL_TRY_VOID(add_statement(draft, placed));
    }
    return {};
  }

  Result<void> add_chain(Draft& draft,
                         const std::string& folder,
                         const std::vector<VersionRef>& chain,
                         std::int64_t first) {
    for (const VersionRef& one : chain) {
      if (one.version >= first) {
        TWOSEAL_TRY_VOID(
            add_object(draft, folder + "/" + std::to_string(one.version) + ".json", one.digest));
        TWOSEAL_TRY_VOID(add_signatures(draft, one.digest));
      }
    }
    return {};
  }

  Result<void> add_change(Draft& draft, const ChangeFacts& facts) {
    TWOSEAL_TRY_VOID(add_object(draft, "change.json", facts.digest));
    for (const auto* list : {&facts.acts, &facts.withdrawals}) {
      for (const RecordedAct& act : *list) {
        TWOSEAL_TRY_VOID(add_act(draft, act));
      }
    }
    for (const RecordedAct& act : facts.evidence) {
      TWOSEAL_TRY_VOID(add_act(draft, act));
      TWOSEAL_TRY_VOID(add_blob(draft, act.object));
    }
    for (const RecordedRelease& one : facts.releases) {
      TWOSEAL_TRY_VOID(add_act(draft, one.act));
      TWOSEAL_TRY_VOID(add_blob(draft, one.act.object));
    }
    for (const RecordedRollback& one : facts.rollbacks) {
      TWOSEAL_TRY_VOID(add_act(draft, one.act));
      TWOSEAL_TRY_VOID(add_blob(draft, one.act.object));
    }
    return add_content(draft, *facts.change);
  }

  Result<void> add_content(Draft& draft, const Change& change) {
    for (const auto& digest :
         {change.apply, change.plan, change.rollback.state, change.rollback.blob}) {
      if (digest) {
        TWOSEAL_TRY_VOID(add_blob(draft, *digest));
      }
    }
    for (const EvidenceRef& evidence : change.evidence) {
      TWOSEAL_TRY_VOID(add_blob(draft, evidence.blob));
    }
    for (const auto& digest : {change.apply, change.rollback.state}) {
      const auto blob = digest ? draft.files.find(blob_path(*digest)) : draft.files.end();
      const auto state = blob != draft.files.end()
                             ? codec::decode<State>(blob->second)
                             : Result<State>(fail(Errc::not_found, "no state"));
      for (const Digest& source : state ? sources_of(*state) : std::vector<Digest>()) {
        TWOSEAL_TRY_VOID(add_blob(draft, source));
      }
    }
    const auto blob = change.auto_rule && change.plan ? draft.files.find(blob_path(*change.plan))
                                                      : draft.files.end();
    if (blob != draft.files.end()) {
      TWOSEAL_TRY(const Plan plan, codec::decode<Plan>(blob->second));
      for (const PlannedClass& one : plan.classes) {
        TWOSEAL_TRY_VOID(add_blob(draft, one.class_digest));
      }
    }
    return {};
  }

  // Versions from the remembered one (or the one before the newest) on, and both proofs.
  Result<void> add_assignment(Draft& draft,
                              const HostId& host,
                              const HeldHost& held,
                              std::int64_t remembered) {
    const std::string folder = folder_of(host);
    const std::int64_t newest = std::ssize(held.versions);
    const std::int64_t first =
        remembered > 0 && remembered <= newest ? remembered : std::max<std::int64_t>(newest - 1, 1);
    for (std::int64_t version = first; version <= newest; ++version) {
      const VersionRef& one = held.versions[static_cast<std::size_t>(version) - 1];
      TWOSEAL_TRY_VOID(add_object(draft, folder + std::to_string(version) + ".json", one.digest));
    }
    TWOSEAL_TRY(const BatchPart* const signatures, batch(*held.batch));
    const auto& members = held.batch->members;
    const auto place =
        std::lower_bound(members.begin(), members.end(), held.versions.back().digest);
    TWOSEAL_TRY(const MemberProof in_batch,
                signatures->tree.prove(static_cast<std::size_t>(place - members.begin())));
    if (!made_.lines) {
      made_.lines.emplace(documents_.lines);
    }
    TWOSEAL_TRY(const MemberProof in_root, made_.lines->prove(held.place));
    draft.files[folder + "batch.json"] = codec::encode(held.batch->batch.value);
    draft.files[folder + "batch-proof.json"] = codec::encode(in_batch);
    draft.files[folder + "root-proof.json"] = codec::encode(in_root);
    return {};
  }

  const Store& store_;
  Generation& made_;
  const Documents& documents_;
};

Result<std::shared_ptr<DecisionFiles::Generation>> DecisionFiles::generation() {
  const auto fresh = timekeeper_.newest();
  if (fresh == nullptr) {
    return fail(Errc::try_again, "no freshness statement was made yet");
  }
  TWOSEAL_TRY(auto saved, store_.newest_checkpoint());
  if (!saved) {
    return fail(Errc::try_again, "there is no checkpoint yet");
  }
  if (generation_ == nullptr || generation_->fresh != fresh || generation_->size != saved->size) {
    auto made = std::make_shared<Generation>();
    made->fresh = fresh;
    made->size = saved->size;
    made->note = std::move(saved->note);
    made->nodes = nodes_of_store(store_, saved->size);
    generation_ = std::move(made);
  }
  return generation_;
}

// One that was kept, with the documents that it names.
Result<std::shared_ptr<const FreshNow>> DecisionFiles::past_fresh(const KeptFresh& fresh) {
  if (past_ != nullptr && past_->fresh->digest == fresh.digest) {
    return past_->fresh;
  }
  auto then = std::make_shared<FreshNow>();
  TWOSEAL_TRY(then->fresh, codec::decode<Fresh>(fresh.bytes));
  then->digest = fresh.digest;
  then->bytes = fresh.bytes;
  TWOSEAL_TRY(then->source, parse_record(fresh.record, "fresh"));
  then->record = fresh.record;
  then->stops = fresh.stops;
  TWOSEAL_TRY(then->documents,
              view_.documents_at(static_cast<std::uint64_t>(then->fresh.log.size)));
  const Documents& documents = *then->documents;
  const bool same = documents.roster != nullptr && documents.policy != nullptr &&
                    documents.restrictions != nullptr &&
                    documents.roster->digest == then->fresh.roster.digest &&
                    documents.policy->digest == then->fresh.policy.digest &&
                    documents.restrictions->digest == then->fresh.restrictions.digest &&
                    documents.assignments_root == then->fresh.assignments_root;
  if (!same) {
    return fail(Errc::not_found, "the log does not show what that fresh names");
  }
  return then;
}

// Its statements are proven in the log of now.
Result<std::shared_ptr<DecisionFiles::Generation>> DecisionFiles::past_generation(
    std::shared_ptr<const FreshNow> then) {
  std::shared_ptr<const Generation> now;
  {
    const MutexLock lock(mutex_);
    TWOSEAL_TRY(now, generation());
  }
  if (past_ != nullptr && past_->fresh->digest == then->digest && past_->size == now->size) {
    return past_;
  }
  auto made = std::make_shared<Generation>();
  made->fresh = std::move(then);
  made->size = now->size;
  made->note = now->note;
  made->nodes = nodes_of_store(store_, now->size);
  past_ = std::move(made);
  return past_;
}

Result<HostFiles> DecisionFiles::make_files(const Store& store,
                                            Generation& made,
                                            const std::optional<HostId>& host,
                                            const ChangeFacts* facts,
                                            const Remembered& remembered) {
  const HeldHost* held = host ? made.fresh->documents->host(*host) : nullptr;
  const auto needed = facts != nullptr ? std::optional(NeededOutcomes(*facts, host)) : std::nullopt;
  if (needed && std::max(size_of_acts(*facts), needed->size) > made.size) {
    return fail(Errc::try_again, "no checkpoint covers what was recorded last");
  }
  Maker maker(store, made);
  std::vector<const Part*> parts;
  TWOSEAL_TRY(parts.emplace_back(), maker.halts());
  TWOSEAL_TRY(parts.emplace_back(), maker.chains(remembered));
  HostFiles files;
  files.fresh = made.fresh;
  if (held != nullptr) {
    TWOSEAL_TRY(const BatchPart* const batch, maker.batch(*held->batch));
    parts.push_back(&batch->part);
    TWOSEAL_TRY(files.own, maker.own(*host, *held, remembered));
  }
  if (facts != nullptr) {
    TWOSEAL_TRY(parts.emplace_back(), maker.change(*facts));
    TWOSEAL_TRY(parts.emplace_back(), maker.results(facts->digest, *needed));
  }
  std::set<std::uint64_t> seen = {remembered.checkpoint};
  for (const Part* part : parts) {
    files.shared.push_back(part->files);
    seen.insert(part->seen.begin(), part->seen.end());
  }
  for (const std::uint64_t from : seen) {
    TWOSEAL_TRY_VOID(maker.add_growth(files.own, from));
  }
  return files;
}

Result<HostFiles> DecisionFiles::files_for(const std::optional<HostId>& host,
                                           const std::optional<Digest>& change,
                                           const Remembered& remembered) {
  const auto facts = change ? view_.change(*change) : nullptr;
  if (change && facts == nullptr) {
    return fail(Errc::not_found, "the log has no change " + change->text());
  }
  const MutexLock lock(mutex_);
  TWOSEAL_TRY(const auto made, generation());
  if (host && made->fresh->documents->host(*host) == nullptr) {
    return view_.documents()->host(*host) != nullptr
               ? fail(Errc::try_again, "no freshness statement names this host yet")
               : fail(Errc::not_found, host->text() + " has no assignment");
  }
  return make_files(store_, *made, host, facts.get(), remembered);
}

Result<HostFiles> DecisionFiles::files_before(const HostId& host,
                                              const Digest& change,
                                              std::uint64_t before,
                                              const KeptFresh& fresh) {
  const auto facts = view_.change(change);
  if (facts == nullptr) {
    return fail(Errc::not_found, "the log has no change " + change.text());
  }
  const MutexLock lock(past_mutex_);
  TWOSEAL_TRY(auto kept, past_fresh(fresh));
  TWOSEAL_TRY(const auto made, past_generation(std::move(kept)));
  if (made->fresh->documents->host(host) == nullptr) {
    return fail(Errc::not_found, host.text() + " had no assignment then");
  }
  const ChangeFacts then = facts_before(*facts, before);
  return make_files(store_, *made, host, &then, {});
}

Result<Files> DecisionFiles::results_of(const HostId& host, const Digest& change) {
  const auto facts = view_.change(change);
  if (facts == nullptr) {
    return fail(Errc::not_found, "the log has no change " + change.text());
  }
  const MutexLock lock(mutex_);
  TWOSEAL_TRY(const auto made, generation());
  const HostOutcome* newest = facts->outcome_of(host);
  if (newest == nullptr) {
    return Files{{"checkpoint.txt", made->note}};
  }
  if (last_word_of(*newest) >= made->size) {
    return fail(Errc::try_again, "no checkpoint covers what the host said last");
  }
  return Maker(store_, *made).words_of(*newest);
}

Result<Files> DecisionFiles::files_of_all(const Remembered& remembered) {
  const MutexLock lock(mutex_);
  TWOSEAL_TRY(const auto made, generation());
  Maker maker(store_, *made);
  std::vector<const Part*> parts;
  TWOSEAL_TRY(parts.emplace_back(), maker.halts());
  TWOSEAL_TRY(parts.emplace_back(), maker.chains(remembered));
  HostFiles files;
  std::set<const Part*> batches;
  for (const auto& [host, held] : made->fresh->documents->hosts) {
    TWOSEAL_TRY(Files own, maker.own(host, held, {}));
    files.own.merge(own);
    TWOSEAL_TRY(const BatchPart* const batch, maker.batch(*held.batch));
    batches.insert(&batch->part);
  }
  parts.insert(parts.end(), batches.begin(), batches.end());
  std::set<std::uint64_t> seen = {remembered.checkpoint};
  for (const Part* part : parts) {
    files.shared.push_back(part->files);
    seen.insert(part->seen.begin(), part->seen.end());
  }
  for (const std::uint64_t from : seen) {
    TWOSEAL_TRY_VOID(maker.add_growth(files.own, from));
  }
  return files.all();
}

}  // namespace twoseal
