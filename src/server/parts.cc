#include "server/parts.h"

#include <thread>

#include "base/limits.h"
#include "workflow/log.h"

namespace twoseal::server {
namespace {

constexpr std::int64_t kFlushEvery = 5;   // seconds between two batches of contacts
constexpr std::int64_t kDropEvery = 300;  // seconds between two rounds of forgetting

// The name of the log: the first line of its newest checkpoint, whose signature the writer checks.
Result<std::string> origin_in(const Store& store) {
  TWOSEAL_TRY(const Bytes note, newest_note(store));
  return std::string(note.substr(0, note.find('\n')));
}

}  // namespace

ServerParts::ServerParts(ServerStore stores,
                         ServerSecrets with,
                         ServerSettings from,
                         Clock& time,
                         Log& voice,
                         std::unique_ptr<LedgerWriter> writer)
    : settings(std::move(from)),
      secrets(std::move(with)),
      clock(time),
      log(voice),
      store(std::move(stores.store)),
      registry(std::move(stores.registry)),
      view(*store, settings.org),
      sequencer(std::move(writer),
                {.checkpoint_after = settings.checkpoint_after,
                 .signed_checkpoint = [this] { channels.signal(kCheckpointChannel); }}),
      desk(*store, *registry, view, sequencer, clock),
      timekeeper(*store, view, clock, timekeeper_key(), settings.fresh_ttl),
      files(*store, view, timekeeper),
      freshes(*registry),
      sessions(*registry),
      denials(*registry),
      contacts(*registry),
      plans(*registry),
      work(view, desk, clock, channels),
      courses(view, desk, clock),
      events(courses),
      logins(settings.org) {
  work.on_opening([this] { prove_time(); });
  desk.on_change([this](const Digest& change) {
    work.follow(change);
    events.tell(change);
  });
}

TimekeeperKey ServerParts::timekeeper_key() const {
  const PublicKey& pub = secrets.timekeeper.public_key();
  return {pub.id(), pub.encoded(), [this](std::string_view name_space, BytesView message) {
            return Result<std::string>(secrets.timekeeper.sign_sshsig(name_space, message));
          }};
}

Result<std::unique_ptr<ServerParts>> ServerParts::open(
    ServerStore stores, ServerSecrets secrets, ServerSettings settings, Clock& clock, Log& log) {
  TWOSEAL_TRY(const std::string origin, origin_in(*stores.store));
  TWOSEAL_TRY(LogKey key, log_key(PrivateKey::from_seed(secrets.log.secret()), origin));
  TWOSEAL_TRY(auto writer,
              LedgerWriter::open(*stores.store, clock, std::move(key), {"twoseal server", 30}));
  std::unique_ptr<ServerParts> parts(new ServerParts(
      std::move(stores), std::move(secrets), std::move(settings), clock, log, std::move(writer)));
  TWOSEAL_TRY_VOID(parts->load());
  return parts;
}

Result<void> ServerParts::load() {
  TWOSEAL_TRY_VOID(view.load());
  TWOSEAL_TRY_VOID(denials.load());
  TWOSEAL_TRY_VOID(contacts.load());
  TWOSEAL_TRY_VOID(plans.load(clock.now()));
  work.load();
  TWOSEAL_TRY(const LedgerHead head, store->head());
  constexpr std::chrono::seconds kWait{10};
  if (!wait_for_checkpoint(head.size, kWait)) {
    TWOSEAL_TRY_VOID(sequencer.state());
    return fail(Errc::try_again, "no checkpoint covers the log after ten seconds");
  }
  return timekeeper.renew();
}

bool ServerParts::wait_for_checkpoint(std::uint64_t size, std::chrono::milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  while (std::chrono::steady_clock::now() < until) {
    const auto saved = store->newest_checkpoint();
    if (saved && *saved && (*saved)->size >= size) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

Result<bool> ServerParts::renew_fresh() {
  const auto before = timekeeper.newest();
  TWOSEAL_TRY(const bool renewed, timekeeper.renew_if_due());
  const auto after = timekeeper.newest();
  if (renewed && (before == nullptr || before->documents != after->documents ||
                  before->documents->active_stops(before->fresh.at) !=
                      after->documents->active_stops(after->fresh.at))) {
    for (const auto& [host, held] : after->documents->hosts) {
      channels.signal(channel_of_host(host));
    }
  }
  return after->documents == view.documents();
}

// What cannot be signed now is signed when it is due; hosts wait for it until then.
void ServerParts::prove_time() {
  const auto newest = timekeeper.newest();
  if (newest == nullptr || newest->fresh.at >= clock.now()) {
    return;
  }
  if (const auto renewed = timekeeper.renew(); !renewed) {
    log.say(LogLevel::warning, "fresh-late", {{"what", renewed.error().what}});
  }
}

Result<void> ServerParts::tick() {
  Result<void> first;
  const auto note = [&](auto&& result) {
    if (!result && first) {
      first = std::unexpected(result.error());
    }
  };
  note(renew_fresh());
  note(desk.tick());
  work.tick();
  const UnixSeconds now = clock.now();
  if (now >= flushed_at_ + kFlushEvery) {
    flushed_at_ = now;
    note(contacts.flush());
  }
  if (now >= dropped_at_ + kDropEvery) {
    dropped_at_ = now;
    note(sessions.drop(now));
    note(plans.drop(now));
    note(registry->drop_join_tokens(now));
    note(registry->drop_requests(now - limits::kDay));
  }
  note(sequencer.state());
  return first;
}

}  // namespace twoseal::server
