// twoseal ledger init, append, checkpoint: what needs the log key.
#include <fmt/format.h>

#include "base/os_clock.h"
#include "base/os_file.h"
#include "base/wipe.h"
#include "cli/decision_directory.h"
#include "cli/ledger_store.h"
#include "cli/verb_list.h"
#include "crypto/key_file.h"
#include "model/names.h"
#include "workflow/recording.h"

namespace twoseal::cli {

Result<std::unique_ptr<Store>> open_store(const std::string& path, OpenMode mode) {
  auto store = open_sqlite_store(path, mode);
  if (!store && store.error().where.empty()) {
    store.error().where = path;
  }
  return store;
}

Error damage_of_store(Error error, const std::string& path) {
  error.where = error.where.empty() ? path : error.where;
  constexpr int kAboutKeys = 1100;  // errors below are about octets and their form
  if (error_info(error.code).exit == Exit::bad_data && static_cast<int>(error.code) < kAboutKeys) {
    return {Errc::ledger_inconsistent, std::move(error.what), path};
  }
  if (error.code == Errc::store_failed) {
    error.next =
        "keep the store as it is and look at its disk; a backup is put back by twoseal "
        "server restore";
  }
  return error;
}

Result<PrivateKey> read_service_key(const std::string& path) {
  TWOSEAL_TRY(Bytes text, read_file(path, kKeyFileMax));
  auto key = from_pkcs8_pem(text);
  wipe(text);
  if (!key) {
    key.error().where = path;
  }
  return key;
}

Result<void> write_service_key(const std::string& path, const PrivateKey& key) {
  std::string text = to_pkcs8_pem(key);
  auto written = write_file(path, text, Access::owner, Existing::keep);
  wipe(text);
  return written;
}

std::unexpected<Error> no_checkpoint(Errc code, const std::string& path) {
  return fail(
      code,
      "the store has no checkpoint",
      path,
      "ask who runs the ledger to sign one (twoseal ledger checkpoint --store FILE --key FILE), or "
      "for a whole copy of the store: every ledger has one from twoseal ledger init on");
}

Result<SavedCheckpoint> saved_checkpoint(const Store& store, const std::string& path) {
  TWOSEAL_TRY(auto saved, in_store(store.newest_checkpoint(), path));
  if (!saved) {
    return no_checkpoint(Errc::not_found, path);
  }
  TWOSEAL_TRY(const LedgerHead head, in_store(store.head(), path));
  if (saved->size > head.size) {
    return fail(Errc::ledger_inconsistent,
                "the newest checkpoint is of " + std::to_string(saved->size) +
                    " entries, the log has " + std::to_string(head.size),
                path);
  }
  return *std::move(saved);
}

std::string origin_of(BytesView note) {
  return std::string(note.substr(0, note.find('\n')));
}

namespace {

// Errors name the store.
Result<std::unique_ptr<LedgerWriter>> open_writer(Store& store,
                                                  Clock& clock,
                                                  LogKey log,
                                                  const std::string& path) {
  auto writer = LedgerWriter::open(store, clock, std::move(log), {"twoseal ledger", 30});
  return writer ? std::move(writer) : std::unexpected(in_file(std::move(writer).error(), path));
}

// A store with the right to append to it.
struct Desk {
  std::string vkey;
  std::unique_ptr<Store> store;
  std::unique_ptr<SystemClock> clock;
  std::unique_ptr<LedgerWriter> writer;
};

Result<Desk> open_desk(const Arguments& arguments) {
  Desk desk;
  const std::string path = arguments.text("--store");
  TWOSEAL_TRY(desk.store, open_store(path, OpenMode::existing));
  TWOSEAL_TRY(const Bytes note, in_store(newest_note(*desk.store), path));
  TWOSEAL_TRY(PrivateKey key, read_service_key(arguments.text("--key")));
  TWOSEAL_TRY(LogKey log, log_key(std::move(key), origin_of(note)));
  desk.vkey = log.key.text();
  desk.clock = std::make_unique<SystemClock>();
  TWOSEAL_TRY(desk.writer, open_writer(*desk.store, *desk.clock, std::move(log), path));
  return desk;
}

Report report_of(const LedgerWriter& writer, const Bytes& note) {
  Report report;
  report.bytes = note;
  report.fields = {{"checkpoint", note},
                   {"origin", origin_of(note)},
                   {"size", writer.size()},
                   {"root", writer.root().text()}};
  return report;
}

// --- init ---

// What is at `path` already is left alone, unless it is a store whose init did not finish.
Result<void> check_unused(const std::string& path) {
  if (!path_exists(path)) {
    return {};
  }
  const auto store = open_store(path, OpenMode::fresh);
  if (store) {
    return {};
  }
  Error error = store.error();
  if (error.code == Errc::exists_already || error.code == Errc::store_failed ||
      error.code == Errc::not_regular) {
    error = {Errc::exists_already,
             error.code == Errc::exists_already ? "is there already"
                                                : "is there already, and no store: " + error.what,
             path,
             "name another file, or go on with this ledger: twoseal ledger checkpoint --store FILE "
             "--key FILE --json=vkey prints its public key"};
  }
  return std::unexpected(std::move(error));
}

Result<Report> run_init(const Arguments& arguments, const Session& session) {
  const std::string path = arguments.text("--store");
  const std::string key_path = arguments.text("--key");
  TWOSEAL_TRY_VOID(check_unused(path));
  const bool new_key = !path_exists(key_path);
  auto key = new_key ? Result<PrivateKey>(PrivateKey::generate()) : read_service_key(key_path);
  if (!key) {
    return std::unexpected(std::move(key).error());
  }
  if (new_key) {
    TWOSEAL_TRY_VOID(write_service_key(key_path, *key));
    session.talk("made  " + key_path +
                 " (0600), the log key: keep a copy where nobody can read it");
  }
  TWOSEAL_TRY(LogKey log, log_key(*std::move(key), arguments.text("--origin")));
  const std::string vkey = log.key.text();
  TWOSEAL_TRY(const auto store, open_store(path, OpenMode::fresh));
  SystemClock clock;
  TWOSEAL_TRY(const auto writer, open_writer(*store, clock, std::move(log), path));
  TWOSEAL_TRY_VOID(writer->sign_checkpoint());
  TWOSEAL_TRY(const Bytes note, newest_note(*store));
  Report report = report_of(*writer, note);
  report.bytes.reset();
  report.text = vkey + "\n";
  report.fields.emplace_back("vkey", vkey);
  session.talk("made  " + path + ", an empty ledger; its public key is printed below");
  return report;
}

// --- append ---

Result<Objects> read_objects(const std::vector<std::string>& paths) {
  Objects objects;
  for (const std::string& path : paths) {
    if (is_directory(path)) {
      TWOSEAL_TRY(const Files files, read_decision_directory(path));
      objects.merge(objects_in(files));
      continue;
    }
    TWOSEAL_TRY(ObjectFile object, read_object(path));
    objects.emplace(object.digest, std::move(object));
  }
  return objects;
}

// Everything is read and judged before the first entry is written.
Result<std::vector<EntryDraft>> drafts_of(const std::vector<std::string>& paths,
                                          RecordingDesk desk) {
  std::vector<EntryDraft> drafts;
  for (const std::string& path : paths) {
    TWOSEAL_TRY(const SignedStatement record, read_record(path));
    auto draft = desk.draft(record);
    if (!draft) {
      draft.error().where = path;
      return std::unexpected(std::move(draft).error());
    }
    drafts.push_back(*std::move(draft));
  }
  return drafts;
}

Result<Report> run_append(const Arguments& arguments, const Session&) {
  const std::vector<std::string> paths = arguments.all("RECORD");
  if (paths.empty()) {
    return fail(Errc::usage, "name at least one signature record");
  }
  TWOSEAL_TRY(Objects objects, read_objects(arguments.all("--with")));
  TWOSEAL_TRY(Desk desk, open_desk(arguments));
  TWOSEAL_TRY(const auto drafts,
              drafts_of(paths, RecordingDesk(*desk.store, std::move(objects), desk.clock->now())));
  const auto answers = desk.writer->append(drafts);
  Report report;
  Json::Array rows;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i]) {
      Error error = answers[i].error();
      error.where = paths[i];
      return std::unexpected(std::move(error));
    }
    const LedgerEntry& entry = drafts[i].entry;
    report.text += fmt::format("{:>6}  {}  {:<12} {:<16} {}\n",
                               answers[i]->seq,
                               answers[i]->at,
                               enum_name(entry.ev),
                               entry.by.text(),
                               entry.stmt->text());
    rows.emplace_back(Json::Object{{"seq", answers[i]->seq},
                                   {"at", answers[i]->at},
                                   {"event", enum_name(entry.ev)},
                                   {"by", entry.by.text()},
                                   {"obj", entry.obj.text()},
                                   {"statement", entry.stmt->text()}});
  }
  TWOSEAL_TRY_VOID(desk.writer->sign_checkpoint());
  report.fields = {{"entries", rows}, {"size", desk.writer->size()}};
  return report;
}

