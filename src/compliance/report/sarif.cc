// SARIF 2.1.0: a rule for each rule that was selected, a result for each finding. What concerns a
// file has its place there; of the rest the place is in the message.
#include <algorithm>
#include <set>

#include "compliance/report/formats.h"
#include "compliance/report/json_writer.h"

namespace twoseal::scap {
namespace {

// Programs that take SARIF in refuse files of many results: GitHub more than 25,000 per run.
constexpr std::size_t kResultsMax = 100;  // of one rule
constexpr std::size_t kRunMax = 25'000;
constexpr std::size_t kLeast = 2;  // of one rule: what it came to, and how many more there are

// Source: SARIF 2.1.0, §3.27.9 (kind) and §3.27.10 (level).
struct Kind {
  std::string_view kind;
  std::string_view level;
};

Kind kind_of(RuleResult result, Severity severity) {
  switch (result) {
    case RuleResult::fail:
      return {"fail",
              severity == Severity::high                                ? "error"
              : severity == Severity::low || severity == Severity::info ? "note"
                                                                        : "warning"};
    case RuleResult::pass:
    case RuleResult::fixed:
      return {"pass", "none"};
    case RuleResult::notapplicable:
    case RuleResult::notselected:
      return {"notApplicable", "none"};
    case RuleResult::informational:
      return {"informational", "none"};
    case RuleResult::error:
    case RuleResult::unknown:
    case RuleResult::notchecked:
      break;
  }
  return {"review", "none"};
}

class SarifReport {
 public:
  SarifReport(const ReportTexts& texts, Output& output) : texts_(texts), json_(output) {}

  void write() {
    json_.begin_object();
    json_.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_.member("version", "2.1.0");
    json_.begin_array("runs");
    json_.begin_object();
    write_tool();
    write_invocation();
    write_properties();
    json_.begin_array("results");
    write_results();
    json_.end();
    json_.end();
    json_.end();
    json_.end();
  }

 private:
  void write_tool() {
    json_.begin_object("tool");
    json_.begin_object("driver");
    json_.member("name", "twoseal");
    json_.member_if("version", texts_.input().product_version);
    json_.begin_array("rules");
    Index last = kNone;
    for (const RuleOutcome* outcome : texts_.selected_outcomes()) {
      if (outcome->rule != last) {
        write_rule(*outcome);
      }
      last = outcome->rule;
    }
    json_.end();
    json_.end();
    json_.end();
  }

  void message(std::string_view name, std::string_view text) {
    json_.begin_object(name);
    json_.member("text", text.empty() ? "-" : text);
    json_.end();
  }

  void write_rule(const RuleOutcome& outcome) {
    const Rule& rule = texts_.rule(outcome);
    const Severity severity = texts_.selected(outcome).severity;
    json_.begin_object();
    json_.member("id", rule.id);
    message("shortDescription", texts_.filled(rule.title));
    message("fullDescription", texts_.description_of(rule));
    const std::string fix = texts_.fix_of(rule);
    if (!fix.empty()) {
      message("help", fix);
    }
    json_.begin_object("defaultConfiguration");
    json_.member("level", kind_of(RuleResult::fail, severity).level);
    json_.end();
    json_.begin_object("properties");
    json_.member("severity", word_of(severity));
    json_.begin_array("tags");
    std::set<Text> tags;  // SARIF wants each once
    for (const Ident& ident : rule.idents) {
      if (tags.insert(ident.value).second) {
        json_.string(ident.value);
      }
    }
    json_.end();
    json_.end();
    json_.end();
  }

  void write_invocation() {
    json_.begin_array("invocations");
    json_.begin_object();
    json_.key("executionSuccessful");
    json_.boolean(true);
    json_.member("startTimeUtc", time_text(texts_.input().started));
    json_.member("endTimeUtc", time_text(texts_.input().ended));
    json_.member_if("machine", texts_.target());
    json_.end();
    json_.end();
  }

  void write_properties() {
    json_.begin_object("properties");
    json_.member("benchmark", texts_.benchmark().id);
    json_.member("profile", texts_.profile_title());
    json_.member("content", texts_.input().content_name);
    json_.member("contentDigest", texts_.assessment().content().source.text());
    json_.end();
  }

  void write_results() {
    Index last = kNone;
    std::int64_t number = -1;
    std::size_t after = texts_.selected_outcomes().size();
    for (const RuleOutcome* outcome : texts_.selected_outcomes()) {
      number += outcome->rule == last ? 0 : 1;
      last = outcome->rule;
      write_outcome(*outcome, number, room(after--));
    }
  }

  // How many findings of one rule there is room for, so that all after it (and it) are named.
  [[nodiscard]] std::size_t room(std::size_t rules) const {
    const std::size_t taken = results_ + kLeast * rules;
    return taken >= kRunMax ? 1 : std::min(kResultsMax, kRunMax - taken + 1);
  }

  void write_outcome(const RuleOutcome& outcome, std::int64_t number, std::size_t max) {
    const Findings findings = collect_findings(texts_.assessment(), outcome, max);
    for (const FindingLine& line : findings.lines) {
      write_result(outcome, number, &line, sentence_of(line));
    }
    if (findings.more > 0) {
      write_result(
          outcome, number, nullptr, "and " + std::to_string(findings.more) + " more findings");
    }
    if (findings.lines.empty()) {
      const std::string text =
          outcome.why.empty() ? std::string(word_of(outcome.result)) : texts_.why_of(outcome);
      write_result(outcome, number, nullptr, text);
    }
  }

  // SARIF 2.1.0, 3.27.23: somebody decided that it may be so.
  void write_suppression(const RuleOutcome& outcome) {
    if (texts_.exception_of(outcome) == nullptr) {
      return;
    }
    json_.begin_array("suppressions");
    json_.begin_object();
    json_.member("kind", "external");
    json_.member("status", "accepted");
    json_.member("justification", texts_.why_of(outcome));
    json_.end();
    json_.end();
  }

  void write_result(const RuleOutcome& outcome,
                    std::int64_t number,
                    const FindingLine* line,
                    std::string_view text) {
    const Rule& rule = texts_.rule(outcome);
    const Kind kind = kind_of(outcome.result, texts_.selected(outcome).severity);
    ++results_;
    json_.begin_object();
    json_.member("ruleId", rule.id);
    json_.member_number("ruleIndex", number);
    json_.member("kind", kind.kind);
    json_.member("level", kind.level);
    message("message", text);
    if (line != nullptr && !line->file.empty() && line->file.front() == '/') {
      write_place(*line);
    }
    write_suppression(outcome);
    json_.begin_object("properties");
    json_.member("result", word_of(outcome.result));
    if (line != nullptr) {
      json_.member("expected", line->expected);
      json_.member("found", line->found);
      json_.member("where", line->where);
    }
    json_.end();
    json_.end();
  }

  void write_place(const FindingLine& line) {
    json_.begin_array("locations");
    json_.begin_object();
    json_.begin_object("physicalLocation");
    json_.begin_object("artifactLocation");
    json_.member("uri", "file://" + uri_path(line.file));
    json_.end();
    if (line.line > 0) {
      json_.begin_object("region");
      json_.member_number("startLine", line.line);
      json_.end();
    }
    json_.end();
    json_.end();
    json_.end();
  }

  const ReportTexts& texts_;
  JsonWriter json_;
  std::size_t results_ = 0;
};

}  // namespace

void write_sarif(const ReportTexts& texts, Output& output) {
  SarifReport(texts, output).write();
}

}  // namespace twoseal::scap
