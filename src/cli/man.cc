// twoseal man
#include "cli/help.h"
#include "cli/verb_list.h"
#include "cli/verbs.h"

namespace twoseal::cli {
namespace {

Report page(std::string text) {
  Report report;
  report.fields = {{"page", text}};
  report.bytes = std::move(text);
  return report;
}

Result<Report> run(const Arguments& arguments, const Session&) {
  std::string name;
  for (const std::string& word : arguments.all("VERB")) {
    name += (name.empty() ? "" : " ") + word;
  }
  if (arguments.has("--markdown")) {
    if (!name.empty()) {
      return fail(Errc::usage, "--markdown prints every verb and takes no name");
    }
    return page(reference_markdown());
  }
  if (name.empty()) {
    return page(manual_overview());
  }
  const Verb* verb = find_verb(name);
  if (verb == nullptr) {
    return fail(
        Errc::usage, "there is no verb '" + name + "'", "", "twoseal --help lists every verb");
  }
  return page(manual_text(*verb));
}

constexpr Operand kOperands[] = {
    {"VERB", "the verb, one word or two; none gives the page twoseal(1)", Occurs::any_number}};
constexpr Flag kFlags[] = {{"--markdown", "", "print the reference of all verbs as Markdown"}};
constexpr std::string_view kExamples[] = {"twoseal man sign | man -l -",
                                          "twoseal man -o twoseal.1"};

}  // namespace

const Verb kMan = {
    "man",
    Group::help,
    "print the manual page of a verb",
    "The page is printed in the form that man reads. Help, manual pages, completion and the "
    "reference in docs/cli.md come from one table, so none of them can lack a verb or a flag.",
    kOperands,
    kFlags,
    kExamples,
    {},
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
