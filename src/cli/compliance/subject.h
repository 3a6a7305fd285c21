// What a check is about: content, the rules and values that are chosen, and a host.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "cli/compliance/content_store.h"
#include "cli/compliance/inspection.h"
#include "cli/verb.h"
#include "compliance/text_arena.h"
#include "compliance/xccdf/assessment.h"
#include "compliance/xccdf/benchmark_reader.h"

namespace twoseal::cli {

struct Subject {
  NamedContent found;
  const scap::Benchmark* benchmark = nullptr;
  scap::TextArena texts;  ///< of values that were given
  std::optional<scap::XmlDocument> tailoring_document;
  scap::Tailoring tailoring;  ///< texts live in the document and in `texts`
  scap::Selection selection;
  std::vector<std::string> unknown;  ///< what the tailoring names and the benchmark does not have
  std::string root;                  ///< without links: as the kernel names what happens below it
  std::unique_ptr<Inspection> inspection;
};

/// By --content, --benchmark, --tailoring, --profile, --rule, --value and --root. Errors of finding
/// and reading them.
[[nodiscard]] Result<std::unique_ptr<Subject>> open_subject(const Arguments& arguments);

/// Judges everything now.
[[nodiscard]] std::unique_ptr<scap::Assessment> assess(const Subject& subject,
                                                       const scap::EvaluationLimits& limits);

}  // namespace twoseal::cli
