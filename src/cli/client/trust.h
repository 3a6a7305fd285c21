// What a person's own program verified itself: documents in force, and changes with what was signed
// about them. The digest of the organisation is the only thing it starts from.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cli/client/api.h"
#include "policy/authorize.h"
#include "policy/inspection.h"

namespace twoseal::cli {

/// Whether documents that are over are good enough: to renew them, and for nothing else.
enum class Expired { refused, tolerated };

/// For one run of a verb.
class Trust {
 public:
  /// What was verified before, and where to ask.
  [[nodiscard]] static Result<Trust> open(const ClientProfile& profile);

  /// Fetches what is newer and verifies it as a host does, steps 2 to 7: the log must continue the
  /// one seen before. Kept, so that the next run starts from there. Errc of the first reason, with
  /// all of them; nothing changes then.
  [[nodiscard]] Result<void> refresh(ServerApi& api, Expired expired = Expired::refused);

  /// The documents; refresh() has succeeded.
  [[nodiscard]] Inspection& facts() { return *verified_->facts; }

  [[nodiscard]] const Inspection& facts() const { return *verified_->facts; }

  /// Newest assignment of each host that is proven, ascending by host id. A host that is not
  /// proven is named in `unproven`, with the reason, unless its assignment is over.
  [[nodiscard]] std::vector<Assignment> assignments(std::vector<std::string>& unproven);

  /// The newest assignments that are over, of hosts that were retired or not renewed; ascending by
  /// host id.
  [[nodiscard]] std::vector<Assignment> ended();

  [[nodiscard]] LogPoint seen() const;
  [[nodiscard]] std::int64_t roster_version() const;

  /// What the server is told that is held, so that it sends what is newer.
  [[nodiscard]] Query held() const;

  /// A change as one of its hosts would judge it, `files` from /v1/changes/{change}/files. `host`:
  /// any of its targets, which is assumed to stand where the plan says: assume_memory(). The
  /// reasons say what is missing still.
  [[nodiscard]] Authorization judge(Files files, const std::optional<HostId>& host) const;

  [[nodiscard]] UnixSeconds now() const { return now_; }

 private:
  explicit Trust(const ClientProfile& profile);

  [[nodiscard]] DecisionInputs inputs(const std::optional<HostId>& host) const;

  ClientProfile profile_;
  AgentState state_;
  UnixSeconds floor_ = 0;
  UnixSeconds now_ = 0;
  Files files_;
  std::optional<Authorization> verified_;
};

}  // namespace twoseal::cli
