#include "compliance/report/report.h"

#include <array>

#include "compliance/report/formats.h"

namespace twoseal::scap {
namespace {

struct Suffix {
  std::string_view text;
  ReportFormat format;
};

// The longer ones first.
constexpr std::array kSuffixes = {
    Suffix{".xccdf.xml", ReportFormat::xccdf},
    Suffix{".arf.xml", ReportFormat::arf},
    Suffix{".arf", ReportFormat::arf},
    Suffix{".ckl", ReportFormat::ckl},
    Suffix{".cklb", ReportFormat::cklb},
    Suffix{".html", ReportFormat::html},
    Suffix{".csv", ReportFormat::csv},
    Suffix{".oscal.json", ReportFormat::oscal},
    Suffix{".sarif.json", ReportFormat::sarif},
    Suffix{".sarif", ReportFormat::sarif},
    Suffix{".json", ReportFormat::json},
};

using Write = void (*)(const ReportTexts& texts, Output& output);

Write writer_of(ReportFormat format) {
  switch (format) {
    case ReportFormat::xccdf:
      return write_xccdf;
    case ReportFormat::arf:
      return write_arf;
    case ReportFormat::ckl:
      return write_ckl;
    case ReportFormat::cklb:
      return write_cklb;
    case ReportFormat::html:
      return write_html;
    case ReportFormat::csv:
      return write_csv;
    case ReportFormat::json:
      return write_json;
    case ReportFormat::sarif:
      return write_sarif;
    case ReportFormat::oscal:
      break;
  }
  return write_oscal;
}

}  // namespace

std::optional<ReportFormat> report_format_of(std::string_view file_name) {
  for (const Suffix& suffix : kSuffixes) {
    if (file_name.ends_with(suffix.text)) {
      return suffix.format;
    }
  }
  return std::nullopt;
}

Result<void> write_report(ReportFormat format, const ReportInput& input, ByteSink& sink) {
  const ReportTexts texts(input);
  Output output(sink);
  writer_of(format)(texts, output);
  return output.finish();
}

}  // namespace twoseal::scap
