// HTML: one page that needs nothing else. What is not as it should be comes first, the most severe
// before the others; a rule shows at most kShown findings, and says how many there are beside them.
#include "base/encoding.h"
#include "compliance/report/formats.h"
#include "compliance/report/xml_writer.h"
#include "crypto/hash.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kShown = 50;

// Every pair of colours has a contrast of 4.5:1 or more; results are told by words.
constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--text:#1b1f24;--page:#fff;--soft:#57606a;--line:#d0d7de;
--box:#f6f8fa;--link:#0550ae}
@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--page:#0d1117;--soft:#9da7b1;
--line:#3d444d;--box:#161b22;--link:#79c0ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;
color:var(--text);background:var(--page);overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.25rem;margin-top:2rem}h3{font-size:1.05rem;
margin:0 0 .3rem}
a{color:var(--link)}code,pre{font-family:ui-monospace,monospace;font-size:.9em}
pre{white-space:pre-wrap;background:var(--page);border:1px solid var(--line);padding:.6rem;
max-height:24rem;overflow:auto}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt{color:var(--soft)}dd{
margin:0}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600}.n{text-align:right;font-variant-numeric:tabular-nums}
.rule{border:1px solid var(--line);border-left-width:.4rem;background:var(--box);
border-radius:.4rem;padding:.8rem;margin:.8rem 0}
.fail{border-left-color:#a40e26}.error,.unknown{border-left-color:#8a4600}
.b{display:inline-block;border-radius:.3rem;padding:0 .45rem;color:#fff;background:#57606a;
font-size:.85rem;font-weight:600}
.b-fail{background:#a40e26}.b-error,.b-unknown{background:#8a4600}.b-pass,.b-fixed{
background:#116329}
.id,.soft{color:var(--soft)}form{display:flex;flex-wrap:wrap;gap:.5rem 1rem;margin:1rem 0}
select,input{font:inherit;color:inherit;background:var(--page);border:1px solid var(--soft);
border-radius:.3rem;padding:.2rem .4rem}
[hidden]{display:none!important}
@media print{form{display:none}.rule{break-inside:avoid}}
@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}th,td{padding:.3rem}}
)css";

constexpr std::string_view kScript = R"js(
(function(){var f=document.getElementById("filter"),s=document.getElementById("shown");
var all=document.querySelectorAll("[data-result]");
function run(){var r=f.result.value,v=f.severity.value,t=f.text.value.toLowerCase(),n=0;
all.forEach(function(e){var d=e.dataset,
k=(!r||d.result===r)&&(!v||d.severity===v)&&(!t||e.textContent.toLowerCase().indexOf(t)>=0);
e.hidden=!k;if(k)n++});s.textContent=n+" of "+all.length+" rules shown"}
f.hidden=false;f.addEventListener("input",run);f.addEventListener("submit",function(e){
e.preventDefault()});run()})();
)js";

constexpr Severity kSeverities[] = {
    Severity::high, Severity::medium, Severity::low, Severity::info, Severity::unknown};

std::string policy() {
  const auto hash = [](std::string_view text) {
    return "'sha256-" + base64_encode(sha256(text).bytes()) + "'";
  };
  return "default-src 'none'; style-src " + hash(kStyle) + "; script-src " + hash(kScript) +
         "; base-uri 'none'; form-action 'none'";
}

std::string text_of(std::string_view text) {
  return xml_escaped(text, false);
}

std::string attribute_of(std::string_view text) {
  return xml_escaped(text, true);
}

class HtmlReport {
 public:
  HtmlReport(const ReportTexts& texts, Output& output) : texts_(texts), output_(output) {}

  void write() {
    write_head();
    write_summary();
    write_filter();
    output_.put("<h2 id=\"findings\">Findings</h2>\n");
    bool any = false;
    for (const Severity severity : kSeverities) {
      any = write_rules(severity) || any;
    }
    output_.put(any ? "" : "<p>Nothing is other than it should be.</p>\n");
    write_others();
    output_.put("</main>\n<script>");
    output_.put(kScript);
    output_.put("</script>\n</body>\n</html>\n");
  }

