// For tests of decisions: what is decided about a world that was edited, as text.
#pragma once

#include <functional>
#include <string>

#include <doctest/doctest.h>

#include "cli/vectors/cases.h"
#include "cli/vectors/world.h"
#include "policy/authorize.h"

namespace twoseal::vectors {

/// `permit`, `nochange` or `refuse`, then a line for each reason (`S3 text`) and each note.
inline std::string text_of(const Decision& decision) {
  std::string text = decision.answer == Answer::permit     ? "permit\n"
                     : decision.answer == Answer::nochange ? "nochange\n"
                                                           : "refuse\n";
  for (const Reason& reason : decision.reasons) {
    text += std::string(error_info(reason.code).refusal) + " " + reason.text + "\n";
  }
  for (const std::string& note : decision.notes) {
    text += note + "\n";
  }
  return text;
}

/// What is decided about the world of the case `name`, or about the world as it begins when that is
/// empty, after `edit`, and after `file_edit` of its files.
inline std::string said(std::string_view name,
                        const std::function<void(World&)>& edit,
                        const std::function<void(Files&, World&)>& file_edit = {}) {
  World world;
  if (!name.empty()) {
    find_case(name)->edit(world);
  }
  edit(world);
  Files files = world.seal();
  if (file_edit) {
    file_edit(files, world);
  }
  return text_of(decide(files, load_inputs(files).value()));
}

/// Checks that `text` begins with `answer` and holds `what`.
inline void check_says(const std::string& text, std::string_view answer, std::string_view what) {
  CAPTURE(text);
  CHECK(text.starts_with(answer));
  CHECK(text.find(what) != std::string::npos);
}

}  // namespace twoseal::vectors
