// Why a rule came out as it did, one line per thing that is not as it should be: what was expected,
// what was found, and where. The one description that the terminal and all exports share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compliance/xccdf/assessment.h"

namespace twoseal::scap {

/// All texts but `file` are short and safe to print on one line.
struct FindingLine {
  std::string expected;  ///< `PermitRootLogin … matches ^no$`
  std::string found;     ///< `yes`
  std::string where;     ///< `/etc/ssh/sshd_config:33`
  /// `no`: it is not as it should be. Anything else: it could not be judged.
  Verdict verdict = Verdict::no;
  std::string file;        ///< the path that it is about, as it is; empty when it is about none
  std::uint32_t line = 0;  ///< in that file, from 1; 0 when that means nothing
};

/// `more`: how many lines there were beside those given.
struct Findings {
  std::vector<FindingLine> lines;
  std::uint64_t more = 0;
};

/// Walks the criteria of the definitions that a rule was judged by, extended definitions included,
/// and describes the tests that kept it from passing, the most telling first: what was found wrong,
/// then what was not found, then what a definition merely relies on; of a rule that could not be
/// judged, what could not be read before all of them. Empty for a rule that passed. At most `max`
/// lines are made, however many items there are.
[[nodiscard]] Findings collect_findings(const Assessment& assessment,
                                        const RuleOutcome& outcome,
                                        std::size_t max);

/// The lines of collect_findings() alone.
[[nodiscard]] std::vector<FindingLine> findings_of(const Assessment& assessment,
                                                   const RuleOutcome& outcome,
                                                   std::size_t max);

/// What criteria come to, of which every test was judged.
[[nodiscard]] Verdict criteria_verdict(const Evaluation& evaluation, const Criteria& criteria);

/// `/etc/ssh/sshd_config:33: expected PermitRootLogin … matches ^no$, found yes`
[[nodiscard]] std::string sentence_of(const FindingLine& finding);

}  // namespace twoseal::scap
