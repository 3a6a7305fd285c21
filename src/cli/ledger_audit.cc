// twoseal ledger audit: everything that a ledger shows, checked again from the organisation's
// digest.
#include "audit/audit.h"
#include "audit/roster_walk.h"
#include "base/limits.h"
#include "base/os_file.h"
#include "cli/audit_source.h"
#include "cli/ledger_store.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/merkle.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kIgnoredMax = 10;

// An audit of another organisation's log would find nothing but that.
Result<void> check_organisation(const Store& store, const Digest& org, const std::string& path) {
  TWOSEAL_TRY(const auto first, in_store(store.documents("roster", 1), path));
  std::vector<Digest> digests;
  for (const StoredDocument& document : first) {
    digests.push_back(sha256(document.bytes));
  }
  if (digests.empty() || std::find(digests.begin(), digests.end(), org) != digests.end()) {
    return {};
  }
  const std::string others =
      digests.size() > 1 ? ", and " + std::to_string(digests.size() - 1) + " others" : "";
  return fail(Errc::other_organisation,
              "--org is " + org.text() + "; the first roster in the store is " +
                  digests.front().text() + others,
              path);
}

// The rosters that the log put in force, with the log keys of their time.
RosterWalk walk_rosters(const AuditSource& source, const Digest& org) {
  RosterWalk walk(source, org);
  // The audit names what is wrong with them.
  walk.take_all([](std::uint64_t, const std::string&) {});
  return walk;
}

// By a log key of the newest roster, or of one before.
Result<Checkpoint> open_held(BytesView note, const std::vector<RosterTerm>& terms) {
  Result<Checkpoint> newest = fail(Errc::bad_note, "the log has no roster in force to check it by");
  for (auto term = terms.rbegin(); term != terms.rend(); ++term) {
    std::vector<NoteKey> keys;
    for (const std::string& vkey : term->roster.value.log.vkeys) {
      TWOSEAL_TRY(NoteKey key, NoteKey::parse(vkey));
      keys.push_back(std::move(key));
    }
    auto opened = open_checkpoint(note, term->roster.value.log.origin, keys);
    if (opened || term == terms.rbegin()) {
      newest = std::move(opened);
    }
    if (newest) {
      break;
    }
  }
  return newest;
}

Result<Digest> root_of_entries(const AuditSource& source, std::uint64_t size) {
  CompactTree tree;
  for (std::uint64_t index = 0; index < size; ++index) {
    TWOSEAL_TRY(const Bytes bytes, source.entry(index));
    tree.append(leaf_hash(bytes));
  }
  return tree.root();
}

// Why the log does not contain what the checkpoint `note` signs; nothing when it does.
std::optional<std::string> missed(BytesView note, const AuditSource& source, const Digest& org) {
  const auto held = open_held(note, walk_rosters(source, org).terms());
  if (!held) {
    return held.error().what;
  }
  const std::string size = std::to_string(held->size) + " entries";
  if (held->size > source.size) {
    return "signs " + size + "; the newest checkpoint of the store signs only " +
           std::to_string(source.size);
  }
  const auto root = root_of_entries(source, held->size);
  if (!root) {
    return "signs " + size + ", which cannot all be read: " + root.error().what;
  }
  return *root == held->root ? std::nullopt
                             : std::optional("signs " + size + " with root " + held->root.text() +
                                             "; this log of " + size + " had root " + root->text());
}

std::string summary(const AuditReport& found) {
  return std::string(found.clean() ? "CLEAN" : "NOT CLEAN") + "  " +
         std::to_string(found.point.size) + " entries, " + std::to_string(found.signatures) +
         " signatures, " + std::to_string(found.releases) + " releases, " +
         std::to_string(found.problem_count) + " problems\n";
}

std::string next_step(const AuditReport& found, std::uint64_t open) {
  if (!found.clean()) {
    return "keep the store and this list as they are and show both to the security officer; "
           "--checkpoint FILE tells whether the log still contains one that you kept";
  }
  return open == 0 ? ""
                   : "ask who runs the ledger for a checkpoint over all entries (twoseal ledger "
                     "checkpoint --key FILE), and audit again";
}

