// Evidence files: decisions with everything they were made from, readable by hand and checked
// offline. docs/formats/evidence.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/authorize.h"

namespace twoseal {

/// Decision directories by the name of their folder under `cases/`. In `ended/` of a case lies what
/// its host signed afterwards, with its proofs.
using EvidenceCases = std::map<std::string, Files>;

/// The evidence file that holds `cases`, with a manifest, a table and a page for people. Each case
/// must have the same organisation and checkpoint; its answer is recorded as expect.json.
/// Errc::usage when there is no case or a name is no plain one; Errc::bad_field when cases do not
/// belong together, or when the answer rests on a roster that the host remembers and whose
/// signatures are not in the case; errors of load_inputs() and write_archive().
[[nodiscard]] Result<Bytes> make_evidence(const EvidenceCases& cases);

enum class EvidenceAnswer {
  valid,       ///< all answers follow from what is in the file, under the given organisation
  consistent,  ///< the same, but no organisation was given to hold it against
  pending,  ///< the given checkpoint is newer than the evidence, which therefore cannot be placed
  invalid,
};

struct CheckedCase {
  std::string name;
  std::string title;
  Decision decision;
  std::string ended;  ///< `ok, rolled-back`: outcomes that its host signed, as the file has them
};

struct EvidenceReport {
  EvidenceAnswer answer = EvidenceAnswer::invalid;
  std::optional<Error> no_archive;    ///< why the file is not even an archive
  std::vector<std::string> problems;  ///< what is wrong, with the place
  Digest org;
  std::int64_t log_size = 0;
  std::vector<CheckedCase> cases;
};

/// Checks an evidence file. `org`: the digest of the first roster, known from elsewhere.
/// `checkpoint`: a signed note that the reader kept; the log in the evidence must continue it.
[[nodiscard]] EvidenceReport check_evidence(BytesView file,
                                            const std::optional<Digest>& org,
                                            const std::optional<Bytes>& checkpoint);

}  // namespace twoseal
