// Our own JSON. Members are only ever added; `format` counts what could not be told that way.
//
//   {format: 1, product, product_version,
//    host: {name, fqdn, addresses},  started, ended (RFC 3339),
//    content: {name, source, digest},  benchmark: {id, title, version},  profile: {id, title},
//    score (0–100), counts: {pass, fail, …},
//    rules: [{id, version, title, result, severity, idents: [{system, value}],
//             references: [{href, text}], why, exception: {id, until, why}, fix,
//             definitions: [{id, verdict}],
//             findings: [{verdict, expected, found, where, file, line}], more_findings}]}
//
// Members without a value are left out; rules that are not selected too. `verdict` is a word of
// OVAL: `false` is not as it should be, anything else could not be judged.
#include "compliance/report/formats.h"
#include "compliance/report/json_writer.h"

namespace twoseal::scap {
namespace {

class JsonReport {
 public:
  JsonReport(const ReportTexts& texts, Output& output) : texts_(texts), json_(output) {}

  void write() {
    json_.begin_object();
    json_.member_number("format", 1);
    json_.member("product", "twoseal");
    json_.member_if("product_version", texts_.input().product_version);
    write_host();
    json_.member("started", time_text(texts_.input().started));
    json_.member("ended", time_text(texts_.input().ended));
    write_content();
    write_sums();
    json_.begin_array("rules");
    for (const RuleOutcome* outcome : texts_.selected_outcomes()) {
      write_rule(*outcome);
    }
    json_.end();
    json_.end();
  }

 private:
  void write_host() {
    json_.begin_object("host");
    json_.member_if("name", texts_.input().host_name);
    json_.member_if("fqdn", texts_.input().fqdn);
    json_.begin_array("addresses");
    for (const std::string& address : texts_.input().addresses) {
      json_.string(address);
    }
    json_.end();
    json_.end();
  }

  void write_content() {
    const Benchmark& benchmark = texts_.benchmark();
    json_.begin_object("content");
    json_.member("name", texts_.input().content_name);
    json_.member_if("source", texts_.source());
    json_.member("digest", texts_.assessment().content().source.text());
    json_.end();
    json_.begin_object("benchmark");
    json_.member("id", benchmark.id);
    json_.member_if("title", texts_.filled(benchmark.title));
    json_.member_if("version", benchmark.version);
    json_.end();
    json_.begin_object("profile");
    json_.member_if("id", texts_.assessment().selection().profile);
    json_.member("title", texts_.profile_title());
    json_.end();
  }

  void write_sums() {
    json_.key("score");
    json_.decimal(texts_.assessment().score(), 2);
    json_.begin_object("counts");
    const ResultCounts counts = texts_.assessment().counts();
    for (std::size_t i = 0; i < kRuleResults; ++i) {
      const auto result = static_cast<RuleResult>(i);
      json_.member_number(word_of(result), static_cast<std::int64_t>(counts.count(result)));
    }
    json_.end();
  }

  void write_rule(const RuleOutcome& outcome) {
    const Rule& rule = texts_.rule(outcome);
    json_.begin_object();
    json_.member("id", rule.id);
    json_.member_if("version", rule.version);
    json_.member("title", texts_.filled(rule.title));
    json_.member("result", word_of(outcome.result));
    json_.member("severity", word_of(texts_.selected(outcome).severity));
    json_.begin_array("idents");
    for (const Ident& ident : rule.idents) {
      json_.begin_object();
      json_.member("system", ident.system);
      json_.member("value", ident.value);
      json_.end();
    }
    json_.end();
    json_.begin_array("references");
    for (const Reference& reference : rule.references) {
      json_.begin_object();
      json_.member_if("href", reference.href);
      json_.member_if("text", texts_.filled(reference.text));
      json_.end();
    }
    json_.end();
    json_.member_if("why", outcome.why);
    write_exception(outcome);
    if (is_finding(outcome.result)) {
      json_.member_if("fix", texts_.fix_of(rule));
    }
    write_definitions(outcome);
    write_findings(outcome);
    json_.end();
  }

  void write_exception(const RuleOutcome& outcome) {
    const SignedException* exception = texts_.exception_of(outcome);
    if (exception == nullptr) {
      return;
    }
    json_.begin_object("exception");
    json_.member("id", exception->id);
    json_.member("until", time_text(exception->until));
    json_.member("why", exception->why);
    json_.end();
  }

  void write_definitions(const RuleOutcome& outcome) {
    json_.begin_array("definitions");
    for (const UsedDefinition& used : outcome.definitions) {
      const Evaluation& evaluation = *texts_.assessment().evaluations()[used.evaluation];
      json_.begin_object();
      json_.member("id", evaluation.document().definitions[used.definition].id);
      json_.member("verdict",
                   word_of(evaluation.verdict_of(used.definition).value_or(Verdict::error)));
      json_.end();
    }
    json_.end();
  }

  void write_findings(const RuleOutcome& outcome) {
    const Findings findings = collect_findings(texts_.assessment(), outcome, kFindingsMax);
    json_.begin_array("findings");
    for (const FindingLine& line : findings.lines) {
      json_.begin_object();
      json_.member("verdict", word_of(line.verdict));
      json_.member("expected", line.expected);
      json_.member("found", line.found);
      json_.member("where", line.where);
      json_.member_if("file", line.file);
      if (line.line > 0) {
        json_.member_number("line", line.line);
      }
      json_.end();
    }
    json_.end();
    if (findings.more > 0) {
      json_.member_number("more_findings", static_cast<std::int64_t>(findings.more));
    }
  }

  const ReportTexts& texts_;
  JsonWriter json_;
};

}  // namespace

void write_json(const ReportTexts& texts, Output& output) {
  JsonReport(texts, output).write();
}

}  // namespace twoseal::scap
