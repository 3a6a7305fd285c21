#include "cli/compliance/fix.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/id.h"
#include "base/present.h"

namespace twoseal::cli {
namespace {

using authoring::FilledResource;
using authoring::Fix;
using authoring::FixFile;
using authoring::Node;
using authoring::NodeKind;

constexpr std::size_t kColumns = 100;
constexpr std::size_t kNamesMax = std::size_t{8} * 1024;  // bytes of rule names in a justification
constexpr std::size_t kScopeMax = 64;

// --- choosing ---------------------------------------------------------------------------------

// A rule with what was decided about it. `owner`: the rule whose resources it shares.
struct Entry {
  const FailingRule* rule = nullptr;
  std::string name;
  FixOutcome outcome = FixOutcome::no_fix;
  std::string told;
  std::string does;
  std::vector<FilledResource> wanted;
  std::vector<FilledResource> own;  // of `wanted` those that stand in the file for it
  std::vector<std::size_t> shared;  // entries that have the others
  std::set<std::string> risks;
};

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
std::vector<const Fix*> fixes_of(const FixFile& fixes, const Entry& entry) {
  std::vector<const Fix*> named;
  std::vector<const Fix*> aliased;
  for (const Fix& fix : fixes.fixes) {
    if (fix.rule == entry.name) {
      named.push_back(&fix);
    } else if (has_alias(fix, *entry.rule)) {
      aliased.push_back(&fix);
    }
  }
  return named.empty() ? aliased : named;
}

std::string joined(std::span<const std::string> words, std::string_view divider = ", ") {
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : std::string(divider)) + word;
  }
  return out;
}

