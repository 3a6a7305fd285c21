#include "cli/help.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/verbs.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kWidth = 92;
constexpr std::string_view kTagline =
    "configuration and change management in which nothing changes in production unless two people "
    "signed exactly that change";

std::string flag_text(const Flag& flag) {
  std::string text(flag.name);
  if (flag.value.starts_with('[')) {
    return text + std::string(flag.value);
  }
  return flag.value.empty() ? text : text + " " + std::string(flag.value);
}

std::string flag_help(const Flag& flag) {
  std::string text(flag.help);
  return text + (flag.required ? " (required)" : flag.repeatable ? " (may be repeated)" : "");
}

// Two columns; the second is broken at kWidth.
std::string rows(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t column = 0;
  for (const auto& [left, right] : rows) {
    column = std::max(column, left.size() + 4);
  }
  std::string text;
  for (const auto& [left, right] : rows) {
    std::string body = wrapped(right, kWidth, std::string(column, ' '));
    body.replace(0, std::min(column, body.size()), fmt::format("  {:<{}}", left, column - 2));
    text += body;
  }
  return text;
}

std::string flag_rows(std::span<const Flag> flags) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Flag& flag : flags) {
    lines.emplace_back(flag_text(flag), flag_help(flag));
  }
  return rows(lines);
}

std::string operand_rows(const Verb& verb) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Operand& operand : verb.operands) {
    lines.emplace_back(operand.name, operand.help);
  }
  return rows(lines);
}

std::string exit_rows(const Verb& verb) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Exit exit : exits_of(verb)) {
    lines.emplace_back(std::to_string(static_cast<int>(exit)), exit_meaning(exit));
  }
  return rows(lines);
}

// Calls `each(group, verbs)` for every group that has verbs.
template <class Each>
void for_groups(std::string_view noun, Each each) {
  for (const Group group : {Group::daily,
                            Group::hosts,
                            Group::compliance,
                            Group::server,
                            Group::objects,
                            Group::organisation,
                            Group::decisions,
                            Group::ledger,
                            Group::testbed,
                            Group::help}) {
    std::vector<const Verb*> verbs;
    for (const Verb* verb : all_verbs()) {
      if (verb->group == group &&
          (noun.empty() || verb->name.starts_with(std::string(noun) + " "))) {
        verbs.push_back(verb);
      }
    }
    if (!verbs.empty()) {
      each(group, verbs);
    }
  }
}

// --- manual pages: man(7) ---

std::string troff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out += "\\&";
    }
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string troff_paragraphs(std::string_view text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", begin), text.size());
    out += ".PP\n" + troff(text.substr(begin, end - begin)) + "\n";
    begin = end + 2;
  }
  return out;
}

std::string troff_item(std::string_view head, std::string_view body) {
  return ".TP\n\\fB" + troff(head) + "\\fR\n" + troff(body) + "\n";
}

std::string dashed(std::string_view name) {
  std::string text = "twoseal-" + std::string(name);
  std::replace(text.begin(), text.end(), ' ', '-');
  return text;
}

std::string manual_head(std::string_view page) {
  std::string upper(page);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return fmt::format(
      ".TH {} 1 \"\" \"{}\" \"twoseal manual\"\n.nh\n", troff(upper), version_text());
}

}  // namespace

std::string version_text() {
  return "twoseal " TWOSEAL_VERSION;
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view indent) {
  std::string out;
  std::string line(indent);
  const auto end_line = [&] {
    while (line.ends_with(' ')) {
      line.pop_back();
    }
    out += line + "\n";
    line = indent;
  };
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    if (line.size() > indent.size() && line.size() + word.size() > width) {
      end_line();
    }
    line += word;
    line += ' ';
    if (end < text.size() && text[end] == '\n') {
      end_line();
    }
    begin = end + 1;
  }
  end_line();
  return out;
}

std::string overview_text(std::string_view noun) {
  std::string text = version_text() + "\n" + wrapped(kTagline, kWidth, "  ") + "\n";
  text += "usage  twoseal VERB [operands] [flags]\n";
  for_groups(noun, [&](Group group, const std::vector<const Verb*>& verbs) {
    std::vector<std::pair<std::string, std::string>> lines;
    for (const Verb* verb : verbs) {
      lines.emplace_back(verb->name, verb->summary);
    }
    text += "\n" + std::string(group_title(group)) + "\n" + rows(lines);
  });
  text += "\nEvery verb\n" + flag_rows(global_flags());
  return text +
         "\nnext  twoseal VERB --help      flags, exit codes and an example of a verb\n"
         "      twoseal explain CODE     what an error or refusal means and what to do\n";
}

std::string help_text(const Verb& verb) {
  std::string text = "twoseal " + std::string(verb.name) + ": " + std::string(verb.summary) + "\n";
  text += "\nusage  " + usage_line(verb) + "\n\n" + wrapped(verb.description, kWidth, "  ");
  if (!verb.operands.empty()) {
    text += "\noperands\n" + operand_rows(verb);
  }
  if (!verb.flags.empty()) {
    text += "\nflags\n" + flag_rows(verb.flags);
  }
  text += "\nflags of every verb\n" + flag_rows(global_flags());
  text += "\nexit codes\n" + exit_rows(verb) + "\nexamples\n";
  for (const std::string_view example : verb.examples) {
    text += "  " + std::string(example) + "\n";
  }
  return text;
}

