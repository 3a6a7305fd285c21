// CSV (RFC 4180): a row for each finding, and one for each rule without findings.
#include "compliance/report/formats.h"
#include "compliance/report/xml_writer.h"

namespace twoseal::scap {
namespace {

// A cell that a spreadsheet would take for a formula begins with an apostrophe: then it is text.
// Every cell stands in quotes, because some spreadsheets divide lines at semicolons.
std::string cell_of(std::string_view text) {
  const std::string clean = xml_characters(text);
  const bool formula =
      !clean.empty() && std::string_view("=+-@\t\r\n").find(clean.front()) != Text::npos;
  const std::string cell = formula ? "'" + clean : clean;
  std::string quoted = "\"";
  for (const char c : cell) {
    quoted += c;
    if (c == '"') {
      quoted += '"';
    }
  }
  return quoted + "\"";
}

void put_row(const std::vector<std::string>& cells, Output& output) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) {
      output.put(',');
    }
    output.put(cell_of(cells[i]));
  }
  output.put("\r\n");
}

std::string idents_of(const Rule& rule) {
  std::string text;
  for (const Ident& ident : rule.idents) {
    text += (text.empty() ? "" : " ") + std::string(ident.value);
  }
  return text;
}

}  // namespace

void write_csv(const ReportTexts& texts, Output& output) {
  put_row({"host",
           "rule",
           "result",
           "severity",
           "title",
           "version",
           "idents",
           "why",
           "finding",
           "verdict",
           "expected",
           "found",
           "where"},
          output);
  for (const RuleOutcome* outcome : texts.selected_outcomes()) {
    const Rule& rule = texts.rule(*outcome);
    const std::vector<std::string> start = {texts.target(),
                                            std::string(rule.id),
                                            std::string(word_of(outcome->result)),
                                            std::string(word_of(texts.selected(*outcome).severity)),
                                            texts.filled(rule.title),
                                            std::string(rule.version),
                                            idents_of(rule),
                                            texts.why_of(*outcome)};
    const auto put = [&](std::vector<std::string> rest) {
      std::vector<std::string> cells = start;
      cells.insert(cells.end(), rest.begin(), rest.end());
      put_row(cells, output);
    };
    const Findings findings = collect_findings(texts.assessment(), *outcome, kFindingsMax);
    for (std::size_t i = 0; i < findings.lines.size(); ++i) {
      const FindingLine& line = findings.lines[i];
      put({std::to_string(i + 1),
           std::string(word_of(line.verdict)),
           line.expected,
           line.found,
           line.where});
    }
    if (findings.more > 0) {
      put({"more", "", "", "and " + std::to_string(findings.more) + " more", ""});
    }
    if (findings.lines.empty()) {
      put({"", "", "", "", ""});
    }
  }
}

}  // namespace twoseal::scap
