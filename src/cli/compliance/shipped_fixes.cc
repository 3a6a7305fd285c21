#include "cli/compliance/shipped_fixes.h"

#include <iterator>

#include "embedded/kFixes.h"

namespace twoseal::cli {

Result<authoring::FixFile> shipped_fixes() {
  authoring::FixFile all;
  for (const embedded::Text& file : embedded::kFixes) {
    TWOSEAL_TRY(authoring::FixFile one, authoring::read_fixes({file.text, file.file}));
    std::move(one.fixes.begin(), one.fixes.end(), std::back_inserter(all.fixes));
    std::move(one.by_hand.begin(), one.by_hand.end(), std::back_inserter(all.by_hand));
  }
  return all;
}

}  // namespace twoseal::cli
