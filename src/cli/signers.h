// Who has to sign the documents of a new organisation, and with which command.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/json_text.h"
#include "model/assignment.h"
#include "model/policy.h"
#include "policy/keyring.h"

namespace twoseal::cli {

/// One signature to be made. `by`: a person, or `root:` and the key id.
struct SigningTask {
  std::string by;
  KeyId key;
  std::string object;  ///< path in the directory: `policy/1.json`
  std::string record;  ///< where the record goes: `statements/policy-1-amara.json`
};

/// An environment with the path of its batch.
struct BatchFile {
  Name env;
  std::string path;
};

/// A smallest set of signatures that suffices: root keys for the roster, people with a key that
/// counts for policy and restrictions (one of them security officer), and for each batch different
/// people as the policy asks. People come in the order of the roster; who can sign several things
/// is asked for all of them. Where nobody can, the signature is missing from the list.
[[nodiscard]] std::vector<SigningTask> signing_tasks(const Keyring& keyring,
                                                     const Policy& policy,
                                                     std::span<const BatchFile> batches);

/// The command line of a task; KEY stands for the signer's own file.
[[nodiscard]] std::string command_of(const SigningTask& task, const std::string& directory);

/// All commands, grouped by signer.
[[nodiscard]] std::string tasks_text(const std::vector<SigningTask>& tasks,
                                     const std::string& directory);

[[nodiscard]] Json tasks_json(const std::vector<SigningTask>& tasks, const std::string& directory);

}  // namespace twoseal::cli
