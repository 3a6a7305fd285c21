#include "ledger/note.h"

#include <doctest/doctest.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "ledger/merkle.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

// The vectors of the Go module that defined the format (golang.org/x/mod/sumdb/note).
const std::string kPeterKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string kEnochKey = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const std::string kText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
const std::string kPeter =
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6K"
    "E6RyyBwJnAM=\n";
const std::string kEnoch =
    "— EnochRoot "
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1"
    "RvMc+QQ=\n";

// A log key of our own, and the signature it makes over each text, made once with another library.
// The private key is SHA-256 of "twoseal test log key"; the second one's of "second".
const std::string kOrigin = "example.org/twoseal/log1";
const std::string kLogKey = kOrigin + "+cb14aa20+AXmqRF/ZKZmfFs/b4FHaxduAm68FK/ES3caQ0ulU0e79";
const std::string kSecondKey = kOrigin + "+1011c427+AWFYQ+ERLjHsViVvxVi7xOVeQj01P/yUYFPF3d6jJlsd";
const std::string kRoot3 = "NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=";
const std::string kSignature3 =
    "yxSqIFmNG/0BzGikO9XBVSXcPymjw2cNRdD2kqGaolc2rjHbtPyxi1KfA5gDQx7k5kYNHJrqJHupPO5tQGrNNSNITwk=";
const std::string kSecond3 =
    "EBHEJ5MGIBeli4/SH2bHK50SCaUNqDzsXStT1MFXvqiBLRX8to6xUpFzZzAsf6Hx2jiQEkqf6MXppIh+gV+cOlCmHQA=";

std::string line(const std::string& signature) {
  return "— " + kOrigin + " " + signature + "\n";
}

const std::string kText3 = kOrigin + "\n3\n" + kRoot3 + "\n";
const std::string kNote3 = kText3 + "\n" + line(kSignature3);

NoteKey key(std::string_view vkey) {
  return NoteKey::parse(vkey).value();
}

// Why a note is refused when the given keys are known; empty when it opens.
std::string why_not(std::string_view note, const std::vector<std::string>& vkeys = {kPeterKey}) {
  std::vector<NoteKey> keys;
  for (const std::string& vkey : vkeys) {
    keys.push_back(key(vkey));
  }
  const auto text = open_note(note, keys);
  CHECK((text || text.error().code == Errc::bad_note));
  CHECK((!text || note.starts_with(*text)));
  return text ? "" : text.error().what;
}

std::string why_no_checkpoint(std::string_view note, const std::string& vkey = kLogKey) {
  const std::vector<NoteKey> keys{key(vkey)};
  const auto checkpoint = open_checkpoint(note, kOrigin, keys);
  CHECK((checkpoint || checkpoint.error().code == Errc::bad_note));
  return checkpoint ? "" : checkpoint.error().what;
}

Digest root3() {
  const std::vector<Digest> leaves{leaf_hash("a"), leaf_hash("b"), leaf_hash("c")};
  return root_of(leaves);
}

}  // namespace

TEST_CASE("published keys are read and printed") {
  CHECK(key(kPeterKey).name() == "PeterNeumann");
  CHECK(hex_encode(key(kPeterKey).hash()) == "c74f20a3");
  CHECK(key(kPeterKey).text() == kPeterKey);
  CHECK(key(kEnochKey).text() == kEnochKey);
  CHECK(NoteKey::make("EnochRoot", key(kEnochKey).key().point()).value().text() == kEnochKey);
}

TEST_CASE("no other spelling of a key is read") {
  for (std::size_t i = 0; i < kPeterKey.size(); ++i) {
    std::string changed = kPeterKey;
    changed[i] = static_cast<char>(changed[i] + 1);
    CHECK_FALSE(NoteKey::parse(changed).has_value());
    CHECK_FALSE(NoteKey::parse(std::string_view(kPeterKey).substr(0, i)).has_value());
    CHECK_FALSE(NoteKey::parse(std::string_view(kPeterKey).substr(i + 1)).has_value());
  }
  const auto why = [](std::string_view vkey) { return NoteKey::parse(vkey).error().what; };
  CHECK(why("PeterNeumann") == "a log key is written <name>+<8 hex digits>+<base64>");
  CHECK(why("PeterNeumann+c74f20a3") == "a log key is written <name>+<8 hex digits>+<base64>");
  // A key of another length, and one of another algorithm, both with their right hash.
  for (const char* vkey :
       {"PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AR"}) {
    CHECK_FALSE(NoteKey::parse(vkey).has_value());
  }
  CHECK(why("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW") ==
        "a log key is an Ed25519 key: base64 of the octet 1 and 32 octets");
  CHECK(why("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW") ==
        "the hash of this log key is c74f20a3");
  CHECK(why("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW") ==
        "the hash of this log key is c74f20a3");
}

