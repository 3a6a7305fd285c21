#include "compliance/report/finding.h"

#include <algorithm>
#include <set>

#include "compliance/report/test_findings.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kDepthMax = 128;
// Added to the rank of a test that a definition reaches through another one.
constexpr int kReliedOn = 10;

Verdict verdict_of(const Evaluation& evaluation, const Criteria& criteria, std::size_t depth) {
  Verdict verdict = Verdict::error;
  if (criteria.kind == CriteriaKind::test) {
    const TestOutcome* outcome = criteria.ref == kNone ? nullptr : evaluation.outcome(criteria.ref);
    verdict = outcome == nullptr ? Verdict::error : outcome->verdict;
  } else if (criteria.kind == CriteriaKind::definition) {
    verdict = evaluation.verdict_of(criteria.ref).value_or(Verdict::error);
  } else if (depth <= kDepthMax) {
    Verdicts verdicts;
    for (const Criteria& child : criteria.children) {
      verdicts.add(verdict_of(evaluation, child, depth + 1));
    }
    verdict = combine(criteria.op, verdicts);
  }
  return criteria.negate ? negated(verdict) : verdict;
}

/// A test that has a part in the verdict, and how telling it is.
struct BlamedTest {
  std::unique_ptr<TestFindings> findings;
  int rank = 0;
};

// Follows the parts of criteria that made the verdict what it is.
class CriteriaWalk {
 public:
  explicit CriteriaWalk(const Evaluation& evaluation) : evaluation_(evaluation) {}

  /// `good`: what the criteria should come to.
  void walk(const Criteria& criteria, bool good, std::size_t depth, int relied_on) {
    const bool wanted = good != criteria.negate;
    if (depth > kDepthMax) {
      return;
    }
    switch (criteria.kind) {
      case CriteriaKind::test:
        blame(criteria.ref, wanted, relied_on);
        break;
      case CriteriaKind::definition:
        walk_definition(criteria.ref, wanted, depth, kReliedOn);
        break;
      case CriteriaKind::criteria:
        walk_children(criteria, wanted, depth, relied_on);
        break;
    }
  }

  void walk_definition(Index definition, bool good, std::size_t depth, int relied_on) {
    if (definition == kNone || !definitions_.emplace(definition, good).second) {
      return;
    }
    const auto& criteria = evaluation_.document().definitions[definition].criteria;
    if (criteria) {
      walk(*criteria, good, depth + 1, relied_on);
    }
  }

  [[nodiscard]] std::vector<BlamedTest> take() { return std::move(blamed_); }

 private:
  void blame(Index test, bool wanted, int relied_on) {
    if (test == kNone || evaluation_.outcome(test) == nullptr ||
        !tests_.emplace(test, wanted).second) {
      return;
    }
    BlamedTest blamed;
    blamed.findings = std::make_unique<TestFindings>(evaluation_, test, wanted);
    blamed.rank = blamed.findings->rank() + relied_on;
    blamed_.push_back(std::move(blamed));
  }

  void walk_children(const Criteria& criteria, bool wanted, std::size_t depth, int relied_on) {
    std::vector<Verdict> verdicts;
    Verdicts all;
    for (const Criteria& child : criteria.children) {
      verdicts.push_back(criteria_verdict(evaluation_, child));
      all.add(verdicts.back());
    }
    // What made it so are the parts that say the same; of ONE and XOR, whatever is there.
    const Verdict verdict = combine(criteria.op, all);
    const bool any = all.count(verdict) > 0;
    for (std::size_t i = 0; i < criteria.children.size(); ++i) {
      if (!any || verdicts[i] == verdict) {
        walk(criteria.children[i], wanted, depth + 1, relied_on);
      }
    }
  }

  const Evaluation& evaluation_;
  std::vector<BlamedTest> blamed_;
  std::set<std::pair<Index, bool>> tests_;
  std::set<std::pair<Index, bool>> definitions_;
};

