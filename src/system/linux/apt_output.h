// What apt-get says it would do and fetch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "system/packages.h"

namespace twoseal {

/// A package that apt would install or remove. `arch` is empty for a removal.
struct AptStep {
  std::string name;
  std::string version;
  std::string arch;

  auto operator<=>(const AptStep&) const = default;
};

/// Each ascending and without doubles.
struct AptSteps {
  std::vector<AptStep> install;
  std::vector<AptStep> remove;

  bool operator==(const AptSteps&) const = default;
};

/// Out of `apt-get --simulate install`: lines `Inst NAME [OLD] (NEW ORIGIN [ARCH])` and
/// `Remv NAME [OLD]`; all others are passed over. Errc::package_failed when such a line is of
/// another form, because what is not understood cannot be approved.
[[nodiscard]] Result<AptSteps> parse_apt_steps(std::string_view text);

/// Out of `apt-get --print-uris download`: lines `'URI' FILE SIZE SHA256:HEX`. Name, version and
/// architecture are those of the file's name. Errc::package_failed.
[[nodiscard]] Result<std::vector<PackageFile>> parse_apt_uris(std::string_view text);

/// Why `program` (apt-get, apt-helper …) failed, by its output: Errc::no_such_package,
/// Errc::package_locked, else Errc::package_failed. Says the lines that begin with `E: `, joined by
/// blanks; else the last line.
[[nodiscard]] Error apt_error(std::string_view output, const std::string& program);

}  // namespace twoseal
