// Worlds that nobody thought of: a vector's world, or the basic one, edited at random.
//
// A recipe is a list of numbers, so that a failing one can be shrunk and printed. Edits keep a
// World sealable where that is easy; what cannot be sealed is no case.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/vectors/world.h"
#include "tests/properties/property.h"

namespace twoseal::properties {

/// Which edit, and what it draws from.
struct Step {
  std::size_t edit = 0;
  std::uint64_t dice = 0;
};

struct Recipe {
  std::size_t base = 0;  ///< 0: the basic world; else a vector
  std::vector<Step> steps;
};

/// Recipes with at most `steps_max` edits. Half begin with the basic world or a permitted vector.
[[nodiscard]] rc::Gen<Recipe> recipes(std::size_t steps_max);

/// Makes a new world the one of `recipe`. It stays where it is: edits may refer to it.
void make_world(const Recipe& recipe, vectors::World& world);

/// The files of `world`; nothing when it cannot be sealed.
[[nodiscard]] std::optional<Files> sealed(vectors::World& world);

/// `permit-auto, then drop a statement (17), …`.
[[nodiscard]] std::string text_of(const Recipe& recipe);

/// For rapidcheck, which prints with it.
std::ostream& operator<<(std::ostream& out, const Recipe& recipe);

}  // namespace twoseal::properties
