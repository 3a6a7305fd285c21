#include "agent/change_runner.h"

#include <algorithm>
#include <map>

#include "agent/health.h"
#include "agent/places.h"
#include "agent/plain_line.h"
#include "agent/run_operations.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "resources/risks.h"

namespace twoseal {
namespace {

constexpr std::chrono::milliseconds kReachWait{2'000};
constexpr const char* kConfirmFile = "confirm";
constexpr std::size_t kConfirmMax = 4'096;

std::string change_file(const Digest& digest) {
  return "changes/" + digest.hex() + ".json";
}

std::string text_of(const Error& error) {
  return error_line(error, kDetailMax);
}

bool arms_dead_man(const Change& change, const HostPlan& plan) {
  const auto& triggers = change.rollback.auto_on;
  const bool wanted = std::any_of(
      triggers.begin(), triggers.end(), [](const Name& one) { return one.text() == "deadman"; });
  return wanted && std::any_of(plan.steps.begin(), plan.steps.end(), [](const PlannedStep& step) {
           return arms_dead_man(step.shown.risks);
         });
}

// Errors before the intent that leave the host and the store as they were.
bool has_no_room(const Error& error) {
  return error.code == Errc::disk_full || error.code == Errc::too_large;
}

// The files of packages that a run or its undo installs.
std::set<std::string> package_files_of(const RunBegun& begun) {
  std::set<std::string> files;
  for (const auto* list : {&begun.operations, &begun.inverses}) {
    for (const KeptOperation& one : *list) {
      for (const PackageFile& file :
           one.packages ? one.packages->closure.install : std::vector<PackageFile>()) {
        files.insert("packages/" + package_file_name(file));
      }
    }
  }
  return files;
}

// Half-written files that a crash left beside the targets would keep a directory from going.
Result<void> sweep_beside(FileSystem& files, const std::vector<Operation>& operations) {
  std::vector<std::string> paths;
  for (const Operation& one : operations) {
    if (const auto* file = std::get_if<FileOperation>(&one)) {
      paths.push_back(file->path);
    }
  }
  TWOSEAL_TRY(const std::size_t swept, sweep_temporaries(files, paths));
  static_cast<void>(swept);
  return {};
}

}  // namespace

ChangeRunner::ChangeRunner(Parts parts)
    : parts_(std::move(parts)),
      operator_(parts_.system, parts_.home.path("packages")),
      undo_store_(parts_.home),
      undo_({parts_.system, parts_.home, operator_, undo_store_, parts_.log}) {}

// --- before the first write -------------------------------------------------------------------

// A path that is changed again later is read from what the earlier change will have put there.
Result<ChangeRunner::Captured> ChangeRunner::capture(const RunOrder& order) {
  Captured captured;
  captured.operations = flattened(order.plan);
  for (const Operation& one : captured.operations) {
    const auto* file = std::get_if<FileOperation>(&one);
    captured.whole.push_back(file != nullptr && is_whole(order.owned, file->path));
  }
  TWOSEAL_TRY_VOID(name_places(parts_.system.files(), captured.operations));
  TWOSEAL_TRY_VOID(operator_.fetch(captured.operations));
  std::map<std::string, const FileOperation*> planned;
  for (const Operation& one : captured.operations) {
    const auto* file = std::get_if<FileOperation>(&one);
    const auto earlier = file != nullptr ? planned.find(file->path) : planned.end();
    if (earlier != planned.end()) {
      captured.inverses.emplace_back(
          FileOperation{file->path, file->after, file->before, earlier->second->bytes});
    } else {
      auto inverse = operator_.inverse_of(one);
      if (!inverse && inverse.error().code != Errc::refuse_b3 &&
          inverse.error().code != Errc::too_large) {
        return std::unexpected(std::move(inverse).error());
      }
      if (!inverse) {
        captured.no_way_back = std::move(inverse).error();
        captured.inverses.clear();
        return captured;
      }
      captured.inverses.push_back(*std::move(inverse));
    }
    if (file != nullptr) {
      planned[file->path] = file;
    }
  }
  return captured;
}

Result<void> ChangeRunner::check_preconditions(const std::vector<Operation>& operations) {
  std::set<std::string> seen;
  for (const Operation& one : operations) {
    const std::vector<std::string> touched = touched_by(one);
    const bool first = std::all_of(touched.begin(), touched.end(), [&](const std::string& each) {
      return seen.insert(each).second;
    });
    if (!first || is_handler(one) || is_command(one)) {
      continue;
    }
    TWOSEAL_TRY(const Standing standing, operator_.standing_of(one, 0));
    if (standing != Standing::before) {
      return fail(Errc::changed_meanwhile,
                  "it is not as it was when the plan was made",
                  touched.empty() ? "" : touched.front());
    }
  }
  return {};
}

Result<void> ChangeRunner::keep_for_undo(const RunOrder& order, const Captured& captured) {
  TWOSEAL_TRY_VOID(undo_store_.keep(captured.inverses));
  if (!order.way_back && !captured.no_way_back) {
    TWOSEAL_TRY_VOID(undo_store_.keep_edits(captured.operations, captured.whole));
  }
  if (order.way_back) {
    TWOSEAL_TRY_VOID(parts_.home.write(RunUndo::way_back_file(order.digest), *order.way_back));
  }
  return parts_.home.write(change_file(order.digest), codec::encode(order.change));
}

RunBegun ChangeRunner::begun_of(const RunOrder& order, const Captured& captured) const {
  RunBegun begun;
  begun.at = parts_.system.clock().now();
  begun.change = order.digest;
  begun.counts_for = order.counts_for;
  const bool has_way_back = order.way_back || !captured.no_way_back;
  begun.dead_man = arms_dead_man(order.change, order.plan) && has_way_back;
  begun.phase = order.phase;
  begun.scope = *order.change.scope;
  begun.owned = order.owned;
  if (const ScopeState* scope = parts_.book.scope(begun.scope)) {
    begun.base = scope->base;
    begun.owned_before = scope->resources;
  }
  for (const Operation& one : captured.operations) {
    begun.operations.push_back(keep(one));
  }
  // Those of files follow from the operations; their bytes are in the undo store.
  for (const Operation& one : captured.inverses) {
    if (!std::holds_alternative<FileOperation>(one)) {
      begun.inverses.push_back(keep(one));
    }
  }
  begun.undo_until = has_way_back ? begun.at + order.change.rollback.within : 0;
  return begun;
}

Result<Beginning> ChangeRunner::refused(const RunOrder& order, const Error& error) {
  const std::string_view code = error_info(error.code).refusal;
  const bool stale = error.code == Errc::changed_meanwhile || code == "C4";
  const std::string outcome = stale          ? "stale"
                              : code.empty() ? "refused:B3"
                                             : "refused:" + std::string(code);
  return Beginning{RunOutcome{order.digest, order.phase, outcome, text_of(error)}, std::nullopt};
}

Result<Beginning> ChangeRunner::begin(const RunOrder& order) {
  auto captured = capture(order);
  if (!captured) {
    return refused(order, captured.error());
  }
  if (captured->no_way_back && order.change.rollback.kind == RollbackKind::restore) {
    return refused(order, *captured->no_way_back);
  }
  if (auto kept = keep_for_undo(order, *captured); !kept) {
    return has_no_room(kept.error()) ? refused(order, kept.error())
                                     : std::unexpected(std::move(kept).error());
  }
  if (auto objection = order.objection ? order.objection() : std::nullopt) {
    return objection->waits ? Beginning{std::nullopt, std::move(objection->reason)}
                            : refused(order, objection->reason);
  }
  if (auto standing = check_preconditions(captured->operations); !standing) {
    return refused(order, standing.error());
  }
  const RunBegun begun = begun_of(order, *captured);
  if (auto noted = parts_.book.write(begun); !noted) {
    return has_no_room(noted.error()) ? refused(order, noted.error())
                                      : std::unexpected(std::move(noted).error());
  }
  TWOSEAL_TRY(auto outcome, carry_out(order, begun, *captured));
  return Beginning{std::move(outcome), std::nullopt};
}

// After the intent.
ChangeRunner::Ended ChangeRunner::carry_out(const RunOrder& order,
                                            const RunBegun& begun,
                                            const Captured& captured) {
  if (captured.operations.empty()) {
    return end(begun, "nochange", "nothing to do");
  }
  const std::size_t steps = order.plan.steps.size();
  parts_.log(order.digest, "applying " + std::to_string(steps) + (steps == 1 ? " step" : " steps"));
  auto performed = perform_all(order.digest, captured.operations);
  if (performed) {
    performed = read_back(operator_, begun.at, captured.operations, Standing::after);
  }
  if (!performed) {
    if (is_of_store(performed.error())) {
      return std::unexpected(std::move(performed).error());
    }
    return fail_run(*parts_.book.find(order.digest), "verify", text_of(performed.error()));
  }
  return start_checking(order.digest);
}

// --- doing ------------------------------------------------------------------------------------

Result<void> ChangeRunner::perform_all(const Digest& change,
                                       const std::vector<Operation>& operations) {
  const std::span<const Operation> all(operations);
  for (const Segment& segment : segments_of(all)) {
    if (is_command(operations[segment.begin])) {
      TWOSEAL_TRY_VOID(parts_.book.write(
          RunMoved{change, static_cast<std::int64_t>(segment.begin), RunStage::command, {}, {}}));
    }
    TWOSEAL_TRY_VOID(operator_.perform(all.subspan(segment.begin, segment.end - segment.begin)));
  }
  return {};
}

ChangeRunner::Ended ChangeRunner::start_checking(const Digest& change) {
  TWOSEAL_TRY_VOID(parts_.book.write(RunMoved{change, std::nullopt, RunStage::checking, {}, {}}));
  checking_.reset();
  return advance(false);
}

// --- health -----------------------------------------------------------------------------------

Result<Change> ChangeRunner::change_of(const Digest& digest) const {
  TWOSEAL_TRY(const auto bytes, parts_.home.read(change_file(digest), limits::kObjectMax));
  if (!bytes || sha256(*bytes) != digest) {
    return fail(Errc::refuse_j1, "the change of a run is gone or damaged: " + digest.text());
  }
  return codec::decode<Change>(*bytes);
}

// Why the host is not healthy, for good; nothing while it still may become so or is.
Result<std::optional<std::string>> ChangeRunner::look_at_health(const Change& change,
                                                                UnixSeconds now) {
  bool all = true;
  for (std::size_t i = 0; i < change.health.size(); ++i) {
    if (checking_->passed[i]) {
      continue;
    }
    const auto checked = check_health(change.health[i], parts_.system, parts_.prober);
    checking_->passed[i] = checked.has_value();
    all = all && checked.has_value();
    if (!checked && now >= checking_->since + change.health[i].within) {
      return checked.error().what;
    }
  }
  if (all && !checking_->healthy_since) {
    checking_->healthy_since = now;
  }
  return std::nullopt;
}

// Somebody could still get in: the server answered, or sshd greets while the way out is there.
bool ChangeRunner::is_reachable(const Digest& change, bool reached) {
  return reached || is_confirmed(change) ||
         (parts_.prober.ssh_banner(kReachWait) && parts_.prober.gateway(kReachWait));
}

// A person on the host wrote the digest of this very change; another one's says nothing.
bool ChangeRunner::is_confirmed(const Digest& change) const {
  const auto read = parts_.home.read(kConfirmFile, kConfirmMax);
  return read && *read && std::string_view(**read).starts_with(change.text());
}

ChangeRunner::Ended ChangeRunner::advance(bool reached) {
  const OpenRun* run = parts_.book.current();
  if (run == nullptr || run->undoing || !run->moved || run->moved->stage != RunStage::checking) {
    return std::nullopt;
  }
  TWOSEAL_TRY(const Change change, change_of(run->begun.change));
  if (!checking_) {
    checking_ = Checking{now(), std::vector<bool>(change.health.size(), false), std::nullopt};
  }
  TWOSEAL_TRY(const auto unhealthy, look_at_health(change, now()));
  if (unhealthy) {
    return fail_run(*run, "health", "health: " + *unhealthy);
  }
  if (!checking_->healthy_since) {
    return std::nullopt;
  }
  if (run->begun.dead_man && !is_reachable(run->begun.change, reached)) {
    return now() < *checking_->healthy_since + kDeadManSeconds
               ? Ended(std::nullopt)
               : fail_run(*run, "deadman", "nobody could reach this host any more");
  }
  return end(run->begun, "ok", "healthy");
}

// --- taking back ------------------------------------------------------------------------------

// What fails is taken back when the change says so; a host is never left in between, so what did
// not get through is always taken back as far as it can be.
ChangeRunner::Ended ChangeRunner::fail_run(const OpenRun& run,
                                           const std::string& trigger,
                                           const std::string& why) {
  TWOSEAL_TRY(const Change change, change_of(run.begun.change));
  const auto& triggers = change.rollback.auto_on;
  const bool asked = std::any_of(
      triggers.begin(), triggers.end(), [&](const Name& one) { return one.text() == trigger; });
  if (run.begun.undo_until == 0 || (!asked && trigger != "verify")) {
    return end(run.begun, "failed", why);
  }
  return undo(run, why, std::nullopt);
}

ChangeRunner::Ended ChangeRunner::take_back(const Digest& change,
                                            const std::string& why,
                                            std::optional<std::int64_t> rollback) {
  const OpenRun* run = parts_.book.find(change);
  if (run == nullptr || (run->ended && run->ended->outcome == "rolled-back")) {
    return std::nullopt;
  }
  // Its word stands until somebody has looked and asks anew: what hangs would hang again.
  if (run->ended && run->ended->outcome == "interrupted" &&
      (!rollback || run->ended->rollback >= rollback)) {
    return std::nullopt;
  }
  if (run->ended && !parts_.book.stands(*run)) {
    return RunOutcome{change, run->begun.phase, "refused:W3", kCameAfter};
  }
  if (run->begun.undo_until == 0 || now() > run->begun.undo_until) {
    return RunOutcome{change, run->begun.phase, "refused:B3", kKeptNoMore};
  }
  return undo(*run, why, rollback);
}

ChangeRunner::Ended ChangeRunner::undo(const OpenRun& open,
                                       const std::string& why,
                                       std::optional<std::int64_t> rollback) {
  const UndoOrder order{open.begun, why, last_command(open), open.undoing};
  const Digest& change = order.begun.change;
  parts_.log(change, "taking back: " + why);
  const RunMoved undoing{
      change, order.command_place, RunStage::undoing, plain_line(why, kDetailMax), rollback};
  TWOSEAL_TRY_VOID(parts_.home.with_reserve([&] { return parts_.book.write(undoing); }));
  checking_.reset();
  TWOSEAL_TRY(UndoEnding ending, undo_.take_back(order));
  return end(order.begun, ending.outcome, std::move(ending.detail), rollback);
}

ChangeRunner::Ended ChangeRunner::end(const RunBegun& begun,
                                      const std::string& outcome,
                                      std::string detail,
                                      std::optional<std::int64_t> rollback) {
  checking_.reset();
  if (is_confirmed(begun.change)) {
    TWOSEAL_TRY_VOID(parts_.home.remove(kConfirmFile));
  }
  RunOutcome told{begun.change, begun.phase, outcome, plain_line(std::move(detail), kDetailMax)};
  told.rollback = names_request(outcome) ? rollback : std::nullopt;
  const RunEnded ended{parts_.system.clock().now(), begun.change, outcome, rollback};
  TWOSEAL_TRY_VOID(parts_.home.with_reserve([&] { return parts_.book.write(ended); }));
  return told;
}

// --- after a start ----------------------------------------------------------------------------

ChangeRunner::Ended ChangeRunner::recover() {
  const OpenRun* run = parts_.book.current();
  if (run == nullptr) {
    return std::nullopt;
  }
  TWOSEAL_TRY(const std::vector<Operation> operations, operations_of(run->begun));
  if (auto swept = sweep_beside(parts_.system.files(), operations); !swept) {
    if (is_of_store(swept.error())) {
      return std::unexpected(std::move(swept).error());
    }
    parts_.log(run->begun.change, text_of(swept.error()));
  }
  if (run->undoing) {
    return undo(*run, run->moved->why, run->moved->rollback);
  }
  const bool was_checking = run->moved && run->moved->stage == RunStage::checking;
  const bool has_commands = std::any_of(operations.begin(), operations.end(), is_command);
  bool all_new = was_checking || !has_commands;
  for (const Operation& one : operations) {
    if (all_new && !is_command(one) && !is_handler(one)) {
      const auto standing = operator_.standing_of(one, 0);
      if (!standing && is_of_store(standing.error())) {
        return std::unexpected(standing.error());
      }
      all_new = standing == Standing::after;
    }
  }
  if (!all_new && run->begun.undo_until == 0) {
    return end(run->begun, "interrupted", "the agent was stopped in the midst of it");
  }
  if (!all_new) {
    return undo(*run, "the agent was stopped in the midst of it", std::nullopt);
  }
  const Digest change = run->begun.change;
  const auto log = [&](const std::string& line) { parts_.log(change, line); };
  if (!was_checking && !run_handlers(operator_, operations, log)) {
    return fail_run(*run, "verify", "a service did not take the new settings");
  }
  return was_checking ? advance(false) : start_checking(change);
}

Result<void> ChangeRunner::close_old() {
  constexpr std::uint64_t kJournalGrown = std::uint64_t{8} * 1024 * 1024;
  for (const Digest& change : parts_.book.over(now())) {
    TWOSEAL_TRY_VOID(parts_.book.write(RunClosed{change}));
  }
  TWOSEAL_TRY_VOID(erase_unneeded());
  return parts_.book.shorten(kJournalGrown);
}

// Also what a change left that was refused right before its intent.
Result<void> ChangeRunner::erase_unneeded() {
  std::set<Digest> contents;
  std::set<std::string> files;
  for (const auto& [change, run] : parts_.book.runs()) {
    contents.merge(digests_for_undo(run.begun));
    files.insert(change_file(change));
    files.insert(RunUndo::way_back_file(change));
    files.insert(PartialUndo::file_of(change));
    files.merge(package_files_of(run.begun));
  }
  for (const std::string directory : {"changes", "packages"}) {
    TWOSEAL_TRY(const auto names, parts_.home.list(directory));
    for (const std::string& name : names) {
      const std::string path = directory + "/" + name;
      // Whatever else stands there is apt's, or a person's.
      const bool is_ours = name.ends_with(".json") || name.ends_with(".back") ||
                           name.ends_with(".taken") || name.ends_with(".deb");
      if (is_ours && !files.contains(path)) {
        TWOSEAL_TRY_VOID(parts_.home.remove(path));
      }
    }
  }
  return undo_store_.erase_all_but(contents);
}

}  // namespace twoseal
