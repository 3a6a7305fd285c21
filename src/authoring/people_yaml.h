// people.yaml: who exists, with which roles and keys, to a roster. docs/formats/people-yaml.md.
#pragma once

#include <optional>

#include "authoring/profile.h"
#include "authoring/table.h"
#include "model/roster.h"

namespace twoseal::authoring {

/// What a roster holds beside what people.yaml says. `org`, `prev` are absent in version 1.
struct RosterContext {
  Profile profile = Profile::team;
  UnixSeconds now = 0;
  Bytes nonce;  ///< 16 random octets
  LogKeys log;
  KeyGroup timekeepers;
  std::vector<Digest> server_spki;  ///< at least two, in any order
  std::optional<Digest> org;
  std::optional<Digest> prev;
  std::int64_t version = 1;
};

struct CompiledRoster {
  Roster roster;
  Bytes bytes;  ///< canonical
};

/// Compiles people.yaml. Errc::bad_yaml with every problem and its place: unknown roles and owners,
/// keys that are weak, doubled, or do not fit their kind; thresholds above the number of keys; what
/// docs/formats/decision.md lists under R4. Whether it fits its profile: check_profile().
[[nodiscard]] Result<CompiledRoster> compile_people(const Source& source,
                                                    const Reader& reader,
                                                    const RosterContext& context);

}  // namespace twoseal::authoring
