// When a host can have decided: the moments between a release and the entry of its result.
//
// What a decision depends on changes with entries of the log and with the clock. Between two
// entries that matter, what refuses ends at a few known times: the window opens, a phase has
// soaked, a freeze or a stop ends, a day begins. So it is enough to ask at those, and when the time
// between begins.
#include <algorithm>

#include "audit/replay.h"
#include "base/limits.h"

namespace twoseal {
namespace {

constexpr std::size_t kMomentsMax = 32;         // how many earlier states of the log are tried
constexpr std::int64_t kRunMax = limits::kDay;  // from a decision to its result, without the checks
constexpr std::size_t kPastsMax = 32;           // how many of them are kept for the next host
constexpr std::size_t kClocksMax = 64;          // how many clocks in each

}  // namespace

// The first release that a host of the phase in hand can have gone by: of the phase whose release
// serves it, or of the nearest before; where nobody need release it, the first entry about the
// change.
LogMoment Replay::released() const {
  const LogMoment first = held_->first.value_or(LogMoment{});
  if (in_.serving != nullptr) {
    const auto found = held_->released.find(in_.serving->release.phase);
    return found != held_->released.end() ? found->second : first;
  }
  if (in_.change->auto_rule || !in_.change->phases) {
    return first;
  }
  for (std::size_t i = in_.phase + 1; i-- > 0;) {
    const auto found = held_->released.find((*in_.change->phases)[i].name);
    if (found != held_->released.end()) {
      return found->second;
    }
  }
  return first;
}

// How long a host may work, in seconds: what it says to have ended later was decided later.
std::int64_t Replay::run_max() const {
  std::int64_t checks = 0;
  for (const HealthCheck& check : in_.change->health) {
    checks = std::max(checks, check.within);
  }
  return kRunMax + checks;
}

// The entries behind `entry` that may have changed the answer, the newest first. Of those that came
// when the host had ended, at `end`, only the first: the log before it is that of the end.
std::vector<LogMoment> Replay::moments_since(std::int64_t entry, UnixSeconds end) const {
  std::vector<const std::vector<LogMoment>*> lists = {&documents_, &held_->turns};
  for (const auto& [phase, results] : held_->results) {
    if (phase < in_.phase) {
      lists.push_back(&results);
    }
  }
  std::vector<LogMoment> moments;
  std::optional<LogMoment> behind;
  for (const auto* list : lists) {
    std::size_t taken = 0;
    for (auto one = list->rbegin(); one != list->rend() && one->entry > entry; ++one) {
      if (one->at - limits::kClockSkew > end) {
        behind = behind && behind->entry < one->entry ? behind : *one;
      } else if (taken++ <= kMomentsMax) {
        moments.push_back(*one);
      } else {
        break;
      }
    }
  }
  if (behind) {
    moments.push_back(*behind);
  }
  std::sort(moments.begin(), moments.end(), [](const LogMoment& a, const LogMoment& b) {
    return a.entry > b.entry;
  });
  return moments;
}

std::set<UnixSeconds> Replay::clocks_in(Span span) const {
  std::set<UnixSeconds> clocks = {span.from};
  const auto add = [&](UnixSeconds clock) {
    if (span.from < clock && clock <= span.to && clocks.size() < kClocksMax) {
      clocks.insert(clock);
    }
  };
  add(in_.change->window.not_before);
  for (const Phase& phase : in_.change->phases.value_or(std::vector<Phase>())) {
    const auto last = held_->last_ok.find(phase.name);
    add(last != held_->last_ok.end() ? last->second + phase.soak : 0);
  }
  if (in_.change->auto_rule || in_.change->kind == ChangeKind::emergency) {
    const UnixSeconds day = span.to - span.to % limits::kDay;
    for (int back = 0; back < 8; ++back) {
      add(day - back * limits::kDay);
    }
  }
  for (const Freeze& freeze :
       in_.restrictions != nullptr ? in_.restrictions->freezes : std::vector<Freeze>()) {
    add(freeze.to);
  }
  for (const auto& [digest, stop] : in_.bundle.stops) {
    add(stop.to + 1);
  }
  return clocks;
}

// At which clock in `span` the rules of now allow it; nothing when at none.
std::optional<Replay::Allowance> Replay::allowed_at(const Question& question, Span span) {
  if (span.from > span.to) {
    return std::nullopt;
  }
  Question asked = question;
  for (const UnixSeconds clock : clocks_in(span)) {
    asked.clock = clock;
    if (decide(asked).empty()) {
      return Allowance{clock, in_.serving != nullptr ? in_.serving->index : 0};
    }
  }
  return std::nullopt;
}

// The same with the rules of now, and then of before each of `moments`, each in its own time.
std::optional<Replay::Allowance> Replay::allowed_before(const Question& question,
                                                        Span span,
                                                        const std::vector<LogMoment>& moments) {
  const auto begins = [&](std::size_t i) {
    return i < moments.size() ? std::max(span.from, moments[i].at - limits::kClockSkew) : span.from;
  };
  if (const auto allowance = allowed_at(question, {begins(0), span.to})) {
    return allowance;
  }
  for (std::size_t i = 0; patient_ && i < moments.size() && i < kMomentsMax; ++i) {
    const UnixSeconds to = std::min(span.to, moments[i].at + limits::kClockSkew);
    Replay* before = begins(i + 1) <= to ? past(moments[i].entry) : nullptr;
    const auto allowance =
        before != nullptr ? before->allowed_at(question, {begins(i + 1), to}) : std::nullopt;
    if (allowance) {
      return allowance;
    }
  }
  return std::nullopt;
}

// This replay as it was before entry `limit`, with the change in hand; nullptr when it was not.
Replay* Replay::past(std::uint32_t limit) {
  if (const auto found = pasts_.find(limit); found != pasts_.end()) {
    return found->second.get();
  }
  auto before = std::make_unique<Replay>(source_, org_, rosters_);
  for (const LogMoment& one : documents_) {
    if (one.entry < limit) {
      before->take_again(one.entry);
    }
  }
  for (const auto* entries : {&about_[held_->digest], &attested_[in_.core]}) {
    for (const std::uint32_t entry : *entries) {
      if (entry < limit) {
        before->take_again(entry);
      }
    }
  }
  const bool held = before->hold(held_->digest);
  lost_.insert(before->lost_.begin(), before->lost_.end());
  if (!held) {
    before.reset();
  }
  if (pasts_.size() == kPastsMax) {
    pasts_.clear();
  }
  return pasts_.emplace(limit, std::move(before)).first->second.get();
}

}  // namespace twoseal