TEST_CASE("names of log keys are short, visible and without plus; the key itself is checked") {
  const Bytes octets = key(kPeterKey).key().point();
  CHECK(NoteKey::make(std::string(128, 'n'), octets).has_value());
  for (const std::string& name : {std::string(),
                                  std::string(129, 'n'),
                                  std::string("a b"),
                                  std::string("a+b"),
                                  std::string("a\n"),
                                  std::string("a\x7F"),
                                  std::string("ä")}) {
    CAPTURE(name);
    CHECK(NoteKey::make(name, octets).error().code == Errc::bad_note);
  }
  CHECK(NoteKey::make("log", Bytes(32, '\0')).error().code == Errc::weak_key);
  CHECK(NoteKey::make("log", Bytes(31, 'x')).error().code == Errc::bad_key);
}

TEST_CASE("published notes open with the keys that signed them") {
  const std::vector<NoteKey> keys{key(kPeterKey)};
  CHECK(open_note(kText + "\n" + kPeter, keys).value() == kText);
  CHECK(why_not(kText + "\n" + kPeter + kEnoch).empty());
  CHECK(why_not(kText + "\n" + kEnoch + kPeter).empty());
  CHECK(why_not(kText + "\n" + kPeter + kEnoch, {kPeterKey, kEnochKey}).empty());
  CHECK(why_not(kText + "\n" + kEnoch, {kPeterKey, kEnochKey}).empty());
}

TEST_CASE("a note without a valid signature of a known key is refused with the reason") {
  CHECK(why_not(kText + "\n" + kPeter + kEnoch, {}) == "not signed by the log key");
  CHECK(why_not(kText + "\n" + kEnoch) == "not signed by the log key");
  CHECK(why_not(kText + "\n" + kPeter + kPeter) == "two signatures of " + kPeterKey);
  CHECK(why_not("x" + kText + "\n" + kPeter) ==
        "the signature of " + kPeterKey + " does not verify");
  std::string changed = kPeter;
  changed[30] = changed[30] == 'A' ? 'B' : 'A';
  CHECK(why_not(kText + "\n" + changed) == "the signature of " + kPeterKey + " does not verify");
  CHECK(why_not(kText + "\n" + changed + kEnoch, {kPeterKey, kEnochKey}) ==
        "the signature of " + kPeterKey + " does not verify");
  // Right name with another hash, and right hash with another name: not a known key.
  std::string other = kPeter;
  other.replace(other.find("x08g"), 4, "x08h");
  CHECK(why_not(kText + "\n" + other) == "not signed by the log key");
  other = kPeter;
  other.replace(other.find("Peter"), 5, "Petra");
  CHECK(why_not(kText + "\n" + other) == "not signed by the log key");
}

TEST_CASE("a malformed note is refused with the reason") {
  const std::string parts = "no text, blank line and signature lines";
  const std::string dash = "a signature line does not start with a dash and a space";
  CHECK(why_not("") == parts);
  CHECK(why_not(kText) == parts);
  CHECK(why_not(kText + "\n") == parts);
  CHECK(why_not(kText + kPeter) == parts);
  CHECK(why_not(kText + "\n" + kPeter.substr(0, kPeter.size() - 1)) == parts);
  CHECK(why_not(kText + "\n" + kPeter + "\n") == parts);
  CHECK(why_not(kText + "\n" + kPeter + "Unexpected line.\n") == dash);
  CHECK(why_not(kText + "\n-" + kPeter.substr(3)) == dash);
  CHECK(why_not(kText + "\n\xE2\x80\x94" + kPeter.substr(4)) == dash);
  CHECK(why_not("\x01" + kText + "\n" + kPeter) == "control characters or invalid UTF-8");
  CHECK(why_not("\xff" + kText + "\n" + kPeter) == "control characters or invalid UTF-8");
  CHECK(why_not("\t" + kText + "\n" + kPeter) == "control characters or invalid UTF-8");
  CHECK(why_not(kText + "\n— \n") == "a signature line has no valid key name");
  CHECK(why_not(kText + "\n—  x08go/ZJ\n") == "a signature line has no valid key name");
  CHECK(why_not(kText + "\n— a+b x08go/ZJ\n") == "a signature line has no valid key name");
  CHECK(why_not(kText + "\n— Peter\n") == "the signature of Peter is not valid base64");
  CHECK(why_not(kText + "\n— Peter \n") == "the signature of Peter is not valid base64");
  CHECK(why_not(kText + "\n— Peter x08goA==\n") == "the signature of Peter is not valid base64");
  CHECK(why_not(kText + "\n— Bad Name " + kPeter.substr(17)) ==
        "the signature of Bad is not valid base64");
}

