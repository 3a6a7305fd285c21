// twoseal document list, show, issue, sign
#include <algorithm>

#include "base/os_file.h"
#include "base/os_process.h"
#include "base/shell_text.h"
#include "base/words.h"
#include "cli/client/confirming.h"
#include "cli/client/issuing.h"
#include "cli/columns.h"
#include "cli/signing_key.h"
#include "cli/time_text.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"

namespace twoseal::cli {
namespace {

constexpr ObjType kDocuments[] = {ObjType::roster, ObjType::policy, ObjType::restrictions};

// --- list -------------------------------------------------------------------------------------

Json document_json(const DocumentVersion& one) {
  return Json::Object{{"type", name_of(one.type)},
                      {"version", one.version},
                      {"digest", one.digest.text()},
                      {"issued", one.issued},
                      {"expires", one.expires}};
}

std::string names_text(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text.empty() ? "nobody" : text;
}

Json waiting_json(const WaitingDocument& one) {
  return Json::Object{{"type", one.type},
                      {"version", one.version},
                      {"env", one.env},
                      {"digest", one.digest},
                      {"signers", json_list(one.signers)}};
}

std::string waiting_text(const std::vector<WaitingDocument>& waiting) {
  Columns columns;
  for (const WaitingDocument& one : waiting) {
    const bool hosts = one.type == name_of(ObjType::assignments);
    columns.add(
        {"  " + (hosts ? "hosts in " + one.env : one.type + " " + std::to_string(one.version)),
         "signed by " + names_text(one.signers),
         std::string("twoseal ") + (hosts ? "host" : "document") + " sign " + one.digest});
  }
  return columns.text();
}

Result<Report> run_list(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments, Expired::tolerated));
  TWOSEAL_TRY(const auto waiting, waiting_documents(client.api));
  const UnixSeconds now = client.trust.now();
  Columns columns;
  Json::Array in_force;
  columns.add({"in force", "until", "", "digest"});
  UnixSeconds soonest = limits::kIntegerMax;
  for (const ObjType type : kDocuments) {
    const DocumentVersion one = document_in_force(client.trust, type);
    soonest = std::min(soonest, one.expires);
    columns.add(
        {title_of(one), utc_text(one.expires), expiry_text(one.expires - now), one.digest.text()});
    in_force.emplace_back(document_json(one));
  }
  Report report;
  report.text = columns.text();
  Json::Array rows;
  for (const WaitingDocument& one : waiting) {
    rows.emplace_back(waiting_json(one));
  }
  if (!waiting.empty()) {
    report.text +=
        "\nthe server says that these wait for more signatures\n" + waiting_text(waiting);
  }
  report.fields = {{"in_force", std::move(in_force)}, {"waiting", std::move(rows)}};
  constexpr std::int64_t kSoon = 30 * limits::kDay;
  if (soonest - now < kSoon) {
    session.talk(
        "next  renew what ends soon: twoseal document issue roster, policy or restrictions");
  }
  return report;
}

// --- show -------------------------------------------------------------------------------------

Result<Report> run_show(const Arguments& arguments, const Session& /*session*/) {
  TWOSEAL_TRY(Client client, open_client(arguments, Expired::tolerated));
  TWOSEAL_TRY(const ObjType type, document_type(arguments.text("DOCUMENT")));
  const DocumentVersion one = document_in_force(client.trust, type);
  TWOSEAL_TRY(const Fields fields, document_fields(one.bytes));
  Columns columns;
  Json::Object said;
  for (const auto& [field, value] : fields) {
    columns.add({"  " + field, value});
    said.emplace_back(field, value);
  }
  Report report;
  report.text = title_of(one) + "  " + one.digest.text() + "\nissued " + utc_text(one.issued) +
                "\n" + columns.text();
  report.fields = {{"document", document_json(one)}, {"fields", std::move(said)}};
  if (arguments.has("--canonical")) {
    report.bytes = one.bytes;
  }
  return report;
}

// --- issue and sign ---------------------------------------------------------------------------

