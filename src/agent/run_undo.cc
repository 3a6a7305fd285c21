#include "agent/run_undo.h"

#include <algorithm>
#include <span>

#include "agent/kept_state.h"
#include "agent/places.h"
#include "agent/plain_line.h"
#include "agent/run_operations.h"
#include "codec/archive.h"

namespace twoseal {
namespace {

std::string text_of(const Error& error) {
  return error_line(error, kDetailMax);
}

UndoEnding interrupted(std::string detail) {
  return {"interrupted", std::move(detail)};
}

}  // namespace

RunUndo::RunUndo(Parts parts)
    : parts_(std::move(parts)), partial_undo_(parts_.home, parts_.by, parts_.store) {}

std::string RunUndo::way_back_file(const Digest& change) {
  return "changes/" + change.hex() + ".back";
}

Result<UndoEnding> RunUndo::take_back(const UndoOrder& order) {
  const RunBegun& begun = order.begun;
  TWOSEAL_TRY(const auto way_back,
              parts_.home.read(way_back_file(begun.change), codec::kArchiveMax));
  if (way_back) {
    return apply_way_back(order, *way_back);
  }
  TWOSEAL_TRY(std::vector<Operation> operations, operations_of(begun));
  TWOSEAL_TRY(const std::string obstacle, undo_operations(order, operations));
  const bool handled = run_handlers(
      parts_.by, operations, [&](const std::string& line) { parts_.log(begun.change, line); });
  if (!obstacle.empty()) {
    return interrupted("could not be taken back wholly: " + obstacle +
                       "; it was to be because: " + order.why);
  }
  if (auto verified = read_back(parts_.by, begun.at, operations, Standing::before); !verified) {
    if (is_of_store(verified.error())) {
      return std::unexpected(std::move(verified).error());
    }
    return interrupted("does not read back as before: " + text_of(verified.error()));
  }
  return UndoEnding{"rolled-back",
                    order.why + (handled ? "" : "; a service did not take the old settings again")};
}

// --- by a state -------------------------------------------------------------------------------

// It is planned when it is needed, so that it can begin again after a stop; a command of it is not
// run twice for that.
Result<UndoEnding> RunUndo::apply_way_back(const UndoOrder& order, const Bytes& packed) {
  const auto failed = [](const Error& error) -> Result<UndoEnding> {
    return is_of_store(error)
               ? Result<UndoEnding>(std::unexpected(error))
               : Result<UndoEnding>(interrupted("could not be taken back: " + text_of(error)));
  };
  const auto kept = unpack_state(packed);
  const auto plan = kept ? plan_state(kept->state, parts_.system, kept->inputs)
                         : Result<HostPlan>(std::unexpected(kept.error()));
  if (!plan) {
    return failed(plan.error());
  }
  const std::vector<Operation> operations = flattened(*plan);
  if (order.again && std::any_of(operations.begin(), operations.end(), is_command)) {
    return interrupted("stopped while a command of its way back may run");
  }
  const auto done = perform_way_back(order, operations);
  return done ? Result<UndoEnding>(UndoEnding{"rolled-back", order.why}) : failed(done.error());
}

Result<void> RunUndo::perform_way_back(const UndoOrder& order,
                                       const std::vector<Operation>& operations) {
  TWOSEAL_TRY_VOID(parts_.by.fetch(operations));
  const std::span<const Operation> all(operations);
  for (const Segment& segment : segments_of(all)) {
    TWOSEAL_TRY_VOID(parts_.home.with_reserve([&] {
      return parts_.by.perform(all.subspan(segment.begin, segment.end - segment.begin));
    }));
  }
  return read_back(parts_.by, order.begun.at, operations, Standing::after);
}

// --- operation by operation -------------------------------------------------------------------

// Nothing when it stands undone. Other resources may live in the same file, and it was changed for
// them since: then only the lines of this change go. A file that is managed whole has no others.
Result<std::optional<Operation>> RunUndo::inverse_now(const RunBegun& begun,
                                                      const Operation& one,
                                                      std::size_t place,
                                                      Result<Operation> inverse,
                                                      bool ran) {
  TWOSEAL_TRY(const Standing standing, parts_.by.standing_of(one, 0));
  const auto* file = std::get_if<FileOperation>(&one);
  if (standing == Standing::neither && file != nullptr && !is_whole(begun.owned, file->path)) {
    TWOSEAL_TRY(const auto back, partial_undo_.inverse_of(begun.change, place, *file));
    if (back) {
      parts_.log(begun.change, "lines of others stay in " + file->path);
      return *back;
    }
  }
  if (standing == Standing::neither) {
    return fail(Errc::changed_meanwhile,
                touched_by(one).front() + " is neither as before nor as after");
  }
  if (standing == Standing::before && !ran) {
    return std::nullopt;
  }
  if (file != nullptr) {
    TWOSEAL_TRY(Operation back, parts_.store.inverse_of(*file));
    return back;
  }
  TWOSEAL_TRY(Operation back, std::move(inverse));
  return back;
}

// Takes `one` back. Then it says what the host had and has, so that it can be seen to stand before.
Result<void> RunUndo::undo_operation(
    const RunBegun& begun, Operation& one, std::size_t place, Result<Operation> inverse, bool ran) {
  TWOSEAL_TRY_VOID(check_place(parts_.system.files(), one));
  TWOSEAL_TRY(const auto back, inverse_now(begun, one, place, std::move(inverse), ran));
  if (!back) {
    return {};
  }
  const auto* file = std::get_if<FileOperation>(&*back);
  const bool is_out = file != nullptr && file->before == file->after;
  if (!is_out) {
    TWOSEAL_TRY_VOID(parts_.home.with_reserve([&] { return parts_.by.perform({&*back, 1}); }));
  }
  if (file != nullptr) {
    const PathState had = is_out ? std::get<FileOperation>(one).after : file->before;
    one = FileOperation{file->path, file->after, had, nullptr};
  }
  return {};
}

// Whoever lives on the host may have put anything where the change was: what stands in the way of
// one operation is told, and the others are undone all the same.
Result<std::string> RunUndo::undo_operations(const UndoOrder& order,
                                             std::vector<Operation>& operations) {
  const RunBegun& begun = order.begun;
  std::string obstacle;
  auto kept = begun.inverses.rbegin();
  for (std::size_t i = operations.size(); i-- > 0;) {
    Operation& one = operations[i];
    auto inverse = Result<Operation>(fail(Errc::refuse_b3, "the journal has no way back"));
    if (!std::holds_alternative<FileOperation>(one) && kept != begun.inverses.rend()) {
      inverse = unkeep(*kept++);
    }
    if (is_handler(one)) {
      continue;
    }
    const bool ran = is_command(one) && order.command_place &&
                     static_cast<std::int64_t>(i) <= *order.command_place;
    const auto done = undo_operation(begun, one, i, std::move(inverse), ran);
    if (!done && is_of_store(done.error())) {
      return std::unexpected(done.error());
    }
    if (!done) {
      const std::string why = text_of(done.error());
      parts_.log(begun.change, why);
      obstacle = obstacle.empty() ? why : obstacle;
    }
  }
  return obstacle;
}

}  // namespace twoseal
