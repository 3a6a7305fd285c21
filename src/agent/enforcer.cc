#include "agent/enforcer.h"

#include <set>

#include "codec/archive.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "resources/operate.h"
#include "resources/template.h"

namespace twoseal {
namespace {

constexpr std::size_t kDriftListed = 100;
constexpr const char* kStateName = "state.json";

std::string file_of(const Digest& change) {
  return "scopes/" + change.hex();
}

// What plans as a difference was drift: what is there was not put there by the change.
DriftedResource drifted(const PlanStep& step) {
  DriftedResource drift;
  drift.res = step.res;
  drift.hidden = step.hidden;
  for (const DiffLine& line : step.diff) {
    drift.diff.push_back({line.old_value, line.node, line.new_value});
  }
  return drift;
}

bool is_handler(const PlannedStep& step) {
  return step.shown.action == StepAction::run;
}

}  // namespace

Result<void> Enforcer::keep(const Digest& change, State state, const PlanInputs& inputs) {
  std::erase_if(state.resources, [](const Resource& one) { return one.kind.text() == "command"; });
  codec::ArchiveFiles files;
  for (Resource& resource : state.resources) {
    const auto text = resource.want.find("template");
    if (text != resource.want.end()) {
      TWOSEAL_TRY(
          Bytes filled,
          fill_template(std::get<std::string>(text->second), parts_.system.facts(), inputs.labels));
      resource.want.erase(text);
      resource.want["content"] = std::move(filled);
    }
    const auto source = resource.want.find("source");
    if (source != resource.want.end()) {
      TWOSEAL_TRY(const Digest digest, Digest::parse(std::get<std::string>(source->second)));
      const auto blob = inputs.blobs.find(digest);
      if (blob == inputs.blobs.end()) {
        return fail(Errc::refuse_c1, "the blob " + digest.text() + " did not come along");
      }
      files["blobs/" + digest.hex()] = *blob->second;
    }
  }
  files[kStateName] = codec::encode(state);
  TWOSEAL_TRY(Bytes archive, codec::write_archive(files));
  return parts_.home.write(file_of(change), std::move(archive));
}

Result<Enforcer::Kept> Enforcer::read(const Digest& change) const {
  TWOSEAL_TRY(const auto bytes, parts_.home.read(file_of(change), codec::kArchiveMax));
  if (!bytes) {
    return fail(Errc::refuse_j1, "what the change wanted is not kept here any more");
  }
  TWOSEAL_TRY(codec::ArchiveFiles files, codec::read_archive(*bytes));
  const auto state = files.find(kStateName);
  if (state == files.end()) {
    return fail(Errc::refuse_j1, "what the change wanted is damaged");
  }
  Kept kept;
  TWOSEAL_TRY(kept.state, codec::decode<State>(state->second));
  files.erase(state);
  for (auto& [path, blob] : files) {
    const Digest digest = sha256(blob);
    kept.inputs.blobs.emplace(digest, std::make_shared<const Bytes>(std::move(blob)));
  }
  return kept;
}

Result<void> Enforcer::repair(const HostPlan& plan) {
  Operator worker(parts_.system, parts_.home.path("packages"));
  std::vector<Operation> all;
  for (const PlannedStep& step : plan.steps) {
    all.insert(all.end(), step.operations.begin(), step.operations.end());
  }
  TWOSEAL_TRY_VOID(worker.fetch(all));
  const std::span<const Operation> operations(all);
  for (const Segment& segment : segments_of(operations)) {
    TWOSEAL_TRY_VOID(
        worker.perform(operations.subspan(segment.begin, segment.end - segment.begin)));
  }
  return {};
}

ScopeReport Enforcer::look(const ScopeState& scope) {
  ScopeReport report;
  report.scope = scope.scope;
  report.change = scope.base.value_or(Digest());
  const auto failed = [&](const Error& error) {
    report.state = ScopeCondition::failed;
    DriftedResource drift;
    drift.res = scope.scope.text();
    drift.diff.push_back({std::nullopt, error_code_text(error.code), std::nullopt});
    report.drift.push_back(std::move(drift));
    return report;
  };
  const auto kept = read(report.change);
  if (!kept) {
    return failed(kept.error());
  }
  const auto plan = plan_state(kept->state, parts_.system, kept->inputs);
  if (!plan) {
    return failed(plan.error());
  }
  for (const PlannedStep& step : plan->steps) {
    if (is_handler(step)) {
      continue;
    }
    if (report.drift.size() < kDriftListed) {
      report.drift.push_back(drifted(step.shown));
    } else {
      ++report.more;
    }
  }
  if (report.drift.empty()) {
    return report;
  }
  report.state = ScopeCondition::drift;
  if (kept->state.enforce == Enforce::repair) {
    report.state = repair(*plan) ? ScopeCondition::repaired : ScopeCondition::failed;
  }
  return report;
}

std::vector<ScopeReport> Enforcer::look_at_all() {
  std::vector<ScopeReport> reports;
  for (const ScopeState& scope : parts_.book.memory().scopes) {
    if (scope.base) {
      reports.push_back(look(scope));
    }
  }
  return reports;
}

Result<void> Enforcer::erase_old() {
  std::set<std::string> needed;
  for (const ScopeState& scope : parts_.book.memory().scopes) {
    if (scope.base) {
      needed.insert(scope.base->hex());
    }
  }
  for (const auto& [change, run] : parts_.book.runs()) {
    needed.insert(change.hex());
    if (run.begun.base) {
      needed.insert(run.begun.base->hex());
    }
  }
  TWOSEAL_TRY(const auto names, parts_.home.list("scopes"));
  for (const std::string& name : names) {
    if (!needed.contains(name)) {
      TWOSEAL_TRY_VOID(parts_.home.remove("scopes/" + name));
    }
  }
  return {};
}

}  // namespace twoseal
