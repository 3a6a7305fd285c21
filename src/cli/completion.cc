// twoseal completion
#include <algorithm>

#include <fmt/format.h>

#include "cli/verb_list.h"
#include "cli/verbs.h"

namespace twoseal::cli {
namespace {

std::string flag_names(const Verb& verb) {
  std::string names;
  for (const auto flags : {verb.flags, global_flags()}) {
    for (const Flag& flag : flags) {
      names += (names.empty() ? "" : " ") + std::string(flag.name);
    }
  }
  return names;
}

std::string first_word(const Verb& verb) {
  return std::string(verb.name.substr(0, verb.name.find(' ')));
}

// Words that may stand first: verbs of one word and nouns, each once.
std::vector<std::string> first_words() {
  std::vector<std::string> words;
  for (const Verb* verb : all_verbs()) {
    const std::string word = first_word(*verb);
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      words.push_back(word);
    }
  }
  return words;
}

std::vector<const Verb*> verbs_of(const std::string& noun) {
  std::vector<const Verb*> verbs;
  std::copy_if(all_verbs().begin(), all_verbs().end(), std::back_inserter(verbs), [&](auto* verb) {
    return verb->name.starts_with(noun + " ");
  });
  return verbs;
}

std::string second_word(const Verb& verb) {
  return std::string(verb.name.substr(verb.name.find(' ') + 1));
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

// `'` inside single quotes, for all three shells.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

std::string bash() {
  std::string cases;
  for (const std::string& word : first_words()) {
    if (!is_noun(word)) {
      cases += fmt::format("    {}) words={} ;;\n", word, quoted(flag_names(*find_verb(word))));
      continue;
    }
    std::vector<std::string> seconds;
    for (const Verb* verb : verbs_of(word)) {
      seconds.push_back(second_word(*verb));
      cases += fmt::format("    {}) words={} ;;\n", quoted(verb->name), quoted(flag_names(*verb)));
    }
    cases += fmt::format("    {}) words={} ;;\n", word, quoted(joined(seconds)));
  }
  return fmt::format(R"(# bash completion for twoseal; made by: twoseal completion bash
_twoseal() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} verb='' word words
  local -a typed=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    [[ $word == -* ]] || typed+=("$word")
  done
  verb=${{typed[0]-}}
  case "$verb" in
    {nouns}) [[ ${{#typed[@]}} -gt 1 ]] && verb="$verb ${{typed[1]}}" ;;
  esac
  case "$verb" in
    '') words={first} ;;
{cases}    *) words='' ;;
  esac
  [[ $current == -* || -z $verb || $words != --* ]] && COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ ${{#COMPREPLY[@]}} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$current"))
}}
complete -o filenames -F _twoseal twoseal
)",
                     fmt::arg("nouns",
                              [] {
                                std::string nouns;
                                for (const std::string& word : first_words()) {
                                  if (is_noun(word)) {
                                    nouns += (nouns.empty() ? "" : "|") + word;
                                  }
                                }
                                return nouns.empty() ? std::string("''") : nouns;
                              }()),
                     fmt::arg("first", quoted(joined(first_words()))),
                     fmt::arg("cases", cases));
}

std::string zsh_flags(const Verb& verb) {
  std::string specs;
  for (const auto flags : {verb.flags, global_flags()}) {
    for (const Flag& flag : flags) {
      std::string help(flag.help);
      std::erase_if(help, [](char c) { return c == '[' || c == ']' || c == ':'; });
      const bool valued = !flag.value.empty() && !flag.value.starts_with('[');
      specs += " " + quoted(std::string(flag.name) + "[" + help + "]" +
                            (valued ? ":" + std::string(flag.value) + ":_files" : ""));
    }
  }
  return specs + " '*:file:_files'";
}

std::string zsh() {
  std::string cases;
  std::string firsts;
  for (const std::string& word : first_words()) {
    if (!is_noun(word)) {
      const Verb& verb = *find_verb(word);
      firsts += "    " + quoted(word + ":" + std::string(verb.summary)) + "\n";
      cases += fmt::format("    {}) _arguments{} ;;\n", word, zsh_flags(verb));
      continue;
    }
    std::string seconds;
    for (const Verb* verb : verbs_of(word)) {
      seconds += " " + quoted(second_word(*verb) + ":" + std::string(verb->summary));
      cases += fmt::format("    {}) _arguments{} ;;\n", quoted(verb->name), zsh_flags(*verb));
    }
    firsts += "    " + quoted(word + ":verbs about this") + "\n";
    cases += fmt::format(
        "    {}) local -a seconds=({} ); _describe verb seconds ;;\n", quoted(word + " "), seconds);
  }
  std::string nouns;
  for (const std::string& word : first_words()) {
    if (is_noun(word)) {
      nouns += (nouns.empty() ? "" : "|") + word;
    }
  }
  return fmt::format(R"(#compdef twoseal
# zsh completion for twoseal; made by: twoseal completion zsh
_twoseal() {{
  local -a verbs=(
{firsts}  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  case $verb in
    {nouns})
      verb="$verb "
      if (( CURRENT > 3 )); then
        verb="$verb$words[3]"
        shift 2 words
        (( CURRENT -= 2 ))
      fi
      ;;
    *)
      shift words
      (( CURRENT -= 1 ))
      ;;
  esac
  case $verb in
{cases}  esac
}}
compdef _twoseal twoseal
)",
                     fmt::arg("firsts", firsts),
                     fmt::arg("nouns", nouns.empty() ? "''" : nouns),
                     fmt::arg("cases", cases));
}

