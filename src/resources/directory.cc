// Kind `directory`: a directory with mode and owner; absent: it and everything below it.
#include <vector>

#include "resources/file_plan.h"
#include "resources/kind.h"
#include "resources/want.h"

namespace twoseal {
namespace {

constexpr std::uint32_t kDirectoryMode = 0755;
constexpr std::size_t kRemovedMax = 1'000;
constexpr std::size_t kRemovedBytesMax = kManagedFileMax;

// What stands below a directory, deepest first, and the directory itself last.
struct Removal {
  std::vector<std::string> paths;
  std::size_t bytes = 0;
};

std::unexpected<Error> too_much(const std::string& path) {
  return fail(Errc::too_large,
              "more than " + std::to_string(kRemovedMax) + " entries or " +
                  std::to_string(kRemovedBytesMax) + " bytes would have to be kept for undo",
              path,
              "remove parts of it first, each by a resource of its own");
}

Result<void> collect(StepDraft& draft, const std::string& path, Removal& removal) {
  TWOSEAL_TRY(const auto names, draft.view().list(path));
  for (const std::string& name : names) {
    const std::string below = path + "/" + name;
    TWOSEAL_TRY(const PathState state, draft.view().path(below));
    if (state.kind == FileKind::directory) {
      TWOSEAL_TRY_VOID(collect(draft, below, removal));
      continue;
    }
    if (state.kind == FileKind::other) {
      return fail(Errc::other_thing_there, "a device, socket or pipe stands there", below);
    }
    if (state.kind == FileKind::regular) {
      TWOSEAL_TRY_VOID(check_one_name(draft, below));
      TWOSEAL_TRY(const auto bytes, draft.view().bytes(below));
      removal.bytes += bytes->size();
    }
    removal.paths.push_back(below);
    if (removal.paths.size() > kRemovedMax || removal.bytes > kRemovedBytesMax) {
      return too_much(path);
    }
  }
  removal.paths.push_back(path);
  return removal.paths.size() > kRemovedMax ? Result<void>(too_much(path)) : Result<void>();
}

Result<void> plan_removal(StepDraft& draft, const std::string& path) {
  TWOSEAL_TRY(const PathState there, draft.view().path(path));
  if (!there.kind) {
    return {};
  }
  if (there.kind != FileKind::directory) {
    return fail(Errc::other_thing_there, "no directory stands there", path);
  }
  Removal removal;
  TWOSEAL_TRY_VOID(collect(draft, path, removal));
  TWOSEAL_TRY(const bool hidden, draft.view().is_private(path));
  draft.set_action(StepAction::remove);
  if (hidden) {
    draft.hide();
  }
  for (const std::string& one : removal.paths) {
    TWOSEAL_TRY(const PathState before, draft.view().path(one));
    draft.show(one, mode_text(before.mode), std::nullopt);
    draft.add(FileOperation{one, before, PathState{}, nullptr});
  }
  return {};
}

}  // namespace

Result<void> plan_directory(StepDraft& draft) {
  const Resource& resource = draft.resource();
  if (is_wanted_absent(resource)) {
    return plan_removal(draft, resource.key);
  }
  TWOSEAL_TRY(const PathState before, draft.view().path(resource.key));
  if (before.kind && before.kind != FileKind::directory) {
    return fail(Errc::other_thing_there, "no directory stands there", resource.key);
  }
  PathState after = before;
  if (!before.kind) {
    TWOSEAL_TRY_VOID(check_parent(draft, resource.key));
    after = {FileKind::directory, kDirectoryMode, 0, 0, Digest()};
  }
  TWOSEAL_TRY_VOID(set_owner(draft, wanted_owner(resource, kDirectoryMode), after));
  if (after == before) {
    return {};
  }
  draft.set_action(before.kind ? StepAction::change : StepAction::create);
  TWOSEAL_TRY_VOID(show_owner(draft, before, after));
  draft.add(FileOperation{resource.key, before, after, nullptr});
  return {};
}

}  // namespace twoseal
