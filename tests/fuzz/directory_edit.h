// Decision directories with a little wrong: what gets past the codec to the rules of a decision.
#pragma once

#include "policy/bundle.h"
#include "tests/fuzz/choices.h"

namespace twoseal::fuzz {

/// More edits at once show nothing that fewer do not, and make inputs slow.
inline constexpr std::size_t kEditsMax = 6;

/// Changes, adds, moves or removes one file as `choices` say. Nobody signs again: whoever edits so
/// holds no key.
void edit_file(Files& files, Choices& choices);

/// Up to kEditsMax of these, until `choices` end.
void edit_files(Files& files, Choices& choices);

}  // namespace twoseal::fuzz
