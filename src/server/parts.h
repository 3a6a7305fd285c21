// Everything that handlers work with: a server without sockets and threads of its own, but for the
// sequencer's.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/os_log.h"
#include "crypto/certificate.h"
#include "crypto/private_key.h"
#include "net/server.h"
#include "server/attempt_limits.h"
#include "server/contact_book.h"
#include "server/course_book.h"
#include "server/denial_book.h"
#include "server/event_hub.h"
#include "server/fresh_book.h"
#include "server/login_desk.h"
#include "server/plan_book.h"
#include "server/request_counts.h"
#include "server/session_book.h"
#include "server/work_board.h"
#include "storage/sqlite/sqlite_store.h"
#include "workflow/decision_files.h"
#include "workflow/timekeeper.h"

namespace twoseal::server {

/// The keys that a server works with. None of them can change a host.
struct ServerSecrets {
  PrivateKey log;
  PrivateKey timekeeper;
  PrivateKey authority;  ///< P-256: signs the certificates of hosts
  std::string authority_certificate;
};

struct ServerSettings {
  Digest org;
  std::vector<std::string> names = {"localhost"};  ///< that people and hosts know it by
  std::chrono::milliseconds checkpoint_after{200};
  std::int64_t fresh_ttl = kFreshTtlDefault;
};

/// Safe for several threads at once, as far as its members are.
class ServerParts {
 public:
  /// Takes the lease, loads the view and the books, and waits for the first checkpoint and makes
  /// the first fresh. `clock` and `log` must outlive it. Errc::store_busy while another server
  /// runs; Errc::bad_key when a key is not the one in the roster; Errc::not_found while a document
  /// is missing; errors of the store.
  [[nodiscard]] static Result<std::unique_ptr<ServerParts>> open(
      ServerStore stores, ServerSecrets secrets, ServerSettings settings, Clock& clock, Log& log);

  ServerParts(const ServerParts&) = delete;
  ServerParts& operator=(const ServerParts&) = delete;

  /// What clocks and counters make due: a fresh, entries that nobody signs, gates that time opens,
  /// contacts to be written, and what is over to be forgotten. Tries everything and gives the first
  /// error.
  [[nodiscard]] Result<void> tick();

  /// A fresh that names the newest documents, when there are others than it names, and all hosts
  /// told so. Whether nothing is left to do.
  [[nodiscard]] Result<bool> renew_fresh();

  /// Waits until a checkpoint covers `size` entries, at most `wait`.
  bool wait_for_checkpoint(std::uint64_t size, std::chrono::milliseconds wait);

  const ServerSettings settings;
  const ServerSecrets secrets;
  Clock& clock;
  Log& log;
  const std::unique_ptr<Store> store;
  const std::unique_ptr<Registry> registry;
  Channels channels;
  LedgerView view;
  Sequencer sequencer;
  Desk desk;
  Timekeeper timekeeper;
  DecisionFiles files;
  FreshBook freshes;
  SessionBook sessions;
  DenialBook denials;
  ContactBook contacts;
  PlanBook plans;
  WorkBoard work;
  CourseBook courses;
  EventHub events;
  LoginDesk logins;
  AttemptLimits login_failures{10};
  AttemptLimits join_failures{5};
  RequestCounts counts;
  std::vector<std::string> origins = {"https://localhost:8720"};  ///< as people type them
  std::uint16_t agents_port = 0;          ///< where hosts are answered; 0: they are not
  std::function<void()> documents_moved;  ///< lets the background work begin; may be empty
  /// What /metrics counts connections of. Both lines above and this one: set before anybody is
  /// served.
  std::vector<const HttpServer*> listeners;

 private:
  ServerParts(ServerStore stores,
              ServerSecrets with,
              ServerSettings from,
              Clock& time,
              Log& voice,
              std::unique_ptr<LedgerWriter> writer);

  [[nodiscard]] TimekeeperKey timekeeper_key() const;
  [[nodiscard]] Result<void> load();
  void prove_time();

  UnixSeconds dropped_at_ = 0;  ///< touched by tick() alone, as the next one
  UnixSeconds flushed_at_ = 0;
};

/// The channel of those who wait for a checkpoint.
inline constexpr const char* kCheckpointChannel = "checkpoint";

}  // namespace twoseal::server
