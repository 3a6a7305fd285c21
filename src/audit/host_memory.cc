#include "audit/host_memory.h"

#include "model/names.h"

namespace twoseal {

std::optional<RunEnd> run_end(std::string_view outcome) {
  if (outcome == "ok") {
    return RunEnd::done;
  }
  if (outcome == "nochange") {
    return RunEnd::nothing;
  }
  if (outcome == "rolled-back") {
    return RunEnd::undone;
  }
  if (outcome == "failed" || outcome == "interrupted") {
    return RunEnd::open;
  }
  return std::nullopt;  // stale or refused
}

Event event_of_outcome(std::string_view outcome) {
  if (outcome.starts_with("refused:")) {
    return Event::refused;
  }
  const auto event = enum_value<Event>(outcome);
  return event.value_or(Event::applied);  // ok, nochange, failed
}

const Run* HostMemory::find(const Digest& change) const {
  const auto found = runs_.find(change);
  return found != runs_.end() ? &found->second : nullptr;
}

bool HostMemory::continues(const Digest& change, RunEnd end) const {
  const Run* run = find(change);
  return run != nullptr &&
         (run->end == RunEnd::open || (run->end == RunEnd::done && end == RunEnd::undone));
}

void HostMemory::take(const Digest& change,
                      const Run& run,
                      const ScopeId& scope,
                      const std::optional<Digest>& before) {
  runs_[change] = run;
  auto& base = bases_[scope];
  switch (run.end) {
    case RunEnd::done:
      base = std::optional(change);
      break;
    case RunEnd::undone:
      base = before;
      break;
    case RunEnd::open:
    case RunEnd::nothing:
      base.reset();
  }
}

std::optional<std::optional<Digest>> HostMemory::base_of(const ScopeId& scope) const {
  const auto found = bases_.find(scope);
  return found != bases_.end() ? found->second : std::optional(std::optional<Digest>());
}

void HostMemory::count(const Name& rule, std::int64_t day) {
  DayCount& held = counts_.try_emplace(rule, DayCount{day, 0, rule}).first->second;
  held = {day, held.day == day ? held.n + 1 : 1, rule};
}

std::vector<DayCount> HostMemory::counts() const {
  std::vector<DayCount> list;
  for (const auto& [rule, count] : counts_) {
    list.push_back(count);
  }
  return list;
}

}  // namespace twoseal
