#include "cli/client/say.h"

#include "base/os_clock.h"
#include "cli/signing_key.h"
#include "codec/objects.h"
#include "crypto/sshsig.h"
#include "ledger/merkle.h"
#include "policy/statements.h"

namespace twoseal::cli {
namespace {

Result<Bytes> sign_saying(const Saying& saying,
                          const ClientProfile& profile,
                          std::int64_t roster,
                          const LogPoint& seen,
                          const Arguments& arguments,
                          const Session& session) {
  TWOSEAL_TRY(const KeyFile key, open_key_file(arguments.text("--key", profile.key)));
  Statement statement;
  statement.act = saying.act;
  statement.at = SystemClock().now();
  statement.by = profile.by;
  if (saying.root_of) {
    TWOSEAL_TRY(statement.by, ActorId::parse("root:" + key.pub.id().text()));
  }
  statement.key = key.pub.id();
  statement.note = saying.note;
  statement.obj = saying.object;
  statement.obj_type = saying.type;
  statement.org = profile.org;
  statement.role = saying.role.value_or(RoleId());
  statement.roster = saying.root_of.value_or(roster);
  statement.seen = seen;
  SignatureRecord record;
  record.statement = codec::encode(statement);
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
  return codec::encode(record);
}

// A key that the roster does not list for whoever signs would make a signature that counts nowhere.
Result<void> check_own_key(const Saying& saying,
                           const ClientProfile& profile,
                           const Trust& trust,
                           const Arguments& arguments) {
  const auto& keyring = trust.facts().keyring;
  if (saying.root_of || !keyring) {
    return {};
  }
  TWOSEAL_TRY(const KeyFile key, open_key_file(arguments.text("--key", profile.key)));
  const OwnedKey* owned = keyring->find(profile.by, key.pub.id());
  if (owned == nullptr) {
    return fail(
        Errc::key_rule,
        "key " + key.pub.id().text() + " is none that the roster lists for " + profile.by.text(),
        key.path,
        "name one of your keys with --key; a new key enters by the next roster: twoseal "
        "document issue roster");
  }
  if (needs_local_key(saying.act, saying.type) && owned->display != Display::local &&
      !keyring->roster().demo) {
    return fail(Errc::key_rule,
                "only a key that asks its owner for each signature signs this, and this is none",
                key.path,
                "name such a key of yours with --key, or let somebody sign who has one");
  }
  return {};
}

}  // namespace

Result<Bytes> say(const Saying& saying,
                  const ClientProfile& profile,
                  const Trust& trust,
                  const Arguments& arguments,
                  const Session& session) {
  TWOSEAL_TRY_VOID(check_own_key(saying, profile, trust, arguments));
  return sign_saying(saying, profile, trust.roster_version(), trust.seen(), arguments, session);
}

Result<Bytes> say_unseen(const Saying& saying,
                         const ClientProfile& profile,
                         const Arguments& arguments,
                         const Session& session) {
  return sign_saying(saying, profile, 1, LogPoint{empty_root(), 0}, arguments, session);
}

}  // namespace twoseal::cli
