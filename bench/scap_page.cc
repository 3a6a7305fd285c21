// How long does the page of a large check take? Goals: 1,000 rules with 1,000,000 findings as HTML
// within 5 s and 256 MB. No reference: oscap's page is made by an XSLT program out of its results.
//
//   scap_page [RULES [LINES]]   default: 1,000 rules that find 1,000 lines each
//
// The benchmark is compiled and judged as every check does it, with the limits of every check, and
// the page is written by the real writer to a file. The memory is that of the whole process:
// content and items are there while a page is written.
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/resource.h>

#include "base/check.h"
#include "bench/report.h"
#include "compliance/content/compiler.h"
#include "compliance/report/finding.h"
#include "compliance/report/report.h"
#include "system/linux/linux_file_tree.h"
#include "tests/support/temporary_directory.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a program
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)

namespace {

constexpr int kRules = 1'000;
constexpr int kLines = 1'000;
constexpr double kSecondsMax = 5;
constexpr double kMegabytesMax = 256;
constexpr double kKibi = 1024;
constexpr double kMega = 1e6;
constexpr std::string_view kOval = "http://oval.mitre.org/XMLSchema/oval-definitions-5";

std::string numbered(std::string text, int number) {
  for (std::size_t at = text.find('#'); at != std::string::npos; at = text.find('#', at)) {
    text.replace(at, 1, std::to_string(number));
  }
  return text;
}

std::string for_each_rule(int rules, const std::string& text) {
  std::string all;
  for (int number = 0; number < rules; ++number) {
    all += numbered(text, number);
  }
  return all;
}

// Every rule has a definition, a test and an object of its own, which forbid the same lines.
std::string definitions(int rules) {
  return "<oval_definitions xmlns='" + std::string(kOval) + "' xmlns:ind='" + std::string(kOval) +
         "#independent'><definitions>" +
         for_each_rule(rules,
                       "<definition class='compliance' id='oval:b:def:#' version='1'><metadata>"
                       "<title>t</title></metadata><criteria><criterion test_ref='oval:b:tst:#'/>"
                       "</criteria></definition>") +
         "</definitions><tests>" +
         for_each_rule(rules,
                       "<ind:textfilecontent54_test check='all' check_existence='none_exist' "
                       "comment='c' id='oval:b:tst:#' version='1'><ind:object "
                       "object_ref='oval:b:obj:#'/></ind:textfilecontent54_test>") +
         "</tests><objects>" +
         for_each_rule(rules,
                       "<ind:textfilecontent54_object id='oval:b:obj:#' version='1'><ind:filepath>"
                       "/etc/app.conf</ind:filepath><ind:pattern operation='pattern match'>"
                       "^Debug (\\d+ .*)$</ind:pattern><ind:instance datatype='int' "
                       "operation='greater than or equal'>1</ind:instance>"
                       "</ind:textfilecontent54_object>") +
         "</objects></oval_definitions>";
}

std::string benchmark(int rules) {
  const std::string prose =
      "What is written for whoever looks for faults helps those who look for ways in just as much, "
      "and stays switched on long after the fault was found. ";
  return "<Benchmark xmlns='http://checklists.nist.gov/xccdf/1.2' id='xccdf_b_benchmark_b'>"
         "<status>accepted</status><title>Bench</title><version>1</version>" +
         for_each_rule(rules,
                       "<Rule id='xccdf_b_rule_n#' severity='medium'><title>Nothing is written for "
                       "debugging in part # of the configuration</title><description>" +
                           prose + prose + prose +
                           "</description><reference href='https://example.org/guide'>Guide #"
                           "</reference><rationale>" +
                           prose + prose +
                           "</rationale><ident system='http://cyber.mil/cci'>CCI-000366</ident>"
                           "<fixtext>Take the line out. " +
                           prose + "</fixtext><check system='" + std::string(kOval) +
                           "'><check-content-ref href='oval.xml' name='oval:b:def:#'/></check>"
                           "</Rule>") +
         "</Benchmark>";
}

void make_file(const std::filesystem::path& path, int lines) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  for (int number = 0; number < lines; ++number) {
    file << "Debug " << number << " of a <module> that \"somebody\" once looked into & forgot\n";
  }
}

class FileSink : public ByteSink {
 public:
  explicit FileSink(const std::string& path) : file_(path, std::ios::binary) {}

  Result<void> write(std::string_view bytes) override {
    total_ += bytes.size();
    file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return file_ ? Result<void>() : fail(Errc::disk_full, "the page could not be written");
  }

  [[nodiscard]] double megabytes() const { return static_cast<double>(total_) / kMega; }

 private:
  std::ofstream file_;
  std::size_t total_ = 0;
};

double peak_megabytes() {
  rusage usage{};
  check(::getrusage(RUSAGE_SELF, &usage) == 0, "this process knows what it used");
  return static_cast<double>(usage.ru_maxrss) * kKibi / kMega;
}

int number_of(std::string_view text, int otherwise) {
  int number = otherwise;
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// All that the rules found, whether the page shows it or says that it does not.
double findings_of(const Assessment& assessment) {
  double findings = 0;
  for (const RuleOutcome& outcome : assessment.outcomes()) {
    const Findings found = collect_findings(assessment, outcome, 1);
    findings += static_cast<double>(found.lines.size() + found.more);
  }
  return findings;
}

}  // namespace

int main(int argc, char** argv) {
  const int rules = number_of(argc > 1 ? argv[1] : "", kRules);
  const int lines = number_of(argc > 2 ? argv[2] : "", kLines);
  const TemporaryDirectory directory;
  make_file(directory.file("root/etc/app.conf"), lines);
  const auto tree = LinuxFileTree::open_root(directory.file("root")).value();
  InspectedHost host;
  host.files = tree.get();
  const Content content =
      compile_content({"bench.xml", benchmark(rules)}, {{"oval.xml", definitions(rules)}}).value();
  const Selection selection = select_profile(content.benchmarks.front(), "").value();
  Assessment assessment(content, content.benchmarks.front(), selection, host, 1'795'000'000);
  const double judging = bench::seconds([&] { assessment.run(); });
  const double before = peak_megabytes();
  FileSink sink(directory.file("page.html"));
  const ReportInput input{.assessment = assessment, .content_name = "bench", .host_name = "web1"};
  const double writing = bench::seconds([&] {
    check(write_report(ReportFormat::html, input, sink).has_value(), "the page is written");
  });
  const double peak = peak_megabytes();
  const std::string what = std::to_string(rules) + " rules as HTML";
  return bench::report("scap_page",
                       {{.what = "findings", .unit = "each", .ours = findings_of(assessment)},
                        {.what = "judging before", .unit = "s", .ours = judging},
                        {.what = what,
                         .unit = "s",
                         .ours = writing,
                         .goal = kSecondsMax,
                         .side = bench::Goal::at_most},
                        {.what = what + ", whole process at its peak",
                         .unit = "MB",
                         .ours = peak,
                         .reference = before,
                         .goal = kMegabytesMax,
                         .side = bench::Goal::at_most},
                        {.what = "the page", .unit = "MB", .ours = sink.megabytes()}});
}
