// Values of a benchmark that the caller of a check gives, in the place of those of the profile.
#pragma once

#include <string>
#include <vector>

#include "compliance/text_arena.h"
#include "compliance/xccdf/selection.h"

namespace twoseal::cli {

/// Sets values of `selection`. `given`: `ID=TEXT` each; the same id several times gives it several
/// values. An id may be what follows `_value_` in it. `texts`: keeps them; must outlive the
/// selection.
///
/// Errc::usage for what has another form, for a value that the benchmark does not have, and for an
/// end that several ids have and none is.
[[nodiscard]] Result<void> give_values(const std::vector<std::string>& given,
                                       const scap::Benchmark& benchmark,
                                       scap::TextArena& texts,
                                       scap::Selection& selection);

}  // namespace twoseal::cli