 private:
  void write_head() {
    const std::string title = "Check of " + texts_.target();
    output_.put("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    output_.put("<meta http-equiv=\"Content-Security-Policy\" content=\"" + attribute_of(policy()) +
                "\">\n");
    output_.put("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
    output_.put("<title>" + text_of(title) + "</title>\n<style>");
    output_.put(kStyle);
    output_.put("</style>\n</head>\n<body>\n<main>\n<h1>" + text_of(title) + "</h1>\n");
  }

  void put_fact(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      output_.put("<dt>" + text_of(name) + "</dt><dd>" + text_of(value) + "</dd>\n");
    }
  }

  void write_summary() {
    const ReportInput& input = texts_.input();
    std::string addresses;
    for (const std::string& address : input.addresses) {
      addresses += (addresses.empty() ? "" : ", ") + address;
    }
    output_.put("<dl>\n");
    put_fact("Host", input.host_name);
    put_fact("Addresses", addresses);
    put_fact(
        "Benchmark",
        texts_.filled(texts_.benchmark().title) + " " + std::string(texts_.benchmark().version));
    put_fact("Profile", texts_.profile_title());
    put_fact("Content", input.content_name + " (" + texts_.source() + ")");
    put_fact("Digest of the content", texts_.assessment().content().source.text());
    put_fact("Started", time_text(input.started));
    put_fact("Ended", time_text(input.ended));
    put_fact("Checked by", "twoseal " + input.product_version);
    put_fact("Score", decimal_text(texts_.assessment().score(), 1) + " of 100");
    output_.put("</dl>\n");
    write_counts();
  }

  void write_counts() {
    const ResultCounts counts = texts_.assessment().counts();
    output_.put(
        "<h2>Results</h2>\n<table>\n<thead><tr><th scope=\"col\">Result</th>"
        "<th scope=\"col\" class=\"n\">Rules</th></tr></thead>\n<tbody>\n");
    for (std::size_t i = 0; i < kRuleResults; ++i) {
      const auto result = static_cast<RuleResult>(i);
      if (counts.count(result) > 0) {
        output_.put("<tr><th scope=\"row\">" + badge(result) + "</th><td class=\"n\">" +
                    std::to_string(counts.count(result)) + "</td></tr>\n");
      }
    }
    output_.put("</tbody>\n</table>\n");
  }

  static std::string badge(RuleResult result) {
    const std::string word(word_of(result));
    return "<span class=\"b b-" + word + "\">" + word + "</span>";
  }

  void put_choice(std::string_view name, std::string_view label) {
    output_.put("<label>");
    output_.put(label);
    output_.put(" <select name=\"");
    output_.put(name);
    output_.put("\"><option value=\"\">all</option>");
  }

  void write_filter() {
    output_.put("<form id=\"filter\" hidden>\n");
    put_choice("result", "Result");
    const ResultCounts counts = texts_.assessment().counts();
    for (std::size_t i = 0; i < kRuleResults; ++i) {
      const auto result = static_cast<RuleResult>(i);
      if (counts.count(result) > 0 && result != RuleResult::notselected) {
        output_.put("<option>" + std::string(word_of(result)) + "</option>");
      }
    }
    output_.put("</select></label>\n");
    put_choice("severity", "Severity");
    for (const Severity severity : kSeverities) {
      output_.put("<option>" + std::string(word_of(severity)) + "</option>");
    }
    output_.put(
        "</select></label>\n<label>Text <input name=\"text\" type=\"search\"></label>\n"
        "<span id=\"shown\" class=\"soft\" aria-live=\"polite\"></span>\n</form>\n");
  }

  [[nodiscard]] std::string data_of(const RuleOutcome& outcome) const {
    return "data-result=\"" + std::string(word_of(outcome.result)) + "\" data-severity=\"" +
           std::string(word_of(texts_.selected(outcome).severity)) + "\"";
  }

  [[nodiscard]] std::string severity_of(const RuleOutcome& outcome) const {
    const Severity severity = texts_.selected(outcome).severity;
    const std::string_view category = category_of(severity);
    return std::string(word_of(severity)) +
           (category.empty() ? "" : " (CAT " + std::string(category) + ")");
  }

  bool write_rules(Severity severity) {
    bool any = false;
    for (const RuleOutcome* outcome : texts_.selected_outcomes()) {
      if (is_finding(outcome->result) && texts_.selected(*outcome).severity == severity) {
        write_rule(*outcome);
        any = true;
      }
    }
    return any;
  }

