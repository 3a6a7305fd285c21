#include "cli/client/planning.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "base/os_clock.h"
#include "base/os_file.h"
#include "cli/yaml_files.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "model/contact.h"
#include "policy/host_word.h"
#include "workflow/recording.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kRequestSeconds = 1'800;
constexpr std::int64_t kPollSeconds = 10;

// One answer, of the host that `name` says, as the server handed it over.
struct Answer {
  std::string name;  ///< hexadecimal digits of the host, `.json`
  const Files* files = nullptr;

  [[nodiscard]] Result<BytesView> file(const std::string& path) const {
    const auto found = files->find(path);
    return found != files->end() ? Result<BytesView>(found->second)
                                 : fail(Errc::bad_http, "the server's answer lacks " + path);
  }
};

const Assignment* assignment_of(const DraftedChange& drafted, const HostId& host) {
  const auto found = std::find_if(drafted.assignments.begin(),
                                  drafted.assignments.end(),
                                  [&](const auto& one) { return one.host == host; });
  return found != drafted.assignments.end() ? &*found : nullptr;
}

Result<PlanAnswer> read_answer(const Answer& answer,
                               const DraftedChange& drafted,
                               const Digest& request,
                               UnixSeconds now) {
  TWOSEAL_TRY(const BytesView bytes, answer.file("answers/" + answer.name));
  TWOSEAL_TRY(const BytesView record, answer.file("records/" + answer.name));
  TWOSEAL_TRY(PlanAnswer said, codec::decode<PlanAnswer>(bytes));
  TWOSEAL_TRY(const SignedStatement source, parse_record(record, "records/" + answer.name));
  const Assignment* assignment = assignment_of(drafted, said.host);
  if (assignment == nullptr || said.request != request || said.org != assignment->org) {
    return fail(Errc::bad_signature, "an answer is to another request than this one");
  }
  if (auto checked = check_host_word(*assignment, ObjType::plan_answer, sha256(bytes), source, now);
      !checked) {
    return fail(checked.error().code, assignment->name + ": " + checked.error().what);
  }
  return said;
}

Result<void> add_class(const Answer& answer, const Digest& digest, GatheredPlan& gathered) {
  if (gathered.classes.contains(digest)) {
    return {};
  }
  TWOSEAL_TRY(const BytesView bytes, answer.file("classes/" + digest.hex() + ".json"));
  if (sha256(bytes) != digest) {
    return fail(Errc::refuse_c1, "the server gave another plan class than " + digest.text());
  }
  TWOSEAL_TRY(gathered.classes[digest], codec::decode<PlanClass>(bytes));
  gathered.class_bytes[digest] = Bytes(bytes);
  return {};
}

// A refusal is nobody's signed word; it is shown, and the host counts as not having answered.
std::string refusal_text(BytesView bytes) {
  const auto refusal = codec::decode<PlanRefusal>(bytes);
  return refusal ? refusal->code + " " + refusal->what : "a refusal that cannot be read";
}

Result<GatheredPlan> read_answers(const Files& files,
                                  const DraftedChange& drafted,
                                  const PlanRequest& request,
                                  const Digest& digest,
                                  UnixSeconds now) {
  GatheredPlan gathered;
  std::map<Digest, std::vector<PlannedHost>> by_class;
  for (const TargetHost& target : drafted.targets) {
    const Answer answer{target.id.text().substr(2) + ".json", &files};
    if (const auto refusal = files.find("refusals/" + answer.name); refusal != files.end()) {
      gathered.refused.push_back(target.name + ": " + refusal_text(refusal->second));
    } else if (files.contains("answers/" + answer.name)) {
      TWOSEAL_TRY(const PlanAnswer said, read_answer(answer, drafted, digest, now));
      if (said.host != target.id) {
        return fail(Errc::bad_signature, target.name + ": the answer is that of another host");
      }
      TWOSEAL_TRY_VOID(add_class(answer, said.class_digest, gathered));
      gathered.answers[target.id] = {Bytes(files.at("answers/" + answer.name)),
                                     Bytes(files.at("records/" + answer.name))};
      by_class[said.class_digest].push_back({said.base, said.host, said.token});
    } else {
      gathered.silent.push_back(target.name);
    }
  }
  gathered.request = codec::encode(request);
  gathered.plan.org = request.org;
  gathered.plan.state = request.state;
  for (auto& [one, hosts] : by_class) {
    gathered.plan.classes.push_back({one, std::move(hosts)});
  }
  if (!gathered.plan.classes.empty()) {
    gathered.bytes = codec::encode(gathered.plan);
  }
  return gathered;
}

