// OSCAL assessment results 1.1.2 (JSON): an observation for each rule, and a finding for each that
// was judged or should have been. Only what passed satisfies its objective.
#include "compliance/report/entity_words.h"
#include "compliance/report/formats.h"
#include "compliance/report/json_writer.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kEvidenceMax = 100;

// Values of properties hold no blanks at their ends and no line ends.
std::string property_of(std::string_view text) {
  std::string value = short_text(text, 500);
  while (!value.empty() && value.back() == ' ') {
    value.pop_back();
  }
  value.erase(0, value.find_first_not_of(' '));
  return value;
}

struct ObjectiveState {
  std::string_view state;
  std::string_view reason;
};

std::optional<ObjectiveState> state_of(RuleResult result) {
  switch (result) {
    case RuleResult::pass:
    case RuleResult::fixed:
      return ObjectiveState{"satisfied", "pass"};
    case RuleResult::fail:
      return ObjectiveState{"not-satisfied", "fail"};
    case RuleResult::error:
    case RuleResult::unknown:
    case RuleResult::notchecked:
      return ObjectiveState{"not-satisfied", "other"};
    case RuleResult::notapplicable:
    case RuleResult::notselected:
    case RuleResult::informational:
      break;
  }
  return std::nullopt;
}

class OscalReport {
 public:
  OscalReport(const ReportTexts& texts, Output& output) : texts_(texts), json_(output) {}

  void write() {
    json_.begin_object();
    json_.begin_object("assessment-results");
    json_.member("uuid", texts_.uuid("assessment-results"));
    write_metadata();
    json_.begin_object("import-ap");
    json_.member("href", "#" + texts_.uuid("plan"));
    json_.end();
    json_.begin_array("results");
    write_result();
    json_.end();
    write_back_matter();
    json_.end();
    json_.end();
  }

 private:
  void write_metadata() {
    json_.begin_object("metadata");
    json_.member("title", "Check of " + texts_.target() + " with " + texts_.profile_title());
    json_.member("last-modified", time_text(texts_.input().ended));
    json_.member("version", "1");
    json_.member("oscal-version", "1.1.2");
    json_.end();
  }

  void property(std::string_view name, std::string_view text) {
    const std::string value = property_of(text);
    if (value.empty()) {
      return;
    }
    json_.begin_object();
    json_.member("name", name);
    json_.member("ns", "https://twoseal.invalid/ns/oscal");
    json_.member("value", value);
    json_.end();
  }

  void write_result() {
    json_.begin_object();
    json_.member("uuid", texts_.uuid("result"));
    json_.member("title", "Check of " + texts_.target());
    json_.member("description",
                 "Every rule of " + std::string(texts_.benchmark().id) + " that " +
                     texts_.profile_title() + " selects.");
    json_.member("start", time_text(texts_.input().started));
    json_.member("end", time_text(texts_.input().ended));
    json_.begin_array("props");
    property("score", decimal_text(texts_.assessment().score(), 2));
    property("content-digest", texts_.assessment().content().source.text());
    json_.end();
    write_host();
    json_.begin_object("reviewed-controls");
    json_.begin_array("control-selections");
    json_.begin_object();
    json_.begin_object("include-all");
    json_.end();
    json_.end();
    json_.end();
    json_.end();
    write_rules();
    json_.end();
  }

  void write_host() {
    json_.begin_object("local-definitions");
    json_.begin_array("inventory-items");
    json_.begin_object();
    json_.member("uuid", texts_.uuid("host"));
    json_.member("description", "The host " + texts_.target());
    json_.begin_array("props");
    property("target", texts_.target());
    for (const std::string& address : texts_.input().addresses) {
      property("address", address);
    }
    json_.end();
    json_.end();
    json_.end();
    json_.end();
  }

