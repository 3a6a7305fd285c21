// A change with what was signed about it, fetched and verified by the person's own program.
#pragma once

#include <map>
#include <string>

#include "cli/client/client.h"
#include "cli/client/rehearsal.h"
#include "model/plan.h"

namespace twoseal::cli {

struct KnownChange {
  std::string number;  ///< `CHG-42`: the server's word
  Digest digest;
  Files files;                                ///< for its first host, verified
  Authorization judged;                       ///< as that host would decide now
  std::map<Digest, PlanClass> classes;        ///< of its plan, all of them
  std::vector<Result<Rehearsal>> rehearsals;  ///< that it names as evidence, verified or why not
  std::vector<std::string> retired;           ///< names of targets whose assignment is over
  codec::PlainJson page;                      ///< where it stands: the server's word

  [[nodiscard]] Inspection& facts() const { return *judged.facts; }

  [[nodiscard]] const Change& change() const { return facts().bundle.change->value; }
};

/// Fetches the change `name` (`CHG-42` or a digest) and verifies documents, log, its content, state
/// and plan. Errc of the first reason when one of them does not hold; errors of a call.
[[nodiscard]] Result<KnownChange> fetch_change(Client& client, const std::string& name);

/// Where it stands: the server's word. With `seen`, the generation of an earlier answer, waits up
/// to `wait` seconds until something has moved.
[[nodiscard]] Result<codec::PlainJson> fetch_page(ServerApi& api,
                                                  const std::string& name,
                                                  std::int64_t seen = 0,
                                                  std::int64_t wait = 0);

/// The statements about a change that a release has to name, ascending: docs/formats/change.md,
/// "release".
[[nodiscard]] std::vector<Digest> statements_about(const Bundle& bundle, BytesView change_bytes);

}  // namespace twoseal::cli
