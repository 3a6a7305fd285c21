// The built-in vectors: decision directories with the answer that every implementation must give.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/vectors/world.h"

namespace twoseal::vectors {

/// One vector. `files` holds inputs.json and expect.json too.
struct Case {
  std::string name;     ///< `s3-one-approval`: the code it ends in, then what is special
  std::string summary;  ///< one sentence for people
  std::function<Files()> files;
  Expectation expected;
};

/// All built-in cases, in a fixed order. Building the list is cheap; files are made on call.
[[nodiscard]] const std::vector<Case>& all_cases();

/// The case of that name, or nullptr.
[[nodiscard]] const Case* find_case(std::string_view name);

/// What went otherwise than expected: empty when the decision over `files` is the expected one.
[[nodiscard]] std::string difference(const Files& files, const Expectation& expected);

/// Collects cases; one function per theme adds its own.
class CaseList {
 public:
  using Edit = std::function<void(World&)>;
  using FileEdit = std::function<void(Files&, World&)>;

  /// A world changed by `edit` must be permitted.
  void permit(std::string name, std::string summary, Edit edit);

  /// A world changed by `edit` must be refused with `code` and the exit of its row, or `exit`.
  void refuse(std::string name, std::string summary, Edit edit, int exit = 0);

  /// The same, with an edit of the sealed files.
  void permit_files(std::string name, std::string summary, FileEdit edit);
  void refuse_files(std::string name, std::string summary, FileEdit edit, int exit = 0);

  /// A world that ends in `nochange`.
  void nochange(std::string name, std::string summary, Edit edit);

  [[nodiscard]] std::vector<Case> take() { return std::move(cases_); }

 private:
  void add(
      std::string name, std::string summary, Edit edit, FileEdit file_edit, Expectation expected);

  std::vector<Case> cases_;
};

void add_byte_cases(CaseList& list);
void add_roster_cases(CaseList& list);
void add_document_cases(CaseList& list);
void add_assignment_cases(CaseList& list);

// Verbs that many cases share.

/// Removes the statements with `label`.
void drop(World& world, std::string_view label);

/// Adds a copy of the statement `label`, changed by `edit`, behind it.
Signing& add_like(World& world, std::string_view label, std::string_view new_label);

/// Adds a statement on the change before the release.
Signing& add_before_release(World& world, Signing signing);

/// A second roster version that differs by what `edit` does to it, signed by root-1 and root-2.
Roster& add_roster(World& world);

}  // namespace twoseal::vectors
