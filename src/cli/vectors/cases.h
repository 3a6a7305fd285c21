// The built-in vectors: decision directories with the answer that every implementation must give.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/vectors/world.h"
#include "codec/objects.h"

namespace twoseal::vectors {

/// One vector. `files` holds inputs.json and expect.json too.
struct Case {
  std::string name;     ///< `s3-one-approval`: the code it ends in, then what is special
  std::string summary;  ///< one sentence for people
  std::function<Files()> files;
  Expectation expected;
  std::function<void(World&)> edit = {};  ///< of the world, before what is done to the files
};

/// All built-in cases, in a fixed order. Building the list is cheap; files are made on call.
[[nodiscard]] const std::vector<Case>& all_cases();

/// The case of that name, or nullptr.
[[nodiscard]] const Case* find_case(std::string_view name);

/// What went otherwise than expected: empty when the decision over `files` is the expected one.
/// `unread`: what else lies in the directory.
[[nodiscard]] std::string difference(const Files& files,
                                     const Expectation& expected,
                                     const Unread& unread = {});

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

  /// The same, with an edit of the world and then one of the sealed files.
  void permit(std::string name, std::string summary, Edit edit, FileEdit file_edit);
  void refuse(std::string name, std::string summary, Edit edit, FileEdit file_edit, int exit = 0);

  /// A world that ends in `nochange`.
  void nochange(std::string name, std::string summary, Edit edit, FileEdit file_edit = {});

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
void add_log_cases(CaseList& list);
void add_content_cases(CaseList& list);
void add_approval_cases(CaseList& list);
void add_signature_cases(CaseList& list);
void add_release_cases(CaseList& list);
void add_substitute_cases(CaseList& list);
void add_use_cases(CaseList& list);
void add_gate_cases(CaseList& list);
void add_halt_cases(CaseList& list);
void add_own_plan_cases(CaseList& list);

// Verbs that many cases share.

/// Removes the statements with `label`.
void drop(World& world, std::string_view label);

/// Adds a copy of the statement `label`, changed by `edit`, behind it.
Signing& add_like(World& world, std::string_view label, std::string_view new_label);

/// Adds a statement on the change before the release.
Signing& add_before_release(World& world, Signing signing);

/// Adds a person who holds `roles` and the key `key` of `kind`.
void add_person(World& world,
                std::string_view id,
                std::initializer_list<std::string_view> roles,
                const std::string& key,
                KeyKind kind = KeyKind::ssh);

/// The withdrawal of the statement `of`, made with `key`; labelled `withdrawal`.
[[nodiscard]] Signing withdrawal_of(const std::string& of, const std::string& key);

/// Adds what `host` says, at `at`, about its part in `phase`; recorded behind all others so far.
Signing& add_result(World& world,
                    const std::string& host,
                    std::string_view outcome,
                    UnixSeconds at = kNow + 400,
                    std::string_view phase = "canary");

/// Lets web-02 decide about the second phase, an hour after web-01 reported `ok` in the first.
void make_second_phase(World& world);

/// Adds a release of the second phase by `key`.
Signing& add_second_release(World& world, const std::string& key);

/// Lets a person carry the change out on assets without an agent.
void make_by_person(World& world);

/// Lets a state like the change's own, changed by `edit`, take the change back.
void undo_by_state(World& world, std::function<void(State&)> edit);

/// Adds evidence of kind `kind` and an attest statement on it, made with `key`; labelled `kind`.
Signing& add_evidence(World& world, std::string_view kind, const std::string& key);

/// Tells `use` the digest of the object `about` as soon as it is known.
void when_known(World& world, std::string about, std::function<void(const Digest&)> use);

/// Edits the object `about` before its bytes are taken.
template <class T, class Edit>
void edit_object(World& world, std::string about, Edit edit) {
  world.on_bytes = [about = std::move(about), edit](std::string_view name, Bytes& bytes) {
    if (name == about) {
      T object = codec::decode<T>(bytes).value();
      edit(object);
      bytes = codec::encode(object);
    }
  };
}

/// Edits the object in the file `path`.
template <class T, class Edit>
void edit_file(Files& files, const std::string& path, const Edit& edit) {
  T object = codec::decode<T>(files.at(path)).value();
  edit(object);
  files.at(path) = codec::encode(object);
}

/// The file of the inclusion proof for the statement `label`.
[[nodiscard]] std::string proof_path(const World& world, const std::string& label);

/// A second roster version that differs by what `edit` does to it, signed by root-1 and root-2.
Roster& add_roster(World& world);

}  // namespace twoseal::vectors
