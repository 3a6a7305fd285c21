// twoseal content: compliance content (SCAP) on this machine.
#include <algorithm>

#include "base/os_file.h"
#include "base/present.h"
#include "cli/columns.h"
#include "cli/compliance/content_diff.h"
#include "cli/compliance/content_store.h"
#include "cli/compliance/own_content.h"
#include "cli/verb_list.h"
#include "compliance/content/compiled.h"
#include "compliance/content/compiler.h"
#include "compliance/xccdf/selection.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kSourceMax = std::size_t{256} << 20U;
constexpr std::size_t kIssuesShown = 5;

constexpr Flag kDirFlag = {
    "--content-dir", "DIR", "where compiled content lies, instead of this machine's own place"};
constexpr Flag kBenchmarkFlag = {"--benchmark", "ID", "of a content that has several benchmarks"};
constexpr Operand kNameOperand[] = {{"NAME", "a content, as content list shows it"}};

// --- add ---------------------------------------------------------------------------------------

Result<scap::SourceFile> read_source(const std::string& path) {
  TWOSEAL_TRY(Bytes bytes, read_file(path, kSourceMax));
  return scap::SourceFile{path, std::move(bytes)};
}

// A benchmark that is no data stream names other files; those beside it are taken along.
Result<std::vector<scap::SourceFile>> read_others(const std::vector<std::string>& paths) {
  std::vector<scap::SourceFile> files;
  for (const std::string& path : paths) {
    TWOSEAL_TRY(scap::SourceFile file, read_source(path));
    files.push_back(std::move(file));
  }
  return files;
}

struct Sizes {
  std::size_t rules = 0;
  std::size_t profiles = 0;
  std::size_t definitions = 0;
};

Sizes sizes_of(const scap::Content& content) {
  Sizes sizes;
  for (const scap::Benchmark& benchmark : content.benchmarks) {
    sizes.rules += benchmark.rules.size();
    sizes.profiles += benchmark.profiles.size();
  }
  for (const scap::OvalDocument& document : content.documents) {
    sizes.definitions += document.definitions.size();
  }
  return sizes;
}

Json::Object summary_of(const std::string& name, const scap::Content& content) {
  const Sizes sizes = sizes_of(content);
  return {{"content", name},
          {"definitions", sizes.definitions},
          {"issues", json_list(content.issues)},
          {"profiles", sizes.profiles},
          {"rules", sizes.rules},
          {"source", content.source_name},
          {"source_digest", content.source.text()}};
}

void tell_issues(const scap::Content& content, const Session& session) {
  for (std::size_t i = 0; i < content.issues.size(); ++i) {
    if (i == kIssuesShown && !session.flags().verbose) {
      session.talk("  … and " + std::to_string(content.issues.size() - i) +
                   " more that are not understood: --verbose shows them");
      return;
    }
    session.talk("  not understood: " + content.issues[i]);
  }
}

Result<Report> run_add(const Arguments& arguments, const Session& session) {
  const std::string path = arguments.text("FILE");
  const std::string directory = content_directory(arguments);
  std::string name = arguments.text("--name");
  if (name.empty()) {
    TWOSEAL_TRY(name, content_name_of(path));
  } else if (!is_content_name(name)) {
    return not_a_content_name(name);
  }
  TWOSEAL_TRY(scap::SourceFile file, read_source(path));
  TWOSEAL_TRY(auto others, read_others(arguments.all("--with")));
  session.detail("compiling " + path);
  TWOSEAL_TRY(const scap::Content content,
              scap::compile_content(std::move(file), std::move(others)));
  const Bytes bytes = scap::encode_content(content);
  TWOSEAL_TRY_VOID(make_directories(directory));
  TWOSEAL_TRY_VOID(
      write_file(content_path(directory, name), bytes, Access::everybody, Existing::replace));
  tell_issues(content, session);
  const Sizes sizes = sizes_of(content);
  Report report;
  report.fields = summary_of(name, content);
  report.fields.emplace_back("bytes", bytes.size());
  report.text = "added  " + name + "  " + std::to_string(sizes.rules) + " rules, " +
                std::to_string(sizes.profiles) + " profiles  " + content.source.text() + "\n" +
                "next   twoseal content profiles " + name + "\n";
  return report;
}

constexpr Operand kAddOperands[] = {
    {"FILE", "a data stream, a benchmark (XCCDF) or an OVAL file, as its publisher gives it out"}};
constexpr Flag kAddFlags[] = {
    kDirFlag,
    {"--name", "NAME", "what it is called here, instead of the name of the file"},
    {"--with", "FILE", "what a benchmark refers to: its OVAL files and dictionary", false, true},
};
constexpr std::string_view kAddExamples[] = {
    "twoseal content add /usr/share/xml/scap/ssg/content/ssg-debian11-ds.xml",
    "twoseal content add stig-xccdf.xml --with stig-oval.xml --with stig-cpe-oval.xml"};

// --- list --------------------------------------------------------------------------------------