std::string fish() {
  std::string text = "# fish completion for twoseal; made by: twoseal completion fish\n";
  for (const Flag& flag : global_flags()) {
    const bool valued = !flag.value.empty() && !flag.value.starts_with('[');
    text += fmt::format("complete -c twoseal -l {}{} -d {}\n",
                        flag.name.substr(2),
                        valued ? " -r" : "",
                        quoted(flag.help));
  }
  for (const std::string& word : first_words()) {
    const bool noun = is_noun(word);
    text += fmt::format("complete -c twoseal -n __fish_use_subcommand -a {} -d {}\n",
                        word,
                        quoted(noun ? "verbs about this" : find_verb(word)->summary));
  }
  for (const Verb* verb : all_verbs()) {
    const std::string first = first_word(*verb);
    std::string seen = "__fish_seen_subcommand_from " + first;
    if (is_noun(first)) {
      const std::string second = second_word(*verb);
      std::string others;
      for (const Verb* other : verbs_of(first)) {
        others += " " + second_word(*other);
      }
      text += fmt::format(
          "complete -c twoseal -n '{}; and not __fish_seen_subcommand_from{}' -a {} -d {}\n",
          seen,
          others,
          second,
          quoted(verb->summary));
      seen += "; and __fish_seen_subcommand_from " + second;
    }
    for (const Flag& flag : verb->flags) {
      text += fmt::format("complete -c twoseal -n '{}' -l {}{} -d {}\n",
                          seen,
                          flag.name.substr(2),
                          flag.value.empty() ? "" : " -r",
                          quoted(flag.help));
    }
  }
  return text;
}

Result<Report> run(const Arguments& arguments, const Session&) {
  const std::string shell = arguments.text("SHELL");
  std::string text = shell == "bash"   ? bash()
                     : shell == "zsh"  ? zsh()
                     : shell == "fish" ? fish()
                                       : "";
  if (text.empty()) {
    return fail(Errc::usage,
                "there is no completion for '" + shell + "'",
                "",
                "use one of: bash, zsh, fish");
  }
  Report report;
  report.fields = {{"script", text}, {"shell", shell}};
  report.bytes = std::move(text);
  return report;
}

constexpr Operand kOperands[] = {{"SHELL", "bash, zsh or fish"}};
constexpr std::string_view kExamples[] = {
    "twoseal completion bash > ~/.local/share/bash-completion/completions/twoseal"};

}  // namespace

const Verb kCompletion = {
    "completion",
    Group::help,
    "print the completion script of a shell",
    "The script knows every verb and every flag. Put it where the shell looks for completions.",
    kOperands,
    {},
    kExamples,
    {},
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
