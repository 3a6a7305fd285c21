// twoseal server backup, key-backup and restore: the two halves of a server, and both put back.
#include <algorithm>

#include "base/os_file.h"
#include "base/wipe.h"
#include "cli/ledger_store.h"
#include "cli/server_directory.h"
#include "cli/signing_key.h"
#include "cli/verb_list.h"
#include "codec/archive.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "workflow/ledger_view.h"

namespace twoseal::cli {
namespace {

constexpr const char* kAuthorityCertificate = "authority.pem";
constexpr const char* kServerCertificate = "tls-server.pem";
constexpr const char* kSettings = "server.yaml";

Result<std::string> output_path(const Session& session) {
  const auto& path = session.flags().output;
  if (!path) {
    return fail(Errc::usage, "--output names the file to be written");
  }
  TWOSEAL_TRY_VOID(check_new_file(*path));
  return *path;
}

// --- backup ---

// What a server does with a store when it starts, so that one that would not start is no backup.
Result<LedgerReport> check_copy(const std::string& path) {
  TWOSEAL_TRY(const auto store, open_store(path, OpenMode::reading));
  TWOSEAL_TRY(const SavedCheckpoint saved, saved_checkpoint(*store, path));
  const std::string origin = origin_of(saved.note);
  TWOSEAL_TRY(const auto rosters, in_store(store->documents("roster", 1), path));
  if (rosters.size() != 1) {
    return fail(Errc::ledger_inconsistent, "it has not exactly one first roster", path);
  }
  TWOSEAL_TRY(const Roster roster, codec::decode<Roster>(rosters.front().bytes));
  std::vector<NoteKey> keys;
  for (const std::string& vkey : roster.log.vkeys) {
    TWOSEAL_TRY(NoteKey key, NoteKey::parse(vkey));
    keys.push_back(std::move(key));
  }
  LedgerView view(*store, sha256(rosters.front().bytes));
  TWOSEAL_TRY_VOID(of_own_store(view.load(), path));
  return in_store(check_ledger(*store, origin, keys), path);
}

Result<Report> run_backup(const Arguments& arguments, const Session& session) {
  const ServerDirectory directory{arguments.text("--dir")};
  TWOSEAL_TRY(const std::string path, output_path(session));
  TWOSEAL_TRY_VOID(backup_sqlite_store(directory.store(), path));
  auto checked = check_copy(path);
  const bool damaged = !checked && (checked.error().code == Errc::ledger_inconsistent ||
                                    checked.error().code == Errc::store_failed);
  if (damaged) {
    static_cast<void>(remove_file(path));
    checked.error().where = directory.store();
    checked.error().next =
        "no backup was made of what is damaged: keep older backups and the store as it is; one of "
        "them is put back by twoseal server restore";
  }
  if (!checked) {
    return std::unexpected(std::move(checked).error());
  }
  session.talk("made  " + path + " (0600): ledger, blobs and registry; the keys are not in it");
  if (const auto file = read_server_file(directory)) {
    session.talk(
        "next  every signature and file in it is looked at by: twoseal ledger audit --store " +
        path + " --org " + file->org.text());
  }
  Report report;
  report.text = "entries  " + std::to_string(checked->size) + "\n";
  report.fields = {{"file", path}, {"entries", checked->size}};
  return report;
}

// --- key-backup ---

Result<codec::ArchiveFiles> sealed_keys(const ServerDirectory& directory, BytesView passphrase) {
  codec::ArchiveFiles files;
  for (const std::string& name : server_key_names()) {
    // The spare may have been taken off the machine, as it should.
    if (name == "tls-spare.key" && !path_exists(directory.key(name))) {
      continue;
    }
    TWOSEAL_TRY(const PrivateKey key, read_service_key(directory.key(name)));
    TWOSEAL_TRY(files[name], to_local_file(key, passphrase));
  }
  for (const char* name : {kAuthorityCertificate, kServerCertificate}) {
    TWOSEAL_TRY(files[name], read_file(directory.key(name)));
  }
  TWOSEAL_TRY(files[kSettings], read_file(directory.settings()));
  return files;
}

Result<Report> run_key_backup(const Arguments& arguments, const Session& session) {
  const ServerDirectory directory{arguments.text("--dir")};
  TWOSEAL_TRY(const std::string path, output_path(session));
  TWOSEAL_TRY(Bytes passphrase,
              new_passphrase("passphrase of the backup: ",
                             arguments.find("--passphrase-file"),
                             !session.flags().no_input));
  const auto files = sealed_keys(directory, passphrase);
  wipe(passphrase);
  if (!files) {
    return std::unexpected(files.error());
  }
  TWOSEAL_TRY(const Bytes archive, codec::write_archive(*files));
  TWOSEAL_TRY_VOID(write_file(path, archive, Access::owner, Existing::keep));
  session.talk("made  " + path + " (0600): the keys under the passphrase; keep it elsewhere");
  Report report;
  report.text = "files  " + std::to_string(files->size()) + "\n";
  report.fields = {{"file", path}, {"files", static_cast<std::uint64_t>(files->size())}};
  return report;
}

// --- restore ---

// What a backup of keys holds, opened.
struct OpenedKeys {
  std::vector<std::pair<std::string, PrivateKey>> keys;
  codec::ArchiveFiles others;
};

Result<OpenedKeys> open_keys(const codec::ArchiveFiles& files, BytesView passphrase) {
  const auto& names = server_key_names();
  OpenedKeys opened;
  for (const auto& [name, bytes] : files) {
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      TWOSEAL_TRY(PrivateKey key, from_local_file(bytes, passphrase));
      opened.keys.emplace_back(name, std::move(key));
    } else if (name == kAuthorityCertificate || name == kServerCertificate || name == kSettings) {
      opened.others.emplace(name, bytes);
    } else {
      return fail(Errc::bad_field, "it holds a file that is none of a server: " + name);
    }
  }
  return opened;
}

Result<void> write_opened(const ServerDirectory& directory, const OpenedKeys& opened) {
  TWOSEAL_TRY_VOID(make_directory(directory.path, Access::owner, Existing::replace));
  TWOSEAL_TRY_VOID(make_directory(directory.keys(), Access::owner, Existing::keep));
  for (const auto& [name, key] : opened.keys) {
    TWOSEAL_TRY_VOID(write_service_key(directory.key(name), key));
  }
  for (const auto& [name, bytes] : opened.others) {
    TWOSEAL_TRY_VOID(write_file(name == kSettings ? directory.settings() : directory.key(name),
                                bytes,
                                Access::owner,
                                Existing::keep));
  }
  return {};
}

Result<Report> run_restore(const Arguments& arguments, const Session& session) {
  const ServerDirectory directory{arguments.text("--dir")};
  const std::string copy = arguments.text("--store");
  const std::string keys = arguments.text("--keys");
  if (path_exists(directory.store()) || path_exists(directory.keys())) {
    return fail(Errc::exists_already, "a server is there already", directory.path);
  }
  TWOSEAL_TRY(const LedgerReport checked, check_copy(copy));
  TWOSEAL_TRY(const Bytes archive, read_file(keys));
  TWOSEAL_TRY(const auto files, codec::read_archive(archive));
  TWOSEAL_TRY(Bytes passphrase,
              get_passphrase("passphrase of the backup: ",
                             arguments.find("--passphrase-file"),
                             !session.flags().no_input));
  const auto opened = open_keys(files, passphrase);
  wipe(passphrase);
  if (!opened) {
    return std::unexpected(opened.error());
  }
  TWOSEAL_TRY_VOID(write_opened(directory, *opened));
  TWOSEAL_TRY_VOID(backup_sqlite_store(copy, directory.store()));
  session.talk("made  " + directory.path + " with " + std::to_string(checked.size) + " entries");
  session.talk(
      "note  what was recorded after the backup is not in it: hosts that have seen more refuse a "
      "shorter log (L3); compare with the newest checkpoint that anybody kept");
  session.talk("next  twoseal server run --dir " + directory.path);
  Report report;
  report.text =
      "entries  " + std::to_string(checked.size) + "\nroot     " + checked.root.text() + "\n";
  report.fields = {{"entries", checked.size}, {"root", checked.root.text()}};
  return report;
}

// --- migrate ---

Result<Report> run_migrate(const Arguments& arguments, const Session& session) {
  const ServerDirectory directory{arguments.text("--dir")};
  TWOSEAL_TRY(const auto missing, missing_migrations(directory.store()));
  Report report;
  for (const std::string& file : missing) {
    report.text += file + "\n";
  }
  report.fields = {{"missing", json_list(missing)}, {"done", false}};
  if (missing.empty() || !arguments.has("--apply")) {
    session.talk(missing.empty()
                     ? "the store has the schema of this program"
                     : "next  make a backup, then: twoseal server migrate --apply --dir " +
                           directory.path);
    report.exit = missing.empty() ? Exit::done : Exit::difference;
    return report;
  }
  TWOSEAL_TRY([[maybe_unused]] const ServerStore store,
              open_sqlite_server_store(directory.store(), OpenMode::existing));
  report.fields.back() = {"done", true};
  return report;
}

constexpr Flag kDir = {"--dir", "DIR", "the directory of the server", true};
constexpr Flag kPassphrase = {
    "--passphrase-file",
    "FILE",
    "take the passphrase from the first line of FILE, - for standard input"};
constexpr Flag kBackupFlags[] = {kDir};
constexpr Flag kKeyBackupFlags[] = {kDir, kPassphrase};
constexpr Flag kRestoreFlags[] = {
    {"--dir", "DIR", "the directory of the server, which has none yet", true},
    {"--store", "FILE", "what server backup wrote", true},
    {"--keys", "FILE", "what server key-backup wrote", true},
    kPassphrase,
};
constexpr Flag kMigrateFlags[] = {kDir,
                                  {"--apply", "", "run them; without it they are only named"}};
constexpr std::string_view kBackupExamples[] = {
    "twoseal server backup --dir srv -o /backup/store.db"};
constexpr std::string_view kKeyBackupExamples[] = {
    "twoseal server key-backup --dir srv -o /safe/keys.zip"};
constexpr std::string_view kRestoreExamples[] = {
    "twoseal server restore --dir srv --store /backup/store.db --keys "
    "/safe/keys.zip"};
constexpr std::string_view kMigrateExamples[] = {"twoseal server migrate --dir srv"};
constexpr Exit kExits[] = {Exit::denied,
                           Exit::verification_failed,
                           Exit::bad_data,
                           Exit::no_input,
                           Exit::unavailable,
                           Exit::permission,
                           Exit::configuration};
constexpr Exit kMigrateExits[] = {Exit::difference,
                                  Exit::verification_failed,
                                  Exit::no_input,
                                  Exit::unavailable,
                                  Exit::permission,
                                  Exit::configuration};

}  // namespace