// The most exact row: a whole name before a beginning, a longer beginning before a shorter one.
const authoring::ByHand* by_hand_of(const FixFile& fixes, const std::string& name) {
  const authoring::ByHand* best = nullptr;
  for (const authoring::ByHand& row : fixes.by_hand) {
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

void leave_out(Entry& entry, FixOutcome outcome, std::string told) {
  entry.outcome = outcome;
  entry.told = std::move(told);
}

void leave_unmapped(Entry& entry, const FixFile& fixes, const std::vector<const Fix*>& elsewhere) {
  if (const auto* row = by_hand_of(fixes, entry.name)) {
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

// Fills in what mends the rule here; `entry.wanted` stays empty when nothing does.
void choose(Entry& entry,
            const FixFile& fixes,
            const std::string& platform,
            const std::map<std::string, std::string>& values) {
  const std::vector<const Fix*> known = fixes_of(fixes, entry);
  std::vector<const Fix*> here;
  std::copy_if(known.begin(), known.end(), std::back_inserter(here), [&](const Fix* fix) {
    return is_for(*fix, platform);
  });
  if (here.empty()) {
    leave_unmapped(entry, fixes, known);
    return;
  }
  for (const Fix* fix : here) {
    if (const auto missing = missing_values(*fix, values); !missing.empty()) {
      entry.wanted.clear();
      leave_out(entry, FixOutcome::no_fix, "the benchmark gives no value " + joined(missing));
      return;
    }
    auto filled = fill_fix(*fix, platform, values);
    if (!filled) {
      entry.wanted.clear();
      leave_out(entry, FixOutcome::no_fix, filled.error().what);
      return;
    }
    entry.does += (entry.does.empty() ? "" : "; ") + fix->does;
    entry.risks.insert(fix->risks.begin(), fix->risks.end());
    entry.wanted.insert(entry.wanted.end(), filled->begin(), filled->end());
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

bool is_about_owners(const Entry& entry) {
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

// The resources of a state, so far, and for which rule each stands there.
class Taken {
 public:
  // Why `resource` cannot stand beside what is there; nothing when it can, or stands there already.
  [[nodiscard]] std::optional<std::string> objection(const Resource& resource,
                                                     const std::vector<Entry>& entries) const {
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
      mend this rule in a scope of its
          "
          "own";
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
void settle(std::vector<Entry>& entries, std::size_t index, Taken& taken) {
  Entry& entry = entries[index];
  for (const FilledResource& one : entry.wanted) {
    if (auto objection = taken.objection(one.resource, entries)) {
      leave_out(entry, FixOutcome::clash, *std::move(objection));
      return;
    }
  }
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

std::vector<Entry> decide(const FixFile& fixes, const FixRequest& request) {
  const auto values = by_short_name(request.values);
  std::vector<Entry> entries;
  std::set<std::string> seen;
  for (const FailingRule& rule : request.rules) {
    if (!seen.insert(rule.id).second) {
      continue;
    }
    Entry entry{.rule = &rule, .name = short_name(rule.id)};
    choose(entry, fixes, request.platform, values);
    entries.push_back(std::move(entry));
  }
  Taken taken;
  for (const bool owners : {false, true}) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!entries[i].wanted.empty() && is_about_owners(entries[i]) == owners) {
        settle(entries, i, taken);
      }
    }
  }
  return entries;
}

// --- writing YAML -----------------------------------------------------------------------------

// Whether a scalar means itself without quotes in every place where a text is wanted.
bool is_plain(std::string_view text) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/_";
  constexpr std::string_view kOthers =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.=+- ";
  constexpr std::string_view kWords[] = {"true", "false", "yes", "no", "on", "off", "null"};
  return !text.empty() && kFirst.find(text[0]) != std::string_view::npos &&
         text.find_first_not_of(kOthers) == std::string_view::npos && text.back() != ' ' &&
         std::find(std::begin(kWords), std::end(kWords), text) == std::end(kWords);
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (octet < 0x20 || octet == 0x7f) {
      out += "\\x";
      out += kHex[octet >> 4U];
      out += kHex[octet & 15U];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// Plain true and false stay so: a text in quotes is neither.
std::string scalar(const Node& node) {
  const bool flag = !node.quoted && (node.text == "true" || node.text == "false");
  return flag || is_plain(node.text) ? node.text : quoted(node.text);
}

std::string text_scalar(const std::string& text) {
  return is_plain(text) ? text : quoted(text);
}

std::string inline_value(const Node& node) {
  if (node.kind != NodeKind::list) {
    return scalar(node);
  }
  std::string out;
  for (const Node& item : node.items) {
    out += (out.empty() ? "" : ", ") + scalar(item);
  }
  return "[" + out + "]";
}

// Text of several lines that a block scalar (`|`) gives back to the byte.
bool is_block(const Node& node) {
  const std::string& text = node.text;
  if (node.kind != NodeKind::scalar || text.size() < 2 || text.back() != '\n' || text[0] == ' ' ||
      text[0] == '\n' || text[text.size() - 2] == '\n') {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\n' || (c >= ' ' && static_cast<unsigned char>(c) != 0x7f);
  });
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += std::string(end == 0 ? "" : indent) + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// On one line where that is short enough, else a line for each field.
std::string resource_text(const Node& map) {
  std::string line;
  bool fits = true;
  for (std::size_t i = 0; i < map.items.size(); i += 2) {
    fits = fits && !is_block(map.items[i + 1]);
    line += (i == 0 ? "" : ", ") + map.items[i].text + ": " + inline_value(map.items[i + 1]);
  }
  if (fits && line.size() + 6 <= kColumns) {
    return "  - {" + line + "}\n";
  }
  std::string out;
  for (std::size_t i = 0; i < map.items.size(); i += 2) {
    const Node& value = map.items[i + 1];
    out += (i == 0 ? "  - " : "    ") + map.items[i].text + ": ";
    out += is_block(value) ? "|\n" + indented(value.text, "      ") : inline_value(value) + "\n";
  }
  return out;
}

// Words in lines of at most kColumns where they can be divided. `more`: what begins the lines after
// the first.
std::string wrapped(std::string_view text, const std::string& first, const std::string& more) {
  std::string out;
  std::string line = first;
  bool begins = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (!begins && line.size() + 1 + end > kColumns) {
      out += line + "\n";
      line = more;
      begins = true;
    }
    line += (begins ? "" : " ") + std::string(text.substr(0, end));
    begins = begins && end == 0;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + line + "\n";
}

// The lines of a folded scalar (`>-`), which is the text again.
std::string folded(std::string_view text, const std::string& indent) {
  return wrapped(text, indent, indent);
}

// A comment; what goes on in another line is indented.
std::string comment(std::string_view text, const std::string& indent) {
  return wrapped(text, indent + "# ", indent + "#   ");
}

// `name (severity): text`. Names come from content, so nothing in them may end the line.
std::string rule_comment(const Entry& entry, const std::string& text, const std::string& indent) {
  const std::string& severity = entry.rule->severity;
  return comment(
      present(entry.name + (severity.empty() ? "" : " (" + severity + ")") + ": " + text), indent);
}

// --- the file ---------------------------------------------------------------------------------

bool is_mended(const Entry& entry) {
  return entry.outcome == FixOutcome::written || entry.outcome == FixOutcome::shared;
}

std::string count_text(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string checked_with(const FixRequest& request) {
  return request.content + (request.profile.empty() ? "" : ", profile " + request.profile);
}

// The names are part of what is signed, comments are not.
std::string justification(const FixRequest& request, const std::vector<std::string>& names) {
  std::string list;
  std::size_t told = 0;
  for (const std::string& name : names) {
    if (list.size() + name.size() > kNamesMax) {
      break;
    }
    list += (list.empty() ? "" : ", ") + name;
    ++told;
  }
  if (told < names.size()) {
    list += " and " + std::to_string(names.size() - told) + " more";
  }
  return "failing in a check with " + checked_with(request) + ": " + list;
}

std::string list_text(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : ", ") + text_scalar(word);
  }
  return "[" + out + "]";
}

std::string head_text(const FixRequest& request,
                      const std::vector<std::string>& names,
                      const std::vector<std::string>& risks) {
  const std::string summary = names.size() == 1
                                  ? "Mend " + present(names.front())
                                  : "Mend " + count_text(names.size(), "failing rule");
  std::string out = "change:\n  type: normal\n";
  out += "  summary: " + text_scalar(summary) + "\n";
  out += "  components: " + list_text(request.components) + "\n";
  out += "  justification: >-\n" + folded(present(justification(request, names)), "    ");
  out += "  rollback: automatic\n";
  out += "scope: " + text_scalar(request.scope) + "\n";
  out += request.targets.empty() ? "# Which hosts? For example: targets: env=prod role=web\n"
                                 : "targets: " + text_scalar(request.targets) + "\n";
  if (std::find(risks.begin(), risks.end(), "lose-ssh") != risks.end()) {
    out += "health: [{tcp: 22, within: 10s}]\n";
  }
  return out;
}

std::string set_text(const std::vector<Entry>& entries) {
  std::string out = "set:\n";
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    if (entry.outcome != FixOutcome::written) {
      continue;
    }
    out += rule_comment(entry, entry.does, "  ");
    for (const Entry& other : entries) {
      if (is_mended(other) &&
          std::find(other.shared.begin(), other.shared.end(), i) != other.shared.end()) {
        out += rule_comment(other, "the same resource", "  ");
      }
    }
    for (const FilledResource& one : entry.own) {
      out += resource_text(one.written);
    }
  }
  return out;
}

std::string left_text(const std::vector<Entry>& entries) {
  struct Part {
    FixOutcome outcome;
    std::string_view title;
  };

  constexpr Part kParts[] = {
      {FixOutcome::clash, "Left out, because another rule above wants otherwise:"},
      {FixOutcome::by_hand, "To be mended by people:"},
      {FixOutcome::no_fix, "Not known how to mend here:"}};
  std::string out;
  for (const Part& part : kParts) {
    std::string rows;
    for (const Entry& entry : entries) {
      rows += entry.outcome == part.outcome ? rule_comment(entry, entry.told, "") : "";
    }
    out += rows.empty() ? "" : "\n# " + std::string(part.title) + "\n" + rows;
  }
  return out;
}

std::vector<std::string> risks_of(const std::vector<Entry>& entries) {
  std::set<std::string> risks;
  for (const Entry& entry : entries) {
    if (is_mended(entry)) {
      risks.insert(entry.risks.begin(), entry.risks.end());
    }
  }
  return {risks.begin(), risks.end()};
}

FixChange change_of(const FixRequest& request, const std::vector<Entry>& entries) {
  FixChange out{.risks = risks_of(entries)};
  std::vector<std::string> names;
  for (const Entry& entry : entries) {
    out.rules.push_back({entry.name, entry.outcome, entry.told});
    if (is_mended(entry)) {
      names.push_back(entry.name);
    }
  }
  out.text = comment(present(count_text(names.size(), "rule") + " of " +
                             std::to_string(entries.size()) + " that failed in a check with " +
                             checked_with(request) + " on " + request.platform + "."),
                     "");
  if (!out.risks.empty()) {
    out.text += comment("Risks that have to be accepted by name: --accept-risk " +
                            joined(out.risks, " --accept-risk "),
                        "");
  }
  if (!names.empty()) {
    out.text += head_text(request, names, out.risks) + set_text(entries);
  }
  out.text += left_text(entries);
  return out;
}

// An id made of the rule's name.
std::string scope_of(const std::string& rule) {
  std::string out;
  for (const char c : rule.substr(0, kScopeMax)) {
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return is_id_text(out) ? out : "rule";
}

// The scope made unlike those before it.
std::string unlike(std::string scope, std::set<std::string>& used) {
  for (std::size_t n = 2; !used.insert(scope).second; ++n) {
    const std::string end = "-" + std::to_string(n);
    scope = scope.substr(0, kScopeMax - end.size()) + end;
  }
  return scope;
}

}  // namespace

std::string short_name(std::string_view id) {
  for (const std::string_view mark : {"_rule_", "_value_"}) {
    const std::size_t at = id.find(mark);
    if (id.starts_with("xccdf_") && at != std::string_view::npos) {
      return std::string(id.substr(at + mark.size()));
    }
  }
  return std::string(id);
}

FixChange write_fix_change(const authoring::FixFile& fixes, const FixRequest& request) {
  return change_of(request, decide(fixes, request));
}

std::vector<NamedFixChange> write_fix_changes(const authoring::FixFile& fixes,
                                              const FixRequest& request) {
  const std::vector<Entry> entries = decide(fixes, request);
  std::vector<std::size_t> group(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    group[i] = i;
  }
  // Rules that share, over however many others, end in one group: that of the first.
  for (std::size_t i = 0; i < entries.size(); ++i) {
    for (const std::size_t owner : entries[i].shared) {
      const std::size_t low = std::min(group[i], group[owner]);
      const std::size_t high = std::max(group[i], group[owner]);
      std::replace(group.begin(), group.end(), high, low);
    }
  }
  std::vector<NamedFixChange> out;
  std::set<std::string> used;
  for (std::size_t first = 0; first < entries.size(); ++first) {
    FixRequest request_of_group = request;
    request_of_group.rules.clear();
    for (std::size_t i = first; i < entries.size(); ++i) {
      if (group[i] == first && is_mended(entries[i])) {
        request_of_group.rules.push_back(*entries[i].rule);
      }
    }
    if (!request_of_group.rules.empty()) {
      request_of_group.scope = unlike(scope_of(entries[first].name), used);
      out.push_back({request_of_group.scope, write_fix_change(fixes, request_of_group)});
    }
  }
  return out;
}

}  // namespace twoseal::cli