void list_one(const std::string& name,
              const scap::Content& content,
              Columns& columns,
              Json::Array& rows) {
  const Sizes sizes = sizes_of(content);
  const std::string title =
      content.benchmarks.empty() ? "OVAL definitions" : std::string(content.benchmarks[0].title);
  columns.add({name,
               std::to_string(sizes.rules) + " rules",
               std::to_string(sizes.profiles) + " profiles",
               title});
  rows.emplace_back(summary_of(name, content));
}

Result<Report> run_list(const Arguments& arguments, const Session& /*session*/) {
  const std::string directory = content_directory(arguments);
  TWOSEAL_TRY(const auto names, content_names(directory));
  Report report;
  Columns columns;
  Json::Array rows;
  for (const std::string& name : names) {
    const auto content = scap::open_content(content_path(directory, name));
    if (!content) {
      columns.add({name, "cannot be read: " + content.error().what});
      rows.emplace_back(Json::Object{{"content", name}, {"error", content.error().what}});
      continue;
    }
    list_one(name, *content, columns, rows);
  }
  TWOSEAL_TRY(const scap::Content own, own_content());
  list_one(std::string(kOwnContent), own, columns, rows);
  report.text = columns.text();
  if (names.empty()) {
    report.text += "there is no other content here yet\nnext  twoseal content add FILE\n";
  }
  report.fields = {{"contents", std::move(rows)}, {"directory", directory}};
  return report;
}

constexpr Flag kListFlags[] = {kDirFlag};
constexpr std::string_view kListExamples[] = {"twoseal content list"};

// --- profiles ----------------------------------------------------------------------------------

std::size_t selected_rules(const scap::Benchmark& benchmark, const scap::Profile& profile) {
  const auto selection = scap::select_profile(benchmark, profile.id);
  return selection ? static_cast<std::size_t>(std::count_if(
                         selection->rules.begin(),
                         selection->rules.end(),
                         [](const scap::SelectedRule& rule) { return rule.selected; }))
                   : 0;
}

Result<Report> run_profiles(const Arguments& arguments, const Session& /*session*/) {
  TWOSEAL_TRY(const NamedContent found,
              find_content(content_directory(arguments), arguments.text("NAME")));
  TWOSEAL_TRY(const scap::Benchmark* benchmark, benchmark_of(found, arguments.find("--benchmark")));
  Report report;
  Columns columns;
  Json::Array rows;
  for (const scap::Profile& profile : benchmark->profiles) {
    const std::size_t rules = selected_rules(*benchmark, profile);
    columns.add(
        {std::string(profile.id), std::to_string(rules) + " rules", std::string(profile.title)});
    rows.emplace_back(Json::Object{{"description", profile.description},
                                   {"profile", profile.id},
                                   {"rules", rules},
                                   {"title", profile.title}});
  }
  columns.add({std::string(scap::kAllRules),
               std::to_string(benchmark->rules.size()) + " rules",
               "every rule, whatever profiles say"});
  report.text = columns.text();
  report.fields = {{"content", found.name}, {"profiles", std::move(rows)}};
  return report;
}

constexpr Flag kShowFlags[] = {kDirFlag, kBenchmarkFlag};
constexpr std::string_view kProfilesExamples[] = {"twoseal content profiles ssg-debian11-ds"};

// --- show --------------------------------------------------------------------------------------

std::string references_of(const scap::Rule& rule) {
  std::string text;
  for (const scap::Ident& ident : rule.idents) {
    text += (text.empty() ? "" : " ") + std::string(ident.value);
  }
  return text;
}

Json rule_json(const scap::Rule& rule) {
  Json::Array idents;
  for (const scap::Ident& ident : rule.idents) {
    idents.emplace_back(Json::Object{{"ident", ident.value}, {"system", ident.system}});
  }
  Json::Array references;
  for (const scap::Reference& reference : rule.references) {
    references.emplace_back(Json::Object{{"href", reference.href}, {"text", reference.text}});
  }
  return Json::Object{{"id", rule.id},
                      {"idents", std::move(idents)},
                      {"references", std::move(references)},
                      {"severity", word_of(rule.severity)},
                      {"title", rule.title},
                      {"version", rule.version}};
}

Result<Report> run_show(const Arguments& arguments, const Session& /*session*/) {
  TWOSEAL_TRY(const NamedContent found,
              find_content(content_directory(arguments), arguments.text("NAME")));
  TWOSEAL_TRY(const scap::Benchmark* benchmark, benchmark_of(found, arguments.find("--benchmark")));
  Report report;
  Columns columns;
  Json::Array rows;
  for (const scap::Rule& rule : benchmark->rules) {
    columns.add({std::string(rule.id),
                 std::string(word_of(rule.severity)),
                 references_of(rule),
                 std::string(rule.title)});
    rows.push_back(rule_json(rule));
  }
  report.text = std::string(benchmark->title) + "\n" + found.content.source_name + "  " +
                found.content.source.text() + "\n\n" + columns.text();
  report.fields = summary_of(found.name, found.content);
  report.fields.emplace_back("benchmark", benchmark->id);
  report.fields.emplace_back("title", benchmark->title);
  report.fields.emplace_back("rule_list", std::move(rows));
  return report;
}

