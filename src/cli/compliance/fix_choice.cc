#include "cli/compliance/fix_choice.h"

#include <algorithm>
#include <map>
#include <optional>

namespace twoseal::cli {
namespace {

using authoring::FilledResource;
using authoring::Fix;
using authoring::FixFile;

std::map<std::string, std::string> by_short_name(const std::map<std::string, std::string>& values) {
  std::map<std::string, std::string> out;
  for (const auto& [id, value] : values) {
    out.emplace(short_name(id), value);
  }
  return out;
}

bool has_alias(const Fix& fix, const FailingRule& rule) {
  return std::any_of(fix.aliases.begin(), fix.aliases.end(), [&](const std::string& alias) {
    return alias == rule.id ||
           std::find(rule.other_ids.begin(), rule.other_ids.end(), alias) != rule.other_ids.end();
  });
}

// The fix of that name, or all that a guide of DISA joins under one id.
std::vector<const Fix*> fixes_of(const FixFile& fixes, const FailingRule& rule) {
  const std::string name = short_name(rule.id);
  std::vector<const Fix*> named;
  std::vector<const Fix*> aliased;
  for (const Fix& fix : fixes.fixes) {
    if (fix.rule == name) {
      named.push_back(&fix);
    } else if (has_alias(fix, rule)) {
      aliased.push_back(&fix);
    }
  }
  return named.empty() ? aliased : named;
}

// Which rows are looked at: those for every guide, or those for this one alone.
bool is_of(const authoring::ByHand& row, const std::string& guide) {
  return guide.empty() ? row.guides.empty()
                       : std::find(row.guides.begin(), row.guides.end(), guide) != row.guides.end();
}

// The most exact row: a whole name before a beginning, a longer beginning before a shorter one.
const authoring::ByHand* by_hand_of(const FixFile& fixes,
                                    const std::string& name,
                                    const std::string& guide) {
  const authoring::ByHand* best = nullptr;
  for (const authoring::ByHand& row : fixes.by_hand) {
    if (!is_of(row, guide)) {
      continue;
    }
    const bool exact = row.rule == name;
    if (is_meant(row, name) && (best == nullptr || exact || row.rule.size() > best->rule.size())) {
      best = &row;
      if (exact) {
        break;
      }
    }
  }
  return best;
}

void leave_out(ChosenFix& entry, FixOutcome outcome, std::string told) {
  entry.outcome = outcome;
  entry.told = std::move(told);
}

void leave_unmapped(ChosenFix& entry,
                    const FixFile& fixes,
                    const std::vector<const Fix*>& elsewhere) {
  if (const auto* row = by_hand_of(fixes, entry.name, "")) {
    leave_out(entry, FixOutcome::by_hand, row->why);
    return;
  }
  std::set<std::string> platforms;
  for (const Fix* fix : elsewhere) {
    platforms.insert(fix->platforms.begin(), fix->platforms.end());
  }
  const std::vector<std::string> list(platforms.begin(), platforms.end());
  leave_out(entry,
            FixOutcome::no_fix,
            list.empty() ? "nothing is known that mends it"
                         : "what mends it is known on " + joined(list) + " only");
}

std::vector<const Fix*> for_platform(const std::vector<const Fix*>& fixes,
                                     const std::string& platform) {
  std::vector<const Fix*> out;
  std::copy_if(fixes.begin(), fixes.end(), std::back_inserter(out), [&](const Fix* fix) {
    return is_for(*fix, platform);
  });
  return out;
}

// Why the host is not one that the fix is for. What cannot be looked at is as it may not be.
std::optional<std::string> unlike_host(const Fix& fix, const FixRequest& request) {
  if (!request.is_there) {
    return std::nullopt;
  }
  for (const auto& [path, why] : fix.there) {
    if (!request.is_there(path).value_or(false)) {
      return why;
    }
  }
  for (const auto& [path, why] : fix.not_there) {
    if (request.is_there(path).value_or(true)) {
      return why;
    }
  }
  return std::nullopt;
}

// Why the benchmark's values do not do.
std::optional<std::string> unusable_values(const Fix& fix,
                                           const std::map<std::string, std::string>& values) {
  if (const auto missing = missing_values(fix, values); !missing.empty()) {
    return "the benchmark gives no value " + joined(missing);
  }
  return unfit_value(fix, values);
}

// Adds what one fix sets; false when it cannot be used, and then why is told.
bool add_fix(ChosenFix& entry,
             const Fix& fix,
             const FixRequest& request,
             const std::map<std::string, std::string>& values) {
  if (auto why = unlike_host(fix, request)) {
    leave_out(entry, FixOutcome::not_here, *std::move(why));
    return false;
  }
  if (auto why = unusable_values(fix, values)) {
    leave_out(entry, FixOutcome::no_fix, *std::move(why));
    return false;
  }
  auto filled = fill_fix(fix, request.platform, values);
  if (!filled) {
    leave_out(entry, FixOutcome::no_fix, filled.error().what);
    return false;
  }
  for (const authoring::FilledResource& one : *filled) {
    auto elsewhere = request.said_elsewhere ? request.said_elsewhere(one.resource) : std::nullopt;
    if (elsewhere) {
      leave_out(entry, FixOutcome::not_here, *std::move(elsewhere));
      return false;
    }
  }
  entry.does += (entry.does.empty() ? "" : "; ") + fix.does;
  entry.risks.insert(fix.risks.begin(), fix.risks.end());
  entry.choice.insert(fix.choice.begin(), fix.choice.end());
  entry.wanted.insert(entry.wanted.end(), filled->begin(), filled->end());
  return true;
}

// Fills in what mends the rule here; `entry.wanted` stays empty when nothing does.
void choose(ChosenFix& entry,
            const FixFile& fixes,
            const FixRequest& request,
            const std::map<std::string, std::string>& values) {
  if (!request.guide.empty()) {
    if (const auto* row = by_hand_of(fixes, entry.name, request.guide)) {
      leave_out(entry, FixOutcome::by_hand, row->why);
      return;
    }
  }
  const std::vector<const Fix*> known = fixes_of(fixes, *entry.rule);
  const std::vector<const Fix*> here = for_platform(known, request.platform);
  if (here.empty()) {
    leave_unmapped(entry, fixes, known);
    return;
  }
  for (const Fix* fix : here) {
    if (!add_fix(entry, *fix, request, values)) {
      entry.wanted.clear();
      return;
    }
  }
}

// --- what fits together -----------------------------------------------------------------------

bool is_part(const Resource& resource) {
  return resource.kind.text() == "setting" || (resource.kind.text() == "file" && resource.sub);
}

bool has_claim(const Resource& resource) {
  const std::string& kind = resource.kind.text();
  return kind == "setting" || kind == "file" || kind == "directory" || kind == "symlink";
}

// Nothing but mode, owner and group of something that is there.
bool is_about_owner(const Resource& resource) {
  const std::string& kind = resource.kind.text();
  return (kind == "file" || kind == "directory") && !resource.sub &&
         std::all_of(resource.want.begin(), resource.want.end(), [](const auto& field) {
           return field.first == "mode" || field.first == "owner" || field.first == "group";
         });
}

bool is_about_owners(const ChosenFix& entry) {
  return std::all_of(entry.wanted.begin(), entry.wanted.end(), [](const FilledResource& one) {
    return is_about_owner(one.resource);
  });
}

std::string value_text(const WantValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    return *flag ? "true" : "false";
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return std::to_string(*number);
  }
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    return joined(*list);
  }
  return std::get<std::string>(value);
}

