// twoseal doctor: what of a server needs somebody's hand soon, the most urgent first.
#include <algorithm>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <fmt/format.h>

#include "base/os_clock.h"
#include "base/os_file.h"
#include "cli/ledger_store.h"
#include "cli/server_directory.h"
#include "cli/time_text.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "workflow/ledger_view.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kSoon = 30 * limits::kDay;
constexpr std::uint64_t kSpaceMin = std::uint64_t{1} << 30U;  // octets
constexpr std::int64_t kCheckpointAge = 600;

/// `bad`: somebody must act.
struct Symptom {
  std::string what;
  std::string state;
  bool bad = false;
  std::int64_t left = limits::kIntegerMax;  ///< seconds until it expires
};

Symptom expiry(std::string what, UnixSeconds expires, UnixSeconds now) {
  const std::int64_t left = expires - now;
  return {std::move(what), expiry_text(left), left < kSoon, left};
}

// Whether somebody ended the host: its newest assignment is over earlier than the one before was.
bool is_retired(const Store& store, const HeldHost& host, UnixSeconds now) {
  if (host.assignment->expires > now || host.versions.size() < 2) {
    return false;
  }
  const auto stored = store.document(host.versions[host.versions.size() - 2].digest);
  const auto before = stored ? codec::decode<Assignment>(stored->bytes)
                             : Result<Assignment>(std::unexpected(stored.error()));
  return before && before->expires > host.assignment->expires;
}

// The one whose assignment expires first, of those that are still meant to be there.
const Assignment* earliest_host(const Store& store, const Documents& documents, UnixSeconds now) {
  const Assignment* earliest = nullptr;
  for (const auto& [id, host] : documents.hosts) {
    const bool earlier = earliest == nullptr || host.assignment->expires < earliest->expires;
    if (earlier && !is_retired(store, host, now)) {
      earliest = host.assignment.get();
    }
  }
  return earliest;
}

void add_documents(const Store& store,
                   const Documents& documents,
                   UnixSeconds now,
                   std::vector<Symptom>& symptoms) {
  if (documents.roster != nullptr) {
    symptoms.push_back(expiry("roster", documents.roster->value.expires, now));
  }
  if (documents.policy != nullptr) {
    symptoms.push_back(expiry("policy", documents.policy->value.expires, now));
  }
  if (documents.restrictions != nullptr) {
    symptoms.push_back(expiry("restrictions", documents.restrictions->value.expires, now));
  }
  if (const Assignment* one = earliest_host(store, documents, now)) {
    symptoms.push_back(expiry("assignment of " + one->name, one->expires, now));
  }
}

Result<void> add_certificates(const ServerDirectory& directory,
                              UnixSeconds now,
                              std::vector<Symptom>& symptoms) {
  for (const char* name : {"authority.pem", "tls-server.pem"}) {
    TWOSEAL_TRY(const Bytes pem, read_file(directory.key(name), kCertificateMax));
    TWOSEAL_TRY(const CertificateFacts facts, read_certificate(pem));
    symptoms.push_back(expiry(name, facts.validity.not_after, now));
  }
  return {};
}

void add_pin(const ServerDirectory& directory,
             const Documents& documents,
             std::vector<Symptom>& symptoms) {
  const auto pem = read_file(directory.key("tls-server.pem"), kCertificateMax);
  const auto facts =
      pem ? read_certificate(*pem) : Result<CertificateFacts>(fail(Errc::no_input, ""));
  const bool pinned = facts && documents.roster != nullptr &&
                      std::find(documents.roster->value.server_spki.begin(),
                                documents.roster->value.server_spki.end(),
                                facts->key) != documents.roster->value.server_spki.end();
  symptoms.push_back(
      {"tls key", pinned ? "pinned by the roster" : "not the one that the roster pins", !pinned});
}

void add_permissions(const ServerDirectory& directory, std::vector<Symptom>& symptoms) {
  constexpr unsigned kOthers = 077;
  std::vector<std::string> paths = {directory.path, directory.keys(), directory.store()};
  for (const std::string& name : server_key_names()) {
    paths.push_back(directory.key(name));
  }
  std::string open;
  for (const std::string& path : paths) {
    struct stat info = {};
    if (::stat(path.c_str(), &info) == 0 && (info.st_mode & kOthers) != 0) {
      open += " " + path;
    }
  }
  symptoms.push_back(
      {"permissions", open.empty() ? "owner only" : "others may use" + open, !open.empty()});
}

