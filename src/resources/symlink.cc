// Kind `symlink`: a symbolic link and where it leads.
#include "crypto/hash.h"
#include "resources/file_plan.h"
#include "resources/kind.h"
#include "resources/want.h"

namespace twoseal {

Result<void> plan_symlink(StepDraft& draft) {
  const Resource& resource = draft.resource();
  if (is_wanted_absent(resource)) {
    return plan_free(draft, resource.key, FileKind::symlink);
  }
  TWOSEAL_TRY(const PathState before, draft.view().path(resource.key));
  if (before.kind && before.kind != FileKind::symlink) {
    return fail(Errc::other_thing_there, "no link stands there", resource.key);
  }
  const std::string to = *wanted_text(resource, "to");
  PathState after = before;
  after.kind = FileKind::symlink;
  after.content = sha256(to);
  if (after == before) {
    return {};
  }
  std::optional<std::string> old_target;
  if (before.kind) {
    TWOSEAL_TRY(old_target, draft.view().link(resource.key));
  } else {
    TWOSEAL_TRY_VOID(check_parent(draft, resource.key));
  }
  draft.set_action(before.kind ? StepAction::change : StepAction::create);
  draft.show("to", old_target, to);
  draft.add(FileOperation{resource.key, before, after, std::make_shared<const Bytes>(to)});
  return {};
}

}  // namespace twoseal
