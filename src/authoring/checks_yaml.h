// Checks of our own, as people write them: a rule, and a question in SQL over the facts of a host.
// docs/formats/checks.md.
#pragma once

#include <string>
#include <vector>

#include "authoring/table.h"

namespace twoseal::authoring {

inline constexpr std::size_t kChecksMax = 512;  ///< checks, and values, of one file

/// One rule. `severity`: `low`, `medium` or `high`. `needs`: values without which nobody can judge.
struct CheckRule {
  std::string id;
  std::string title;
  std::string severity;
  std::vector<std::string> requirements;
  std::string description;
  std::string fix;
  std::vector<std::string> needs;
  std::vector<std::string> files;
  std::vector<std::string> settings;
  std::string ask;
};

/// A value that a check compares with; without a default somebody must give it.
struct CheckValue {
  std::string id;
  std::string title;
  std::vector<std::string> usual;
};

struct CheckFile {
  std::vector<CheckValue> values;
  std::vector<CheckRule> rules;
};

/// Reads one file. Errc::bad_yaml with every problem and its place; Errc::too_large.
[[nodiscard]] Result<CheckFile> read_checks(const Source& source);

}  // namespace twoseal::authoring
