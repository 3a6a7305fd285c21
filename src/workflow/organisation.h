// An organisation's directory: recording what was signed, and renewing checkpoint, proofs and
// freshness. What a server does all the time, done once. docs/formats/decision-directory.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/private_key.h"
#include "policy/bundle.h"
#include "policy/decision.h"
#include "storage/store.h"

namespace twoseal {

inline constexpr std::int64_t kFreshTtl = 86'400;  ///< seconds

/// The documents of the directory, decoded: the newest versions, and assignments by host.
struct Organisation {
  Digest org;
  Bundle bundle;
  const Named<Roster>* roster = nullptr;
  const Named<Policy>* policy = nullptr;
  const Named<Restrictions>* restrictions = nullptr;
};

/// Errc::no_input when a document is missing; Errc::bad_field with the first file that is not part
/// of a decision directory.
[[nodiscard]] Result<Organisation> read_organisation(const Files& files,
                                                     const std::string& directory);

/// The keys that the roster pins for the server.
struct ServerKeys {
  PrivateKey log;
  PrivateKey timekeeper;
};

/// Records every statement of `files` that `store` does not have, signs a checkpoint, and gives the
/// files that follow from it: checkpoint, proofs of every statement and of growth since what
/// signers saw, stop list, fresh with its signature, proofs of assignments, inputs.json. `store`
/// may be empty. Errors of RecordingDesk::draft() with the file; Errc::bad_key when the keys are
/// not those in the roster.
[[nodiscard]] Result<Files> renew(const Files& files,
                                  const Organisation& organisation,
                                  const ServerKeys& keys,
                                  Store& store,
                                  UnixSeconds now,
                                  const std::optional<HostId>& host = std::nullopt);

/// The assigned host of this id or name. Errc::usage when there is none.
[[nodiscard]] Result<HostId> find_host(const Organisation& organisation, const std::string& text);

/// What a host would refuse about the documents (steps 2 to 7), a change aside.
[[nodiscard]] std::vector<Reason> document_reasons(const Files& files,
                                                   const Organisation& organisation,
                                                   UnixSeconds now);

/// Files under assignments/ that assign `assignments`: themselves and the batch of each
/// environment.
[[nodiscard]] Files assignment_files(const std::vector<Assignment>& assignments, const Digest& org);

/// The batch of each environment, once.
[[nodiscard]] std::map<Name, std::string> batch_paths(const Files& files);

}  // namespace twoseal
