// Making an organisation in two runs: documents and keys first, then, when they are signed, its
// ledger. What `org new` and `server init` do alike.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "authoring/profile.h"
#include "cli/signers.h"
#include "cli/verb.h"
#include "policy/decision.h"

namespace twoseal::cli {

/// What the first run makes an organisation of.
struct OrganisationOrder {
  std::optional<std::string> parent;  ///< made first, 0700, unless it is there
  std::string directory;              ///< to be signed and handed on; new
  std::string private_path;           ///< of keys; new
  authoring::Profile profile = authoring::Profile::team;
  std::string domain;
  std::string people;                ///< path of people.yaml
  std::optional<std::string> hosts;  ///< path of hosts.yaml; nothing: hosts join later
  std::optional<std::string> policy;
  bool make_host_keys = false;
};

struct MadeOrganisation {
  Digest org;
  std::string vkey;
  std::vector<std::string> pins;  ///< of the server's TLS key and of its spare
  std::vector<std::string> advice;
  std::vector<SigningTask> tasks;
};

/// Writes documents without signatures, and the keys of log, timekeeper and server; shows the spare
/// root key of a team on the terminal. Errors of the compilers; Errc::exists_already.
[[nodiscard]] Result<MadeOrganisation> make_organisation(const OrganisationOrder& order);

/// Where the second run finds what the first one made, and where the ledger is to be.
struct OrganisationPlaces {
  std::string directory;
  std::string private_path;
  std::string ledger;
};

/// `pending`: why it is not complete; `tasks`: whose records are not there yet. `written`: the
/// ledger is there.
struct ContinuedOrganisation {
  Digest org;
  std::vector<Reason> pending = {};
  std::vector<SigningTask> tasks = {};
  bool complete = false;
  bool written = false;
  std::uint64_t size = 0;  ///< of the log
};

/// Records what was signed, and writes checkpoint, proofs and freshness; nothing before everything
/// suffices. `host`: id or name of the host that the directory decides for. Errors of
/// read_organisation() and renew().
[[nodiscard]] Result<ContinuedOrganisation> continue_organisation(
    const OrganisationPlaces& places, const std::optional<std::string>& host);

/// What is still missing, with exit 8.
[[nodiscard]] Report pending_report(const ContinuedOrganisation& continued,
                                    const std::string& directory);

/// Errc::usage.
[[nodiscard]] Result<authoring::Profile> profile_named(const std::string& text);

}  // namespace twoseal::cli
