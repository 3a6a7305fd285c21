#include "cli/client/trust.h"

#include "base/os_clock.h"
#include "cli/client/assumed_memory.h"
#include "cli/time_text.h"
#include "codec/archive.h"
#include "codec/objects.h"
#include "ledger/merkle.h"

namespace twoseal::cli {
namespace {

constexpr const char* kFile = "documents";
constexpr const char* kStateName = "state.json";
constexpr const char* kInputsName = "inputs.json";

template <class T>
std::optional<VersionRef> newest(const Versions<T>& versions) {
  if (versions.empty()) {
    return std::nullopt;
  }
  const auto& [version, named] = *versions.rbegin();
  return VersionRef{named.digest, version};
}

std::string version_text(const std::optional<VersionRef>& ref) {
  return std::to_string(ref ? ref->version : 0);
}

bool is_over(const HostDocuments& documents, UnixSeconds now) {
  return !documents.versions.empty() && documents.versions.rbegin()->second.value.expires <= now;
}

std::string name_of(const HostDocuments& documents) {
  return documents.versions.empty() ? "a host" : documents.versions.rbegin()->second.value.name;
}

// Whether the reason says no more than that a document is over. What is wrong with policy or
// restrictions otherwise leaves them unset (policy/documents_check.cc).
bool is_expiry(const Reason& reason, const Inspection& in) {
  return reason.code == Errc::refuse_r3 ||
         (reason.code == Errc::refuse_p2 && in.policy != nullptr && in.restrictions != nullptr);
}

std::unexpected<Error> refused(const std::vector<Reason>& reasons) {
  std::string text;
  for (const Reason& reason : reasons) {
    text += (text.empty() ? "" : "; ") + with_dates(reason.text);
  }
  return fail(reasons.front().code, "what the server shows cannot be verified: " + text);
}

}  // namespace

Trust::Trust(const ClientProfile& profile) : profile_(profile), now_(SystemClock().now()) {
  state_.org = profile.org;
}

Result<Trust> Trust::open(const ClientProfile& profile) {
  Trust trust(profile);
  TWOSEAL_TRY(const auto bytes, read_state(profile, kFile, codec::kArchiveMax));
  if (!bytes) {
    return trust;
  }
  const auto files = codec::read_archive(*bytes);
  if (!files || !files->contains(kStateName) || !files->contains(kInputsName)) {
    return fail(Errc::bad_field,
                "what was verified before cannot be read",
                profile.state_directory() + "/" + kFile,
                "look at it, or remove it to begin from the organisation's digest again");
  }
  TWOSEAL_TRY(AgentState state, codec::decode<AgentState>(files->at(kStateName)));
  TWOSEAL_TRY(const DecisionInputs inputs, codec::decode<DecisionInputs>(files->at(kInputsName)));
  if (state.org == profile.org) {
    trust.state_ = std::move(state);
    trust.floor_ = inputs.floor;
  }
  return trust;
}

DecisionInputs Trust::inputs(const std::optional<HostId>& host) const {
  DecisionInputs asked;
  asked.clock = now_;
  asked.floor = floor_;
  asked.host = host;
  asked.org = profile_.org;
  return asked;
}

Query Trust::held() const {
  return {{"roster", version_text(state_.roster)},
          {"policy", version_text(state_.policy)},
          {"restrictions", version_text(state_.restrictions)},
          {"checkpoint", std::to_string(seen().size)}};
}

Result<void> Trust::refresh(ServerApi& api, Expired expired) {
  TWOSEAL_TRY(files_, api.get_files("/v1/documents", held()));
  files_.erase("change.json");
  files_[kStateName] = codec::encode(state_);
  verified_ = authorize(files_, inputs(std::nullopt));
  std::vector<Reason> reasons;
  for (const Reason& reason : verified_->decision.reasons) {
    const bool forgiven = expired == Expired::tolerated && is_expiry(reason, *verified_->facts);
    if (reason.step <= Step::checkpoint && !forgiven) {
      reasons.push_back(reason);
    }
  }
  if (!reasons.empty()) {
    return refused(reasons);
  }
  const Inspection& in = *verified_->facts;
  state_.roster = newest(in.bundle.rosters);
  state_.policy = newest(in.bundle.policies);
  state_.restrictions = newest(in.bundle.restrictions);
  state_.checkpoint = in.log->point();
  state_.fresh_at = in.bundle.fresh->value.at;
  floor_ = std::max(floor_, verified_->decision.floor);
  // What is remembered is enough to go on from; the documents themselves come again.
  TWOSEAL_TRY(const Bytes archive,
              codec::write_archive({{kStateName, codec::encode(state_)},
                                    {kInputsName, codec::encode(inputs(std::nullopt))}}));
  return write_state(profile_, kFile, archive);
}

std::vector<Assignment> Trust::assignments(std::vector<std::string>& unproven) {
  Inspection& in = facts();
  std::vector<Assignment> proven;
  for (const auto& [host, documents] : in.bundle.assignments) {
    const auto assignment = proven_assignment(in, host, std::nullopt);
    if (assignment) {
      proven.push_back(**assignment);
    } else if (!is_over(documents, now_)) {
      // The reason begins with the id of the host.
      unproven.push_back(name_of(documents) + ", " + with_dates(assignment.error().what));
    }
  }
  return proven;
}

std::vector<Assignment> Trust::ended() {
  std::vector<Assignment> over;
  for (const auto& [host, documents] : facts().bundle.assignments) {
    if (is_over(documents, now_)) {
      over.push_back(documents.versions.rbegin()->second.value);
    }
  }
  return over;
}

LogPoint Trust::seen() const {
  return state_.checkpoint.value_or(LogPoint{empty_root(), 0});
}

std::int64_t Trust::roster_version() const {
  return state_.roster ? state_.roster->version : 1;
}

Authorization Trust::judge(Files files, const std::optional<HostId>& host) const {
  AgentState remembered = state_;
  // What cannot be read is judged as it is.
  if (host) {
    static_cast<void>(assume_memory(files, *host, remembered));
  }
  files[kStateName] = codec::encode(remembered);
  return authorize(files, inputs(host));
}

}  // namespace twoseal::cli