Result<IssueOrder> order_from(const Arguments& arguments) {
  IssueOrder order;
  TWOSEAL_TRY(order.type, document_type(arguments.text("DOCUMENT")));
  order.file = arguments.find("--from");
  if (const auto name = arguments.find("--shipped")) {
    order.profile = authoring::parse_profile(*name);
    if (!order.profile || *order.profile == authoring::Profile::demo) {
      return fail(Errc::usage, "--shipped takes team or solo, not '" + *name + "'");
    }
  }
  if (arguments.has("--expires-in")) {
    TWOSEAL_TRY(order.span, seconds_from(arguments, "--expires-in", 0));
    if (*order.span < limits::kDay) {
      return fail(Errc::usage, "--expires-in takes at least 1d");
    }
  }
  return order;
}

// What root keys lie apart for: signed where they are, handed in from here.
std::string command_at_home(const DocumentVersion& document,
                            const Trust& trust,
                            const Digest& org) {
  std::vector<std::string> words = {
      "twoseal", "sign", "--act", "sign", "--obj", "FILE", "--key", "KEY"};
  if (document.type != ObjType::roster) {
    words.insert(words.end(), {"--by", "p:NAME", "--org", org.text()});
    words.insert(words.end(), {"--roster", std::to_string(trust.roster_version())});
  }
  const LogPoint seen = trust.seen();
  words.insert(words.end(),
               {"--seen", std::to_string(seen.size) + ":" + seen.root.text(), "-o", "RECORD"});
  return shell_text(words);
}

// Root keys of the version in force and of the next one sign it, and no others.
Result<void> check_root_key(const std::string& path,
                            const DocumentVersion& document,
                            Trust& trust) {
  TWOSEAL_TRY(const KeyFile key, open_key_file(path));
  TWOSEAL_TRY(const Roster next, codec::decode<Roster>(document.bytes));
  const auto lists = [&](const Roster& roster) {
    return std::any_of(roster.root.keys.begin(), roster.root.keys.end(), [&](const BareKey& one) {
      return one.id == key.pub.id();
    });
  };
  return lists(next) || lists(trust.facts().roster->value)
             ? Result<void>()
             : fail(Errc::usage, path + " is no root key of this roster or of the one in force");
}

Result<Saying> saying_about(const DocumentVersion& document,
                            const Arguments& arguments,
                            Trust& trust) {
  Saying saying;
  saying.act = Act::sign;
  saying.type = document.type;
  saying.object = document.digest;
  if (const auto role = arguments.find("--role")) {
    TWOSEAL_TRY(saying.role, RoleId::parse(*role));
  }
  if (document.type != ObjType::roster) {
    return saying;
  }
  if (!arguments.has("--key")) {
    return fail(
        Errc::usage,
        "root keys sign a roster: --key FILE names one",
        "",
        "where it lies elsewhere: --unsigned -o FILE here, twoseal sign there, then twoseal "
        "document sign FILE --record RECORD");
  }
  TWOSEAL_TRY_VOID(check_root_key(arguments.text("--key"), document, trust));
  saying.root_of = document.version;
  return saying;
}

// Read before any is handed in: each is a signature on this very document.
Result<std::vector<Bytes>> read_records(const DocumentVersion& document,
                                        const Arguments& arguments) {
  std::vector<Bytes> records;
  for (const std::string& path : arguments.all("--record")) {
    TWOSEAL_TRY(Bytes bytes, read_file(path, limits::kRecordMax));
    TWOSEAL_TRY(const SignatureRecord record, codec::decode<SignatureRecord>(bytes));
    TWOSEAL_TRY(const Statement statement, codec::decode<Statement>(record.statement));
    if (statement.act != Act::sign || statement.obj != document.digest) {
      return fail(Errc::usage, "it is no signature on " + title_of(document), path);
    }
    records.push_back(std::move(bytes));
  }
  for (const char* flag : {"--key", "--role", "--words"}) {
    if (!records.empty() && arguments.has(flag)) {
      return fail(Errc::usage, std::string(flag) + " does not go with --record");
    }
  }
  return records;
}

// Records that were made elsewhere, or a signature made here.
Result<std::int64_t> hand_in(Client& client,
                             const DocumentVersion& document,
                             const Arguments& arguments,
                             const Session& session) {
  std::int64_t index = 0;
  TWOSEAL_TRY(const std::vector<Bytes> records, read_records(document, arguments));
  for (const Bytes& record : records) {
    TWOSEAL_TRY(const RecordedAt at, client.api.submit(record, {document.bytes}));
    session.talk("handed in, entry " + std::to_string(at.index));
    index = at.index;
  }
  if (records.empty()) {
    TWOSEAL_TRY(const Saying saying, saying_about(document, arguments, client.trust));
    TWOSEAL_TRY(const RecordedAt at,
                sign_and_submit(client, saying, {document.bytes}, arguments, session));
    index = at.index;
  }
  return index;
}