void add_space(const ServerDirectory& directory, std::vector<Symptom>& symptoms) {
  struct statvfs info = {};
  if (::statvfs(directory.path.c_str(), &info) != 0) {
    return;
  }
  const std::uint64_t free = std::uint64_t{info.f_bavail} * info.f_frsize;
  symptoms.push_back({"disk", fmt::format("{} MiB free", free >> 20U), free < kSpaceMin});
}

Result<void> add_log(const Store& store, UnixSeconds now, std::vector<Symptom>& symptoms) {
  TWOSEAL_TRY(const LedgerHead head, store.head());
  TWOSEAL_TRY(const auto saved, store.newest_checkpoint());
  const std::uint64_t size = saved ? saved->size : 0;
  const bool behind = size < head.size && now > head.last_at + kCheckpointAge;
  symptoms.push_back({"checkpoint",
                      std::to_string(size) + " of " + std::to_string(head.size) + " entries",
                      behind});
  const bool ahead = head.last_at > now + limits::kClockSkew;
  symptoms.push_back(
      {"clock", ahead ? "behind the newest entry of the log" : "not behind the log", ahead});
  return {};
}

Result<std::vector<Symptom>> look_at(const ServerDirectory& directory, UnixSeconds now) {
  TWOSEAL_TRY(const ServerFile file, read_server_file(directory));
  TWOSEAL_TRY(const auto store, open_store(directory.store(), OpenMode::reading));
  LedgerView view(*store, file.org);
  TWOSEAL_TRY_VOID(view.load());
  std::vector<Symptom> symptoms;
  add_documents(*store, *view.documents(), now, symptoms);
  TWOSEAL_TRY_VOID(add_certificates(directory, now, symptoms));
  add_pin(directory, *view.documents(), symptoms);
  TWOSEAL_TRY_VOID(add_log(*store, now, symptoms));
  add_permissions(directory, symptoms);
  add_space(directory, symptoms);
  std::stable_sort(symptoms.begin(), symptoms.end(), [](const Symptom& a, const Symptom& b) {
    return std::tuple(!a.bad, a.left) < std::tuple(!b.bad, b.left);
  });
  return symptoms;
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  const ServerDirectory directory{arguments.text("--dir")};
  const UnixSeconds now = SystemClock().now();
  TWOSEAL_TRY(const auto symptoms, look_at(directory, now));
  Report report;
  Json::Array list;
  for (const Symptom& one : symptoms) {
    report.text += fmt::format("{:<4} {:<28} {}\n", one.bad ? "BAD" : "ok", one.what, one.state);
    Json::Object fields = {{"what", one.what}, {"state", one.state}, {"bad", one.bad}};
    if (one.left != limits::kIntegerMax) {
      fields.emplace_back("expires", now + one.left);
    }
    list.emplace_back(std::move(fields));
  }
  const bool bad = !symptoms.empty() && symptoms.front().bad;
  report.fields = {{"healthy", !bad}, {"symptoms", std::move(list)}};
  report.exit = bad ? Exit::difference : Exit::done;
  if (bad) {
    session.talk("next  see to what is BAD; documents are renewed by those who signed them");
  }
  return report;
}

constexpr Flag kFlags[] = {{"--dir", "DIR", "the directory of the server", true}};
constexpr std::string_view kExamples[] = {"twoseal doctor --dir srv"};
constexpr Exit kExits[] = {Exit::difference,
                           Exit::verification_failed,
                           Exit::bad_data,
                           Exit::no_input,
                           Exit::unavailable,
                           Exit::permission,
                           Exit::configuration};

}  // namespace

const Verb kDoctor = {
    "doctor",
    Group::server,
    "say what of a server expires or fails first",
    "Documents and certificates by when they expire, the log, the clock, permissions and room on "
    "the disk; the most urgent first. Exit 2 when something needs somebody's hand within 30 days.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
