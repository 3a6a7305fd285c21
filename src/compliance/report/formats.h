// The writers of the formats, for report.cc and their tests alone.
#pragma once

#include "compliance/report/byte_sink.h"
#include "compliance/report/report_texts.h"

namespace twoseal::scap {

void write_xccdf(const ReportTexts& texts, Output& output);
void write_arf(const ReportTexts& texts, Output& output);
void write_ckl(const ReportTexts& texts, Output& output);
void write_cklb(const ReportTexts& texts, Output& output);
void write_html(const ReportTexts& texts, Output& output);
void write_csv(const ReportTexts& texts, Output& output);
void write_json(const ReportTexts& texts, Output& output);
void write_sarif(const ReportTexts& texts, Output& output);
void write_oscal(const ReportTexts& texts, Output& output);

}  // namespace twoseal::scap