TEST_CASE("signatures and bytes of a note are bounded") {
  std::string note = kText + "\n";
  for (std::size_t i = 1; i < kNoteSignaturesMax; ++i) {
    note += kEnoch;
  }
  CHECK(why_not(note + kPeter).empty());
  CHECK(why_not(note + kPeter + kEnoch) == "more than 16 signatures");
  CHECK(why_not(std::string(limits::kCheckpointMax + 1, 'x')) == "more than 16384 bytes");
}

TEST_CASE("a checkpoint opens with the key of its log") {
  const std::vector<NoteKey> keys{key(kLogKey)};
  const Checkpoint expected{kOrigin, 3, root3()};
  CHECK(open_checkpoint(kNote3, kOrigin, keys).value() == expected);
  CHECK(checkpoint_text(expected) == kText3);
  CHECK(open_checkpoint(kText3 + "\n" + kPeter + line(kSignature3), kOrigin, keys).value() ==
        expected);
  const std::string empty = kOrigin + "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n" +
                            line(
                                "yxSqIFUS+pw5hhIwe0TSVJ6L6DWoNJ76hAWGm0AwV0A4a/"
                                "rbjoL1qE9drbdU+VILDV+GdRrApHuK182ETLFavrfH8"
                                "A0=");
  CHECK(open_checkpoint(empty, kOrigin, keys).value() == Checkpoint{kOrigin, 0, empty_root()});
}

TEST_CASE("checkpoints are equal when they say the same") {
  const Checkpoint checkpoint{kOrigin, 3, root3()};
  CHECK(checkpoint == Checkpoint{kOrigin, 3, root3()});
  CHECK(checkpoint != Checkpoint{"other.example/log", 3, root3()});
  CHECK(checkpoint != Checkpoint{kOrigin, 4, root3()});
  CHECK(checkpoint != Checkpoint{kOrigin, 3, empty_root()});
}

TEST_CASE("while log keys change, either or both may sign") {
  const std::vector<NoteKey> keys{key(kLogKey), key(kSecondKey)};
  for (const std::string& lines :
       {line(kSignature3), line(kSecond3), line(kSignature3) + line(kSecond3)}) {
    CHECK(open_checkpoint(kText3 + "\n" + lines, kOrigin, keys).has_value());
  }
  const std::vector<NoteKey> second{key(kSecondKey)};
  CHECK_FALSE(open_checkpoint(kNote3, kOrigin, second).has_value());
}

TEST_CASE("each flipped bit of a checkpoint is refused or leaves its meaning") {
  const std::vector<NoteKey> keys{key(kLogKey)};
  for (std::size_t bit = 0; bit < kNote3.size() * 8; ++bit) {
    std::string changed = kNote3;
    changed[bit / 8] = static_cast<char>(octet(changed, bit / 8) ^ (1U << (bit % 8)));
    CAPTURE(bit);
    CHECK_FALSE(open_checkpoint(changed, kOrigin, keys).has_value());
  }
}