std::string manual_text(const Verb& verb) {
  std::string text = manual_head(dashed(verb.name));
  text += ".SH NAME\n" + troff(dashed(verb.name)) + " \\- " + troff(verb.summary) + "\n";
  text += ".SH SYNOPSIS\n\\fB" + troff(usage_line(verb)) + "\\fR\n";
  text += ".SH DESCRIPTION\n" + troff_paragraphs(verb.description);
  if (!verb.operands.empty() || !verb.flags.empty()) {
    text += ".SH OPTIONS\n";
    for (const Operand& operand : verb.operands) {
      text += troff_item(operand.name, operand.help);
    }
    for (const Flag& flag : verb.flags) {
      text += troff_item(flag_text(flag), flag_help(flag));
    }
  }
  text += ".SH OPTIONS OF EVERY VERB\n";
  for (const Flag& flag : global_flags()) {
    text += troff_item(flag_text(flag), flag.help);
  }
  text += ".SH EXIT STATUS\n";
  for (const Exit exit : exits_of(verb)) {
    text += troff_item(std::to_string(static_cast<int>(exit)), exit_meaning(exit));
  }
  text += ".SH EXAMPLES\n.nf\n";
  for (const std::string_view example : verb.examples) {
    text += troff(example) + "\n";
  }
  return text + ".fi\n.SH SEE ALSO\n\\fBtwoseal\\fR(1)\n";
}

std::string manual_overview() {
  std::string text = manual_head("twoseal");
  text += ".SH NAME\ntwoseal \\- " + troff(kTagline) + "\n";
  text += ".SH SYNOPSIS\n\\fBtwoseal\\fR VERB [operands] [flags]\n.SH VERBS\n";
  for_groups("", [&](Group group, const std::vector<const Verb*>& verbs) {
    text += ".SS " + std::string(group_title(group)) + "\n";
    for (const Verb* verb : verbs) {
      text += troff_item(verb->name, verb->summary);
    }
  });
  text += ".SH OPTIONS\n";
  for (const Flag& flag : global_flags()) {
    text += troff_item(flag_text(flag), flag.help);
  }
  text += ".SH SEE ALSO\n";
  for (const Verb* verb : all_verbs()) {
    text += "\\fB" + troff(dashed(verb->name)) + "\\fR(1)" +
            (verb == all_verbs().back() ? "\n" : ",\n");
  }
  return text;
}

std::string reference_markdown() {
  std::string text;
  for_groups("", [&](Group group, const std::vector<const Verb*>& verbs) {
    text += "## " + std::string(group_title(group)) + "\n\n";
    for (const Verb* verb : verbs) {
      text += fmt::format("### `{}`\n\n{}.\n\n", verb->name, verb->summary);
      text += "    " + usage_line(*verb) + "\n\n" + wrapped(verb->description, 100, "") + "\n";
      if (!verb->operands.empty() || !verb->flags.empty()) {
        text += "| operand or flag | meaning |\n|---|---|\n";
        for (const Operand& operand : verb->operands) {
          text += fmt::format("| `{}` | {} |\n", operand.name, operand.help);
        }
        for (const Flag& flag : verb->flags) {
          text += fmt::format("| `{}` | {} |\n", flag_text(flag), flag_help(flag));
        }
        text += "\n";
      }
      text += "Exit codes:";
      for (const Exit exit : exits_of(*verb)) {
        text += (exit == Exit::done ? " " : ", ") + std::to_string(static_cast<int>(exit));
      }
      text += ".\n\n```\n";
      for (const std::string_view example : verb->examples) {
        text += std::string(example) + "\n";
      }
      text += "```\n\n";
    }
  });
  text += "## Flags of every verb\n\n| flag | meaning |\n|---|---|\n";
  for (const Flag& flag : global_flags()) {
    text += fmt::format("| `{}` | {} |\n", flag_text(flag), flag.help);
  }
  return text;
}

Json::Object help_fields(const Verb& verb) {
  const auto flag_fields = [](std::span<const Flag> flags) {
    Json::Array list;
    for (const Flag& flag : flags) {
      list.emplace_back(Json::Object{{"name", flag.name},
                                     {"value", flag.value},
                                     {"help", flag.help},
                                     {"required", flag.required}});
    }
    return list;
  };
  Json::Array operands;
  for (const Operand& operand : verb.operands) {
    operands.emplace_back(Json::Object{{"name", operand.name}, {"help", operand.help}});
  }
  Json::Array exits;
  for (const Exit exit : exits_of(verb)) {
    exits.emplace_back(static_cast<int>(exit));
  }
  return {{"verb", verb.name},
          {"summary", verb.summary},
          {"usage", usage_line(verb)},
          {"operands", operands},
          {"flags", flag_fields(verb.flags)},
          {"global_flags", flag_fields(global_flags())},
          {"exits", exits},
          {"examples", json_list(verb.examples)}};
}

}  // namespace twoseal::cli
