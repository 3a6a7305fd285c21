#include "resources/operate.h"

#include <algorithm>
#include <map>

#include "crypto/hash.h"
#include "resources/account_database.h"
#include "resources/plan_view.h"
#include "resources/text_merge.h"

namespace twoseal {
namespace {

bool is_file(const Operation& operation) {
  return std::holds_alternative<FileOperation>(operation);
}

// Whether both leave a regular file, so that the first need not be written at all.
bool can_merge(const FileOperation& first, const FileOperation& second) {
  return first.after.kind == FileKind::regular && second.after.kind == FileKind::regular &&
         (!first.before.kind || first.before.kind == FileKind::regular);
}

// Operations on several paths at once. One path stands in it once.
class FileGroup {
 public:
  // Whether `one` could join; otherwise the group has to be done first.
  bool take(const FileOperation& one) {
    const auto known = places_.find(one.path);
    if (known == places_.end()) {
      places_.emplace(one.path, operations_.size());
      operations_.push_back(one);
      return true;
    }
    FileOperation& first = operations_[known->second];
    if (!can_merge(first, one)) {
      return false;
    }
    first.after = one.after;
    first.bytes = one.bytes;
    return true;
  }

  [[nodiscard]] const std::vector<FileOperation>& operations() const { return operations_; }

  [[nodiscard]] bool touches_accounts() const {
    return std::any_of(operations_.begin(), operations_.end(), [](const FileOperation& one) {
      return is_account_file(one.path);
    });
  }

  [[nodiscard]] bool touches_units() const {
    return std::any_of(operations_.begin(), operations_.end(), [](const FileOperation& one) {
      return one.path.find("/systemd/system/") != std::string::npos;
    });
  }

 private:
  std::vector<FileOperation> operations_;
  std::map<std::string, std::size_t> places_;
};

UnitAct inverse_of(UnitAct act) {
  switch (act) {
    case UnitAct::start:
      return UnitAct::stop;
    case UnitAct::stop:
      return UnitAct::start;
    case UnitAct::enable:
      return UnitAct::disable;
    case UnitAct::disable:
      return UnitAct::enable;
    case UnitAct::mask:
      return UnitAct::unmask;
    case UnitAct::unmask:
      return UnitAct::mask;
    case UnitAct::restart:
    case UnitAct::reload:
      break;
  }
  // A unit that read the new files reads the old ones again.
  return act;
}

// What a unit is after an act that went well.
UnitOperation after_of(const UnitOperation& one) {
  UnitOperation after = one;
  after.act = inverse_of(one.act);
  switch (one.act) {
    case UnitAct::start:
    case UnitAct::restart:
      after.activity = UnitActivity::active;
      break;
    case UnitAct::stop:
      after.activity = UnitActivity::inactive;
      break;
    case UnitAct::enable:
      after.enablement = UnitEnablement::enabled;
      break;
    case UnitAct::disable:
    case UnitAct::unmask:
      after.enablement = UnitEnablement::disabled;
      break;
    case UnitAct::mask:
      after.enablement = UnitEnablement::masked;
      break;
    case UnitAct::reload:
      break;
  }
  return after;
}

PackageOperation inverse_of(const PackageOperation& one) {
  PackageOperation back;
  back.closure.install = one.kept;
  for (const PackageFile& file : one.closure.install) {
    const InstalledPackage now{
        file.name, file.version, file.arch, PackageStatus::configured, false};
    const bool is_update = std::any_of(
        one.closure.replaced.begin(), one.closure.replaced.end(), [&](const InstalledPackage& old) {
          return old.name == file.name && old.arch == file.arch;
        });
    (is_update ? back.closure.replaced : back.closure.remove).push_back(now);
  }
  back.kept = one.closure.install;
  back.closure.whole = one.closure.whole;
  return back;
}

std::unexpected<Error> not_as_planned(const std::string& thing) {
  return fail(Errc::changed_meanwhile, "it is not as it was when the plan was made", thing);
}

}  // namespace

std::vector<Segment> segments_of(std::span<const Operation> operations) {
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const bool joins = i > 0 && is_file(operations[i]) && is_file(operations[i - 1]);
    if (joins) {
      segments.back().end = i + 1;
    } else {
      segments.push_back({i, i + 1});
    }
  }
  return segments;
}

Result<PathState> Operator::path_state(const std::string& path) {
  const PlanInputs none;
  PlanView view(system_, none);
  return view.path(path);
}

Result<FileOperation> Operator::partial_inverse_of(const FileOperation& one,
                                                   BytesView before,
                                                   BytesView after) {
  TWOSEAL_TRY(const PathState now, path_state(one.path));
  const auto has_now = [&](PathState state) {
    state.content = now.content;
    return now == state;
  };
  if (!has_now(one.after) && !has_now(one.before)) {
    return not_as_planned(one.path);
  }
  TWOSEAL_TRY(const FileBytes read, system_.files().read(one.path, kManagedFileMax));
  auto merged = merge_texts(after, read.bytes, before);
  if (!merged || sha256(read.bytes) != now.content) {
    return fail(Errc::changed_meanwhile, "its own lines were changed since", one.path);
  }
  // A file that was made for these lines goes when nothing else is in it.
  PathState wanted = one.before.kind ? one.before : merged->empty() ? PathState() : now;
  if (!wanted.kind) {
    return FileOperation{one.path, now, wanted, nullptr};
  }
  wanted.content = sha256(*merged);
  return FileOperation{one.path, now, wanted, std::make_shared<const Bytes>(*std::move(merged))};
}

