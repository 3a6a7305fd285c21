// What makes one signature good or bad: SSHSIG, security keys, passkeys.
#include "base/encoding.h"
#include "cli/vectors/cases.h"
#include "crypto/hash.h"

namespace twoseal::vectors {
namespace {

constexpr std::string_view kRecord = "statements/security.json";

CaseList::FileEdit in_record(std::function<void(SignatureRecord&)> edit) {
  return [edit = std::move(edit)](Files& files, World&) {
    edit_file<SignatureRecord>(files, std::string(kRecord), edit);
  };
}

// Mia approves with her passkey, and no local key is asked for.
void with_passkey(World& w) {
  w.policy.rules[0].min_local = 0;
  w.signing("security").key = "mia";
}

// Noor approves with her security key instead of Bo.
void with_security_key(World& w) {
  w.signing("engineering").key = "noor";
}

// Signs the passkey assertion again after `edit`, as an authenticator would that was fed with this.
CaseList::FileEdit signed_again(std::function<void(SignatureRecord&)> edit) {
  return [edit = std::move(edit)](Files& files, World& w) {
    edit_file<SignatureRecord>(files, std::string(kRecord), [&](SignatureRecord& record) {
      edit(record);
      record.signature =
          w.keys.at("mia").key->sign_raw(record.auth_data + sha256(record.client_data).bytes());
    });
  };
}

void replace(Bytes& bytes, std::string_view from, std::string_view to) {
  bytes.replace(bytes.find(from), from.size(), to);
}

// A statement by the same key that is signed beside the approval, whose signature is then put under
// the approval.
void borrow_signature(World& w, Act act, ObjType type) {
  Signing other = w.signing("security");
  other.act = act;
  other.type = type;
  other.label = "borrowed";
  other.role.clear();
  other.in_log = false;
  other.named = false;
  add_before_release(w, std::move(other));
}

void put_borrowed(Files& files, World&) {
  const auto borrowed =
      codec::decode<SignatureRecord>(files.at("statements/borrowed.json")).value();
  files.erase("statements/borrowed.json");
  edit_file<SignatureRecord>(files, std::string(kRecord), [&](SignatureRecord& record) {
    Bytes statement = record.statement;
    record = borrowed;
    record.statement = std::move(statement);
  });
}

void add_key_kind_cases(CaseList& list) {
  struct Row {
    std::string_view name;
    KeyKind kind;
    bool p256;
  };

  // Ed25519 as local file, P-256 as plain key: the world as it is.
  for (const Row& row : {Row{"ssh-ed25519", KeyKind::ssh, false},
                         Row{"ssh-p256", KeyKind::ssh, true},
                         Row{"local-file-ed25519", KeyKind::local_file, false},
                         Row{"sk-ed25519", KeyKind::sk, false},
                         Row{"sk-p256", KeyKind::sk, true},
                         Row{"passkey-ed25519", KeyKind::passkey, false},
                         Row{"passkey-p256", KeyKind::passkey, true}}) {
    list.permit(
        "permit-" + std::string(row.name), "an approval with a key of this kind", [row](World& w) {
          w.keys["bo-2"] = software_key("bo-2", row.kind, row.p256);
          w.give_key("p:bo", "bo-2");
          w.signing("engineering").key = "bo-2";
        });
  }
}

void add_sshsig_cases(CaseList& list) {
  for (const std::string act : {"reject", "author", "login", "sign"}) {
    list.refuse("s2-namespace-of-" + act,
                "an approval signed for another purpose",
                [act](World& w) { w.signing("security").name_space = act + ".v1@twoseal"; });
  }
  list.refuse("s2-namespace-of-git", "an approval signed as a commit", [](World& w) {
    w.signing("security").name_space = "git";
  });
  list.refuse("s2-namespace-empty", "an approval signed for no purpose", [](World& w) {
    w.signing("security").name_space = "";
  });
  list.refuse("s2-signed-by-another-key",
              "an approval with the signature of another key",
              [](World& w) { w.signing("security").signer = "dana"; });
  list.refuse("s1-signed-for-another-purpose",
              "an author statement signed as an approval",
              [](World& w) { w.signing("author").name_space = "approve.v1@twoseal"; });
  list.refuse("s5-release-signed-as-approval", "a release signed as an approval", [](World& w) {
    w.signing("release").name_space = "approve.v1@twoseal";
  });
  list.refuse(
      "s2-reject-presented-as-approve",
      "the signature of a rejection under an approval",
      [](World& w) { borrow_signature(w, Act::reject, ObjType::change); },
      put_borrowed);
  list.refuse(
      "s2-login-presented-as-approve",
      "the signature of a login under an approval",
      [](World& w) { borrow_signature(w, Act::login, ObjType::session); },
      put_borrowed);
  list.refuse(
      "s2-author-presented-as-approve",
      "the signature of an author statement under an approval",
      [](World& w) { borrow_signature(w, Act::author, ObjType::change); },
      put_borrowed);
  list.refuse(
      "s2-approval-of-another-change",
      "the signature of an approval of another change",
      [](World& w) {
        borrow_signature(w, Act::approve, ObjType::change);
        w.signing("borrowed").obj = sha256("another change");
      },
      put_borrowed);
  list.refuse_files("s2-armour-wrapped-otherwise",
                    "an armour with lines of 76 characters",
                    in_record([](SignatureRecord& record) {
                      const auto begin = record.armor.find('\n') + 1;
                      const auto end = record.armor.rfind("\n-----END");
                      std::string text = record.armor.substr(begin, end - begin);
                      std::erase(text, '\n');
                      for (std::size_t at = 76; at < text.size(); at += 77) {
                        text.insert(at, "\n");
                      }
                      record.armor.replace(begin, end - begin, text);
                    }));
  list.refuse_files("s2-armour-with-more-behind",
                    "an armour with something behind its end",
                    in_record([](SignatureRecord& record) { record.armor += "\n"; }));
  list.permit_files("permit-armour-without-last-line-feed",
                    "an armour whose last line feed was cut off",
                    in_record([](SignatureRecord& record) { record.armor.pop_back(); }));
  list.refuse_files("s2-armour-cut-off", "half an armour", in_record([](SignatureRecord& record) {
                      record.armor.resize(record.armor.size() / 2);
                    }));
  list.refuse(
      "s2-passkey-key-with-armour", "a passkey's statement under an SSH signature", [](World& w) {
        with_passkey(w);
        w.signing("security").signer = "amara";
      });
  list.refuse("s2-plain-key-with-assertion",
              "a plain key's statement under a passkey's assertion",
              [](World& w) {
                w.policy.rules[0].min_local = 0;
                w.signing("security").signer = "mia";
              });
}

void add_security_key_cases(CaseList& list) {
  const auto flags = [](std::uint8_t value) {
    return [=](World& w) {
      with_security_key(w);
      w.signing("engineering").authenticator.flags = value;
    };
  };
  list.permit("permit-sk-with-touch", "a security key that was touched", flags(kFlagUserPresent));
  list.refuse("s2-sk-without-touch", "a security key that nobody touched", flags(0));
  const auto untouched_until = [=](std::int64_t until) {
    return [=](World& w) {
      flags(0)(w);
      for (Person& person : w.rosters.back().people) {
        for (RoleGrant& grant : person.roles) {
          grant.until = grant.role == role("engineering-lead") ? std::optional(until) : grant.until;
        }
      }
    };
  };
  list.refuse("s2-sk-without-touch-before-role-ended",
              "nobody touched the security key of somebody whose role ended right behind",
              untouched_until(12));
  list.refuse("s3-sk-without-touch-when-role-had-ended",
              "nobody touched the security key of somebody whose role had ended",
              untouched_until(11));
  list.refuse("s2-sk-verified-without-touch",
              "a security key that knows its user, but was not touched",
              flags(kFlagUserVerified));
  list.refuse("s2-sk-flags-edited",
              "the flags of a security key were edited behind the signature",
              flags(kFlagUserPresent),
              [](Files& files, World&) {
                edit_file<SignatureRecord>(
                    files, "statements/engineering.json", [](SignatureRecord& record) {
                      // The flag stands in front of the four octets of the counter, which end the
                      // blob.
                      const auto begin = record.armor.find('\n') + 1;
                      const auto end = record.armor.rfind("\n-----END");
                      std::string text = record.armor.substr(begin, end - begin);
                      std::erase(text, '\n');
                      Bytes blob = base64_decode(text).value();
                      blob[blob.size() - 5] =
                          static_cast<char>(kFlagUserPresent | kFlagUserVerified);
                      text = base64_encode(blob);
                      for (std::size_t at = 70; at < text.size(); at += 71) {
                        text.insert(at, "\n");
                      }
                      record.armor.replace(begin, end - begin, text);
                    });
              });
}

void add_passkey_cases(CaseList& list) {
  list.permit("permit-passkey-approval", "an approval with a passkey", with_passkey);
  const auto broken = [&](const std::string& name, std::string summary, auto edit) {
    list.refuse("s2-passkey-" + name, std::move(summary), [edit](World& w) {
      with_passkey(w);
      edit(w.signing("security"));
    });
  };
  broken("other-origin", "a passkey used at another origin", [](Signing& one) {
    one.origin = "https://localhost.example.org";
  });
  broken("origin-with-slash", "a passkey used at an origin spelt otherwise", [](Signing& one) {
    one.origin = "http://localhost:8720/";
  });
  broken("other-relying-party", "a passkey used for another relying party", [](Signing& one) {
    one.rp_id = "example.org";
  });
  broken("without-touch", "a passkey that nobody touched", [](Signing& one) {
    one.authenticator.flags = kFlagUserVerified;
  });
  broken("without-verification", "a passkey used without PIN or finger", [](Signing& one) {
    one.authenticator.flags = kFlagUserPresent;
  });
  broken("new-credential", "authenticator data that announces a new credential", [](Signing& one) {
    one.authenticator.flags |= kFlagAttested;
  });
  broken("extensions-announced", "extensions announced that are not there", [](Signing& one) {
    one.authenticator.flags |= kFlagExtensions;
  });
  broken("backed-up-but-not-eligible", "a copied passkey that cannot be copied", [](Signing& one) {
    one.authenticator.flags |= kFlagBackupState;
  });
  list.refuse(
      "s2-passkey-of-another-person", "the assertion of somebody else's passkey", [](World& w) {
        with_passkey(w);
        w.keys["stranger"] = software_key("stranger", KeyKind::passkey, true);
        w.signing("security").signer = "stranger";
      });

  const auto client_data = [&](const std::string& name,
                               std::string summary,
                               std::string_view from,
                               std::string_view to) {
    list.refuse(
        "s2-passkey-" + name,
        std::move(summary),
        with_passkey,
        signed_again([=](SignatureRecord& record) { replace(record.client_data, from, to); }));
  };
  client_data("creation", "the creation of a passkey", "webauthn.get", "webauthn.create");
  client_data("other-challenge",
              "a passkey asked about something else",
              "challenge\":\"",
              "challenge\":\"A");
  client_data("cross-origin", "a passkey used in a frame", "false", "true");
  client_data("top-origin",
              "a passkey used in a page of another origin",
              "\"crossOrigin\":false",
              "\"topOrigin\":\"https://x.org\"");
  client_data("field-twice",
              "client data with two challenges",
              "{\"type\":",
              "{\"challenge\":\"\",\"type\":");
  list.permit("permit-passkey-unknown-field",
              "client data with a field that only this browser has",
              with_passkey,
              signed_again([](SignatureRecord& record) {
                replace(
                    record.client_data, "false", "false,\"other_keys_can_be_added_here\":\"x\"");
              }));
  list.permit("permit-passkey-without-cross-origin",
              "client data of a browser that does not know frames",
              with_passkey,
              signed_again([](SignatureRecord& record) {
                replace(record.client_data, ",\"crossOrigin\":false", "");
              }));
  list.refuse("s2-passkey-short-data",
              "authenticator data of 36 octets",
              with_passkey,
              signed_again([](SignatureRecord& record) { record.auth_data.pop_back(); }));
  list.refuse(
      "s2-passkey-client-data-edited",
      "client data that were edited behind the signature",
      with_passkey,
      in_record([](SignatureRecord& record) { replace(record.client_data, "false", "false "); }));
  list.refuse(
      "s2-passkey-flags-edited",
      "authenticator data that were edited behind the signature",
      [](World& w) {
        with_passkey(w);
        w.signing("security").authenticator.flags = kFlagUserPresent;
      },
      in_record([](SignatureRecord& record) {
        record.auth_data[32] = static_cast<char>(kFlagUserPresent | kFlagUserVerified);
      }));
  list.refuse("s2-passkey-signature-cut-off",
              "a signature without its last octet",
              with_passkey,
              in_record([](SignatureRecord& record) { record.signature.pop_back(); }));
  list.refuse("s2-passkey-signature-with-more-behind",
              "a signature with an octet behind it",
              with_passkey,
              in_record([](SignatureRecord& record) { record.signature += '\0'; }));
  list.refuse(
      "s2-passkey-login-presented-as-approve",
      "the assertion of a login under an approval",
      [](World& w) {
        with_passkey(w);
        borrow_signature(w, Act::login, ObjType::session);
      },
      put_borrowed);
  list.refuse(
      "s2-passkey-reject-presented-as-approve",
      "the assertion of a rejection under an approval",
      [](World& w) {
        with_passkey(w);
        borrow_signature(w, Act::reject, ObjType::change);
      },
      put_borrowed);
}

}  // namespace

void add_signature_cases(CaseList& list) {
  add_key_kind_cases(list);
  add_sshsig_cases(list);
  add_security_key_cases(list);
  add_passkey_cases(list);
}

}  // namespace twoseal::vectors
