// What a rule or a platform tests, apart from how its publisher numbers and words it: two releases
// of a guide have other ids for the same things, and the same ids for other things.
#pragma once

#include "compliance/content/content.h"

namespace twoseal::cli {

/// The checks of a rule with all that they lead to: definitions, tests, objects, states, variables,
/// and nothing else. Ids, titles and comments are gone but for names that an outside gives values
/// to, and of checks that no document answers. Texts point into `content`.
[[nodiscard]] scap::Content checks_alone(const scap::Content& content, const scap::Rule& rule);

/// The platforms of a benchmark of `content`, and what makes a host one of them: its conditions,
/// the dictionary, and in the same way the definitions that these ask for.
[[nodiscard]] scap::Content platforms_alone(const scap::Content& content,
                                            const scap::Benchmark& benchmark);

}  // namespace twoseal::cli
