// Replaying a whole ledger offline: tree, every entry, every signature, who released what.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "model/statement.h"

namespace twoseal {

/// Where the audit reads from. Errors mean that the thing is missing or cannot be read.
struct AuditSource {
  std::uint64_t size = 0;
  std::function<Result<Bytes>(std::uint64_t index)> entry;
  std::function<Result<Bytes>(const Digest& statement)> record;
  std::function<Result<Bytes>(const Digest& object)> object;
  /// The identity key of a host, an SSH wire blob; any source will do, since the host's id names
  /// it.
  std::function<Result<Bytes>(const HostId& host)> host_key;
  /// The digests of the assignments whose tree has this root, ascending: a BatchList.
  std::function<Result<std::vector<Digest>>(const Digest& root)> members;
  std::function<void(std::uint64_t done)> progress = {};  ///< now and then, when given
};

inline constexpr std::size_t kAuditProblemsMax = 1000;  ///< more are counted, not listed

struct AuditReport {
  LogPoint point;               ///< size and root of what was read
  std::int64_t signatures = 0;  ///< verified
  std::int64_t releases = 0;    ///< replayed
  std::int64_t by_hosts = 0;    ///< of these, by hosts
  std::int64_t doubtful = 0;    ///< of these, by keys that were marked compromised later
  std::int64_t problem_count = 0;
  std::vector<std::string> problems;  ///< each begins with `entry N`

  [[nodiscard]] bool clean() const { return problem_count == 0; }
};

/// Replays the log under the organisation `org` (digest of its first roster). `checkpoint`: a
/// signed note of the same size.
///
/// Checks: the chain of rosters and its root signatures; the checkpoint's signature, size and root;
/// each entry canonical, in its place, never falling in time, of this organisation; its statement
/// there, saying the same, signed by a key and in a role that stood at that place of the log, or by
/// the key that the id of its host names; the
/// root that each signer says to have seen; that no entry of what people and hosts do lacks its
/// statement; that the rules in force allowed each release, and each host what it did (Replay).
/// What a log cannot show is not judged: see docs/formats/ledger.md.
[[nodiscard]] AuditReport audit(const AuditSource& source, const Digest& org, BytesView checkpoint);

}  // namespace twoseal
