// The root from which every host starts: a small Debian 12, made once and kept as a tar.
#pragma once

#include <optional>

#include "cli/testbed/tools.h"

namespace twoseal::testbed {

/// `base-STAMP.tar` in `cache`, made when it is not there: about a minute and 300 MB from the
/// mirror. STAMP is of the recipe, so another recipe gets another tar, and the one before goes.
/// `mirror`: its address; nothing: the one that apt of this machine uses, else debootstrap's own.
/// Errc::testbed_base_failed with what debootstrap said.
[[nodiscard]] Result<std::string> make_base_root(const std::string& cache,
                                                 const std::optional<std::string>& mirror,
                                                 const Tools& tools);

/// Removes what make_base_root() left in `cache`.
[[nodiscard]] Result<void> remove_base_roots(const std::string& cache);

}  // namespace twoseal::testbed
