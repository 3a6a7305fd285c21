#include "ledger/note.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/json.h"
#include "base/limits.h"
#include "crypto/hash.h"

namespace twoseal {
namespace {

constexpr std::string_view kEd25519 = "\x01";  // the signature type of C2SP signed-note
constexpr std::size_t kHashSize = 4;
constexpr std::size_t kPublicKeySize = 32;
constexpr std::size_t kNameMax = 128;
constexpr std::string_view kDash = "\xE2\x80\x94 ";  // an em dash and a space

std::unexpected<Error> refuse(std::string what) {
  return fail(Errc::bad_note, std::move(what));
}

bool is_key_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax &&
         std::all_of(
             name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7F' && c != '+'; });
}

struct SignatureLine {
  std::string_view name;
  Bytes hash;
  Bytes signature;
};

Result<SignatureLine> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kDash)) {
    return refuse("a signature line does not start with a dash and a space");
  }
  line.remove_prefix(kDash.size());
  const std::size_t space = std::min(line.find(' '), line.size());
  SignatureLine parsed{.name = line.substr(0, space), .hash = {}, .signature = {}};
  if (parsed.name.empty() || parsed.name.find('+') != std::string_view::npos) {
    return refuse("a signature line has no valid key name");
  }
  const auto octets = base64_decode(line.substr(std::min(space + 1, line.size())));
  if (!octets || octets->size() <= kHashSize) {
    return refuse("the signature of " + std::string(parsed.name) + " is not valid base64");
  }
  parsed.hash = octets->substr(0, kHashSize);
  parsed.signature = octets->substr(kHashSize);
  return parsed;
}

// The line up to the next line feed, which is cut off `rest` together with it.
std::string_view cut_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

// Reads the three lines of a checkpoint and accepts only the one spelling of checkpoint_text().
Result<Checkpoint> parse_checkpoint(BytesView text, std::string_view origin) {
  std::string_view rest = text;
  Checkpoint checkpoint{.origin = std::string(cut_line(rest)), .size = 0, .root = {}};
  if (checkpoint.origin != origin) {
    return refuse("the checkpoint is of the log '" + checkpoint.origin + "', not of '" +
                  std::string(origin) + "'");
  }
  const std::string_view size = cut_line(rest);
  std::from_chars(size.data(), size.data() + size.size(), checkpoint.size);
  const std::string spelling = std::to_string(checkpoint.size);
  if (size != spelling || checkpoint.size > static_cast<std::uint64_t>(limits::kIntegerMax)) {
    return refuse("the tree size is not a number from 0 to 2^53-1 without leading zeros");
  }
  const auto root = base64_decode(cut_line(rest));
  if (!root || root->size() != Digest::kSize) {
    return refuse("the root is not the base64 of 32 octets");
  }
  if (!rest.empty()) {
    return refuse("lines after the root are not accepted");
  }
  checkpoint.root = Digest::from_bytes(*root);
  return checkpoint;
}

}  // namespace

Result<NoteKey> NoteKey::make(std::string_view name, BytesView public_key) {
  if (!is_key_name(name)) {
    return refuse("the name of a log key has 1 to 128 visible ASCII characters and no +");
  }
  TWOSEAL_TRY(PublicKey key, PublicKey::from_ed25519(public_key));
  const Digest digest = sha256({name, "\n", kEd25519, public_key});
  return NoteKey(std::string(name), digest.bytes().substr(0, kHashSize), std::move(key));
}

Result<NoteKey> NoteKey::parse(std::string_view vkey) {
  const std::size_t first = vkey.find('+');
  const std::size_t second = first == vkey.npos ? vkey.npos : vkey.find('+', first + 1);
  if (second == vkey.npos) {
    return refuse("a log key is written <name>+<8 hex digits>+<base64>");
  }
  const auto octets = base64_decode(vkey.substr(second + 1));
  if (!octets || octets->size() != 1 + kPublicKeySize || !octets->starts_with(kEd25519)) {
    return refuse("a log key is an Ed25519 key: base64 of the octet 1 and 32 octets");
  }
  TWOSEAL_TRY(NoteKey key, make(vkey.substr(0, first), BytesView(*octets).substr(1)));
  if (key.text() != vkey) {
    return refuse("the hash of this log key is " + hex_encode(key.hash()));
  }
  return key;
}

std::string NoteKey::text() const {
  return name_ + "+" + hex_encode(hash_) + "+" +
         base64_encode(std::string(kEd25519) + key_.point());
}

Result<BytesView> open_note(BytesView note, std::span<const NoteKey> keys) {
  if (note.size() > limits::kCheckpointMax) {
    return refuse("more than " + std::to_string(limits::kCheckpointMax) + " bytes");
  }
  if (note.find('\t') != note.npos || !json::is_allowed_text(note)) {
    return refuse("control characters or invalid UTF-8");
  }
  const std::size_t blank = note.rfind("\n\n");
  if (blank == note.npos || blank + 2 == note.size() || note.back() != '\n') {
    return refuse("no text, blank line and signature lines");
  }
  const BytesView text = note.substr(0, blank + 1);
  std::vector<const NoteKey*> signers;
  std::size_t lines = 0;
  for (BytesView rest = note.substr(blank + 2); !rest.empty();) {
    if (++lines > kNoteSignaturesMax) {
      return refuse("more than " + std::to_string(kNoteSignaturesMax) + " signatures");
    }
    TWOSEAL_TRY(const SignatureLine line, parse_signature_line(cut_line(rest)));
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const NoteKey& known) {
      return known.name() == line.name && known.hash() == line.hash;
    });
    if (key == keys.end()) {
      continue;
    }
    if (std::find(signers.begin(), signers.end(), &*key) != signers.end()) {
      return refuse("two signatures of " + key->text());
    }
    if (!key->key().verify_raw(text, line.signature)) {
      return refuse("the signature of " + key->text() + " does not verify");
    }
    signers.push_back(&*key);
  }
  if (signers.empty()) {
    return refuse("not signed by the log key");
  }
  return text;
}

Result<Checkpoint> open_checkpoint(BytesView note,
                                   std::string_view origin,
                                   std::span<const NoteKey> keys) {
  for (const NoteKey& key : keys) {
    if (key.name() != origin) {
      return refuse("the key " + key.text() + " is not named as the log '" + std::string(origin) +
                    "'");
    }
  }
  TWOSEAL_TRY(const BytesView text, open_note(note, keys));
  return parse_checkpoint(text, origin);
}

Bytes checkpoint_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         base64_encode(checkpoint.root.view()) + "\n";
}

Result<Bytes> sign_checkpoint(const Checkpoint& checkpoint,
                              const NoteKey& key,
                              const NoteSigner& sign) {
  Bytes note = checkpoint_text(checkpoint);
  TWOSEAL_TRY(const Bytes signature, sign(note));
  note +=
      "\n" + std::string(kDash) + key.name() + " " + base64_encode(key.hash() + signature) + "\n";
  TWOSEAL_TRY_VOID(open_checkpoint(note, checkpoint.origin, {&key, 1}));
  return note;
}

}  // namespace twoseal
