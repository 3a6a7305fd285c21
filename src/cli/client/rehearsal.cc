#include "cli/client/rehearsal.h"

#include <algorithm>

#include "cli/time_text.h"
#include "codec/archive.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "policy/host_word.h"
#include "workflow/recording.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kTitleMax = 256;  // docs/formats/change.md

std::unexpected<Error> differs(std::string what) {
  return fail(Errc::not_rehearsed, std::move(what));
}

// --- reading ----------------------------------------------------------------------------------

Result<BytesView> file_of(const codec::ArchiveFiles& files, const std::string& path) {
  const auto found = files.find(path);
  return found != files.end() ? Result<BytesView>(found->second) : differs("it lacks " + path);
}

template <class T>
struct Part {
  T value;
  Digest digest;
};

template <class T>
Result<Part<T>> part_of(const codec::ArchiveFiles& files, const std::string& name) {
  TWOSEAL_TRY(const BytesView bytes, file_of(files, name + ".json"));
  TWOSEAL_TRY(T value, codec::decode<T>(bytes));
  return Part<T>{std::move(value), sha256(bytes)};
}

Result<SignedStatement> record_of(const codec::ArchiveFiles& files, const std::string& name) {
  const std::string path = name + ".record.json";
  TWOSEAL_TRY(const BytesView bytes, file_of(files, path));
  return parse_record(bytes, path);
}

// What a host signed; when, does not matter here.
template <class T>
Result<Part<T>> host_word(const codec::ArchiveFiles& files,
                          const std::string& name,
                          ObjType type,
                          const Assignment& host) {
  TWOSEAL_TRY(Part<T> part, part_of<T>(files, name));
  TWOSEAL_TRY(const SignedStatement source, record_of(files, name));
  TWOSEAL_TRY_VOID(check_host_word(host, type, part.digest, source, source.statement.at));
  return part;
}

// When a person or service did `act` to the object of that name.
template <class T>
Result<UnixSeconds> asked_at(const codec::ArchiveFiles& files,
                             const std::string& name,
                             Act act,
                             const Digest& change,
                             const RehearsalCheck& check) {
  TWOSEAL_TRY(const Part<T> part, part_of<T>(files, name));
  TWOSEAL_TRY(const SignedStatement source, record_of(files, name));
  const Judged judged = examine_signature(source, check.keyring);
  if (!judged.valid()) {
    return fail(Errc::bad_signature, name + ": " + *judged.problem);
  }
  const Statement& said = source.statement;
  if (said.act != act || said.obj != part.digest || said.org != check.org ||
      part.value.change != change) {
    return differs("its " + name + " is about something else");
  }
  return said.at;
}

// --- judging ----------------------------------------------------------------------------------

bool is_opaque(const Change& change) {
  return std::any_of(change.risks.begin(), change.risks.end(), [](const Name& risk) {
    return risk.text() == "opaque";
  });
}

struct Told {
  Part<Change> change;
  const Assignment* host = nullptr;
  const PlannedHost* before = nullptr;  ///< what the host said when it was planned
  Digest class_before;
};

Result<const Assignment*> only_host(const Change& change, const RehearsalCheck& check) {
  if (!change.targets.hosts || change.targets.hosts->size() != 1) {
    return differs("it was not carried out on one host alone");
  }
  const HostId& wanted = change.targets.hosts->front().id;
  const auto found = std::find_if(check.assignments.begin(),
                                  check.assignments.end(),
                                  [&](const Assignment& one) { return one.host == wanted; });
  return found != check.assignments.end() ? Result<const Assignment*>(&*found)
                                          : differs("its host has no assignment any more");
}

Result<Told> read_change_of(const codec::ArchiveFiles& files,
                            const RehearsalCheck& check,
                            const Part<Plan>& plan) {
  Told told;
  TWOSEAL_TRY(told.change, part_of<Change>(files, "change"));
  const Change& change = told.change.value;
  if (change.org != check.org || change.apply != check.state) {
    return differs("another state was rehearsed than the change wants");
  }
  if (change.rollback != check.rollback) {
    return differs("another rollback was rehearsed than the change has");
  }
  if (change.plan != plan.digest) {
    return differs("its plan is not that of its change");
  }
  TWOSEAL_TRY(told.host, only_host(change, check));
  for (const PlannedClass& one : plan.value.classes) {
    for (const PlannedHost& host : one.hosts) {
      if (host.id == told.host->host) {
        told.before = &host;
        told.class_before = one.class_digest;
      }
    }
  }
  return told.before != nullptr ? Result<Told>(std::move(told))
                                : differs("its plan does not have its host");
}

