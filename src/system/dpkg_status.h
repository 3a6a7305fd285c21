// The status file of dpkg (/var/lib/dpkg/status): which packages a host has. Read by ourselves
// because a check that changes nothing must stay cheap: libapt takes 12 ms and 43 MB for the same.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "system/packages.h"

namespace twoseal {

inline constexpr std::size_t kDpkgStatusMax = std::size_t{64} * 1024 * 1024;

/// One paragraph: what stands in the four fields that matter here. `text`: all of it, with the
/// newline of its last line. The views are into the text that was read.
struct DpkgParagraph {
  std::string_view text;
  std::string_view package;
  std::string_view status;
  std::string_view version;
  std::string_view architecture;
};

/// Takes the next paragraph off the beginning of `rest`. False when there is none; one without any
/// of the four fields is one too. Names of fields are compared without regard to case.
[[nodiscard]] bool next_dpkg_paragraph(std::string_view& rest, DpkgParagraph& paragraph);

/// The packages of `text` but for those not installed, ascending by name, then architecture.
/// Errc::package_failed with the line where it is not of the form that dpkg writes: a paragraph
/// without name, a status that dpkg does not know, an installed package without version or
/// architecture, a line that is neither field nor continuation.
/// Source: dpkg(1), deb-control(5), lib/dpkg/parse.c of dpkg 1.21.
[[nodiscard]] Result<std::vector<InstalledPackage>> parse_dpkg_status(std::string_view text);

/// Whether `name` is one of a package: `[a-z0-9][a-z0-9+.-]+`, at most 128 octets.
/// Source: Debian policy, 5.6.7.
[[nodiscard]] bool is_package_name(std::string_view name);

/// Whether `version` is one of a package: `[A-Za-z0-9.+:~-]`, a digit first, at most 128 octets.
/// Source: deb-version(7).
[[nodiscard]] bool is_package_version(std::string_view version);

/// Whether `arch` is `[a-z0-9-]+`, at most 32 octets.
[[nodiscard]] bool is_package_arch(std::string_view arch);

}  // namespace twoseal