Result<Digest> ask_hosts(Client& client,
                         const DraftedChange& drafted,
                         const PlanRequest& request,
                         const Bytes& state,
                         const Arguments& arguments,
                         const Session& session) {
  for (const Bytes& blob : drafted.draft.blobs) {
    TWOSEAL_TRY_VOID(client.api.put_blob(blob));
  }
  const Bytes bytes = codec::encode(request);
  Saying saying;
  saying.act = Act::plan;
  saying.type = ObjType::plan_request;
  saying.object = sha256(bytes);
  TWOSEAL_TRY(const Bytes record, say(saying, client.profile, client.trust, arguments, session));
  TWOSEAL_TRY([[maybe_unused]] const codec::PlainJson taken,
              client.api.submit_to("/v1/plan-requests", record, {bytes, state}));
  return saying.object;
}

// Until every host has answered, or the time is over.
Result<Files> wait_for_answers(Client& client,
                               const Digest& request,
                               std::size_t hosts,
                               std::chrono::seconds wait,
                               const Session& session) {
  const auto end = std::chrono::steady_clock::now() + wait;
  Files files;
  std::size_t answered = 0;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::seconds>(end - std::chrono::steady_clock::now());
    const std::int64_t pause = std::clamp<std::int64_t>(left.count(), 0, kPollSeconds);
    TWOSEAL_TRY(files,
                client.api.get_files(
                    "/v1/plan-requests/" + request.hex() + "/answers",
                    {{"seen", std::to_string(answered)}, {"wait", std::to_string(pause)}}));
    answered =
        static_cast<std::size_t>(std::count_if(files.begin(), files.end(), [](const auto& file) {
          return file.first.starts_with("answers/") || file.first.starts_with("refusals/");
        }));
    session.talk("planned on " + std::to_string(answered) + "/" + std::to_string(hosts) + " hosts");
    if (answered >= hosts || pause == 0) {
      return files;
    }
  }
}

}  // namespace

bool GatheredPlan::changes() const {
  return std::any_of(
      classes.begin(), classes.end(), [](const auto& one) { return !one.second.steps.empty(); });
}

std::vector<Name> GatheredPlan::risks() const {
  std::set<Name> all;
  for (const auto& [digest, one] : classes) {
    for (const PlanStep& step : one.steps) {
      all.insert(step.risks.begin(), step.risks.end());
    }
  }
  return {all.begin(), all.end()};
}

std::vector<Name> GatheredPlan::effects() const {
  std::set<Name> all;
  for (const auto& [digest, one] : classes) {
    for (const PlanStep& step : one.steps) {
      all.insert(step.effects.begin(), step.effects.end());
    }
  }
  return {all.begin(), all.end()};
}

// Waves that name hosts which the change is narrowed away from go on without them.
void leave_out_of_waves(DraftedChange& drafted) {
  for (authoring::Wave& wave : drafted.draft.waves) {
    std::erase_if(wave.hosts.names, [&](const std::string& name) {
      return std::none_of(drafted.targets.begin(),
                          drafted.targets.end(),
                          [&](const TargetHost& one) { return one.name == name; });
    });
  }
}

Result<DraftedChange> draft_change(Trust& trust,
                                   const std::string& path,
                                   const std::optional<std::vector<std::string>>& only) {
  DraftedChange drafted;
  TWOSEAL_TRY(const Bytes text, read_file(path, authoring::kYamlMax));
  TWOSEAL_TRY(drafted.draft, authoring::read_change({text, path}, reader_below(path)));
  drafted.assignments = trust.assignments(drafted.unproven);
  if (only && drafted.draft.targets) {
    std::string names;
    for (const std::string& name : *only) {
      names += (names.empty() ? "name=" : ",") + name;
    }
    TWOSEAL_TRY(drafted.draft.targets, authoring::parse_selector(names));
  }
  if (drafted.draft.targets) {
    TWOSEAL_TRY(drafted.targets, authoring::resolve_targets(drafted.draft, drafted.assignments));
  }
  if (only) {
    leave_out_of_waves(drafted);
  }
  return drafted;
}

Result<GatheredPlan> gather_plan(Client& client,
                                 const DraftedChange& drafted,
                                 std::chrono::seconds wait,
                                 const Arguments& arguments,
                                 const Session& session) {
  const auto state = authoring::state_bytes(drafted.draft, client.profile.org);
  if (!state) {
    return fail(Errc::usage, "a person carries this change out, so no host can plan it");
  }
  PlanRequest request;
  for (const TargetHost& target : drafted.targets) {
    request.hosts.push_back(target.id);
  }
  request.nonce = random_bytes(limits::kNonceSize);
  request.not_after = client.trust.now() + kRequestSeconds;
  request.org = client.profile.org;
  request.scope = *drafted.draft.change.scope;
  request.state = sha256(*state);
  TWOSEAL_TRY(const Digest digest, ask_hosts(client, drafted, request, *state, arguments, session));
  TWOSEAL_TRY(const Files files,
              wait_for_answers(client, digest, request.hosts.size(), wait, session));
  // Now is later than when the documents were verified: hosts may have taken their time.
  return read_answers(files, drafted, request, digest, SystemClock().now());
}

}  // namespace twoseal::cli