// Whose document it is: what somebody else made is confirmed by its words.
enum class SignedBy { its_maker, another };

Result<Report> sign_document(Client& client,
                             const DocumentVersion& document,
                             SignedBy by,
                             const Arguments& arguments,
                             const Session& session) {
  TWOSEAL_TRY(const std::string changes, document_changes(client.trust, document));
  session.talk("to be signed: " + changes.substr(0, changes.size() - 1));
  if (by == SignedBy::another && !arguments.has("--record")) {
    TWOSEAL_TRY_VOID(
        confirm({document.digest, title_of(document), "sign", changes}, arguments, session));
  }
  TWOSEAL_TRY(const std::int64_t index, hand_in(client, document, arguments, session));
  TWOSEAL_TRY(const Standing standing, standing_of(client, document));
  Report report;
  const std::string name = title_of(document) + "  " + document.digest.text() + "\nwords  " +
                           digest_words_text(document.digest);
  if (standing.in_force) {
    report.text = name + "\nin force, entry " + std::to_string(index) + "\n";
    session.talk("next  hosts take it with their next contact");
  } else if (standing.waiting) {
    report.text = name + "\nentry " + std::to_string(index) + "; signed by " +
                  names_text(standing.waiting->signers) + ", says the server\n";
    session.talk("note  " + signatures_needed(client.trust, document));
    session.talk("next  whoever has to sign as well: twoseal document sign " +
                 document.digest.text());
  } else {
    report.text = name + "\nentry " + std::to_string(index) + "; not in force\n";
    session.talk("next  see what is in force and what waits: twoseal document list");
    report.exit = Exit::stale;
  }
  report.fields = {
      {"document", document_json(document)},
      {"index", index},
      {"in_force", standing.in_force},
      {"signers",
       json_list(standing.waiting ? standing.waiting->signers : std::vector<std::string>())}};
  return report;
}

// Two of one number: the first that is signed enough comes into force, and the other never.
Result<void> tell_of_rivals(ServerApi& api,
                            const DocumentVersion& document,
                            const Session& session) {
  TWOSEAL_TRY(const auto waiting, waiting_documents(api));
  for (const WaitingDocument& one : waiting) {
    if (one.type == name_of(document.type) && one.version == document.version &&
        one.digest != document.digest.text()) {
      session.talk("note  another " + title_of(document) + " waits already, " + one.digest +
                   ", signed by " + names_text(one.signers) +
                   ": the first that is signed by enough comes into force, the other never does");
    }
  }
  return {};
}

Result<Report> run_issue(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const IssueOrder order, order_from(arguments));
  TWOSEAL_TRY(Client client, open_client(arguments, Expired::tolerated));
  std::vector<std::string> advice;
  TWOSEAL_TRY(const DocumentVersion document, next_document(client.trust, order, advice));
  for (const std::string& one : advice) {
    session.talk("note  " + one);
  }
  TWOSEAL_TRY_VOID(tell_of_rivals(client.api, document, session));
  if (!arguments.has("--unsigned")) {
    return sign_document(client, document, SignedBy::its_maker, arguments, session);
  }
  TWOSEAL_TRY(const std::string changes, document_changes(client.trust, document));
  session.talk(changes.substr(0, changes.size() - 1));
  session.talk("note  " + signatures_needed(client.trust, document));
  session.talk("next  where a key is: " +
               command_at_home(document, client.trust, client.profile.org));
  session.talk("next  then here: twoseal document sign FILE --record RECORD");
  Report report;
  report.bytes = document.bytes;
  report.fields = {{"document", document_json(document)},
                   {"words", digest_words_text(document.digest)},
                   {"changes", changes}};
  return report;
}

// By the digest that somebody was told, or from the file that it was issued to.
Result<Bytes> bytes_of(ServerApi& api, const std::string& operand) {
  if (const auto digest = Digest::parse(operand)) {
    return fetch_object(api, *digest);
  }
  return operand.starts_with("sha256:") ? fail(Errc::usage, "'" + operand + "' is no whole digest")
                                        : read_file(operand, limits::kObjectMax);
}

