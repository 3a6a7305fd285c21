#include "audit/host_memory.h"

#include "model/names.h"

namespace twoseal {
namespace {

constexpr std::size_t kDaysMax = 40;  // longer than any window of a change that runs once

}  // namespace

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
  if (outcome == "failed") {
    return RunEnd::failed;
  }
  if (outcome == "interrupted") {
    return RunEnd::interrupted;
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
  if (run == nullptr || run->end == RunEnd::undone || run->end == RunEnd::nothing) {
    return false;
  }
  return !run->ended || end == RunEnd::undone || end == RunEnd::failed ||
         end == RunEnd::interrupted;
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
    default:
      base.reset();
  }
}

std::optional<std::optional<Digest>> HostMemory::base_of(const ScopeId& scope) const {
  const auto found = bases_.find(scope);
  return found != bases_.end() ? found->second : std::optional(std::optional<Digest>());
}

void HostMemory::count(const Name& rule, std::int64_t day) {
  auto& days = counts_[rule];
  ++days[day];
  if (days.size() > kDaysMax) {
    days.erase(days.begin());
  }
}

std::vector<DayCount> HostMemory::counts(std::int64_t day) const {
  std::vector<DayCount> list;
  for (const auto& [rule, days] : counts_) {
    if (const auto found = days.find(day); found != days.end()) {
      list.push_back({day, found->second, rule});
    }
  }
  return list;
}

}  // namespace twoseal
