#include "cli/parse.h"

#include <algorithm>
#include <set>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "base/limits.h"
#include "cli/nearest.h"
#include "cli/verbs.h"

namespace twoseal::cli {
namespace {

constexpr std::string_view kHelpHint = "twoseal --help lists every verb";

// `-o` and the like; CLI11 takes both spellings, separated by a comma.
constexpr std::pair<std::string_view, std::string_view> kShort[] = {
    {"--help", "-h"}, {"--quiet", "-q"}, {"--verbose", "-v"}, {"--output", "-o"}};

std::string short_of(std::string_view name) {
  for (const auto& [whole, brief] : kShort) {
    if (whole == name) {
      return std::string(brief);
    }
  }
  return "";
}

bool takes_value(const Flag& flag) {
  return !flag.value.empty() && !flag.value.starts_with('[');
}

// All flags that take a value, in any verb: what stands behind them is no verb.
std::set<std::string, std::less<>> flags_with_value() {
  std::set<std::string, std::less<>> names;
  const auto add = [&](const Flag& flag) {
    if (takes_value(flag)) {
      names.emplace(flag.name);
      names.insert(short_of(flag.name));
    }
  };
  std::for_each(global_flags().begin(), global_flags().end(), add);
  for (const Verb* verb : all_verbs()) {
    std::for_each(verb->flags.begin(), verb->flags.end(), add);
  }
  return names;
}

// The words in their order; the verb's own words are taken out of `rest`.
struct Scan {
  std::vector<std::string> rest;
  std::vector<std::string> verb_words;
  bool help = false;
  bool version = false;
};

// Splits `words` into the verb's name and the rest. `help sign` is `sign --help`.
Scan scan(const std::vector<std::string>& words) {
  const auto valued = flags_with_value();
  Scan found;
  bool skip = false;
  bool only_operands = false;
  for (const std::string& word : words) {
    const bool flag = !skip && !only_operands && word.size() > 1 && word.starts_with('-');
    const bool wants_noun = found.verb_words.size() == 1 && is_noun(found.verb_words[0]) &&
                            find_verb(found.verb_words[0]) == nullptr;
    if (!skip && !only_operands && !flag && word == "help" && found.verb_words.empty()) {
      found.help = true;
    } else if (!skip && !only_operands && !flag && (found.verb_words.empty() || wants_noun)) {
      found.verb_words.push_back(word);
    } else {
      found.rest.push_back(word);
    }
    found.help = found.help || (flag && (word == "--help" || word == "-h"));
    found.version = found.version || (flag && word == "--version");
    only_operands = only_operands || (flag && word == "--");
    skip = flag && valued.contains(word);
  }
  return found;
}

std::vector<std::string> verb_names() {
  std::vector<std::string> names;
  for (const Verb* verb : all_verbs()) {
    names.emplace_back(verb->name);
  }
  return names;
}

std::unexpected<Error> unknown_verb(const std::string& name) {
  const std::string meant = nearest(name, verb_names());
  return fail(Errc::usage,
              "there is no verb '" + name + "'",
              "",
              meant.empty() ? std::string(kHelpHint) : "did you mean: twoseal " + meant);
}

std::unexpected<Error> missing_verb(const std::string& noun) {
  std::string verbs;
  for (const Verb* verb : all_verbs()) {
    if (verb->name.starts_with(noun + " ")) {
      verbs += (verbs.empty() ? "" : ", ") + std::string(verb->name.substr(noun.size() + 1));
    }
  }
  return fail(Errc::usage,
              "'" + noun + "' needs a verb: " + verbs,
              "",
              "twoseal " + noun + " --help shows what each does");
}

// The first flag of `rest` that the verb does not know.
Result<void> check_flags(const Verb& verb, const std::vector<std::string>& rest) {
  std::vector<std::string> known;
  const auto valued = flags_with_value();
  for (const auto flags : {verb.flags, global_flags()}) {
    for (const Flag& flag : flags) {
      known.emplace_back(flag.name);
    }
  }
  bool skip = false;
  for (const std::string& word : rest) {
    if (word == "--" && !skip) {
      break;
    }
    const std::string name = word.substr(0, word.find('='));
    if (!skip && name.starts_with("--") &&
        std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string meant = nearest(name, known);
      return fail(Errc::usage,
                  "'" + std::string(verb.name) + "' has no flag " + name,
                  "",
                  meant.empty() ? help_hint(verb) : "did you mean: " + meant);
    }
    skip = !skip && valued.contains(word);
  }
  return {};
}

// What CLI11 found, by name.
using Found = std::map<std::string, std::vector<std::string>, std::less<>>;

class Grammar {
 public:
  explicit Grammar(const Verb& verb) : app_("", "twoseal") {
    app_.set_help_flag();
    for (const auto flags : {verb.flags, global_flags()}) {
      for (const Flag& flag : flags) {
        add(flag);
      }
    }
    for (const Operand& operand : verb.operands) {
      CLI::Option* option = app_.add_option(std::string(operand.name), values_[operand.name]);
      option->required(operand.occurs == Occurs::once);
      if (operand.occurs != Occurs::any_number) {
        option->expected(1);
        // Else the first operand would take the words of those behind it.
        option->allow_extra_args(false);
      }
    }
  }