Result<Report> run_sign(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(Client client, open_client(arguments, Expired::tolerated));
  TWOSEAL_TRY(const Bytes bytes, bytes_of(client.api, arguments.text("DOCUMENT")));
  TWOSEAL_TRY(const DocumentVersion document, read_next_document(client.trust, bytes));
  return sign_document(client, document, SignedBy::another, arguments, session);
}

constexpr Operand kKindOperands[] = {{"DOCUMENT", "roster, policy or restrictions"}};
constexpr Operand kSignOperands[] = {
    {"DOCUMENT", "the digest that document issue printed, or the file that it wrote"}};
constexpr Flag kListFlags[] = {kProfileFlag};
constexpr Flag kShowFlags[] = {
    {"--canonical", "", "print the bytes that were signed"},
    kProfileFlag,
};
constexpr Flag kIssueFlags[] = {
    {"--from",
     "FILE",
     "people.yaml, or policy.yaml; without it the same goes on for as long as before"},
    {"--expires-in", "LENGTH", "how long it is good for, at most 366d; otherwise as FILE says"},
    {"--shipped", "NAME", "team or solo: whose shipped parts stand for what FILE leaves out"},
    {"--unsigned", "", "only make it, for those who sign elsewhere"},
    kRoleFlag,
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag,
};
constexpr Flag kSignFlags[] = {
    {"--record", "FILE", "a signature that was made elsewhere, once for each", false, true},
    kWordsFlag,
    kRoleFlag,
    kKeyFlag,
    kPassphraseFlag,
    kProfileFlag,
};
constexpr std::string_view kListExamples[] = {"twoseal document list"};
constexpr std::string_view kShowExamples[] = {
    "twoseal document show policy", "twoseal document show roster --canonical -o roster.json"};
constexpr std::string_view kIssueExamples[] = {
    "twoseal document issue policy",
    "twoseal document issue restrictions --from policy.yaml",
    "twoseal document issue roster --from people.yaml --unsigned -o roster-2.json"};
constexpr std::string_view kSignExamples[] = {
    "twoseal document sign sha256:57b5…",
    "twoseal document sign roster-2.json --record root-a.json --record root-b.json"};

}  // namespace

const Verb kDocumentList = {
    "document list",
    Group::organisation,
    "show roster, policy and restrictions in force, and what waits to be signed",
    "What is in force is verified by your own program; what waits is the server's word.",
    {},
    kListFlags,
    kListExamples,
    kClientExits,
    OutputFile::report,
    run_list,
};

const Verb kDocumentShow = {
    "document show",
    Group::organisation,
    "show what roster, policy or restrictions say",
    "Field by field, as it is in force and was verified by your own program.",
    kKindOperands,
    kShowFlags,
    kShowExamples,
    kClientExits,
    OutputFile::report,
    run_show,
};

const Verb kDocumentIssue = {
    "document issue",
    Group::organisation,
    "make the next version of roster, policy or restrictions, and sign it",
    "Without a file the one in force goes on for as long again: the yearly renewal, which is "
    "possible "
    "also when it is over. With a file it says what the file says; policy.yaml makes policy and "
    "restrictions, one at a time.\n\nBefore it signs it tells what is different. A policy and "
    "restrictions are signed by as many people as the roster asks, a security officer among them, "
    "with keys of their own machines; a roster by root keys, which --key names. --unsigned writes "
    "it for those who sign where their keys are. It comes into force with the last signature it "
    "needs.",
    kKindOperands,
    kIssueFlags,
    kIssueExamples,
    kClientExits,
    OutputFile::report,
    run_issue,
};

const Verb kDocumentSign = {
    "document sign",
    Group::organisation,
    "add your signature to a document that somebody else issued",
    "Fetches it by its digest, or reads it, holds it against the one in force, tells what is "
    "different, asks for its words, and signs it. With --record it hands in signatures that were "
    "made elsewhere with "
    "`twoseal sign`.",
    kSignOperands,
    kSignFlags,
    kSignExamples,
    kClientExits,
    OutputFile::report,
    run_sign,
};

}  // namespace twoseal::cli
