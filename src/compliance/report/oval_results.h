// OVAL results 5.11: verdicts of definitions and tests, and the items that they rest on.
// Source: OVAL Language Specification 5.11, §4.6; schema oval-results-schema.xsd.
#pragma once

#include "compliance/report/report_texts.h"
#include "compliance/report/xml_writer.h"

namespace twoseal::scap {

/// Whether any definition of the evaluation was judged.
[[nodiscard]] bool has_results(const Evaluation& evaluation);

/// Writes an `oval_results` element of the definitions that were judged. Objects are all that were
/// collected, also for variables and sets; items are those that the evaluation kept, and an object
/// that had more says so. Values that are secrets, and those that content masks, are left out.
///
/// Compiled content does not know the versions of tests and objects: they are written as 0.
void write_oval_results(const ReportTexts& texts, const Evaluation& evaluation, XmlWriter& xml);

}  // namespace twoseal::scap
