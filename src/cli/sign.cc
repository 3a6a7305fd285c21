// twoseal sign
#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "base/limits.h"
#include "base/os_clock.h"
#include "base/os_file.h"
#include "cli/decision_directory.h"
#include "cli/signing_key.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "crypto/sshsig.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "model/names.h"
#include "model/roster.h"
#include "model/statement.h"

namespace twoseal::cli {
namespace {

// What the organisation's directory, or the flags, say about the moment of signing.
struct Place {
  std::optional<Digest> org;
  std::int64_t roster = 1;
  LogPoint seen = {empty_root(), 0};
};

Result<std::int64_t> parse_number(std::string_view text, std::string_view flag) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 ||
      number > limits::kIntegerMax) {
    return fail(Errc::usage,
                std::string(flag) + " takes a number, not '" + std::string(text) + "'");
  }
  return number;
}

// Organisation, newest roster and newest checkpoint of a decision directory. The checkpoint is
// verified with the log key of that roster before it is said to have been seen.
Result<Place> place_of(const std::string& directory) {
  TWOSEAL_TRY(const FoundDirectory found, find_decision_directory(directory));
  for (const auto& [path, error] : found.unread) {
    if (path.starts_with("roster/") || path == "checkpoint.txt") {
      return std::unexpected(error);
    }
  }
  const Files& files = found.files;
  Place place;
  std::optional<Roster> newest;
  for (const auto& [path, bytes] : files) {
    if (!path.starts_with("roster/")) {
      continue;
    }
    TWOSEAL_TRY(Roster roster, codec::decode<Roster>(bytes));
    if (roster.version == 1) {
      place.org = sha256(bytes);
    }
    if (!newest || roster.version > newest->version) {
      newest = std::move(roster);
    }
  }
  if (!newest || !place.org) {
    return fail(Errc::no_input, "there is no roster/1.json in it", directory);
  }
  place.roster = newest->version;
  if (const auto note = files.find("checkpoint.txt"); note != files.end()) {
    std::vector<NoteKey> keys;
    for (const std::string& vkey : newest->log.vkeys) {
      TWOSEAL_TRY(NoteKey key, NoteKey::parse(vkey));
      keys.push_back(std::move(key));
    }
    TWOSEAL_TRY(const Checkpoint point, open_checkpoint(note->second, newest->log.origin, keys));
    place.seen = {point.root, static_cast<std::int64_t>(point.size)};
  }
  return place;
}

Result<Place> place_from(const Arguments& arguments) {
  Place place;
  if (const auto directory = arguments.find("--dir")) {
    TWOSEAL_TRY(place, place_of(*directory));
  }
  if (const auto org = arguments.find("--org")) {
    TWOSEAL_TRY(place.org, Digest::parse(*org));
  }
  if (const auto roster = arguments.find("--roster")) {
    TWOSEAL_TRY(place.roster, parse_number(*roster, "--roster"));
  }
  if (const auto seen = arguments.find("--seen")) {
    const std::size_t colon = std::min(seen->find(':'), seen->size());
    TWOSEAL_TRY(place.seen.size, parse_number(std::string_view(*seen).substr(0, colon), "--seen"));
    TWOSEAL_TRY(place.seen.root,
                Digest::parse(std::string_view(*seen).substr(std::min(colon + 1, seen->size()))));
  }
  return place;
}

Result<Act> act_of(const std::string& text) {
  const auto act = enum_value<Act>(text);
  if (!act) {
    return fail(Errc::usage, "there is no act '" + text + "'");
  }
  return *act;
}

// Fills what the object itself says: its digest and type; for a roster its version, and for the
// first roster the organisation.
Result<void> take_object(Statement& statement, const std::string& path, Place& place) {
  TWOSEAL_TRY(const Bytes object, read_file(path));
  if (auto canonical = json::check_canonical(object); !canonical) {
    return fail(
        canonical.error().code, canonical.error().what, path + ", " + canonical.error().where);
  }
  statement.obj = sha256(object);
  const std::string word = codec::peek_text(object, "type");
  const auto type = enum_value<ObjType>(word);
  if (!type) {
    return fail(Errc::bad_field,
                word.empty() ? "the object has no type, and what has none is not signed"
                             : "nobody signs objects of type '" + word + "'",
                path);
  }
  statement.obj_type = *type;
  if (*type == ObjType::roster) {
    TWOSEAL_TRY(const Roster roster, codec::decode<Roster>(object));
    place.roster = roster.version;
    place.org = roster.org.value_or(statement.obj);
  }
  return {};
}

Result<Statement> statement_from(const Arguments& arguments, const PublicKey& key) {
  Statement statement;
  TWOSEAL_TRY(Place place, place_from(arguments));
  TWOSEAL_TRY(statement.act, act_of(arguments.text("--act")));
  TWOSEAL_TRY_VOID(take_object(statement, arguments.text("--obj"), place));
  if (!place.org) {
    return fail(Errc::usage, "the organisation is not known; give --dir or --org");
  }
  const std::string by = arguments.text(
      "--by", statement.obj_type == ObjType::roster ? "root:" + key.id().text() : "");
  TWOSEAL_TRY(statement.by, ActorId::parse(by));
  if (const auto role = arguments.find("--role"); role && !role->empty()) {
    TWOSEAL_TRY(statement.role, RoleId::parse(*role));
  }
  statement.note = arguments.find("--note");
  statement.key = key.id();
  statement.org = *place.org;
  statement.roster = place.roster;
  statement.seen = place.seen;
  SystemClock clock;
  statement.at = clock.now();
  if (const auto at = arguments.find("--at")) {
    TWOSEAL_TRY(statement.at, parse_number(*at, "--at"));
  }
  if (!is_allowed(statement.obj_type, statement.act, actor_kind(statement.by))) {
    return fail(Errc::usage,
                "'" + by + "' cannot " + std::string(name_of(statement.act)) + " a " +
                    std::string(name_of(statement.obj_type)));
  }
  return statement;
}

