// What a document says field by field, and what the next one says otherwise, as people read it
// before they sign.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace twoseal::cli {

/// What something says, by the names that people read.
using Fields = std::map<std::string, std::string>;

/// One thing that differs: `label role`, with what it was and is; empty for nothing.
struct Difference {
  std::string field;
  std::string before;
  std::string after;
};

/// What differs, by the name of the field.
[[nodiscard]] std::vector<Difference> differences(const Fields& before, const Fields& after);

/// `web-01` and a line `  env  test -> prod` for each; `none` stands where nothing differs.
[[nodiscard]] std::string differences_text(const std::string& name,
                                           const std::vector<Difference>& differences,
                                           std::string_view none = "nothing but its next year");

/// What a canonical document says: `rules prod.min_local` with `1`, moments as dates. An item with
/// an id is named by it, another one by all it says. Nothing is left out but what every version has
/// anew, or all alike: nonce, version, issued, organisation, and what it follows.
/// Errc::not_canonical.
[[nodiscard]] Result<Fields> document_fields(BytesView canonical);

}  // namespace twoseal::cli
