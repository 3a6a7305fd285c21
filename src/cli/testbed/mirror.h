// Where Debian packages for the base root come from: what this machine uses itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace twoseal::testbed {

/// The address of the first repository in `sources` that has the release `suite`; nothing when
/// there is none that debootstrap could read (http, https, file). `sources`: text of a file in one
/// of both forms of sources.list(5), lines of `deb …` or paragraphs with `URIs:`.
[[nodiscard]] std::optional<std::string> mirror_in(std::string_view sources,
                                                   std::string_view suite);

/// mirror_in() over /etc/apt of this machine, in the order in which apt reads it.
[[nodiscard]] std::optional<std::string> mirror_of_machine(std::string_view suite);

}  // namespace twoseal::testbed