// --- checkpoint ---

Result<Report> run_checkpoint(const Arguments& arguments, const Session& session) {
  if (arguments.has("--key")) {
    TWOSEAL_TRY(Desk desk, open_desk(arguments));
    if (!desk.writer->unsigned_entries()) {
      session.detail("the newest checkpoint signs all entries already");
    }
    TWOSEAL_TRY_VOID(desk.writer->sign_checkpoint());
    TWOSEAL_TRY(const Bytes note, newest_note(*desk.store));
    Report report = report_of(*desk.writer, note);
    report.fields.emplace_back("vkey", desk.vkey);
    return report;
  }
  const std::string path = arguments.text("--store");
  TWOSEAL_TRY(const auto store, open_store(path, OpenMode::reading));
  TWOSEAL_TRY(const SavedCheckpoint saved, saved_checkpoint(*store, path));
  TWOSEAL_TRY(const Digest root, in_store(root_at(*store, saved.size), path));
  Report report;
  report.bytes = saved.note;
  report.fields = {{"checkpoint", saved.note},
                   {"origin", origin_of(saved.note)},
                   {"size", saved.size},
                   {"root", root.text()}};
  return report;
}

constexpr Flag kInitFlags[] = {
    {"--store", "FILE", "the ledger, a new file", true},
    {"--key", "FILE", "the log key; made when it does not exist", true},
    {"--origin", "NAME", "the name of the log: DOMAIN/twoseal/log1", true},
};
constexpr Flag kAppendFlags[] = {
    {"--store", "FILE", "the ledger", true},
    {"--key", "FILE", "the log key", true},
    {"--with",
     "FILE",
     "an object that a record is about or that belongs to it (the roster; state and plan of a "
     "change; the assignments of a batch), or a decision directory with all of them",
     false,
     true},
};
constexpr Flag kCheckpointFlags[] = {
    {"--store", "FILE", "the ledger", true},
    {"--key", "FILE", "the log key: sign a checkpoint over all entries first"},
};
constexpr Operand kAppendOperands[] = {{"RECORD", "a signature record", Occurs::any_number}};
constexpr std::string_view kInitExamples[] = {
    "twoseal ledger init --store ledger.db --key log.key --origin example.org/twoseal/log1"};