Result<void> check_result(const Part<HostResult>& result, const Told& told, const char* outcome) {
  if (result.value.change != told.change.digest || result.value.host != told.host->host) {
    return differs("a result is about something else");
  }
  return result.value.outcome == outcome
             ? Result<void>()
             : differs(told.host->name + " said " + result.value.outcome + ", not " + outcome);
}

// The same state planned again, after everything: the same steps with the same token.
Result<void> check_after(const codec::ArchiveFiles& files, const Told& told, UnixSeconds back_at) {
  TWOSEAL_TRY(const Part<PlanRequest> request, part_of<PlanRequest>(files, "plan-request"));
  TWOSEAL_TRY(const Part<PlanAnswer> answer,
              host_word<PlanAnswer>(files, "plan-answer", ObjType::plan_answer, *told.host));
  if (answer.value.request != request.digest || request.value.state != told.change.value.apply ||
      answer.value.host != told.host->host) {
    return differs("the plan after it is about something else");
  }
  if (answer.value.at < back_at) {
    return differs("the plan after it is older than the way back");
  }
  const std::string& name = told.host->name;
  if (answer.value.class_digest != told.class_before) {
    return differs(name + " is not as before: the same state would take other steps there now");
  }
  return answer.value.token == told.before->token && answer.value.base == told.before->base
             ? Result<void>()
             : differs(name + " is not as before: what the steps read or write differs");
}

}  // namespace

Result<Rehearsal> verify_rehearsal(BytesView archive, const RehearsalCheck& check) {
  TWOSEAL_TRY(const codec::ArchiveFiles files, codec::read_archive(archive));
  TWOSEAL_TRY(const Part<Plan> plan, part_of<Plan>(files, "plan"));
  TWOSEAL_TRY(const Told told, read_change_of(files, check, plan));
  TWOSEAL_TRY(const auto applied,
              host_word<HostResult>(files, "applied", ObjType::result, *told.host));
  TWOSEAL_TRY_VOID(check_result(applied, told, "ok"));
  TWOSEAL_TRY(const auto back,
              host_word<HostResult>(files, "taken-back", ObjType::result, *told.host));
  TWOSEAL_TRY_VOID(check_result(back, told, "rolled-back"));
  TWOSEAL_TRY_VOID(check_after(files, told, back.value.at));
  TWOSEAL_TRY(const UnixSeconds released,
              asked_at<Release>(files, "release", Act::release, told.change.digest, check));
  TWOSEAL_TRY(const UnixSeconds asked,
              asked_at<Rollback>(files, "rollback", Act::rollback, told.change.digest, check));
  // Clocks of people and hosts differ a little; those of one host go forward.
  if (back.value.at < applied.value.at) {
    return differs("its host took it back before it carried it out");
  }
  return Rehearsal{told.change.digest,
                   told.change.value.targets.hosts->front(),
                   std::max<std::int64_t>(applied.value.at - released, 0),
                   std::max<std::int64_t>(back.value.at - asked, 0),
                   is_opaque(told.change.value)};
}

void make_rehearsal(authoring::ChangeDraft& draft, const std::string& host) {
  const std::string title = "Rehearsal on " + host;
  const std::string whole = title + ": " + draft.change.title;
  draft.change.title = whole.size() <= kTitleMax ? whole : title;
  draft.waves.clear();
  draft.window = {};
}

std::string rehearsal_text(const Rehearsal& rehearsal) {
  return "on " + rehearsal.host.name + ": carried out within " + length_text(rehearsal.applied_in) +
         ", taken back within " + length_text(rehearsal.undone_in) + ", every byte as before" +
         (rehearsal.opaque ? " where resources look; what its commands did elsewhere shows nowhere"
                           : "");
}

}  // namespace twoseal::cli