TEST_CASE("a validly signed text that is no checkpoint of this log is refused with the reason") {
  const std::string size = "the tree size is not a number from 0 to 2^53-1 without leading zeros";
  const std::string root = "the root is not the base64 of 32 octets";
  const std::string more = "lines after the root are not accepted";
  const auto signed_by_log = [](const std::string& text, const std::string& signature) {
    return why_no_checkpoint(text + "\n" + line(signature));
  };
  CHECK(
      signed_by_log("other.example/log\n3\n" + kRoot3 + "\n",
                    "yxSqIGzP3mu0AFgG+PeUjbn1wRKkqfewIVHWXZALXseHe6dXjkfTvNAxGB9nkFKlenYHlQc9w4gs0o"
                    "EuAA65hGnfVQo=") ==
      "the checkpoint is of the log 'other.example/log', not of '" + kOrigin + "'");
  CHECK(
      signed_by_log(kOrigin + "\n03\n" + kRoot3 + "\n",
                    "yxSqIGFqLuOHnbQIku3s53FSeCdEP8ge4gcgo/goxDn4c+U4yuV3rLgVjAOrggAiqXfNbCPiO6gQgr"
                    "032058+VxSfAM=") == size);
  CHECK(
      signed_by_log(kOrigin + "\n+3\n" + kRoot3 + "\n",
                    "yxSqIAfawvM8KCjA1BnYOH3/oWGtvhyqn2SVaye/aH+7ssU/5fpE5FI4NITEfFGqotLC1u2BSVDyHi"
                    "aYD5aZjgIkHA4=") == size);
  CHECK(
      signed_by_log(kOrigin + "\n3 \n" + kRoot3 + "\n",
                    "yxSqIJXA3jZ1dMORoGcrhifKxr2Q3QyooqcAuclGJn66XIWmn4yPN2rJtTx7kG/A8eZ4NDogDlfNCN"
                    "ZRq6uFNm/VDAE=") == size);
  CHECK(
      signed_by_log(kOrigin + "\n\n" + kRoot3 + "\n",
                    "yxSqIDwL4reWJXb/c0O4/0RH7Xr5hRrIqry1pOjPIapafh21vOAi/20awVUgfGantYs0TTA0BhYd5L"
                    "mlf/3Q5wmi9gI=") == size);
  CHECK(
      signed_by_log(kOrigin + "\n9007199254740992\n" + kRoot3 + "\n",
                    "yxSqIOFL/eNlHi9dbJYfshRcilvbEbCeUw7kM9Tv8u7rSVpf9SplSRbHfszRqNmrF1jg0YHvulhER3"
                    "/cGG1vTDHN7wc=") == size);
  CHECK(
      signed_by_log(kOrigin + "\n99999999999999999999999\n" + kRoot3 + "\n",
                    "yxSqIMWMPfOBVFPbtPMtxgkeYjOhfGCXvv6KGWsshof/gfl7gD3UhB6Qc0AFKENzB/uHjLWRtUdrTu"
                    "cx9k3UcflZqAA=") == size);
  CHECK(
      signed_by_log(kOrigin + "\n3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n",
                    "yxSqIORKNXBfuomr7cy+rPxD1xS8k3CS+nK2EWfwReo7tAtkFiDRqBLAHJ0zCc7PGNxJ5uR/wA82F3"
                    "V4cfG+st+2WA4=") == root);
  CHECK(
      signed_by_log(kOrigin + "\n3\n" + kRoot3.substr(0, 43) + "\n",
                    "yxSqIM8W9iyqvgiAeV1NOXt8VXDnyA+pc5dLklnC472XxUHQ0ZbPfFxckTL7u5A3jKMK5vF6OFB24x"
                    "kJybUu9Pf48wA=") == root);
  CHECK(
      signed_by_log(kOrigin + "\n3\n",
                    "yxSqIEE+F/Qtshyn4f3cxDadhzuZXOX5739v/yozl0/EBhWz7uxYMI9EmiSvRwLop8Ub6Vp611O83r"
                    "IrLHNq1/h22wM=") == root);
  CHECK(
      signed_by_log(kText3 + "extension\n",
                    "yxSqIGuWhkrsgOaIPc1ZxeIz+UtTNXZXLfGD50hEd8flVChG4E5+MyRDVPPW7UI5KDenKiFJliuHI0"
                    "bbZyFGeiKedwM=") == more);
  CHECK(
      signed_by_log(kText3 + "\n",
                    "yxSqIK9zZN+Kl4nOmOHDskBBaTPHmBwOCXLI++/ooJXYFoiY7llCmIVsCORr2JnqDEF85etEKc3iTP"
                    "UXm/4c4YBm/gw=") == more);
}

TEST_CASE("a key that is not named as the log opens no checkpoint of it") {
  CHECK(why_no_checkpoint(kNote3, kPeterKey) ==
        "the key " + kPeterKey + " is not named as the log '" + kOrigin + "'");
}

TEST_CASE("a checkpoint is signed by whoever holds the key, and read back before it is given out") {
  const NoteKey log = key(kLogKey);
  const Checkpoint checkpoint{kOrigin, 3, root3()};
  const Bytes octets = base64_decode(kSignature3).value().substr(4);
  Bytes asked;
  const auto signs = [&](BytesView text) -> Result<Bytes> {
    asked = text;
    return octets;
  };
  CHECK(sign_checkpoint(checkpoint, log, signs).value() == kNote3);
  CHECK(asked == kText3);
  Checkpoint other = checkpoint;
  other.size = 4;
  CHECK(sign_checkpoint(other, log, signs).error().code == Errc::bad_note);
  other = checkpoint;
  other.origin = "example.org/twoseal/log2";
  CHECK(sign_checkpoint(other, log, signs).error().code == Errc::bad_note);
  const auto fails = [](BytesView) -> Result<Bytes> {
    return fail(Errc::wrong_passphrase, "locked");
  };
  CHECK(sign_checkpoint(checkpoint, log, fails).error().code == Errc::wrong_passphrase);
}
