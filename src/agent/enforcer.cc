#include "agent/enforcer.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/limits.h"
#include "codec/archive.h"
#include "resources/operate.h"

namespace twoseal {
namespace {

constexpr std::size_t kDriftListed = 100;
constexpr std::size_t kDiffOctets = std::size_t{512} * 1024;  // of all scopes together

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

std::size_t octets_of(const std::vector<DiffLine>& diff) {
  std::size_t octets = 0;
  for (const DiffLine& line : diff) {
    octets +=
        line.node.size() + line.old_value.value_or("").size() + line.new_value.value_or("").size();
  }
  return octets;
}

// The resources of one scope that drifted, as far as they fit into a report.
class DriftList {
 public:
  explicit DriftList(std::size_t octets_max) : octets_left_(octets_max) {}

  void add(DriftedResource drift) {
    const std::size_t octets = octets_of(drift.diff);
    if (drift.diff.size() > limits::kSmallListMax || octets > octets_left_) {
      drift.diff.clear();
    } else {
      octets_left_ -= octets;
    }
    if (listed_.contains(drift.res)) {
      return;
    }
    if (listed_.size() < kDriftListed) {
      listed_.emplace(drift.res, std::move(drift));
    } else {
      ++more_;
    }
  }

  // Of a repair before this one, which no report told yet.
  void add(const RepairBegun& repair) {
    for (const std::string& resource : repair.resources) {
      add(DriftedResource{{}, false, resource});
    }
    more_ += repair.more;
  }

  [[nodiscard]] bool empty() const { return listed_.empty(); }

  void write(RepairBegun& repair) const {
    for (const auto& [resource, drift] : listed_) {
      repair.resources.push_back(resource);
    }
    repair.more = more_;
  }

  void write(ScopeReport& report) && {
    for (auto& [resource, drift] : listed_) {
      report.drift.push_back(std::move(drift));
    }
    report.more = more_;
  }

 private:
  std::map<std::string, DriftedResource> listed_;
  std::int64_t more_ = 0;
  std::size_t octets_left_;
};

bool is_handler(const PlannedStep& step) {
  return step.shown.action == StepAction::run;
}

// What cannot be looked after, with the code of why.
DriftedResource named(std::string what, const Error& error) {
  DriftedResource drift;
  drift.res = std::move(what);
  drift.diff.push_back({std::nullopt, error_code_text(error.code), std::nullopt});
  return drift;
}

}  // namespace

Result<void> Enforcer::keep(const Digest& change, State state, const PlanInputs& inputs) {
  std::erase_if(state.resources, [](const Resource& one) { return one.kind.text() == "command"; });
  TWOSEAL_TRY(Bytes archive, pack_state(std::move(state), inputs, parts_.system));
  return parts_.home.write(file_of(change), std::move(archive));
}

Result<KeptState> Enforcer::read(const Digest& change) const {
  TWOSEAL_TRY(const auto bytes, parts_.home.read(file_of(change), codec::kArchiveMax));
  auto kept = bytes ? unpack_state(*bytes) : Result<KeptState>(fail(Errc::refuse_j1, "it is gone"));
  return kept ? std::move(kept)
              : fail(Errc::refuse_j1,
                     "what the change wanted is gone or damaged",
                     parts_.home.path(file_of(change)));
}

Result<void> Enforcer::perform(const HostPlan& plan) {
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

Result<ScopeCondition> Enforcer::put_back(const HostPlan& plan, RepairBegun repair) {
  repair.at = parts_.system.clock().now();
  if (auto noted = parts_.book.write(repair); !noted) {
    // Nothing is done to a host that is not written down before.
    return noted.error().code == Errc::disk_full ? Result<ScopeCondition>(ScopeCondition::drift)
                                                 : std::unexpected(std::move(noted).error());
  }
  const auto done = perform(plan);
  if (!done && done.error().code == Errc::sync_failed) {
    return std::unexpected(done.error());
  }
  return done ? ScopeCondition::repaired : ScopeCondition::failed;
}

Result<ScopeReport> Enforcer::look(const ScopeState& scope, std::size_t octets_max) {
  ScopeReport report;
  report.scope = scope.scope;
  report.change = *scope.base;
  const auto failed = [&](const Error& error) {
    report.state = ScopeCondition::failed;
    report.drift.push_back(named(scope.scope.text(), error));
    return report;
  };
  const auto kept = read(report.change);
  if (!kept) {
    return failed(kept.error());
  }
  // What somebody did to one resource does not keep the others out of sight.
  std::vector<Unplanned> left_out;
  const auto plan = plan_each(kept->state, parts_.system, kept->inputs, left_out);
  if (!plan) {
    return failed(plan.error());
  }
  DriftList drift(octets_max);
  for (const PlannedStep& step : plan->steps) {
    if (!is_handler(step)) {
      drift.add(drifted(step.shown));
    }
  }
  const bool drifts = !drift.empty();
  const auto untold = parts_.book.repairs().find(scope.scope);
  if (untold != parts_.book.repairs().end() && untold->second.change == report.change) {
    drift.add(untold->second);
  }
  if (const auto& damage = parts_.book.damage()) {
    report.state = ScopeCondition::failed;
    drift.add(named(scope.scope.text(), *damage));
  } else if (drifts && kept->state.enforce == Enforce::repair) {
    RepairBegun repair{0, report.change, 0, {}, scope.scope};
    drift.write(repair);
    TWOSEAL_TRY(report.state, put_back(*plan, std::move(repair)));
  } else if (!drift.empty()) {
    report.state = drifts ? ScopeCondition::drift : ScopeCondition::repaired;
  }
  for (const Unplanned& one : left_out) {
    report.state = ScopeCondition::failed;
    drift.add(named(one.resource, one.why));
  }
  std::move(drift).write(report);
  return report;
}

Result<std::vector<ScopeReport>> Enforcer::look_at_all() {
  std::vector<ScopeState> scopes = parts_.book.memory().scopes;
  std::erase_if(scopes, [](const ScopeState& one) { return !one.base; });
  std::vector<ScopeReport> reports;
  for (const ScopeState& scope : scopes) {
    TWOSEAL_TRY(ScopeReport report, look(scope, kDiffOctets / scopes.size()));
    reports.push_back(std::move(report));
  }
  if (reports.size() > limits::kSmallListMax) {
    std::stable_partition(reports.begin(), reports.end(), [](const ScopeReport& one) {
      return one.state != ScopeCondition::ok;
    });
    reports.resize(limits::kSmallListMax);
  }
  std::sort(reports.begin(), reports.end(), [](const ScopeReport& a, const ScopeReport& b) {
    return a.scope < b.scope;
  });
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
