#include "cli/compliance/fix.h"

#include <algorithm>
#include <set>

#include "base/id.h"
#include "base/present.h"
#include "cli/compliance/fix_choice.h"

namespace twoseal::cli {
namespace {

using authoring::FilledResource;
using authoring::Node;
using authoring::NodeKind;

constexpr std::size_t kColumns = 100;
constexpr std::size_t kNamesMax = std::size_t{8} * 1024;  // bytes of rule names in a justification
constexpr std::size_t kScopeMax = 64;

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
std::string rule_comment(const ChosenFix& entry,
                         const std::string& text,
                         const std::string& indent) {
  const std::string& severity = entry.rule->severity;
  return comment(
      present(entry.name + (severity.empty() ? "" : " (" + severity + ")") + ": " + text), indent);
}

// --- the file ---------------------------------------------------------------------------------

bool is_mended(const ChosenFix& entry) {
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

std::string system_text(const FixRequest& request) {
  if (request.platform.empty()) {
    return "an unknown system";
  }
  return request.system.empty() || request.system == request.platform
             ? request.platform
             : request.system + ", taken for " + request.platform;
}

std::string list_text(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : ", ") + text_scalar(word);
  }
  return "[" + out + "]";
}

// Reloading sshd reads its settings first, so one that it does not understand fails the change too.
std::string health_text(const std::vector<std::string>& risks) {
  return std::find(risks.begin(), risks.end(), "lose-ssh") == risks.end()
             ? ""
             : "health: [{tcp: 22, within: 10s}]\n";
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
  return out + health_text(risks);
}

std::string set_text(const std::vector<ChosenFix>& entries) {
  std::string out = "set:\n";
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const ChosenFix& entry = entries[i];
    if (entry.outcome != FixOutcome::written) {
      continue;
    }
    out += rule_comment(entry, entry.does, "  ");
    for (const ChosenFix& other : entries) {
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

std::string left_text(const std::vector<ChosenFix>& entries) {
  struct Part {
    FixOutcome outcome;
    std::string_view title;
  };

  constexpr Part kParts[] = {
      {FixOutcome::clash, "Left out, because another rule above wants otherwise:"},
      {FixOutcome::by_hand, "To be mended by people:"},
      {FixOutcome::not_here, "Left out, because this host is not as it would have to be:"},
      {FixOutcome::no_fix, "Not known how to mend here:"}};
  std::string out;
  for (const Part& part : kParts) {
    std::string rows;
    for (const ChosenFix& entry : entries) {
      rows += entry.outcome == part.outcome ? rule_comment(entry, entry.told, "") : "";
    }
    out += rows.empty() ? "" : "\n# " + std::string(part.title) + "\n" + rows;
  }
  return out;
}

// Hosts plan the whole of a state before they do anything of it.
bool mixes_packages(const std::vector<ChosenFix>& entries) {
  bool installs = false;
  bool others = false;
  for (const ChosenFix& entry : entries) {
    for (const FilledResource& one : entry.own) {
      const bool package = one.resource.kind.text() == "package";
      installs = installs || (package && !one.resource.want.contains("absent"));
      others = others || !package;
    }
  }
  return installs && others;
}

std::vector<std::string> risks_of(const std::vector<ChosenFix>& entries) {
  std::set<std::string> risks;
  for (const ChosenFix& entry : entries) {
    if (is_mended(entry)) {
      risks.insert(entry.risks.begin(), entry.risks.end());
    }
  }
  return {risks.begin(), risks.end()};
}

std::vector<FixedRule> outcomes_of(const std::vector<ChosenFix>& entries) {
  std::vector<FixedRule> rules;
  for (const ChosenFix& entry : entries) {
    rules.push_back({entry.name, entry.outcome, entry.told});
  }
  return rules;
}

FixChange change_of(const FixRequest& request, const std::vector<ChosenFix>& entries) {
  FixChange out{.rules = outcomes_of(entries), .risks = risks_of(entries)};
  std::vector<std::string> names;
  for (const ChosenFix& entry : entries) {
    if (is_mended(entry)) {
      names.push_back(entry.name);
    }
  }
  out.text = comment(present(count_text(names.size(), "rule") + " of " +
                             std::to_string(entries.size()) + " that failed in a check with " +
                             checked_with(request) + " on " + system_text(request) + "."),
                     "");
  if (!out.risks.empty()) {
    out.text += comment("Risks that have to be accepted by name: --accept-risk " +
                            joined(out.risks, " --accept-risk "),
                        "");
  }
  if (mixes_packages(entries)) {
    out.text += comment(
        "Hosts plan all of this before they install anything. Where packages below are missing, "
        "propose them in a change of their own first: files and services of theirs come after.",
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
  return change_of(request, choose_fixes(fixes, request));
}

FixChanges write_fix_changes(const authoring::FixFile& fixes, const FixRequest& request) {
  const std::vector<ChosenFix> entries = choose_fixes(fixes, request);
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
  FixChanges out{.rules = outcomes_of(entries)};
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
      out.changes.push_back({request_of_group.scope, write_fix_change(fixes, request_of_group)});
    }
  }
  return out;
}

}  // namespace twoseal::cli
