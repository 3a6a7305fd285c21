// twoseal key new, key show, key offer
#include "base/encoding.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/os_clock.h"
#include "base/os_file.h"
#include "base/os_process.h"
#include "base/os_terminal.h"
#include "base/shell_text.h"
#include "base/wipe.h"
#include "cli/key_words.h"
#include "cli/signing_key.h"
#include "cli/verb_list.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "crypto/random.h"
#include "crypto/sshsig.h"
#include "model/names.h"
#include "policy/keyring.h"

namespace twoseal::cli {
namespace {

constexpr std::string_view kOfferNamespace = "offer.v1@twoseal";
constexpr std::size_t kCodeOctets = 10;  // 80 bits, 16 characters

std::string display_text(const KeyFile& key) {
  return std::string(enum_name(display_of(key.kind, key.pub.application())));
}

Report report_of(const KeyFile& key) {
  Report report;
  report.text = "id       " + key.pub.id().text() + "\nkind     " +
                std::string(enum_name(key.kind)) + "\ndisplay  " + display_text(key) +
                "\npublic   " + key.pub.ssh_text() + "\n";
  report.fields = {{"id", key.pub.id().text()},
                   {"kind", enum_name(key.kind)},
                   {"display", display_text(key)},
                   {"application", key.pub.application()},
                   {"public", key.pub.ssh_text()}};
  return report;
}

Result<void> write_local_key(const PrivateKey& key,
                             const Arguments& arguments,
                             const Session& session,
                             const std::string& path) {
  TWOSEAL_TRY(Bytes passphrase,
              new_passphrase("passphrase of the new key: ",
                             arguments.find("--passphrase-file"),
                             !session.flags().no_input));
  auto text = to_local_file(key, passphrase);
  wipe(passphrase);
  if (!text) {
    return std::unexpected(std::move(text).error());
  }
  const auto written = write_file(path, *text, Access::owner, Existing::keep);
  wipe(*text);
  TWOSEAL_TRY_VOID(written);
  return write_file(
      path + ".pub", key.public_key().ssh_text() + "\n", Access::everybody, Existing::keep);
}

Result<void> make_openssh_key(const Arguments& arguments,
                              const Session& session,
                              const std::string& path) {
  if (arguments.has("--passphrase-file")) {
    return fail(Errc::usage, "--passphrase-file goes with --local; ssh-keygen asks for its own");
  }
  Command command;
  command.arguments = {"ssh-keygen", "-q", "-t", "ed25519", "-C", "twoseal", "-f", path};
  if (session.flags().no_input) {
    command.arguments.insert(command.arguments.end(), {"-N", ""});
  }
  command.talk = Talk::pass_on;
  session.detail(shell_text(command.arguments));
  TWOSEAL_TRY(const Finished finished, run_command(command));
  return finished.exit == 0
             ? Result<void>{}
             : fail(Errc::tool_failed, shell_text(command.arguments) + " ended with an error");
}

// The name of a new key file, of which nothing exists yet.
Result<std::string> new_key_path(const Session& session) {
  std::string path = session.flags().output.value_or("");
  if (path.empty()) {
    return fail(Errc::usage, "--output names the new key file");
  }
  for (const std::string& name : {path, path + ".pub"}) {
    if (path_exists(name)) {
      return fail(Errc::exists_already, "keys are never overwritten", name);
    }
  }
  TWOSEAL_TRY_VOID(check_new_file(path));
  return path;
}

Result<Report> run_restore(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const std::string path, new_key_path(session));
  Bytes words;
  if (const auto file = arguments.find("--words-file")) {
    TWOSEAL_TRY(words, read_file(*file, kKeyFileMax));
  } else {
    TWOSEAL_TRY(words,
                get_passphrase("the 24 words, on one line: ", {}, !session.flags().no_input));
  }
  auto restored = parse_key_words(words);
  wipe(words);
  if (!restored) {
    return std::unexpected(std::move(restored).error());
  }
  TWOSEAL_TRY_VOID(write_local_key(*restored, arguments, session, path));
  TWOSEAL_TRY(const KeyFile key, open_key_file(path));
  session.talk("made  " + path + " (0600) and " + path + ".pub");
  return report_of(key);
}

Result<Report> run_new(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const std::string path, new_key_path(session));
  const bool local = arguments.has("--local");
  TWOSEAL_TRY_VOID(local ? write_local_key(PrivateKey::generate(), arguments, session, path)
                         : make_openssh_key(arguments, session, path));
  TWOSEAL_TRY(const KeyFile key, open_key_file(path));
  session.talk("made  " + path + " (0600) and " + path + ".pub");
  session.talk("next  twoseal key offer " + path + " --by p:NAME");
  return report_of(key);
}

Result<Report> run_show(const Arguments& arguments, const Session&) {
  TWOSEAL_TRY(const KeyFile key, open_key_file(arguments.text("KEY")));
  return report_of(key);
}

