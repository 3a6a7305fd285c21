#include "agent/run_book.h"

#include <algorithm>

#include "base/limits.h"

namespace twoseal {
namespace {

// Days that are still counted; rules look at the present one alone.
constexpr std::int64_t kDaysKept = 2;

bool holds_state(const std::string& outcome) {
  return outcome == "ok" || outcome == "nochange";
}

std::unexpected<Error> no_run(const Digest& change) {
  return fail(Errc::refuse_j1, "the journal goes on with a run that never began: " + change.text());
}

}  // namespace

Result<std::unique_ptr<RunBook>> RunBook::open(FileSystem& files, std::string path) {
  std::unique_ptr<RunBook> book(new RunBook);
  TWOSEAL_TRY(book->journal_, Journal::open(files, std::move(path)));
  for (const Bytes& bytes : book->journal_->records()) {
    TWOSEAL_TRY(const RunRecord record, decode_record(bytes));
    TWOSEAL_TRY_VOID(book->check_fits(record));
    book->take(record);
  }
  return book;
}

Result<std::unique_ptr<RunBook>> RunBook::open_damaged(FileSystem& files,
                                                       const std::string& path,
                                                       Error damage) {
  const auto read = files.read(path, kJournalMax);
  if (!read && read.error().code != Errc::no_input) {
    return std::unexpected(read.error());
  }
  std::unique_ptr<RunBook> book(new RunBook);
  book->take_remains(remains_of_journal(read ? BytesView(read->bytes) : BytesView()));
  book->distrust(std::move(damage));
  return book;
}

// Behind the first record that cannot be read nothing fits any more but the number of reports,
// which only rises.
void RunBook::take_remains(const JournalRemains& remains) {
  bool fits = true;
  for (const auto* records : {&remains.before, &remains.behind}) {
    for (const Bytes& bytes : *records) {
      const auto record = decode_record(bytes);
      fits = fits && records == &remains.before && record && check_fits(*record);
      const auto* report = record ? std::get_if<ReportMade>(&*record) : nullptr;
      if (fits) {
        take(*record);
      } else if (report != nullptr) {
        reports_ = std::max(reports_, report->counter);
      }
    }
  }
}

void RunBook::distrust(Error damage) {
  damage_ = std::move(damage);
  journal_.reset();
  runs_.clear();
  repairs_.clear();
}

// What the journal could not be read with again would stop the agent at its next start.
Result<void> RunBook::write(const RunRecord& record) {
  if (damage_) {
    if (!std::holds_alternative<OutcomeTold>(record) &&
        !std::holds_alternative<ReportMade>(record)) {
      return std::unexpected(*damage_);
    }
    take(record);
    return {};
  }
  TWOSEAL_TRY_VOID(check_fits(record));
  const Bytes bytes = encode_record(record);
  if (bytes.size() > kJournalRecordMax) {
    return fail(Errc::too_large, "a run has more to remember than the journal takes");
  }
  TWOSEAL_TRY_VOID(decode_record(bytes));
  TWOSEAL_TRY_VOID(journal_->append(bytes));
  take(record);
  return {};
}

Result<void> RunBook::check_fits(const RunRecord& record) const {
  if (const auto* ended = std::get_if<RunEnded>(&record)) {
    return runs_.contains(ended->change) ? Result<void>() : no_run(ended->change);
  }
  const auto* moved = std::get_if<RunMoved>(&record);
  if (moved == nullptr) {
    return {};
  }
  const auto run = runs_.find(moved->change);
  if (run == runs_.end()) {
    return no_run(moved->change);
  }
  if (run->second.undoing && moved->stage != RunStage::undoing) {
    return fail(Errc::refuse_j1,
                "the journal goes on with a run that is being taken back: " + moved->change.text());
  }
  return {};
}

void RunBook::take_begun(const RunBegun& begun) {
  // Begun anew, after a rollback that its release names: what was used before is used again.
  UsedChange used{begun.change, std::nullopt, std::nullopt};
  for (const UsedChange& before : memory_.used) {
    if (before.change == begun.change) {
      used.overridden = std::max({used.overridden, before.overridden, before.rolled_back});
    }
  }
  std::erase_if(memory_.used, [&](const UsedChange& one) { return one.change == begun.change; });
  memory_.used.push_back(used);
  if (begun.counts_for) {
    const std::int64_t day = begun.at / limits::kDay;
    std::erase_if(memory_.counts, [&](const DayCount& one) { return one.day < day - kDaysKept; });
    const auto same = [&](const DayCount& one) {
      return one.day == day && one.rule == *begun.counts_for;
    };
    const auto found = std::find_if(memory_.counts.begin(), memory_.counts.end(), same);
    if (found != memory_.counts.end()) {
      ++found->n;
    } else {
      memory_.counts.push_back({day, 1, *begun.counts_for});
    }
  }
  std::erase_if(told_, [&](const OutcomeTold& one) { return one.change == begun.change; });
  runs_[begun.change] = OpenRun{begun, std::nullopt, std::nullopt, false};
}

void RunBook::set_scope(const ScopeId& scope,
                        const std::optional<Digest>& base,
                        const std::vector<std::string>& owned) {
  std::vector<std::string> sorted = owned;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  const auto found = std::find_if(memory_.scopes.begin(),
                                  memory_.scopes.end(),
                                  [&](const ScopeState& one) { return one.scope == scope; });
  ScopeState state{base, std::move(sorted), scope};
  if (found != memory_.scopes.end()) {
    *found = std::move(state);
  } else {
    memory_.scopes.push_back(std::move(state));
  }
}

void RunBook::take_ended(const RunEnded& ended) {
  OpenRun& run = runs_.at(ended.change);
  const bool undone = ended.outcome == "rolled-back";
  if (holds_state(ended.outcome)) {
    set_scope(run.begun.scope, run.begun.change, run.begun.owned);
    memory_.applied.push_back({ended.change, false});
  } else if (undone) {
    set_scope(run.begun.scope, run.begun.base, run.begun.owned_before);
    if (run.ended && holds_state(run.ended->outcome)) {
      memory_.applied.push_back({ended.change, true});
    }
  }
  for (UsedChange& used : memory_.used) {
    if (used.change == ended.change && ended.rollback) {
      used.rolled_back = ended.rollback;
    }
  }
  run.ended = ended;
  run.undoing = false;
}

void RunBook::take_told(const OutcomeTold& told) {
  std::erase_if(told_, [&](const OutcomeTold& one) {
    return one.change == told.change && one.outcome == told.outcome;
  });
  told_.push_back(told);
  if (told_.size() > kToldMax) {
    const auto oldest = std::find_if(told_.begin(), told_.end(), [&](const OutcomeTold& one) {
      return !runs_.contains(one.change);
    });
    if (oldest != told_.end()) {
      told_.erase(oldest);
    }
  }
}

void RunBook::take(const RunRecord& record) {
  if (const auto* begun = std::get_if<RunBegun>(&record)) {
    take_begun(*begun);
  } else if (const auto* moved = std::get_if<RunMoved>(&record)) {
    OpenRun& run = runs_.at(moved->change);
    run.moved = *moved;
    run.undoing = moved->stage == RunStage::undoing;
  } else if (const auto* ended = std::get_if<RunEnded>(&record)) {
    take_ended(*ended);
  } else if (const auto* closed = std::get_if<RunClosed>(&record)) {
    runs_.erase(closed->change);
  } else if (const auto* repair = std::get_if<RepairBegun>(&record)) {
    repairs_.insert_or_assign(repair->scope, *repair);
  } else if (const auto* report = std::get_if<ReportMade>(&record)) {
    reports_ = report->counter;
    repairs_.clear();
  } else if (const auto* told = std::get_if<OutcomeTold>(&record)) {
    take_told(*told);
  } else {
    memory_ = std::get<RunMemory>(record);
  }
}

const OpenRun* RunBook::current() const {
  for (const auto& [change, run] : runs_) {
    if (!run.ended || run.undoing) {
      return &run;
    }
  }
  return nullptr;
}

const OpenRun* RunBook::find(const Digest& change) const {
  const auto found = runs_.find(change);
  return found != runs_.end() ? &found->second : nullptr;
}

// What failed or was interrupted left its scope at the base before it, and may have been followed
// by another one that did so.
bool RunBook::stands(const OpenRun& run) const {
  const ScopeState* held = scope(run.begun.scope);
  const std::optional<Digest> base = held != nullptr ? held->base : std::nullopt;
  if (!run.ended || base == run.begun.change) {
    return run.ended.has_value();
  }
  const auto left_there = [](const OpenRun& one) {
    return one.ended && (one.ended->outcome == "failed" || one.ended->outcome == "interrupted");
  };
  const bool followed = std::any_of(runs_.begin(), runs_.end(), [&](const auto& one) {
    return one.second.begun.scope == run.begun.scope && one.second.begun.at > run.begun.at &&
           left_there(one.second);
  });
  return left_there(run) && base == run.begun.base && !followed;
}

std::vector<Digest> RunBook::over(UnixSeconds now) const {
  std::vector<Digest> done;
  for (const auto& [change, run] : runs_) {
    // Undo needs the scope to stand where this change put it.
    if (run.ended && (now > run.begun.undo_until || !stands(run))) {
      done.push_back(change);
    }
  }
  return done;
}

const ScopeState* RunBook::scope(const ScopeId& scope) const {
  for (const ScopeState& one : memory_.scopes) {
    if (one.scope == scope) {
      return &one;
    }
  }
  return nullptr;
}

const OutcomeTold* RunBook::told(const Digest& change) const {
  const auto newest = std::find_if(
      told_.rbegin(), told_.rend(), [&](const OutcomeTold& one) { return one.change == change; });
  return newest != told_.rend() ? &*newest : nullptr;
}

std::vector<Digest> RunBook::untold() const {
  std::vector<Digest> found;
  for (const auto& [change, run] : runs_) {
    const bool told = std::any_of(told_.begin(), told_.end(), [&](const OutcomeTold& one) {
      return run.ended && one.change == change && one.outcome == run.ended->outcome;
    });
    if (run.ended && !run.undoing && !told) {
      found.push_back(change);
    }
  }
  return found;
}

Result<void> RunBook::shorten(std::uint64_t size_max) {
  if (damage_ || journal_->size() <= size_max) {
    return {};
  }
  std::vector<Bytes> records;
  for (const auto& [change, run] : runs_) {
    records.push_back(encode_record(run.begun));
    if (run.ended) {
      records.push_back(encode_record(*run.ended));
    }
    if (run.moved && (!run.ended || run.undoing)) {
      records.push_back(encode_record(*run.moved));
    }
  }
  for (const OutcomeTold& told : told_) {
    records.push_back(encode_record(told));
  }
  if (reports_ > 0) {
    records.push_back(encode_record(ReportMade{reports_}));
  }
  for (const auto& [scope, repair] : repairs_) {
    records.push_back(encode_record(repair));
  }
  // Last, so that it says what is true of runs whatever the records before it made of it.
  records.push_back(encode_record(memory_));
  return journal_->rewrite(records);
}

}  // namespace twoseal
