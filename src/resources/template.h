// Templates: text with `{{ name }}` in it, where name is a fact or a signed label.
//
// There is nothing else: no conditions, no loops, no files. So what a template can say is what the
// approvers saw, with values from a closed list in its places. A library would read more than that.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "system/facts.h"

namespace twoseal {

/// Fills in a template. `{{ fact.hostname }}`, `{{ label.role }}`; `{{{{` stands for `{{`.
/// Errc::unknown_fact with line and name for what is not on the closed list, not known on this
/// host, or no label of it; Errc::bad_resource for braces that do not close, and for a label whose
/// value has characters that facts may not have.
[[nodiscard]] Result<Bytes> fill_template(std::string_view text,
                                          const Facts& facts,
                                          const std::map<std::string, std::string>& labels);

}  // namespace twoseal