constexpr std::string_view kShowExamples[] = {"twoseal content show ssg-debian11-ds"};

// --- diff --------------------------------------------------------------------------------------

const char* sign_of(Changed how) {
  return how == Changed::removed ? "-" : how == Changed::added ? "+" : "~";
}

// Of two contents with several benchmarks the same one; a content with one needs no choice.
Result<const scap::Benchmark*> side_of(const NamedContent& content, const Arguments& arguments) {
  const bool one = content.content.benchmarks.size() == 1;
  return benchmark_of(content, one ? std::nullopt : arguments.find("--benchmark"));
}

Result<Report> run_diff(const Arguments& arguments, const Session& /*session*/) {
  const std::string directory = content_directory(arguments);
  TWOSEAL_TRY(const NamedContent old_content, find_content(directory, arguments.text("OLD")));
  TWOSEAL_TRY(const NamedContent new_content, find_content(directory, arguments.text("NEW")));
  TWOSEAL_TRY(const scap::Benchmark* before, side_of(old_content, arguments));
  TWOSEAL_TRY(const scap::Benchmark* after, side_of(new_content, arguments));
  Report report;
  Columns columns;
  Json::Array rows;
  for (const ContentChange& change :
       diff_contents({old_content.content, *before}, {new_content.content, *after})) {
    const char* sign = sign_of(change.how);
    const bool rule = change.kind == "rule";
    columns.add({sign, change.id, rule ? change.what : change.kind + ": " + change.what});
    rows.emplace_back(
        Json::Object{{"change", sign}, {change.kind, change.id}, {"what", change.what}});
  }
  const bool equal = rows.empty();
  report.text =
      equal ? "both test the same, with the same rules, profiles and values\n" : columns.text();
  report.fields = {{"differences", std::move(rows)}};
  report.exit = equal ? Exit::done : Exit::difference;
  return report;
}

constexpr Operand kDiffOperands[] = {{"OLD", "a content"},
                                     {"NEW", "the one that it is compared with"}};
constexpr std::string_view kDiffExamples[] = {"twoseal content diff stig-v1r13 stig-v1r14"};

constexpr Exit kAddExits[] = {
    Exit::error, Exit::bad_data, Exit::no_input, Exit::try_again, Exit::permission};
constexpr Exit kReadExits[] = {Exit::error, Exit::bad_data, Exit::no_input, Exit::permission};
constexpr Exit kDiffExits[] = {
    Exit::error, Exit::difference, Exit::bad_data, Exit::no_input, Exit::permission};

}  // namespace

const Verb kContentAdd = {
    "content add",
    Group::compliance,
    "compile compliance content, so that checks can run on it",
    "Reads a SCAP data stream (1.2, 1.3), or a benchmark (XCCDF 1.1, 1.2) with the files that it "
    "refers to, and compiles it once to a compact file that checks read. The digest of "
    "the source is kept in it. What is not understood is named, with its line; rules that depend "
    "on "
    "it are never told to pass.\n\n"
    "No content comes with twoseal. Where to get that of DISA and of the SCAP Security Guide is "
    "said "
    "in docs/guides/hardening.md.",
    kAddOperands,
    kAddFlags,
    kAddExamples,
    kAddExits,
    OutputFile::report,
    run_add,
};

const Verb kContentList = {
    "content list",
    Group::compliance,
    "list the compliance content of this machine",
    "One row for each content that was added, with how many rules and profiles it has.",
    {},
    kListFlags,
    kListExamples,
    kReadExits,
    OutputFile::report,
    run_list,
};

const Verb kContentShow = {
    "content show",
    Group::compliance,
    "list the rules of a content",
    "Each rule with its severity, the identifiers that its publisher gave it, and its title. With "
    "--json also its references: numbers of STIG, CCI and NIST.",
    kNameOperand,
    kShowFlags,
    kShowExamples,
    kReadExits,
    OutputFile::report,
    run_show,
};

const Verb kContentProfiles = {
    "content profiles",
    Group::compliance,
    "list the profiles of a content",
    "A profile says which rules are checked and with which values. Any of these names, or what "
    "follows _profile_ in it, goes with check --profile.",
    kNameOperand,
    kShowFlags,
    kProfilesExamples,
    kReadExits,
    OutputFile::report,
    run_profiles,
};

const Verb kContentDiff = {
    "content diff",
    Group::compliance,
    "compare the rules of two contents",
    "Names the rules, profiles and values that only one of two contents has, and what has changed "
    "in the others. A rule's check is another one when anything differs that it leads to: tests, "
    "objects, states, variables. How those are numbered and commented does not count. The exit "
    "code says whether there is any difference.",
    kDiffOperands,
    kShowFlags,
    kDiffExamples,
    kDiffExits,
    OutputFile::report,
    run_diff,
};

}  // namespace twoseal::cli