// The offer as canonical JSON; docs/formats/key-offer.md.
Bytes offer_text(const KeyFile& key, const ActorId& by, UnixSeconds at) {
  return "{\"at\":" + std::to_string(at) + ",\"by\":" + json::quote(by.text()) +
         ",\"kind\":" + json::quote(enum_name(key.kind)) +
         ",\"nonce\":" + json::quote(base64_encode(random_bytes(limits::kNonceSize))) +
         ",\"pub\":" + json::quote(base64_encode(key.pub.encoded())) +
         ",\"type\":\"key-offer\",\"v\":1}";
}

Result<Report> run_offer(const Arguments& arguments, const Session& session) {
  TWOSEAL_TRY(const KeyFile key, open_key_file(arguments.text("KEY")));
  TWOSEAL_TRY(const ActorId by, ActorId::parse(arguments.text("--by")));
  SystemClock clock;
  const Bytes offer = offer_text(key, by, clock.now());
  TWOSEAL_TRY(const std::string armor,
              sign_with(key,
                        kOfferNamespace,
                        offer,
                        arguments.find("--passphrase-file"),
                        !session.flags().no_input));
  TWOSEAL_TRY(const SignatureFacts facts, verify_sshsig(key.pub, kOfferNamespace, offer, armor));
  static_cast<void>(facts);
  const std::string code = base32_encode(sha256(offer).bytes().substr(0, kCodeOctets));
  session.talk("code  " + code);
  session.talk(
      "next  send the offer to who writes the roster, and read the code to them over another way");
  Report report;
  report.bytes = "{\"armor\":" + json::quote(armor) +
                 ",\"kind\":\"sshsig\",\"offer\":" + json::quote(base64_encode(offer)) + "}";
  report.fields = {
      {"by", by.text()}, {"code", code}, {"key", key.pub.id().text()}, {"offer", *report.bytes}};
  return report;
}

constexpr Operand kKeyOperand[] = {{"KEY", "a key file, or a .pub file"}};
constexpr Flag kNewFlags[] = {
    {"--local",
     "",
     "make a key that counts as local: a file that asks for its passphrase each time"},
    {"--passphrase-file",
     "FILE",
     "take the passphrase from the first line of FILE, - for standard input"},
};
constexpr Flag kOfferFlags[] = {
    {"--by", "ID", "whose key it is, p: and a name", true},
    {"--passphrase-file",
     "FILE",
     "take the passphrase from the first line of FILE, - for standard input"},
};
constexpr std::string_view kNewExamples[] = {"twoseal key new --local --output ada"};
constexpr Flag kRestoreFlags[] = {
    {"--words-file", "FILE", "read the words from FILE instead of asking for them"},
    {"--passphrase-file",
     "FILE",
     "take the passphrase from the first line of FILE, - for standard input"},
};
constexpr std::string_view kRestoreExamples[] = {"twoseal key restore --output root-spare"};
constexpr std::string_view kShowExamples[] = {"twoseal key show ada"};
constexpr std::string_view kOfferExamples[] = {"twoseal key offer ada --by p:ada -o ada.offer"};
constexpr Exit kExits[] = {Exit::error,
                           Exit::denied,
                           Exit::verification_failed,
                           Exit::bad_data,
                           Exit::no_input,
                           Exit::try_again,
                           Exit::permission};

}  // namespace

const Verb kKeyNew = {
    "key new",
    Group::objects,
    "make a new key to sign with",
    "Without --local the key is an OpenSSH Ed25519 key, made by ssh-keygen, which also works in "
    "ssh-agent "
    "and so counts as soft. With --local it is a file that only twoseal opens, after its "
    "passphrase was "
    "typed on the terminal; signatures by it count as local.",
    {},
    kNewFlags,
    kNewExamples,
    kExits,
    OutputFile::own,
    run_new,
};

const Verb kKeyRestore = {
    "key restore",
    Group::objects,
    "make a key file again out of its printed words",
    "The spare root key of a team is shown as 24 words when the organisation is made, and kept on "
    "paper. Typed in here they give the same key as a file that asks for its passphrase each time. "
    "A mistyped word is noticed.",
    {},
    kRestoreFlags,
    kRestoreExamples,
    kExits,
    OutputFile::own,
    run_restore,
};

const Verb kKeyShow = {
    "key show",
    Group::objects,
    "show what a key is",
    "Prints the key id, how the key is held, how its approvals are displayed (portal, soft or "
    "local), and "
    "the public half. No passphrase is needed.",
    kKeyOperand,
    {},
    kShowExamples,
    kExits,
    OutputFile::report,
    run_show,
};

const Verb kKeyOffer = {
    "key offer",
    Group::objects,
    "offer a key for the roster, with proof of possession",
    "Writes an offer that is signed by the key itself and prints a comparison code of 16 "
    "characters. Who "
    "writes the roster checks the signature and asks the owner for the code over another way, so "
    "that "
    "nobody in between can swap the key.",
    kKeyOperand,
    kOfferFlags,
    kOfferExamples,
    kExits,
    OutputFile::report,
    run_offer,
};

}  // namespace twoseal::cli