const Verb kServerBackup = {
    "server backup",
    Group::server,
    "copy the store of a server, also while it runs",
    "The copy is of one moment and needs no other file. No key is in it: server key-backup makes "
    "the other half.",
    {},
    kBackupFlags,
    kBackupExamples,
    kExits,
    OutputFile::own,
    run_backup,
};

const Verb kServerKeyBackup = {
    "server key-backup",
    Group::server,
    "copy the keys of a server under a passphrase",
    "Keys of log, timekeeper, authority and TLS, each encrypted as key new --local does, with the "
    "certificates and server.yaml, in one file. Whoever has file and passphrase can be the "
    "server: keep both apart from each other and from the store.",
    {},
    kKeyBackupFlags,
    kKeyBackupExamples,
    kExits,
    OutputFile::own,
    run_key_backup,
};

const Verb kServerRestore = {
    "server restore",
    Group::server,
    "make the directory of a server out of both backups",
    "The log in the copy is recomputed and compared with its checkpoint before anything is "
    "written. Entries recorded after the backup are lost to this server: hosts and people who "
    "have seen them refuse its log until what is missing comes back from somebody who has it.",
    {},
    kRestoreFlags,
    kRestoreExamples,
    kExits,
    OutputFile::report,
    run_restore,
};

const Verb kServerMigrate = {
    "server migrate",
    Group::server,
    "name the migrations that the store lacks, or run them",
    "A server runs them by itself when it starts. Exit 2 says that some are missing.",
    {},
    kMigrateFlags,
    kMigrateExamples,
    kMigrateExits,
    OutputFile::report,
    run_migrate,
};

}  // namespace twoseal::cli
