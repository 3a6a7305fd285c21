// What the host has to tell and the server has not acknowledged yet: kept on disk, in order.
#pragma once

#include <string>
#include <vector>

#include "agent/home.h"

namespace twoseal {

enum class MailKind : std::uint8_t { result, report };

/// An object with the record of the host's signature over it.
struct Mail {
  MailKind kind = MailKind::result;
  Bytes object;
  Bytes record;
};

struct KeptMail {
  std::string name;
  Mail mail;
};

/// At most kOutboxMax pieces wait; of reports, which the next one makes old, the oldest goes first.
inline constexpr std::size_t kOutboxMax = 1'000;

/// Octets of one piece with its record: what the server takes.
inline constexpr std::size_t kMailMax = std::size_t{2} * 1024 * 1024;

class Outbox {
 public:
  /// Reads the names of what waits. `home` must outlive it.
  [[nodiscard]] static Result<Outbox> open(AgentHome& home);

  /// Keeps it, synced. Errc::queue_full when nothing but results wait: what it would tell is in the
  /// journal still, or the next report tells it. Errc::too_large above kMailMax.
  [[nodiscard]] Result<void> put(const Mail& mail);

  /// The oldest ones, at most `count`. Errc::refuse_j1 when one of them is gone or damaged.
  [[nodiscard]] Result<std::vector<KeptMail>> oldest(std::size_t count) const;

  /// After it was acknowledged.
  [[nodiscard]] Result<void> remove(const std::string& name);

  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  explicit Outbox(AgentHome& home) : home_(&home) {}

  AgentHome* home_;
  std::vector<std::string> names_;  ///< ascending; the number is in front
  std::uint64_t next_ = 1;
};

}  // namespace twoseal
