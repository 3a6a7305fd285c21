#include "agent/documents.h"

#include <set>

#include "codec/archive.h"
#include "codec/objects.h"
#include "ledger/merkle.h"

namespace twoseal {
namespace {

constexpr const char* kHeldFile = "held/documents";
constexpr const char* kStateName = "state.json";
constexpr const char* kInputsName = "inputs.json";

AgentState first_state(const HostIdentity& identity, const std::string& directory) {
  AgentState state;
  state.org = identity.org;
  state.keys = identity.keys;
  state.own_paths = {directory + "/"};
  return state;
}

template <class T>
std::optional<VersionRef> newest(const Versions<T>& versions) {
  if (versions.empty()) {
    return std::nullopt;
  }
  const auto& [version, named] = *versions.rbegin();
  return VersionRef{named.digest, version};
}

// What the host will remember of documents that were accepted.
void remember(AgentState& state, const Inspection& in) {
  state.roster = newest(in.bundle.rosters);
  state.policy = newest(in.bundle.policies);
  state.restrictions = newest(in.bundle.restrictions);
  const auto own = in.bundle.assignments.find(*in.inputs.host);
  if (own != in.bundle.assignments.end()) {
    state.assignment = newest(own->second.versions);
  }
  state.checkpoint = in.log->point();
  state.fresh_at = in.bundle.fresh->value.at;
}

bool is_about_documents(ObjType type) {
  switch (type) {
    case ObjType::roster:
    case ObjType::policy:
    case ObjType::restrictions:
    case ObjType::assignments:
    case ObjType::fresh:
    case ObjType::stop:
      return true;
    default:
      return false;
  }
}

// What else came along is not kept: a server could send any amount of it.
void drop_needless(Files& files, const Inspection& in) {
  std::set<std::string> proofs;
  for (const auto& [digest, source] : in.bundle.statements) {
    if (is_about_documents(source.statement.obj_type)) {
      proofs.insert("proofs/" + digest.hex() + ".json");
    }
  }
  const std::string own = "assignments/" + in.inputs.host->text().substr(2) + "/";
  std::erase_if(files, [&](const auto& file) {
    const std::string& path = file.first;
    if (path.starts_with("statements/")) {
      const auto record = codec::decode<SignatureRecord>(file.second, limits::kRecordMax);
      const auto said = record ? codec::decode<Statement>(record->statement, limits::kStatementMax)
                               : Result<Statement>(std::unexpected(record.error()));
      return !said || !is_about_documents(said->obj_type);
    }
    if (path.starts_with("proofs/")) {
      return !path.starts_with("proofs/consistency-") && !proofs.contains(path);
    }
    return path.starts_with("blobs/") || path.starts_with("results/") || path == kStateName ||
           path == kInputsName || (path.starts_with("assignments/") && !path.starts_with(own));
  });
}

// Of chains the newest version alone is kept: the next contact goes on from it.
void forget_older(Files& files, const Inspection& in) {
  const auto drop = [&](const std::string& prefix, std::int64_t newest_version) {
    std::erase_if(files, [&](const auto& file) {
      return file.first.starts_with(prefix) && file.first.ends_with(".json") &&
             file.first != prefix + std::to_string(newest_version) + ".json" &&
             file.first.find_first_not_of("0123456789", prefix.size()) ==
                 file.first.size() - std::string_view(".json").size();
    });
  };
  drop("roster/", in.bundle.rosters.rbegin()->first);
  drop("policy/", in.bundle.policies.rbegin()->first);
  drop("restrictions/", in.bundle.restrictions.rbegin()->first);
}

}  // namespace

Result<HeldDocuments> HeldDocuments::open(AgentHome& home, HostIdentity identity) {
  HeldDocuments held(home, std::move(identity));
  held.state_ = first_state(held.identity_, home.directory());
  TWOSEAL_TRY(const auto bytes, home.read(kHeldFile, codec::kArchiveMax));
  if (!bytes) {
    return held;
  }
  auto files = codec::read_archive(*bytes);
  const bool has_memory = files && files->contains(kStateName) && files->contains(kInputsName);
  auto state = has_memory ? codec::decode<AgentState>(files->at(kStateName))
                          : Result<AgentState>(fail(Errc::refuse_j1, "it is gone"));
  const auto inputs = has_memory ? codec::decode<DecisionInputs>(files->at(kInputsName))
                                 : Result<DecisionInputs>(fail(Errc::refuse_j1, "it is gone"));
  if (!state || !inputs) {
    return fail(
        Errc::refuse_j1, "the documents that were held cannot be read", home.path(kHeldFile));
  }
  held.state_ = *std::move(state);
  held.floor_ = inputs->floor;
  files->erase(kStateName);
  files->erase(kInputsName);
  held.files_ = *std::move(files);
  Files asked = held.files_;
  asked[kStateName] = codec::encode(held.state_);
  // They were accepted once; what has expired meanwhile is found at the next decision.
  held.verified_ = authorize(asked, held.inputs(held.floor_));
  return held;
}

HeldDocuments HeldDocuments::without_memory(AgentHome& home, HostIdentity identity) {
  HeldDocuments held(home, std::move(identity));
  held.state_ = first_state(held.identity_, home.directory());
  held.is_kept_ = false;
  return held;
}

DecisionInputs HeldDocuments::inputs(UnixSeconds clock) const {
  DecisionInputs asked;
  asked.clock = clock;
  asked.floor = floor_;
  asked.host = identity_.host;
  asked.org = identity_.org;
  return asked;
}

Result<std::vector<Reason>> HeldDocuments::take(Files newer, UnixSeconds clock) {
  newer.erase("change.json");
  Files asked = newer;
  asked[kStateName] = codec::encode(state_);
  Authorization judged = authorize(asked, inputs(clock));
  std::vector<Reason> reasons;
  for (const Reason& reason : judged.decision.reasons) {
    if (reason.step <= Step::checkpoint) {
      reasons.push_back(reason);
    }
  }
  if (reasons.empty() && judged.facts->roster->value.demo) {
    reasons.push_back({Step::roster,
                       Errc::refuse_r4,
                       error_info(Errc::refuse_r4).exit,
                       "the organisation is a demonstration: its private keys are known to all"});
  }
  if (!reasons.empty()) {
    TWOSEAL_TRY_VOID(raise_floor(judged.decision.floor));
    return reasons;
  }
  AgentState state = state_;
  remember(state, *judged.facts);
  drop_needless(newer, *judged.facts);
  forget_older(newer, *judged.facts);
  newer.erase(kStateName);
  newer.erase(kInputsName);
  // It goes back only where a roster replaced the timekeepers: what the old ones said binds no
  // more.
  const UnixSeconds floor = judged.decision.floor;
  TWOSEAL_TRY_VOID(save(newer, state, floor));
  state_ = std::move(state);
  floor_ = floor;
  files_ = std::move(newer);
  verified_ = std::move(judged);
  return reasons;
}

Result<void> HeldDocuments::raise_floor(UnixSeconds floor) {
  if (floor <= floor_) {
    return {};
  }
  TWOSEAL_TRY_VOID(save(files_, state_, floor));
  floor_ = floor;
  return {};
}

LogPoint HeldDocuments::seen() const {
  return state_.checkpoint.value_or(LogPoint{empty_root(), 0});
}

Result<void> HeldDocuments::save(Files files, const AgentState& state, UnixSeconds floor) {
  if (!is_kept_) {
    return {};
  }
  DecisionInputs kept = inputs(0);
  kept.floor = floor;
  files[kStateName] = codec::encode(state);
  files[kInputsName] = codec::encode(kept);
  TWOSEAL_TRY(Bytes archive, codec::write_archive(files));
  // A host that cannot keep what it learnt would end here, and nobody would hear that it is full.
  return home_->with_reserve([&] { return home_->write(kHeldFile, archive); });
}

}  // namespace twoseal