std::string text_of(const AuditReport& found,
                    const std::vector<std::string>& ignored,
                    std::uint64_t open) {
  std::string text;
  for (const std::string& problem : found.problems) {
    text += problem + "\n";
  }
  const auto listed = static_cast<std::int64_t>(found.problems.size());
  if (found.problem_count > listed) {
    text += "and " + std::to_string(found.problem_count - listed) + " more\n";
  }
  for (std::size_t i = 0; i < std::min(ignored.size(), kIgnoredMax); ++i) {
    text += "ignored   " + ignored[i] + "\n";
  }
  if (ignored.size() > kIgnoredMax) {
    text += "ignored   " + std::to_string(ignored.size() - kIgnoredMax) + " more\n";
  }
  if (found.doubtful > 0) {
    text += "doubtful  " + std::to_string(found.doubtful) +
            " statements by keys that were marked compromised later\n";
  }
  text += summary(found);
  if (open > 0) {
    text += "unsigned  " + std::to_string(open) +
            " entries after the newest checkpoint, which were not judged\n";
  }
  const std::string next = next_step(found, open);
  return text + (next.empty() ? "" : "next      " + next + "\n");
}

Exit exit_of(const AuditReport& found, std::uint64_t open) {
  if (!found.clean()) {
    return Exit::verification_failed;
  }
  return open > 0 ? Exit::pending : Exit::done;
}

Report report_of(const AuditReport& found,
                 const std::vector<std::string>& ignored,
                 std::uint64_t open) {
  return {text_of(found, ignored, open),
          {{"clean", found.clean()},
           {"size", found.point.size},
           {"root", found.point.root.text()},
           {"unsigned", open},
           {"signatures", found.signatures},
           {"releases", found.releases},
           {"by_hosts", found.by_hosts},
           {"doubtful", found.doubtful},
           {"problem_count", found.problem_count},
           {"problems", json_list(found.problems)},
           {"ignored", json_list(ignored)},
           {"next", next_step(found, open)}},
          {},
          exit_of(found, open)};
}

Result<Report> run_audit(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const Digest org, Digest::parse(arguments.text("--org")));
  const auto held_path = arguments.find("--checkpoint");
  Bytes held;
  if (held_path) {
    TWOSEAL_TRY(held, read_file(*held_path, limits::kCheckpointMax));
  }
  const std::string path = arguments.text("--store");
  TWOSEAL_TRY(const auto store, open_store(path, OpenMode::reading));
  TWOSEAL_TRY(const SavedCheckpoint saved, saved_checkpoint(*store, path));
  TWOSEAL_TRY(const LedgerHead head, in_store(store->head(), path));
  TWOSEAL_TRY_VOID(check_organisation(*store, org, path));
  TWOSEAL_TRY(StoreSource from, in_store(audit_source(*store, saved.size), path));
  from.source.progress = [&](std::uint64_t done) {
    session.detail("entry " + std::to_string(done) + " of " + std::to_string(saved.size));
  };
  AuditReport found = audit(from.source, org, saved.note);
  if (const auto why = held_path ? missed(held, from.source, org) : std::nullopt) {
    found.problems.insert(found.problems.begin(), *held_path + ": " + *why);
    ++found.problem_count;
  }
  return report_of(found, from.ignored, head.size - saved.size);
}

constexpr Flag kFlags[] = {
    {"--store", "FILE", "the ledger", true},
    {"--org", "DIGEST", "the organisation: the digest of its first roster", true},
    {"--checkpoint", "FILE", "a checkpoint that you kept: the ledger must contain what it signs"},
};
constexpr std::string_view kExamples[] = {
    "twoseal ledger audit --store ledger.db --org sha256:57b5…",
    "twoseal ledger audit --store ledger.db --org sha256:57b5… --checkpoint checkpoint.txt"};
constexpr Exit kExits[] = {Exit::verification_failed,
                           Exit::pending,
                           Exit::bad_data,
                           Exit::no_input,
                           Exit::unavailable,
                           Exit::permission,
                           Exit::configuration};

}  // namespace

const Verb kLedgerAudit = {
    "ledger audit",
    Group::ledger,
    "replay a ledger and check every signature in it",
    "Begins with the organisation's digest, received from elsewhere: rosters and their root "
    "signatures, then each entry with its statement, key and role at that place, and what hosts "
    "said with the key that their id names. Each release, and whatever a host carried out, is "
    "decided again by the documents, assignments, approvals and stops that the ledger had in "
    "force. Every problem is listed with its entry.\n\n"
    "Judged are the entries that the newest checkpoint signs; when there are more, their number is "
    "told and a clean audit ends with exit 8. Who can write the store can put back an older "
    "checkpoint: give the one that you kept with --checkpoint.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run_audit,
};

}  // namespace twoseal::cli
