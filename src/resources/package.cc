// Kind `package`: a Debian package is there, is not, has exactly a version, is held.
#include <algorithm>
#include <map>

#include "resources/kind.h"
#include "resources/want.h"

namespace twoseal {
namespace {

std::string file_text(const PackageFile& file) {
  return file.version + " " + file.digest.text();
}

// Everything that comes and goes with a package, each with its version and the digest of its file.
void show_closure(StepDraft& draft, const PackageClosure& closure) {
  std::map<std::string, std::string> versions;
  for (const InstalledPackage& one : closure.replaced) {
    versions[one.name + ":" + one.arch] = one.version;
  }
  for (const PackageFile& file : closure.install) {
    const auto old_version = versions.find(file.name + ":" + file.arch);
    draft.show(file.name + ":" + file.arch,
               old_version != versions.end() ? std::optional(old_version->second) : std::nullopt,
               file_text(file));
  }
  for (const InstalledPackage& one : closure.remove) {
    draft.show(one.name + ":" + one.arch, one.version, std::nullopt);
  }
}

bool is_as_wished(const std::optional<InstalledPackage>& there, const PackageWish& wish) {
  if (wish.absent) {
    return !there || there->status == PackageStatus::leftover;
  }
  return there && there->status == PackageStatus::configured &&
         (!wish.version || there->version == *wish.version);
}

Result<void> plan_presence(StepDraft& draft,
                           const std::optional<InstalledPackage>& there,
                           const PackageWish& wish) {
  if (is_as_wished(there, wish)) {
    return {};
  }
  TWOSEAL_TRY(PackageOperation operation, draft.view().plan_package(wish));
  const bool is_there = there && there->status != PackageStatus::leftover;
  draft.set_action(wish.absent ? StepAction::remove
                   : is_there  ? StepAction::change
                               : StepAction::create);
  show_closure(draft, operation.closure);
  draft.add(std::move(operation));
  return {};
}

}  // namespace

Result<void> plan_package(StepDraft& draft) {
  const Resource& resource = draft.resource();
  const PackageWish wish{
      resource.key, wanted_text(resource, "version"), is_wanted_absent(resource)};
  TWOSEAL_TRY(const auto there, draft.view().package(resource.key));
  TWOSEAL_TRY_VOID(plan_presence(draft, there, wish));
  const auto hold = wanted<bool>(resource, "hold");
  const bool is_held = there && there->hold;
  if (hold && *hold != is_held) {
    draft.show("hold", is_held ? "true" : "false", *hold ? "true" : "false");
    draft.add(HoldOperation{resource.key, is_held, *hold});
  }
  return {};
}

}  // namespace twoseal