Report report_of(const Statement& statement, const SignatureRecord& record) {
  Report report;
  report.bytes = codec::encode(record);
  report.fields = {{"statement", sha256(record.statement).text()},
                   {"act", name_of(statement.act)},
                   {"by", statement.by.text()},
                   {"obj", statement.obj.text()},
                   {"record", *report.bytes}};
  return report;
}

// A record out of a statement that was printed before and an armour made over it by hand.
Result<Report> attach(const Arguments& arguments, const std::string& armor_path) {
  const auto statement_path = arguments.find("--statement");
  if (!statement_path) {
    return fail(Errc::usage, "--attach goes with --statement FILE, the statement that was signed");
  }
  SignatureRecord record;
  TWOSEAL_TRY(record.statement, read_file(*statement_path, limits::kStatementMax));
  TWOSEAL_TRY(record.armor, read_file(armor_path, kArmorMax));
  TWOSEAL_TRY(const Statement statement, codec::decode<Statement>(record.statement));
  TWOSEAL_TRY(const KeyFile key, open_key_file(arguments.text("--key")));
  TWOSEAL_TRY(
      const SignatureFacts facts,
      verify_sshsig(key.pub, signature_namespace(statement.act), record.statement, record.armor));
  static_cast<void>(facts);
  return report_of(statement, record);
}

Result<Report> run(const Arguments& arguments, const Session& session) {
  if (const auto armor = arguments.find("--attach")) {
    return attach(arguments, *armor);
  }
  for (const char* flag : {"--act", "--obj"}) {
    if (!arguments.has(flag)) {
      return fail(Errc::usage, std::string(flag) + " is required");
    }
  }
  TWOSEAL_TRY(const KeyFile key, open_key_file(arguments.text("--key")));
  TWOSEAL_TRY(const Statement statement, statement_from(arguments, key.pub));
  SignatureRecord record;
  record.statement = codec::encode(statement);
  if (arguments.has("--print-statement")) {
    session.talk("next  ssh-keygen -Y sign -n " + signature_namespace(statement.act) + " -f " +
                 key.path + " STATEMENT");
    Report report;
    report.bytes = record.statement;
    return report;
  }
  session.detail("signing " + sha256(record.statement).text());
  TWOSEAL_TRY(record.armor,
              sign_with(key,
                        signature_namespace(statement.act),
                        record.statement,
                        arguments.find("--passphrase-file"),
                        !session.flags().no_input));
  TWOSEAL_TRY(
      const SignatureFacts facts,
      verify_sshsig(key.pub, signature_namespace(statement.act), record.statement, record.armor));
  static_cast<void>(facts);
  return report_of(statement, record);
}

constexpr Flag kFlags[] = {
    {"--act",
     "ACT",
     "approve, author, reject, release, sign, withdraw, attest, lift, signoff, plan, rollback or "
     "login"},
    {"--obj", "FILE", "the object that the statement is about"},
    {"--by", "ID", "who signs, p: and a name; for a roster it follows from the key"},
    {"--role", "ROLE", "the role in which it counts; without it any role that the signer holds"},
    {"--key", "FILE", "the key file; for keys in an agent the .pub file", true},
    {"--dir",
     "DIR",
     "a directory of the organisation: its digest, roster and checkpoint are taken from there"},
    {"--org", "DIGEST", "the organisation, instead of --dir"},
    {"--roster", "N", "the newest roster version the signer knows, instead of --dir"},
    {"--seen", "SIZE:DIGEST", "the newest checkpoint the signer verified, instead of --dir"},
    {"--at", "SECONDS", "the time of signing, instead of this machine's"},
    {"--note", "TEXT", "a remark that is signed too"},
    {"--passphrase-file",
     "FILE",
     "take the passphrase from the first line of FILE, - for standard input"},
    {"--print-statement", "", "print the statement instead of signing it"},
    {"--statement", "FILE", "with --attach: the statement that was signed by hand"},
    {"--attach", "FILE", "make a record of a signature made with ssh-keygen -Y sign"},
};
constexpr std::string_view kExamples[] = {
    "twoseal sign --act approve --obj change.json --by p:ada --role security-lead --key ada --dir "
    "org -o ada.json"};
constexpr Exit kExits[] = {Exit::error,
                           Exit::denied,
                           Exit::verification_failed,
                           Exit::bad_data,
                           Exit::no_input,
                           Exit::try_again,
                           Exit::permission};

}  // namespace

const Verb kSign = {
    "sign",
    Group::objects,
    "sign a statement about an object",
    "Makes the statement that somebody does something to an object, signs it, and prints the "
    "signature "
    "record. Keys made by `key new --local` and OpenSSH keys without a passphrase are used "
    "directly; "
    "security keys, protected OpenSSH keys and keys in an agent through ssh-keygen.\n\nThe same "
    "signature can be made by hand: --print-statement prints the exact bytes, ssh-keygen -Y sign "
    "signs "
    "them, --attach makes the record.",
    {},
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
