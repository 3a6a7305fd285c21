// The next version of roster, policy or restrictions: made out of the one in force or of what
// people wrote, held against it, and followed until enough have signed it. docs/formats/roster.md,
// docs/formats/policy.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "authoring/profile.h"
#include "cli/client/client.h"
#include "cli/client/differences.h"

namespace twoseal::cli {

/// One version of a document, with its canonical bytes.
struct DocumentVersion {
  ObjType type = ObjType::policy;
  std::int64_t version = 0;
  Digest digest;
  UnixSeconds issued = 0;
  UnixSeconds expires = 0;
  Bytes bytes;
};

/// `policy 2`.
[[nodiscard]] std::string title_of(const DocumentVersion& document);

/// The type that people call `roster`, `policy` or `restrictions`. Errc::usage.
[[nodiscard]] Result<ObjType> document_type(const std::string& word);

/// The one in force; `trust` has been refreshed.
[[nodiscard]] DocumentVersion document_in_force(Trust& trust, ObjType type);

/// What shall be issued. `file`: people.yaml or policy.yaml; without it the same goes on.
/// `profile`: whose shipped parts stand for what policy.yaml leaves out; without it the one that
/// the roster looks like. `span`: seconds that it is good for; without it as the file says, or as
/// long as the one in force was.
struct IssueOrder {
  ObjType type = ObjType::policy;
  std::optional<std::string> file;
  std::optional<authoring::Profile> profile;
  std::optional<std::int64_t> span;
};

/// The version after the one in force. `advice` hears what speaks against it without making it
/// useless. Errc::bad_yaml with every problem; Errc::bad_field when nobody could carry out what the
/// profile promises.
[[nodiscard]] Result<DocumentVersion> next_document(Trust& trust,
                                                    const IssueOrder& order,
                                                    std::vector<std::string>& advice);

/// A document that somebody hands over. Errc::not_the_next unless it follows the one in force and
/// is good for a while; Errc::bad_field for what is none of the three; Errc::refuse_r4 for a roster
/// that contradicts itself.
[[nodiscard]] Result<DocumentVersion> read_next_document(Trust& trust, const Bytes& bytes);

/// What it says otherwise than the one in force, as people read it.
[[nodiscard]] Result<std::string> document_changes(Trust& trust, const DocumentVersion& next);

/// One that somebody signed and more have to, as the server says.
struct WaitingDocument {
  std::string type;
  std::string digest;
  std::int64_t version = 0;
  std::string env;                   ///< of assignments
  std::vector<std::string> signers;  ///< `p:` and a name, or `root:` and a key
};

[[nodiscard]] Result<std::vector<WaitingDocument>> waiting_documents(ServerApi& api);

/// How far a document is: in force, or waiting with who signed it, as the server says; neither when
/// another one came into force.
struct Standing {
  bool in_force = false;
  std::optional<WaitingDocument> waiting;
};

/// Verified anew; waits a few seconds for the server to put in force what has its signatures.
[[nodiscard]] Result<Standing> standing_of(Client& client, const DocumentVersion& document);

/// How many have to sign it, and who, in one line.
[[nodiscard]] std::string signatures_needed(Trust& trust, const DocumentVersion& document);

}  // namespace twoseal::cli
