// A small invented package in two versions, and the local repository that holds both.
#pragma once

#include <string_view>

#include "cli/testbed/tools.h"

namespace twoseal::testbed {

/// Fills `directory` with testbed-hello 1.0 and 1.1 and their index `Packages`. Each has a program,
/// a configuration file that differs, and a unit. Errc::testbed_base_failed.
[[nodiscard]] Result<void> make_hello_repository(const std::string& directory, const Tools& tools);

/// What the packages are made from, for the stamp of the base root.
[[nodiscard]] std::string_view hello_recipe();

}  // namespace twoseal::testbed
