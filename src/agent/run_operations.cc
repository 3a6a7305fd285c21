#include "agent/run_operations.h"

#include <algorithm>
#include <map>

#include "agent/plain_line.h"

namespace twoseal {

bool is_handler(const Operation& operation) {
  const auto* unit = std::get_if<UnitOperation>(&operation);
  return unit != nullptr && (unit->act == UnitAct::reload || unit->act == UnitAct::restart);
}

bool is_command(const Operation& operation) {
  return std::holds_alternative<CommandOperation>(operation);
}

std::vector<Operation> flattened(const HostPlan& plan) {
  std::vector<Operation> all;
  std::map<std::string, std::size_t> places;  // of paths since the last operation of another kind
  for (const PlannedStep& step : plan.steps) {
    for (const Operation& one : step.operations) {
      const auto* file = std::get_if<FileOperation>(&one);
      if (file == nullptr) {
        places.clear();
        all.push_back(one);
        continue;
      }
      const auto known = places.find(file->path);
      auto* first =
          known != places.end() ? std::get_if<FileOperation>(&all[known->second]) : nullptr;
      if (first != nullptr && first->after.kind == FileKind::regular &&
          file->after.kind == FileKind::regular) {
        first->after = file->after;
        first->bytes = file->bytes;
      } else {
        places[file->path] = all.size();
        all.push_back(one);
      }
    }
  }
  return all;
}

Result<std::vector<Operation>> operations_of(const RunBegun& begun) {
  // One that is left out would shift the places of all others.
  std::vector<Operation> all;
  for (const KeptOperation& one : begun.operations) {
    auto operation = unkeep(one);
    if (!operation) {
      return fail(Errc::refuse_j1, "an operation of a run cannot be read: " + begun.change.text());
    }
    all.push_back(*std::move(operation));
  }
  return all;
}

std::optional<std::int64_t> last_command(const OpenRun& run) {
  if (run.undoing || (run.moved && run.moved->stage == RunStage::command)) {
    return run.moved->place;
  }
  const bool all_done = run.ended || (run.moved && run.moved->stage == RunStage::checking);
  return all_done && !run.begun.operations.empty()
             ? std::optional(static_cast<std::int64_t>(run.begun.operations.size()) - 1)
             : std::nullopt;
}

Result<void> read_back(Operator& by,
                       UnixSeconds since,
                       const std::vector<Operation>& operations,
                       Standing wanted) {
  std::map<std::string, const Operation*> deciding;
  for (const Operation& one : operations) {
    if (is_command(one) || (is_handler(one) && wanted == Standing::before)) {
      continue;
    }
    for (const std::string& touched : touched_by(one)) {
      // An enabling and a start of one unit are two things.
      const std::string key = touched + "/" + std::to_string(one.index()) +
                              (std::holds_alternative<UnitOperation>(one)
                                   ? std::string(name_of(std::get<UnitOperation>(one).act))
                                   : std::string());
      if (wanted == Standing::after || !deciding.contains(key)) {
        deciding[key] = &one;
      }
    }
  }
  constexpr std::int64_t kMicroseconds = 1'000'000;
  for (const auto& [key, one] : deciding) {
    TWOSEAL_TRY(const Standing standing, by.standing_of(*one, since * kMicroseconds));
    if (standing != wanted) {
      return fail(Errc::changed_meanwhile,
                  "it does not read back as it was written",
                  touched_by(*one).front());
    }
  }
  return {};
}

bool run_handlers(Operator& by,
                  const std::vector<Operation>& operations,
                  const std::function<void(const std::string& line)>& log) {
  bool all = true;
  for (const Operation& one : operations) {
    if (!is_handler(one)) {
      continue;
    }
    if (auto done = by.perform({&one, 1}); !done) {
      log(error_line(done.error(), kDetailMax));
      all = false;
    }
  }
  return all;
}

bool is_of_store(const Error& error) {
  return error.code == Errc::sync_failed;
}

}  // namespace twoseal