// Whether the check that names a definition turns its result around; nothing when it does not name
// the definition.
std::optional<bool> is_turned(const RuleCheck& check,
                              const OvalDocument& document,
                              Index definition,
                              const Content& content) {
  for (const ContentRef& ref : check.refs) {
    const bool same = ref.document != kNone && &content.documents[ref.document] == &document;
    if (same && (ref.definition == definition || ref.definition == kNone)) {
      return check.negate;
    }
  }
  for (const RuleCheck& child : check.children) {
    if (const auto turned = is_turned(child, document, definition, content)) {
      return *turned != check.negate;
    }
  }
  return std::nullopt;
}

bool is_turned(const Assessment& assessment, Index rule, const UsedDefinition& used) {
  const OvalDocument& document = assessment.evaluations()[used.evaluation]->document();
  for (const RuleCheck& check : assessment.benchmark().rules[rule].checks) {
    if (const auto turned = is_turned(check, document, used.definition, assessment.content())) {
      return *turned;
    }
  }
  return false;
}

// The definitions that kept a rule from passing; all when each alone is good.
void blame_definition(const Assessment& assessment,
                      const RuleOutcome& outcome,
                      const UsedDefinition& used,
                      std::vector<BlamedTest>& to) {
  const Evaluation& evaluation = *assessment.evaluations()[used.evaluation];
  const Definition& definition = evaluation.document().definitions[used.definition];
  const Verdict verdict = evaluation.verdict_of(used.definition).value_or(Verdict::error);
  const bool good = should_be_true(definition.kind, is_turned(assessment, outcome.rule, used));
  if (verdict == (good ? Verdict::yes : Verdict::no)) {
    return;
  }
  CriteriaWalk walk(evaluation);
  walk.walk_definition(used.definition, good, 0, 0);
  std::vector<BlamedTest> blamed = walk.take();
  std::move(blamed.begin(), blamed.end(), std::back_inserter(to));
}

}  // namespace

namespace {

void add_rows(const RuleOutcome& outcome, std::size_t max, Findings& findings) {
  for (const SqlFinding& row : outcome.rows) {
    if (findings.lines.size() >= max) {
      ++findings.more;
      continue;
    }
    FindingLine line;
    line.expected = short_text(row.expected, 400);
    line.found = short_text(row.found, 400);
    line.file = row.path;
    line.line = row.line;
    line.where = short_text(row.path, 400) + (row.line > 0 ? ":" + std::to_string(row.line) : "");
    findings.lines.push_back(std::move(line));
  }
}

}  // namespace

Findings collect_findings(const Assessment& assessment,
                          const RuleOutcome& outcome,
                          std::size_t max) {
  Findings findings;
  if (outcome.result == RuleResult::pass || outcome.result == RuleResult::fixed) {
    return findings;
  }
  add_rows(outcome, max, findings);
  std::vector<BlamedTest> blamed;
  for (const UsedDefinition& used : outcome.definitions) {
    blame_definition(assessment, outcome, used, blamed);
  }
  std::stable_sort(blamed.begin(), blamed.end(), [](const BlamedTest& a, const BlamedTest& b) {
    return a.rank < b.rank;
  });
  for (const BlamedTest& each : blamed) {
    each.findings->add_to(findings, max);
  }
  return findings;
}

Verdict criteria_verdict(const Evaluation& evaluation, const Criteria& criteria) {
  return verdict_of(evaluation, criteria, 0);
}

std::vector<FindingLine> findings_of(const Assessment& assessment,
                                     const RuleOutcome& outcome,
                                     std::size_t max) {
  return collect_findings(assessment, outcome, max).lines;
}

std::string sentence_of(const FindingLine& finding) {
  const std::string_view between = finding.verdict == Verdict::no ? ", found " : ": ";
  return (finding.where.empty() ? "" : finding.where + ": ") + "expected " + finding.expected +
         std::string(between) + finding.found;
}

}  // namespace twoseal::scap
