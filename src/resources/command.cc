// Kind `command`: a program that nobody can preview. It is shown as what it is: OPAQUE.
#include "base/shell_text.h"
#include "resources/kind.h"
#include "resources/want.h"

namespace twoseal {
namespace {

constexpr std::int64_t kSecondsDefault = 300;
constexpr std::int64_t kGuardSeconds = 60;

Program program(const Resource& resource, Texts arguments, std::int64_t seconds_max) {
  Program made;
  made.arguments = std::move(arguments);
  made.user = wanted_text(resource, "user").value_or("");
  made.directory = wanted_text(resource, "directory").value_or("/");
  made.environment = wanted<Texts>(resource, "environment").value_or(Texts());
  made.seconds_max = seconds_max;
  return made;
}

Result<void> check_environment(const Resource& resource) {
  for (const std::string& one : wanted<Texts>(resource, "environment").value_or(Texts())) {
    const std::size_t equals = one.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return fail(Errc::bad_resource, resource.identity() + ": environment holds NAME=value");
    }
  }
  return {};
}

}  // namespace

Result<void> plan_command(StepDraft& draft) {
  const Resource& resource = draft.resource();
  TWOSEAL_TRY_VOID(check_environment(resource));
  if (const auto creates = wanted_text(resource, "creates")) {
    TWOSEAL_TRY(const PathState made, draft.view().path(*creates));
    if (made.kind) {
      return {};
    }
  }
  const std::int64_t seconds = wanted<std::int64_t>(resource, "timeout").value_or(kSecondsDefault);
  const Texts run = *wanted<Texts>(resource, "run");
  const auto undo = wanted<Texts>(resource, "undo");
  const auto unless = wanted<Texts>(resource, "unless");
  CommandOperation operation;
  operation.name = resource.key;
  operation.run = program(resource, run, seconds);
  if (unless) {
    operation.unless = program(resource, *unless, kGuardSeconds);
    // A guard is a program too, so planning does not ask it.
    draft.show("unless", std::nullopt, shell_text(*unless) + " (not evaluated)");
  }
  if (undo) {
    operation.undo = program(resource, *undo, seconds);
  }
  draft.set_action(StepAction::run);
  draft.set_opaque({run, undo});
  draft.add(std::move(operation));
  return {};
}

}  // namespace twoseal