  void write_rule(const RuleOutcome& outcome) {
    const Rule& rule = texts_.rule(outcome);
    output_.put("<article class=\"rule " + std::string(word_of(outcome.result)) + "\" " +
                data_of(outcome) + ">\n<h3>" + text_of(texts_.filled(rule.title)) + "</h3>\n<p>" +
                badge(outcome.result) + " severity " + severity_of(outcome) +
                " <code class=\"id\">" + text_of(rule.id) + "</code></p>\n");
    if (const std::string why = texts_.why_of(outcome); !why.empty()) {
      output_.put("<p>Why: " + text_of(why) + "</p>\n");
    }
    write_findings(outcome);
    write_folded("Why it matters", texts_.filled(rule.rationale), texts_.description_of(rule));
    write_folded("How to mend it", texts_.fix_of(rule), {});
    write_references(rule);
    output_.put("</article>\n");
  }

  void write_findings(const RuleOutcome& outcome) {
    const Findings findings = collect_findings(texts_.assessment(), outcome, kShown);
    if (findings.lines.empty()) {
      return;
    }
    output_.put(
        "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Expected</th>"
        "<th scope=\"col\">Found</th><th scope=\"col\">Where</th></tr></thead>\n<tbody>\n");
    for (const FindingLine& line : findings.lines) {
      const std::string judged = line.verdict == Verdict::no ? "" : "could not be judged: ";
      output_.put("<tr><td>" + text_of(line.expected) + "</td><td>" + judged + "<code>" +
                  text_of(line.found) + "</code></td><td><code>" + text_of(line.where) +
                  "</code></td></tr>\n");
    }
    output_.put("</tbody>\n</table></div>\n");
    if (findings.more > 0) {
      output_.put("<p>" + std::to_string(findings.lines.size()) + " findings are shown here; " +
                  std::to_string(findings.more) + " more are not.</p>\n");
    }
  }

  void write_folded(std::string_view heading, std::string_view text, std::string_view more) {
    if (text.empty() && more.empty()) {
      return;
    }
    output_.put("<details><summary>");
    output_.put(heading);
    output_.put("</summary>\n<pre>" + text_of(text));
    if (!text.empty() && !more.empty() && text != more) {
      output_.put("\n\n");
    }
    output_.put((text == more ? std::string() : text_of(more)) + "</pre></details>\n");
  }

  void write_references(const Rule& rule) {
    if (rule.references.empty() && rule.idents.empty()) {
      return;
    }
    output_.put("<details><summary>References</summary>\n<ul>\n");
    for (const Ident& ident : rule.idents) {
      output_.put("<li>" + text_of(ident.value) + " <span class=\"soft\">" + text_of(ident.system) +
                  "</span></li>\n");
    }
    for (const Reference& reference : rule.references) {
      const std::string text = texts_.filled(reference.text);
      const std::string shown = text_of(text.empty() ? std::string(reference.href) : text);
      const bool link =
          reference.href.starts_with("https://") || reference.href.starts_with("http://");
      output_.put(link ? "<li><a rel=\"noreferrer\" href=\"" + attribute_of(reference.href) +
                             "\">" + shown + "</a></li>\n"
                       : "<li>" + shown + "</li>\n");
    }
    output_.put("</ul></details>\n");
  }

  void write_others() {
    output_.put(
        "<h2 id=\"others\">Other rules</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
        "<th scope=\"col\">Result</th><th scope=\"col\">Severity</th><th scope=\"col\">Rule</th>"
        "</tr></thead>\n<tbody>\n");
    for (const RuleOutcome* outcome : texts_.selected_outcomes()) {
      if (is_finding(outcome->result)) {
        continue;
      }
      const Rule& rule = texts_.rule(*outcome);
      output_.put("<tr " + data_of(*outcome) + "><td>" + badge(outcome->result) + "</td><td>" +
                  severity_of(*outcome) + "</td><td>" + text_of(texts_.filled(rule.title)) +
                  " <code class=\"id\">" + text_of(short_id(rule.id)) + "</code>");
      if (!outcome->why.empty()) {
        output_.put("<br><span class=\"soft\">" + text_of(outcome->why) + "</span>");
      }
      output_.put("</td></tr>\n");
    }
    output_.put("</tbody>\n</table></div>\n");
  }

  const ReportTexts& texts_;
  Output& output_;
};

}  // namespace

void write_html(const ReportTexts& texts, Output& output) {
  HtmlReport(texts, output).write();
}

}  // namespace twoseal::scap
