#include "cli/compliance/subject.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/os_clock.h"
#include "base/os_file.h"
#include "cli/compliance/given_values.h"
#include "cli/nearest.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kTailoringMax = std::size_t{32} << 20U;

Result<void> read_tailoring(const std::string& path, Subject& to) {
  TWOSEAL_TRY(const Bytes bytes, read_file(path, kTailoringMax));
  TWOSEAL_TRY(to.tailoring_document, scap::XmlDocument::parse(bytes, path));
  auto tailoring = scap::read_tailoring(to.tailoring_document->root(), to.texts);
  if (!tailoring) {
    return std::unexpected(in_file(std::move(tailoring).error(), path));
  }
  to.tailoring = std::move(*tailoring);
  return {};
}

// A tailoring that names what is not there would leave rules out without a word.
std::vector<std::string> unknown_names(const scap::Benchmark& benchmark,
                                       const scap::Tailoring& tailoring) {
  std::set<scap::Text> items;
  std::set<scap::Text> values;
  for (const scap::Group& group : benchmark.groups) {
    items.insert({group.id, group.cluster});
  }
  for (const scap::Rule& rule : benchmark.rules) {
    items.insert({rule.id, rule.cluster});
  }
  for (const scap::Value& value : benchmark.values) {
    values.insert(value.id);
  }
  std::set<std::string> unknown;
  const auto look = [&](const std::set<scap::Text>& known, scap::Text name, std::string_view what) {
    if (!known.contains(name)) {
      unknown.insert(std::string(what) + " '" + std::string(name) + "'");
    }
  };
  for (const scap::Profile& profile : tailoring.profiles) {
    for (const scap::Select& select : profile.selects) {
      look(items, select.item, "rule or group");
    }
    for (const scap::RefineRule& refine : profile.refine_rules) {
      look(items, refine.rule, "rule");
    }
    for (const scap::RefineValue& refine : profile.refine_values) {
      look(values, refine.value, "value");
    }
    for (const scap::SetValue& set : profile.set_values) {
      look(values, set.value, "value");
    }
  }
  return {unknown.begin(), unknown.end()};
}

// What follows the last `_profile_` or `_rule_` of an id, as people write it.
std::string plain_name(scap::Text id, std::string_view mark) {
  const std::size_t at = id.rfind(mark);
  return std::string(at == scap::Text::npos ? id : id.substr(at + mark.size()));
}

// A name that is not there is mostly a name that was misspelt.
Error with_nearest(Error error, const Subject& subject, const Arguments& arguments) {
  std::vector<std::string> known;
  std::vector<std::string> given;
  if (error.code == Errc::no_such_profile) {
    given = {arguments.text("--profile")};
    for (const scap::Profile& profile : subject.benchmark->profiles) {
      known.push_back(plain_name(profile.id, "_profile_"));
    }
  } else if (error.code == Errc::no_such_rule) {
    given = arguments.all("--rule");
    for (const scap::Rule& rule : subject.benchmark->rules) {
      known.push_back(plain_name(rule.id, "_rule_"));
    }
  }
  for (const std::string& name : given) {
    const bool there = std::find(known.begin(), known.end(), name) != known.end();
    const std::string near = there ? std::string() : nearest(name, known);
    if (!near.empty()) {
      error.next = "did you mean '" + near + "'?";
      break;
    }
  }
  return error;
}

// Opening it tells what is wrong with a path that leads nowhere.
std::string without_links(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

}  // namespace

Result<std::unique_ptr<Subject>> open_subject(const Arguments& arguments) {
  auto subject = std::make_unique<Subject>();
  TWOSEAL_TRY(subject->found,
              find_content(content_directory(arguments), arguments.find("--content")));
  TWOSEAL_TRY(subject->benchmark, benchmark_of(subject->found, arguments.find("--benchmark")));
  if (const auto path = arguments.find("--tailoring")) {
    TWOSEAL_TRY_VOID(read_tailoring(*path, *subject));
  }
  subject->unknown = unknown_names(*subject->benchmark, subject->tailoring);
  const std::vector<std::string> only = arguments.all("--rule");
  auto selection = scap::select_profile(
      *subject->benchmark, arguments.text("--profile"), subject->tailoring.profiles, only);
  if (!selection) {
    return std::unexpected(with_nearest(std::move(selection).error(), *subject, arguments));
  }
  subject->selection = std::move(*selection);
  TWOSEAL_TRY_VOID(give_values(
      arguments.all("--value"), *subject->benchmark, subject->texts, subject->selection));
  subject->root = without_links(arguments.text("--root", "/"));
  TWOSEAL_TRY(subject->inspection, Inspection::open(subject->root));
  return subject;
}

std::unique_ptr<scap::Assessment> assess(const Subject& subject,
                                         const scap::EvaluationLimits& limits) {
  SystemClock clock;
  auto assessment = std::make_unique<scap::Assessment>(subject.found.content,
                                                       *subject.benchmark,
                                                       subject.selection,
                                                       subject.inspection->host(),
                                                       clock.now(),
                                                       limits);
  assessment->run();
  return assessment;
}

}  // namespace twoseal::cli