Result<Operation> Operator::inverse_of_file(const FileOperation& one) {
  FileOperation back{one.path, one.after, one.before, nullptr};
  if (one.before.kind == FileKind::regular) {
    TWOSEAL_TRY(FileBytes read, system_.files().read(one.path, kManagedFileMax));
    if (sha256(read.bytes) != one.before.content) {
      return not_as_planned(one.path);
    }
    back.bytes = std::make_shared<const Bytes>(std::move(read.bytes));
  } else if (one.before.kind == FileKind::symlink) {
    TWOSEAL_TRY(std::string to, system_.files().read_link(one.path));
    if (sha256(to) != one.before.content) {
      return not_as_planned(one.path);
    }
    back.bytes = std::make_shared<const Bytes>(std::move(to));
  }
  return back;
}

Result<Operation> Operator::inverse_of(const Operation& operation) {
  if (const auto* file = std::get_if<FileOperation>(&operation)) {
    return inverse_of_file(*file);
  }
  if (const auto* unit = std::get_if<UnitOperation>(&operation)) {
    return after_of(*unit);
  }
  if (const auto* kernel = std::get_if<KernelOperation>(&operation)) {
    return KernelOperation{kernel->name, kernel->after, kernel->before.value_or("")};
  }
  if (const auto* hold = std::get_if<HoldOperation>(&operation)) {
    return HoldOperation{hold->package, hold->after, hold->before};
  }
  if (const auto* packages = std::get_if<PackageOperation>(&operation)) {
    if (packages->kept.size() <
        packages->closure.replaced.size() + packages->closure.remove.size()) {
      return fail(Errc::refuse_b3, "an old package is nowhere to be had any more");
    }
    return twoseal::inverse_of(*packages);
  }
  const auto& command = std::get<CommandOperation>(operation);
  if (!command.undo) {
    return fail(Errc::refuse_b3, "command " + command.name + " names no undo");
  }
  return CommandOperation{command.name, *command.undo, std::nullopt, command.run};
}

Result<void> Operator::fetch(std::span<const Operation> operations) {
  for (const Operation& operation : operations) {
    const auto* packages = std::get_if<PackageOperation>(&operation);
    if (packages != nullptr) {
      TWOSEAL_TRY_VOID(system_.packages().fetch(packages->closure.install, packages_directory_));
      TWOSEAL_TRY_VOID(system_.packages().fetch(packages->kept, packages_directory_));
    }
  }
  return {};
}

Result<Standing> Operator::standing_of_packages(const PackageOperation& one) {
  TWOSEAL_TRY(const auto installed, system_.packages().installed());
  std::map<std::pair<std::string, std::string>, InstalledPackage> there;
  for (const InstalledPackage& package : installed) {
    there.emplace(std::pair(package.name, package.arch), package);
  }
  const auto has =
      [&](const std::string& name, const std::string& arch, const std::string& version) {
        const auto found = there.find({name, arch});
        return found != there.end() && found->second.status == PackageStatus::configured &&
               found->second.version == version;
      };
  const auto& closure = one.closure;
  const bool after =
      std::all_of(
          closure.install.begin(),
          closure.install.end(),
          [&](const PackageFile& file) { return has(file.name, file.arch, file.version); }) &&
      std::none_of(closure.remove.begin(), closure.remove.end(), [&](const InstalledPackage& gone) {
        return has(gone.name, gone.arch, gone.version);
      });
  if (after) {
    return Standing::after;
  }
  const auto is_there = [&](const InstalledPackage& old) {
    return has(old.name, old.arch, old.version);
  };
  const bool before =
      std::all_of(closure.replaced.begin(), closure.replaced.end(), is_there) &&
      std::all_of(closure.remove.begin(), closure.remove.end(), is_there) &&
      std::none_of(closure.install.begin(), closure.install.end(), [&](const PackageFile& file) {
        return has(file.name, file.arch, file.version);
      });
  return before ? Standing::before : Standing::neither;
}

Result<Standing> Operator::standing_of_unit(const UnitOperation& one, std::int64_t since) {
  TWOSEAL_TRY(const auto states, system_.services().states({&one.unit, 1}));
  const UnitState& state = states.front();
  if (one.act == UnitAct::reload || one.act == UnitAct::restart) {
    return state.activity == UnitActivity::active && state.active_since >= since ? Standing::after
                                                                                 : Standing::before;
  }
  const UnitOperation after = after_of(one);
  const bool about_activity = one.act == UnitAct::start || one.act == UnitAct::stop;
  if (about_activity ? state.activity == after.activity : state.enablement == after.enablement) {
    return Standing::after;
  }
  const bool as_before =
      about_activity ? state.activity == one.activity : state.enablement == one.enablement;
  return as_before ? Standing::before : Standing::neither;
}

