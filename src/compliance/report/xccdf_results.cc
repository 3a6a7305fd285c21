// XCCDF 1.2: the benchmark with the result of the test inside, as other tools read it.
#include "compliance/report/formats.h"
#include "compliance/report/xccdf_writer.h"

namespace twoseal::scap {

void write_xccdf(const ReportTexts& texts, Output& output) {
  XmlWriter xml(output);
  XccdfWriter xccdf(texts, xml);
  xccdf.write_benchmark(true);
}

}  // namespace twoseal::scap