constexpr std::string_view kAppendExamples[] = {
    "twoseal ledger append --store ledger.db --key log.key --with acme author.json"};
constexpr std::string_view kCheckpointExamples[] = {
    "twoseal ledger checkpoint --store ledger.db -o checkpoint.txt"};
constexpr Exit kExits[] = {Exit::verification_failed,
                           Exit::bad_data,
                           Exit::no_input,
                           Exit::unavailable,
                           Exit::permission,
                           Exit::configuration};

}  // namespace

const Verb kLedgerInit = {
    "ledger init",
    Group::ledger,
    "make an empty ledger with its first checkpoint",
    "Makes the log key unless it exists, the store, and the checkpoint of size 0. Prints the "
    "public key of the log as a vkey, which goes into the roster and to everybody who verifies. "
    "When it was interrupted, the same command completes what it began.",
    {},
    kInitFlags,
    kInitExamples,
    kExits,
    OutputFile::report,
    run_init,
};

const Verb kLedgerAppend = {
    "ledger append",
    Group::ledger,
    "record signed statements in the ledger",
    "Checks each record as an auditor would: its signature under a key of the newest roster, its "
    "organisation, what its signer had seen of the log. Only when all of them hold are they "
    "appended, in one commit and in the order given, and a checkpoint is signed. The objects they "
    "are about are kept with them.",
    kAppendOperands,
    kAppendFlags,
    kAppendExamples,
    kExits,
    OutputFile::report,
    run_append,
};

const Verb kLedgerCheckpoint = {
    "ledger checkpoint",
    Group::ledger,
    "print the newest checkpoint of the ledger",
    "A checkpoint is a signed note: the name of the log, its size, its root. Whoever keeps one can "
    "later prove that nothing before it was rewritten. With --key, --json=vkey prints the public "
    "key "
    "of the log.",
    {},
    kCheckpointFlags,
    kCheckpointExamples,
    kExits,
    OutputFile::report,
    run_checkpoint,
};

}  // namespace twoseal::cli