// `mode 0644, and not 0600`: the first field that differs.
std::string difference(const Resource& first, const Resource& later) {
  for (const auto& [field, value] : first.want) {
    const auto other = later.want.find(field);
    if (other == later.want.end()) {
      return field;
    }
    if (other->second != value) {
      return field + " '" + value_text(value) + "', and not '" + value_text(other->second) + "'";
    }
  }
  return later.want.empty() ? "other fields" : later.want.rbegin()->first;
}

// What was answered where several things take each other's place, and for which rule.
class Answers {
 public:
  // Why other answers cannot stand beside those that are there; nothing when they can.
  [[nodiscard]] std::optional<std::string> objection(
      const std::map<std::string, std::string>& choice) const {
    for (const auto& [question, answer] : choice) {
      const auto there = answers_.find(question);
      if (there != answers_.end() && there->second.first != answer) {
        return there->second.second + " is for " + there->second.first + " as the " + question +
               ", and a host has one";
      }
    }
    return std::nullopt;
  }

  void add(const std::map<std::string, std::string>& choice, const std::string& rule) {
    for (const auto& [question, answer] : choice) {
      answers_.emplace(question, std::pair(answer, rule));
    }
  }

 private:
  std::map<std::string, std::pair<std::string, std::string>> answers_;
};