  void write_rules() {
    const auto& outcomes = texts_.selected_outcomes();
    if (outcomes.empty()) {
      return;  // empty lists are not allowed
    }
    json_.begin_array("observations");
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      write_observation(*outcomes[i], i);
    }
    json_.end();
    bool any = false;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (const auto state = state_of(outcomes[i]->result)) {
        if (!any) {
          json_.begin_array("findings");
        }
        any = true;
        write_finding(*outcomes[i], i, *state);
      }
    }
    if (any) {
      json_.end();
    }
  }

  [[nodiscard]] std::string title_of(const Rule& rule) const {
    return rule.title.empty() ? std::string(rule.id) : texts_.filled(rule.title);
  }

  [[nodiscard]] std::string observation_uuid(std::size_t number) const {
    return texts_.uuid("observation " + std::to_string(number));
  }

  void write_observation(const RuleOutcome& outcome, std::size_t number) {
    const Rule& rule = texts_.rule(outcome);
    json_.begin_object();
    json_.member("uuid", observation_uuid(number));
    json_.member("title", title_of(rule));
    json_.member("description",
                 outcome.why.empty()
                     ? std::string(rule.id) + ": " + std::string(word_of(outcome.result))
                     : outcome.why);
    json_.begin_array("props");
    property("rule", rule.id);
    property("result", word_of(outcome.result));
    property("severity", word_of(texts_.selected(outcome).severity));
    json_.end();
    json_.begin_array("methods");
    json_.string("TEST-AUTOMATED");
    json_.end();
    json_.begin_array("subjects");
    json_.begin_object();
    json_.member("subject-uuid", texts_.uuid("host"));
    json_.member("type", "inventory-item");
    json_.end();
    json_.end();
    write_evidence(outcome);
    json_.member("collected", time_text(texts_.input().ended));
    json_.end();
  }

  void write_evidence(const RuleOutcome& outcome) {
    const Findings findings = collect_findings(texts_.assessment(), outcome, kEvidenceMax);
    if (findings.lines.empty()) {
      return;
    }
    json_.begin_array("relevant-evidence");
    const auto evidence = [&](std::string_view text) {
      json_.begin_object();
      json_.member("description", text);
      json_.end();
    };
    for (const FindingLine& line : findings.lines) {
      evidence(sentence_of(line));
    }
    if (findings.more > 0) {
      evidence("and " + std::to_string(findings.more) + " more");
    }
    json_.end();
  }

  void write_finding(const RuleOutcome& outcome, std::size_t number, const ObjectiveState& state) {
    const Rule& rule = texts_.rule(outcome);
    json_.begin_object();
    json_.member("uuid", texts_.uuid("finding " + std::to_string(number)));
    json_.member("title", title_of(rule));
    json_.member("description", std::string(rule.id) + ": " + std::string(word_of(outcome.result)));
    json_.begin_object("target");
    json_.member("type", "objective-id");
    json_.member("target-id", name_token(rule.id));
    json_.begin_object("status");
    json_.member("state", state.state);
    json_.member("reason", state.reason);
    json_.member_if("remarks", texts_.why_of(outcome));
    json_.end();
    json_.end();
    json_.begin_array("related-observations");
    json_.begin_object();
    json_.member("observation-uuid", observation_uuid(number));
    json_.end();
    json_.end();
    json_.end();
  }

  void write_back_matter() {
    const Benchmark& benchmark = texts_.benchmark();
    json_.begin_object("back-matter");
    json_.begin_array("resources");
    json_.begin_object();
    json_.member("uuid", texts_.uuid("plan"));
    json_.member(
        "title",
        benchmark.title.empty() ? std::string(benchmark.id) : texts_.filled(benchmark.title));
    json_.member("description",
                 "The benchmark " + std::string(benchmark.id) + " of " + texts_.source() + " (" +
                     texts_.assessment().content().source.text() +
                     "), which stands for the plan of this assessment.");
    json_.end();
    json_.end();
    json_.end();
  }

  const ReportTexts& texts_;
  JsonWriter json_;
};

}  // namespace

void write_oscal(const ReportTexts& texts, Output& output) {
  OscalReport(texts, output).write();
}

}  // namespace twoseal::scap
