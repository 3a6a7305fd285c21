// Is there anything new? The request that every host makes all the time, so it costs look-ups in
// memory, and files that are made once for all hosts.
#include "codec/archive.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "server/routes/handlers.h"

namespace twoseal::server {
namespace {

constexpr std::size_t kContactMax = std::size_t{16} * 1024;
constexpr std::size_t kWorkMax = 256;
// A host that was told of work and comes back without having done it waits for a window, a gate or
// its clock: it is asked again after this time.
constexpr std::int64_t kAskAgain = 10;

// All that a host could be told now.
struct News {
  std::vector<Work> work;
  std::string what;        ///< tells two of them apart
  bool documents = false;  ///< newer than those that the host holds
};

bool is_current(const std::optional<VersionRef>& held, const VersionRef& newest) {
  return held && *held == newest;
}

News news_for(const Call& call, const Contact& contact) {
  ServerParts& parts = call.parts;
  const HostId& host = *call.caller.host;
  News news;
  for (const Digest& request : parts.plans.open_for(host, call.now)) {
    news.work.push_back({request, WorkKind::plan});
  }
  const std::vector<Work> changes = parts.work.work_of(host);
  news.work.insert(news.work.end(), changes.begin(), changes.end());
  news.work.resize(std::min(news.work.size(), kWorkMax));
  const auto fresh = parts.timekeeper.newest();
  const Documents& documents = *fresh->documents;
  const HeldHost* held = documents.host(host);
  news.documents = !is_current(contact.roster, fresh->fresh.roster) ||
                   !is_current(contact.policy, fresh->fresh.policy) ||
                   !is_current(contact.restrictions, fresh->fresh.restrictions) ||
                   (held != nullptr && !is_current(contact.assignment, held->versions.back()));
  for (const Digest& stop : documents.active_stops(fresh->fresh.at)) {
    news.what += stop.hex() + " ";
  }
  for (const Work& one : news.work) {
    news.what += std::to_string(static_cast<int>(one.kind)) + one.digest.hex() + " ";
  }
  news.what += ".";
  return news;
}

// Whether the host was told exactly this a moment ago.
bool is_known(const Call& call, const News& news) {
  const Told told = call.parts.contacts.told(*call.caller.host);
  return !news.documents && told.what == news.what;
}

std::int64_t wait_of(const Contact& contact, const News& news) {
  return news.work.empty() ? contact.wait : std::min(contact.wait, kAskAgain);
}

void note_contact(const Call& call, const Contact& contact) {
  const PeerCertificate& certificate = *call.request.peer.certificate;
  ++call.parts.counts.contacts;
  call.parts.contacts.note({.host = *call.caller.host,
                            .at = call.now,
                            .agent = contact.agent,
                            .checkpoint_size = contact.checkpoint.size,
                            .counter = contact.counter,
                            .boot = contact.boot,
                            .serial = certificate.serial,
                            .not_after = certificate.not_after,
                            .looks_on = contact.looks_on.value_or("")});
}

Remembered remembered_by(const Contact& contact) {
  const auto version = [](const std::optional<VersionRef>& ref) { return ref ? ref->version : 0; };
  return {.roster = version(contact.roster),
          .policy = version(contact.policy),
          .restrictions = version(contact.restrictions),
          .assignment = version(contact.assignment),
          .checkpoint = static_cast<std::uint64_t>(contact.checkpoint.size)};
}

}  // namespace

Result<HttpResponse> contact(const Call& call) {
  TWOSEAL_TRY(const Contact contact, codec::decode<Contact>(call.request.body, kContactMax));
  ServerParts& parts = call.parts;
  if (contact.org != call.caller.documents->org) {
    return fail(Errc::refuse_b2, "the host asks about another organisation");
  }
  const HostId& host = *call.caller.host;
  const std::string channel = channel_of_host(host);
  // Read before what it is about: what happens after this moment wakes the request.
  const std::uint64_t seen = parts.channels.generation(channel);
  note_contact(call, contact);
  News news = news_for(call, contact);
  const std::int64_t wait = wait_of(contact, news);
  if (wait > 0 && !call.request.waited && is_known(call, news)) {
    return park_answer(channel, seen, std::chrono::seconds(wait));
  }
  TWOSEAL_TRY(const HostFiles made,
              parts.files.files_for(host, std::nullopt, remembered_by(contact)));
  Files files = made.all();
  files["work.json"] =
      codec::encode(WorkList{.org = call.caller.documents->org, .work = std::move(news.work)});
  parts.contacts.tell(host, {std::move(news.what), call.now});
  return zip_answer(files);
}

}  // namespace twoseal::server