// What rules that pass have answered stays so.
Answers answers_of_passing(const FixFile& fixes, const FixRequest& request) {
  Answers answers;
  for (const FailingRule& rule : request.passing) {
    for (const Fix* fix : for_platform(fixes_of(fixes, rule), request.platform)) {
      answers.add(fix->choice, short_name(rule.id));
    }
  }
  return answers;
}

// The resources of a state, so far, and for which rule each stands there.
class Taken {
 public:
  // Why `resource` cannot stand beside what is there; nothing when it can, or stands there already.
  [[nodiscard]] std::optional<std::string> objection(const Resource& resource,
                                                     const std::vector<ChosenFix>& entries) const {
    if (const auto same = identities_.find(resource.identity()); same != identities_.end()) {
      const auto& [there, entry] = same->second;
      return there->want == resource.want
                 ? std::nullopt
                 : std::optional(entries[entry].name + " wants of " + resource.identity() + " " +
                                 difference(*there, resource));
    }
    const auto claim = has_claim(resource) ? claims_.find(resource.key) : claims_.end();
    if (claim != claims_.end() && !(is_part(resource) && is_part(*claim->second.first))) {
      return entries[claim->second.second].name + " is about " + resource.key +
             " in another way, and no host takes both";
    }
    return std::nullopt;
  }

  // The entry that has the resource already.
  [[nodiscard]] std::optional<std::size_t> owner(const Resource& resource) const {
    const auto same = identities_.find(resource.identity());
    return same != identities_.end() ? std::optional(same->second.second) : std::nullopt;
  }

  void add(const Resource& resource, std::size_t entry) {
    identities_.emplace(resource.identity(), std::pair(&resource, entry));
    if (has_claim(resource)) {
      claims_.emplace(resource.key, std::pair(&resource, entry));
    }
  }

 private:
  using Owned = std::pair<const Resource*, std::size_t>;
  std::map<std::string, Owned> identities_;
  std::map<std::string, Owned> claims_;
};

// `entries` may not grow any more: what is taken is pointed to.
void settle(std::vector<ChosenFix>& entries, std::size_t index, Taken& taken, Answers& answers) {
  ChosenFix& entry = entries[index];
  if (auto objection = answers.objection(entry.choice)) {
    leave_out(entry, FixOutcome::clash, *std::move(objection));
    return;
  }
  for (const FilledResource& one : entry.wanted) {
    if (auto objection = taken.objection(one.resource, entries)) {
      leave_out(entry, FixOutcome::clash, *std::move(objection));
      return;
    }
  }
  answers.add(entry.choice, entry.name);
  for (const FilledResource& one : entry.wanted) {
    if (const auto owner = taken.owner(one.resource)) {
      if (*owner != index &&
          std::find(entry.shared.begin(), entry.shared.end(), *owner) == entry.shared.end()) {
        entry.shared.push_back(*owner);
      }
      continue;
    }
    taken.add(one.resource, index);
    entry.own.push_back(one);
  }
  entry.outcome = entry.own.empty() ? FixOutcome::shared : FixOutcome::written;
}

}  // namespace

std::string joined(std::span<const std::string> words, std::string_view divider) {
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : std::string(divider)) + word;
  }
  return out;
}

std::vector<ChosenFix> choose_fixes(const FixFile& fixes, const FixRequest& request) {
  const auto values = by_short_name(request.values);
  std::vector<ChosenFix> entries;
  std::set<std::string> seen;
  for (const FailingRule& rule : request.rules) {
    if (!seen.insert(rule.id).second) {
      continue;
    }
    ChosenFix entry{.rule = &rule, .name = short_name(rule.id)};
    choose(entry, fixes, request, values);
    entries.push_back(std::move(entry));
  }
  Taken taken;
  Answers answers = answers_of_passing(fixes, request);
  for (const bool owners : {false, true}) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!entries[i].wanted.empty() && is_about_owners(entries[i]) == owners) {
        settle(entries, i, taken, answers);
      }
    }
  }
  return entries;
}

}  // namespace twoseal::cli
