// Kind `group`: a group, its number, its members.
//
// The databases are edited directly, under the lock that groupadd takes: so the exact bytes are
// known before, and undo puts them back. /etc/nsswitch.conf is not asked: only local groups can be
// managed.
#include <algorithm>

#include "resources/account_database.h"
#include "resources/account_line.h"
#include "resources/kind.h"
#include "resources/want.h"

namespace twoseal {
namespace {

constexpr std::size_t kGroupFields = 4;

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<void> write_group(StepDraft& draft,
                         const std::vector<std::string>& group,
                         const std::vector<std::string>& shadow) {
  TWOSEAL_TRY(const Bytes groups, account_text(draft, kGroupFile));
  TWOSEAL_TRY(const Bytes shadows, account_text(draft, kGshadowFile));
  TWOSEAL_TRY_VOID(plan_account_text(draft, kGroupFile, with_account_line(groups, group)));
  return plan_account_text(draft, kGshadowFile, with_account_line(shadows, shadow));
}

Result<void> plan_absent(StepDraft& draft) {
  const std::string& name = draft.resource().key;
  TWOSEAL_TRY(const Bytes groups, account_text(draft, kGroupFile));
  const auto there = find_account_line(groups, name);
  if (!there) {
    return {};
  }
  TWOSEAL_TRY(const Bytes users, account_text(draft, kPasswdFile));
  for (const std::string& user : account_names(users)) {
    const auto line = find_account_line(users, user);
    if (line->size() > 3 && there->size() > 2 && (*line)[3] == (*there)[2]) {
      return fail(Errc::bad_resource, "group " + name + " is the first group of user " + user);
    }
  }
  TWOSEAL_TRY(const Bytes shadows, account_text(draft, kGshadowFile));
  draft.set_action(StepAction::remove);
  draft.show("gid", (*there)[2], std::nullopt);
  TWOSEAL_TRY_VOID(plan_account_text(draft, kGroupFile, without_account_line(groups, name)));
  return plan_account_text(draft, kGshadowFile, without_account_line(shadows, name));
}

// The number that a new group gets.
Result<std::string> new_number(const Resource& resource, BytesView groups) {
  if (const auto gid = wanted<std::int64_t>(resource, "gid")) {
    if (const auto owner = find_account_name(groups, static_cast<std::uint32_t>(*gid))) {
      return fail(Errc::bad_resource,
                  "number " + std::to_string(*gid) + " belongs to group " + *owner);
    }
    return std::to_string(*gid);
  }
  const bool system = wanted<bool>(resource, "system").value_or(false);
  TWOSEAL_TRY(
      const std::uint32_t number,
      free_account_number(groups, system ? AccountNumbers::system : AccountNumbers::people));
  return std::to_string(number);
}

Result<void> plan_new(StepDraft& draft, BytesView groups) {
  const Resource& resource = draft.resource();
  TWOSEAL_TRY(const std::string gid, new_number(resource, groups));
  const std::string members =
      join_members(sorted(wanted<Texts>(resource, "members").value_or(Texts())));
  draft.set_action(StepAction::create);
  draft.show("gid", std::nullopt, gid);
  if (!members.empty()) {
    draft.show("members", std::nullopt, members);
  }
  return write_group(draft, {resource.key, "x", gid, members}, {resource.key, "!", "", members});
}

}  // namespace

Result<void> plan_group(StepDraft& draft) {
  const Resource& resource = draft.resource();
  if (is_wanted_absent(resource)) {
    return plan_absent(draft);
  }
  TWOSEAL_TRY(const Bytes groups, account_text(draft, kGroupFile));
  auto there = find_account_line(groups, resource.key);
  if (!there) {
    return plan_new(draft, groups);
  }
  if (there->size() != kGroupFields) {
    return fail(Errc::not_editable, "the line of " + resource.key + " is broken", kGroupFile);
  }
  const auto before = *there;
  TWOSEAL_TRY(const Bytes shadows, account_text(draft, kGshadowFile));
  auto shadow = find_account_line(shadows, resource.key)
                    .value_or(std::vector<std::string>{resource.key, "!", "", (*there)[3]});
  if (const auto gid = wanted<std::int64_t>(resource, "gid");
      gid && std::to_string(*gid) != (*there)[2]) {
    TWOSEAL_TRY(const std::string number, new_number(resource, groups));
    draft.show("gid", (*there)[2], number);
    (*there)[2] = number;
  }
  if (const auto members = wanted<Texts>(resource, "members");
      members && sorted(*members) != sorted(split_members((*there)[3]))) {
    const std::string joined = join_members(sorted(*members));
    draft.show("members", (*there)[3], joined);
    (*there)[3] = joined;
    shadow.resize(kGroupFields);
    shadow[3] = joined;
  }
  return *there != before ? write_group(draft, *there, shadow) : Result<void>();
}

}  // namespace twoseal