  // Throws CLI::ParseError.
  Found read(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());
    app_.parse(words);
    Found found;
    for (const auto& [name, values] : values_) {
      if (!values.empty()) {
        found.emplace(name, values);
      }
    }
    for (const auto& [name, given] : switches_) {
      if (given) {
        found.emplace(name, std::vector<std::string>{});
      }
    }
    return found;
  }

 private:
  void add(const Flag& flag) {
    const std::string brief = short_of(flag.name);
    const std::string names = (brief.empty() ? "" : brief + ",") + std::string(flag.name);
    if (flag.value.empty()) {
      app_.add_flag(names, switches_[flag.name]);
      return;
    }
    CLI::Option* option = app_.add_option(names, values_[flag.name]);
    option->required(flag.required);
    if (!flag.repeatable) {
      option->expected(1);
    }
    option->allow_extra_args(false);
  }

  CLI::App app_;
  std::map<std::string_view, std::vector<std::string>> values_;
  std::map<std::string_view, bool> switches_;
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = text.find(at, begin);
    parts.push_back(text.substr(begin, end - begin));
  }
  return parts;
}

GlobalFlags globals_of(const Arguments& arguments) {
  GlobalFlags flags;
  flags.quiet = arguments.has("--quiet");
  flags.verbose = arguments.has("--verbose");
  flags.debug = arguments.has("--debug");
  flags.no_input = arguments.has("--no-input");
  flags.no_color = arguments.has("--no-color");
  flags.output = arguments.find("--output");
  if (const auto fields = arguments.find("--json")) {
    flags.json = split(*fields, ',');
  }
  return flags;
}

// `--json` alone takes no value, and CLI11 would take the next word for it.
std::vector<std::string> with_json_value(std::vector<std::string> words) {
  for (std::string& word : words) {
    if (word == "--") {
      break;
    }
    if (word == "--json") {
      word += "=*";
    }
  }
  return words;
}

// What a person says stands in signed or kept records, so it is text, and says something.
Result<void> check_text(const Flag& flag, const std::string& text) {
  const auto refuse = [&](const std::string& what) {
    return fail(Errc::usage, std::string(flag.name) + " " + what);
  };
  if (text.find_first_not_of(" \t\n") == std::string::npos) {
    return refuse("is blank: say something, or leave it out where it may be");
  }
  if (text.size() > limits::kTextMax) {
    return refuse("has more than " + std::to_string(limits::kTextMax) + " bytes");
  }
  return json::is_allowed_text(text)
             ? Result<void>()
             : refuse("holds a control character, or is no UTF-8: only text can be recorded");
}

Result<void> check_texts(const Verb& verb, const Arguments& arguments) {
  for (const Flag& flag : verb.flags) {
    for (const std::string& text :
         flag.value == "TEXT" ? arguments.all(flag.name) : std::vector<std::string>()) {
      TWOSEAL_TRY_VOID(check_text(flag, text));
    }
  }
  return {};
}

Result<Request> parse_verb(const Verb& verb, const std::vector<std::string>& rest) {
  TWOSEAL_TRY_VOID(check_flags(verb, rest));
  Request request;
  request.verb = &verb;
  try {
    request.arguments = Arguments(Grammar(verb).read(with_json_value(rest)));
  } catch (const CLI::ParseError& error) {
    return fail(Errc::usage, error.what(), "", help_hint(verb));
  }
  if (auto checked = check_texts(verb, request.arguments); !checked) {
    checked.error().next = help_hint(verb);
    return std::unexpected(std::move(checked).error());
  }
  request.flags = globals_of(request.arguments);
  return request;
}

}  // namespace

Result<Request> parse(const std::vector<std::string>& words) {
  const Scan found = scan(words);
  Request request;
  request.flags = peek_global_flags(words);
  request.wish = found.help ? Wish::help : found.version ? Wish::version : Wish::run;
  if (found.verb_words.empty()) {
    if (request.wish == Wish::run) {
      return fail(Errc::usage, "no verb was given", "", std::string(kHelpHint));
    }
    return request;
  }
  const std::string& first = found.verb_words[0];
  const std::string name = found.verb_words.size() == 1 ? first : first + " " + found.verb_words[1];
  const Verb* verb = find_verb(name);
  if (verb == nullptr) {
    if (name != first || !is_noun(first)) {
      return unknown_verb(name);
    }
    if (request.wish != Wish::help) {
      return missing_verb(first);
    }
    request.noun = first;
    return request;
  }
  if (request.wish == Wish::run) {
    return parse_verb(*verb, found.rest);
  }
  request.verb = verb;
  return request;
}

std::string help_hint(const Verb& verb) {
  return "twoseal " + std::string(verb.name) + " --help shows every flag with an example";
}

GlobalFlags peek_global_flags(const std::vector<std::string>& words) {
  Found found;
  for (const std::string& word : words) {
    if (word == "--") {
      break;
    }
    if (word == "--json" || word.starts_with("--json=")) {
      found["--json"] = {word == "--json" ? "*" : word.substr(7)};
    } else if (word == "-q" || word == "-v") {
      found.emplace(word == "-q" ? "--quiet" : "--verbose", std::vector<std::string>{});
    } else if (word == "--quiet" || word == "--verbose" || word == "--debug" ||
               word == "--no-color") {
      found.emplace(word, std::vector<std::string>{});
    }
  }
  return globals_of(Arguments(std::move(found)));
}

}  // namespace twoseal::cli