Result<Standing> Operator::standing_of(const Operation& operation, std::int64_t since) {
  const auto between = [](bool is_after, bool is_before) {
    return is_after ? Standing::after : is_before ? Standing::before : Standing::neither;
  };
  if (const auto* file = std::get_if<FileOperation>(&operation)) {
    TWOSEAL_TRY(const PathState state, path_state(file->path));
    return between(state == file->after, state == file->before);
  }
  if (const auto* unit = std::get_if<UnitOperation>(&operation)) {
    return standing_of_unit(*unit, since);
  }
  if (const auto* kernel = std::get_if<KernelOperation>(&operation)) {
    TWOSEAL_TRY(const auto value, system_.kernel().setting(kernel->name));
    return between(value == kernel->after, value == kernel->before);
  }
  if (const auto* hold = std::get_if<HoldOperation>(&operation)) {
    TWOSEAL_TRY(const auto installed, system_.packages().installed());
    const bool is_held =
        std::any_of(installed.begin(), installed.end(), [&](const InstalledPackage& one) {
          return one.name == hold->package && one.hold;
        });
    return between(is_held == hold->after, is_held == hold->before);
  }
  if (const auto* packages = std::get_if<PackageOperation>(&operation)) {
    return standing_of_packages(*packages);
  }
  return Standing::before;
}

Result<FileChange> Operator::change_for(const FileOperation& one) {
  TWOSEAL_TRY(const PathState there, path_state(one.path));
  if (there != one.before) {
    return not_as_planned(one.path);
  }
  FileChange change;
  change.path = one.path;
  TWOSEAL_TRY(change.before, system_.files().look(one.path));
  change.bytes = one.bytes;
  change.mode = one.after.mode;
  change.uid = one.after.uid;
  change.gid = one.after.gid;
  if (!one.after.kind) {
    change.act = FileAct::remove;
  } else if (one.after.kind == FileKind::symlink) {
    change.act = FileAct::make_symlink;
  } else if (one.before.kind == one.after.kind && one.before.content == one.after.content) {
    change.act = FileAct::set_attributes;
  } else {
    change.act = one.after.kind == FileKind::directory ? FileAct::make_directory : FileAct::write;
  }
  return change;
}

Result<void> Operator::perform_files(std::span<const Operation> segment) {
  std::vector<FileGroup> groups(1);
  for (const Operation& operation : segment) {
    const auto& one = std::get<FileOperation>(operation);
    if (!groups.back().take(one)) {
      groups.emplace_back();
      groups.back().take(one);
    }
  }
  for (const FileGroup& group : groups) {
    std::unique_ptr<FileSystem::AccountLock> lock;
    if (group.touches_accounts()) {
      TWOSEAL_TRY(lock, system_.files().lock_accounts());
    }
    std::vector<FileChange> changes;
    for (const FileOperation& one : group.operations()) {
      TWOSEAL_TRY(FileChange change, change_for(one));
      changes.push_back(std::move(change));
    }
    TWOSEAL_TRY_VOID(system_.files().apply(changes));
    if (group.touches_units()) {
      TWOSEAL_TRY_VOID(system_.services().reload_definitions());
    }
  }
  return {};
}

Result<void> Operator::run_command(const CommandOperation& one) {
  if (one.unless) {
    TWOSEAL_TRY(const ProgramEnd guard, system_.processes().run(*one.unless));
    if (guard.exit == 0 && !guard.timed_out) {
      return {};
    }
  }
  TWOSEAL_TRY(const ProgramEnd end, system_.processes().run(one.run));
  if (end.timed_out) {
    return fail(Errc::program_failed,
                "command " + one.name + " did not end within " +
                    std::to_string(one.run.seconds_max) + " s");
  }
  if (end.exit != 0) {
    return fail(Errc::program_failed,
                "command " + one.name + " ended with " + std::to_string(end.exit) +
                    (end.output.empty() ? "" : ": " + end.output));
  }
  return {};
}

Result<void> Operator::perform_one(const Operation& operation) {
  if (const auto* unit = std::get_if<UnitOperation>(&operation)) {
    return system_.services().act(unit->act, unit->unit, kUnitSecondsMax);
  }
  if (const auto* kernel = std::get_if<KernelOperation>(&operation)) {
    return system_.kernel().set_setting(kernel->name, kernel->after);
  }
  if (const auto* hold = std::get_if<HoldOperation>(&operation)) {
    return system_.packages().set_hold(hold->package, hold->after);
  }
  if (const auto* packages = std::get_if<PackageOperation>(&operation)) {
    // What comes with this operation is among `whole` too; only what goes is purged.
    const std::vector<std::string>& purge = packages->closure.whole;
    return system_.packages().change(
        packages->closure.install, packages_directory_, packages->closure.remove, purge);
  }
  return run_command(std::get<CommandOperation>(operation));
}

Result<void> Operator::perform(std::span<const Operation> segment) {
  if (segment.empty()) {
    return {};
  }
  return is_file(segment.front()) ? perform_files(segment) : perform_one(segment.front());
}

}  // namespace twoseal
