// Kind `user`: an account, its number, groups, home, shell, and whether its password is locked.
//
// As with groups, the databases are edited directly under the lock that useradd takes. The home
// directory is a resource of its own (`directory`), so that what is in it is never touched unseen.
#include <algorithm>
#include <array>
#include <set>

#include "resources/account_database.h"
#include "resources/account_line.h"
#include "resources/kind.h"
#include "resources/setting_format.h"
#include "resources/want.h"

namespace twoseal {
namespace {

using Fields = std::vector<std::string>;

constexpr std::size_t kPasswdFields = 7;
constexpr std::size_t kShadowFields = 9;
constexpr std::size_t kGroupFields = 4;

enum PasswdField : std::size_t {
  kPassword = 1,
  kUid = 2,
  kGid = 3,
  kComment = 4,
  kHome = 5,
  kShell = 6
};

// The four databases while they are edited; what differs at the end is planned.
struct Databases {
  Bytes passwd;
  Bytes shadow;
  Bytes group;
  Bytes gshadow;
};

Result<Databases> read_databases(StepDraft& draft) {
  Databases all;
  TWOSEAL_TRY(all.passwd, account_text(draft, kPasswdFile));
  TWOSEAL_TRY(all.shadow, account_text(draft, kShadowFile));
  TWOSEAL_TRY(all.group, account_text(draft, kGroupFile));
  TWOSEAL_TRY(all.gshadow, account_text(draft, kGshadowFile));
  return all;
}

Result<void> plan_databases(StepDraft& draft, Databases all) {
  TWOSEAL_TRY_VOID(plan_account_text(draft, kGroupFile, std::move(all.group)));
  TWOSEAL_TRY_VOID(plan_account_text(draft, kGshadowFile, std::move(all.gshadow)));
  TWOSEAL_TRY_VOID(plan_account_text(draft, kPasswdFile, std::move(all.passwd)));
  return plan_account_text(draft, kShadowFile, std::move(all.shadow));
}

Result<Fields> line_of(BytesView database, const char* file, std::string_view name, std::size_t n) {
  const auto line = find_account_line(database, name);
  if (!line || line->size() != n) {
    return fail(Errc::not_editable, "the line of " + std::string(name) + " is not whole", file);
  }
  return *line;
}

// --- groups of a user -------------------------------------------------------------------------

std::set<std::string> groups_of(BytesView groups, const std::string& user) {
  std::set<std::string> found;
  for (const std::string& name : account_names(groups)) {
    const auto line = find_account_line(groups, name);
    const auto members =
        line->size() == kGroupFields ? split_members((*line)[3]) : std::vector<std::string>();
    if (std::find(members.begin(), members.end(), user) != members.end()) {
      found.insert(name);
    }
  }
  return found;
}

// `field`: of members, in group and in gshadow alike.
Bytes with_membership(BytesView database,
                      const std::string& group,
                      const std::string& user,
                      bool member) {
  auto line = find_account_line(database, group);
  if (!line || line->size() != kGroupFields) {
    return Bytes(database);
  }
  auto members = split_members((*line)[3]);
  std::erase(members, user);
  if (member) {
    members.push_back(user);
  }
  (*line)[3] = join_members(members);
  return with_account_line(database, *line);
}

void set_membership(Databases& all,
                    const std::string& group,
                    const std::string& user,
                    bool member) {
  all.group = with_membership(all.group, group, user, member);
  all.gshadow = with_membership(all.gshadow, group, user, member);
}

std::string joined(const std::set<std::string>& names) {
  return join_members({names.begin(), names.end()});
}

Result<void> want_groups(StepDraft& draft, Databases& all) {
  const Resource& resource = draft.resource();
  const auto wanted_list = wanted<Texts>(resource, "groups");
  if (!wanted_list) {
    return {};
  }
  const std::set<std::string> wanted_groups(wanted_list->begin(), wanted_list->end());
  const std::set<std::string> held = groups_of(all.group, resource.key);
  if (held == wanted_groups) {
    return {};
  }
  for (const std::string& group : wanted_groups) {
    if (!find_account_line(all.group, group)) {
      return fail(Errc::unknown_account, "there is no group " + group, kGroupFile);
    }
    if (!held.contains(group)) {
      set_membership(all, group, resource.key, true);
    }
  }
  for (const std::string& group : held) {
    if (!wanted_groups.contains(group)) {
      set_membership(all, group, resource.key, false);
    }
  }
  draft.show(
      "groups", held.empty() ? std::nullopt : std::optional(joined(held)), joined(wanted_groups));
  return {};
}

// --- the account itself -----------------------------------------------------------------------

Result<std::string> number_of_group(const Databases& all, const std::string& group) {
  const auto line = find_account_line(all.group, group);
  if (!line || line->size() != kGroupFields) {
    return fail(Errc::unknown_account, "there is no group " + group, kGroupFile);
  }
  return (*line)[2];
}

void set_field(StepDraft& draft,
               Fields& line,
               PasswdField field,
               const char* node,
               const std::optional<std::string>& value) {
  if (value && line[field] != *value) {
    draft.show(node, line[field], value);
    line[field] = *value;
  }
}

Result<std::string> free_uid(const Databases& all, const Resource& resource) {
  if (const auto uid = wanted<std::int64_t>(resource, "uid")) {
    const auto owner = find_account_name(all.passwd, static_cast<std::uint32_t>(*uid));
    if (owner && *owner != resource.key) {
      return fail(Errc::bad_resource, "number " + std::to_string(*uid) + " belongs to " + *owner);
    }
    return std::to_string(*uid);
  }
  const bool system = wanted<bool>(resource, "system").value_or(false);
  TWOSEAL_TRY(
      const std::uint32_t number,
      free_account_number(all.passwd, system ? AccountNumbers::system : AccountNumbers::people));
  return std::to_string(number);
}

// Password ages as login.defs has them. The day of the last change stays empty: it would make every
// plan of tomorrow another one, and a locked password has no age.
Result<Fields> new_shadow_line(StepDraft& draft, const std::string& name) {
  TWOSEAL_TRY(const auto text, draft.view().bytes("/etc/login.defs"));
  Fields line = {name, "!", "", "0", "99999", "7", "", "", ""};
  constexpr std::array<std::pair<const char*, std::size_t>, 3> kAges = {
      {{"PASS_MIN_DAYS", 3}, {"PASS_MAX_DAYS", 4}, {"PASS_WARN_AGE", 5}}};
  for (const auto& [key, field] : kAges) {
    TWOSEAL_TRY(const auto value,
                read_setting(*text, {SettingFormat::login_defs, std::nullopt, key}));
    if (value && account_number(*value)) {
      line[field] = *value;
    }
  }
  return line;
}

// A group of the user's own name, when no other first group is wanted.
Result<std::string> first_group(Databases& all, const Resource& resource, const std::string& uid) {
  if (const auto group = wanted_text(resource, "group")) {
    return number_of_group(all, *group);
  }
  if (find_account_line(all.group, resource.key)) {
    return number_of_group(all, resource.key);
  }
  std::string gid = uid;
  if (find_account_name(all.group, account_number(uid).value_or(0))) {
    const bool system = wanted<bool>(resource, "system").value_or(false);
    TWOSEAL_TRY(
        const std::uint32_t number,
        free_account_number(all.group, system ? AccountNumbers::system : AccountNumbers::people));
    gid = std::to_string(number);
  }
  all.group = with_account_line(all.group, {resource.key, "x", gid, ""});
  all.gshadow = with_account_line(all.gshadow, {resource.key, "!", "", ""});
  return gid;
}

Result<void> plan_new(StepDraft& draft, Databases all) {
  const Resource& resource = draft.resource();
  TWOSEAL_TRY(const std::string uid, free_uid(all, resource));
  TWOSEAL_TRY(const std::string gid, first_group(all, resource, uid));
  const bool system = wanted<bool>(resource, "system").value_or(false);
  const std::string home = wanted_text(resource, "home").value_or("/home/" + resource.key);
  const std::string shell =
      wanted_text(resource, "shell").value_or(system ? "/usr/sbin/nologin" : "/bin/bash");
  const std::string comment = wanted_text(resource, "comment").value_or("");
  if (comment.find(':') != std::string::npos || home.find(':') != std::string::npos ||
      shell.find(':') != std::string::npos) {
    return fail(Errc::bad_resource, resource.identity() + ": a field of passwd holds no colon");
  }
  if (wanted<bool>(resource, "locked") == false) {
    return fail(Errc::bad_resource,
                resource.identity() + ": a new account has no password that could be unlocked");
  }
  draft.set_action(StepAction::create);
  draft.show("uid", std::nullopt, uid);
  draft.show("gid", std::nullopt, gid);
  draft.show("home", std::nullopt, home);
  draft.show("shell", std::nullopt, shell);
  draft.show("locked", std::nullopt, "true");
  all.passwd = with_account_line(all.passwd, {resource.key, "x", uid, gid, comment, home, shell});
  TWOSEAL_TRY(const Fields shadow, new_shadow_line(draft, resource.key));
  all.shadow = with_account_line(all.shadow, shadow);
  TWOSEAL_TRY_VOID(want_groups(draft, all));
  return plan_databases(draft, std::move(all));
}

// Whoever stands in passwd alone has no password that anything here could lock: that is never
// right.
Result<void> want_shadow_line(StepDraft& draft, Databases& all, const Fields& passwd) {
  const std::string& name = draft.resource().key;
  if (passwd[kPassword] != "x") {
    return fail(
        Errc::not_editable, "the password of " + name + " does not stand in shadow", kPasswdFile);
  }
  if (find_account_line(all.shadow, name)) {
    TWOSEAL_TRY_VOID(line_of(all.shadow, kShadowFile, name, kShadowFields));
    return {};
  }
  TWOSEAL_TRY(const Fields line, new_shadow_line(draft, name));
  all.shadow = with_account_line(all.shadow, line);
  draft.show("locked", std::nullopt, "true");
  return {};
}

Result<void> want_locked(StepDraft& draft, Databases& all) {
  const Resource& resource = draft.resource();
  const auto locked = wanted<bool>(resource, "locked");
  if (!locked) {
    return {};
  }
  TWOSEAL_TRY(Fields line, line_of(all.shadow, kShadowFile, resource.key, kShadowFields));
  const bool is_locked = line[1].starts_with('!') || line[1].starts_with('*');
  if (is_locked == *locked) {
    return {};
  }
  if (!*locked && line[1].find_first_not_of("!*") == std::string::npos) {
    return fail(Errc::bad_resource,
                resource.identity() + ": there is no password that could be unlocked");
  }
  // The old value is not shown: shadow is not for everybody to read.
  draft.show("locked", std::nullopt, *locked ? "true" : "false");
  line[1] = *locked ? "!" + line[1] : line[1].substr(line[1].find_first_not_of("!*"));
  all.shadow = with_account_line(all.shadow, line);
  return {};
}

Result<void> plan_existing(StepDraft& draft, Databases all) {
  const Resource& resource = draft.resource();
  TWOSEAL_TRY(Fields line, line_of(all.passwd, kPasswdFile, resource.key, kPasswdFields));
  const Fields before = line;
  if (resource.want.contains("uid")) {
    TWOSEAL_TRY(const std::string uid, free_uid(all, resource));
    set_field(draft, line, kUid, "uid", uid);
  }
  if (const auto group = wanted_text(resource, "group")) {
    TWOSEAL_TRY(const std::string gid, number_of_group(all, *group));
    set_field(draft, line, kGid, "gid", gid);
  }
  set_field(draft, line, kComment, "comment", wanted_text(resource, "comment"));
  set_field(draft, line, kHome, "home", wanted_text(resource, "home"));
  set_field(draft, line, kShell, "shell", wanted_text(resource, "shell"));
  if (std::any_of(line.begin(), line.end(), [](const std::string& field) {
        return field.find(':') != std::string::npos;
      })) {
    return fail(Errc::bad_resource, resource.identity() + ": a field of passwd holds no colon");
  }
  if (line != before) {
    all.passwd = with_account_line(all.passwd, line);
  }
  TWOSEAL_TRY_VOID(want_groups(draft, all));
  TWOSEAL_TRY_VOID(want_shadow_line(draft, all, before));
  TWOSEAL_TRY_VOID(want_locked(draft, all));
  return plan_databases(draft, std::move(all));
}

Result<void> plan_absent(StepDraft& draft, Databases all) {
  const std::string& name = draft.resource().key;
  const auto there = find_account_line(all.passwd, name);
  if (!there) {
    return {};
  }
  if (name == "root") {
    return fail(Errc::bad_resource, "root is never removed");
  }
  draft.set_action(StepAction::remove);
  const auto tell = [&](const char* field, std::size_t place) {
    draft.show(field, there->size() > place ? (*there)[place] : "", std::nullopt);
  };
  tell("uid", kUid);
  tell("gid", kGid);
  tell("comment", kComment);
  tell("home", kHome);
  tell("shell", kShell);
  for (const std::string& group : groups_of(all.group, name)) {
    draft.show("group " + group, "member", std::nullopt);
  }
  for (const std::string& group : groups_of(all.group, name)) {
    set_membership(all, group, name, false);
  }
  const auto own = find_account_line(all.group, name);
  // The group of its own name goes along unless others are in it.
  if (own && own->size() == kGroupFields && (*own)[3].empty() && there->size() > kGid &&
      (*own)[2] == (*there)[kGid]) {
    all.group = without_account_line(all.group, name);
    all.gshadow = without_account_line(all.gshadow, name);
  }
  all.passwd = without_account_line(all.passwd, name);
  all.shadow = without_account_line(all.shadow, name);
  return plan_databases(draft, std::move(all));
}

}  // namespace

Result<void> plan_user(StepDraft& draft) {
  TWOSEAL_TRY(Databases all, read_databases(draft));
  if (is_wanted_absent(draft.resource())) {
    return plan_absent(draft, std::move(all));
  }
  return find_account_line(all.passwd, draft.resource().key) ? plan_existing(draft, std::move(all))
                                                             : plan_new(draft, std::move(all));
}

}  // namespace twoseal
