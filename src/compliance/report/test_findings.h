// The lines that one OVAL test gives.
#pragma once

#include <memory>
#include <vector>

#include "compliance/report/entity_words.h"
#include "compliance/report/finding.h"

namespace twoseal::scap {

/// Describes what a test found. `wanted`: whether the test should be true; false below a negation.
class TestFindings {
 public:
  /// `evaluation` must outlive it; `test` must have an outcome.
  TestFindings(const Evaluation& evaluation, Index test, bool wanted);

  /// Adds its lines as long as there are fewer than `max`, and counts the others.
  void add_to(Findings& findings, std::size_t max);

  /// How telling its lines are: the smaller, the more.
  [[nodiscard]] int rank() const;

 private:
  struct Part {
    State state;  ///< one entity alone
    std::unique_ptr<StateMatcher> matcher;
  };

  void add_unjudged(Findings& findings, std::size_t max) const;
  void add_items(Findings& findings, std::size_t max);
  void add_whole(Findings& findings, std::size_t max) const;
  void make_parts();
  [[nodiscard]] bool is_telling(const JudgedItem& item) const;
  [[nodiscard]] bool forbids_items() const;
  [[nodiscard]] bool asks_states() const;
  void place(const StoredItem& item, FindingLine& line) const;
  [[nodiscard]] FindingLine line_of(const JudgedItem& judged);
  [[nodiscard]] std::vector<const Entity*> blamed(const StoredItem& item);
  [[nodiscard]] std::string expected_of(const StoredItem& item,
                                        const std::vector<const Entity*>& entities) const;
  [[nodiscard]] std::string state_words() const;

  const Evaluation& evaluation_;
  const Test& test_;
  const TestOutcome& outcome_;
  bool wanted_;
  ThingWords thing_;
  MaskedEntities masked_;
  std::vector<std::unique_ptr<Part>> parts_;
  bool parts_made_ = false;
  RegexCache regexes_;
};

}  // namespace twoseal::scap
