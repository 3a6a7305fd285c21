// Labels of hosts: what one may be called, and which values a selector can name.
// docs/formats/people-yaml.md.
#pragma once

#include <string_view>

namespace twoseal::authoring {

/// What is said to somebody who called a label otherwise.
inline constexpr std::string_view kLabelKeyRule =
    "a label is called by a-z 0-9 _ . : / -, and not name, env, data_class, group or component";

/// At most 128 of those characters, and none of those words: selectors read them as fields of the
/// assignment.
[[nodiscard]] bool is_label_key(std::string_view key);

/// Whether a selector can name exactly this value: 1 to 256 of a-z A-Z 0-9 _ . : / + @ -.
[[nodiscard]] bool is_selectable(std::string_view value);

}  // namespace twoseal::authoring
