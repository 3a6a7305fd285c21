// Signed notes, checkpoints and the text form of log keys. The forger holds the log key and signs
// what he likes, so what is left to refuse is every text that is not a checkpoint in its one form.
// The first octet chooses: a note as it is, a forged one, or a log key.
#include "ledger/note.h"

#include <algorithm>

#include "base/check.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/private_key.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

constexpr std::string_view kOrigin = "example.org/twoseal/log1";

struct LogKey {
  PrivateKey key;
  NoteKey note;

  [[nodiscard]] Bytes line(BytesView text) const {
    return "\xE2\x80\x94 " + note.name() + " " + base64_encode(note.hash() + key.sign_raw(text)) +
           "\n";
  }
};

LogKey log_key(std::string_view seed, std::string_view name) {
  PrivateKey key = PrivateKey::from_seed(sha256(seed).bytes());
  NoteKey note = NoteKey::make(name, key.public_key().point()).value();
  return {std::move(key), std::move(note)};
}

// Always the same three: the first two are the log's, the third is somebody's.
const std::vector<LogKey>& log_keys() {
  static const std::vector<LogKey> kKeys = [] {
    std::vector<LogKey> keys;
    keys.push_back(log_key("log", kOrigin));
    keys.push_back(log_key("next log", kOrigin));
    keys.push_back(log_key("other", "example.org/other"));
    return keys;
  }();
  return kKeys;
}

std::size_t occurrences(BytesView text, BytesView part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// Whether `key` signed `text` in `lines`, which were accepted. Ed25519 gives one signature, so an
// accepted line of a known key is the one that its owner makes.
bool is_signed_by(const LogKey& key, BytesView text, BytesView lines) {
  const Bytes begin = "\xE2\x80\x94 " + key.note.name() + " ";
  bool signs = false;
  for (BytesView rest = lines; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    const BytesView line = rest.substr(0, rest.find('\n') + 1);
    const auto octets =
        line.starts_with(begin)
            ? base64_decode(line.substr(begin.size(), line.size() - begin.size() - 1))
            : Bytes();
    if (octets && octets->starts_with(key.note.hash())) {
      check(line == key.line(text), "an accepted signature is the one that the key makes");
      signs = true;
    }
  }
  return signs;
}

void open(const Bytes& note) {
  const std::vector<NoteKey> keys = {log_keys()[0].note, log_keys()[1].note};
  const auto text = open_note(note, keys);
  const auto checkpoint = open_checkpoint(note, kOrigin, keys);
  if (!text) {
    check(!checkpoint && !text.error().what.empty(), "a note that does not open is no checkpoint");
    return;
  }
  check(text->data() == note.data() && text->ends_with('\n'), "the text is the note's beginning");
  check(note.size() <= limits::kCheckpointMax, "an accepted note is not too large");
  const BytesView lines = BytesView(note).substr(text->size() + 1);
  check(note[text->size()] == '\n' && lines.ends_with('\n'), "signatures follow a blank line");
  check(occurrences(lines, "\n") <= kNoteSignaturesMax, "an accepted note has few signatures");
  const bool first = is_signed_by(log_keys()[0], *text, lines);
  const bool second = is_signed_by(log_keys()[1], *text, lines);
  check(first || second, "an accepted note is signed by a key of the log");
  if (checkpoint) {
    check(checkpoint_text(*checkpoint) == *text, "a checkpoint has one spelling");
    check(checkpoint->origin == kOrigin, "the checkpoint is of the log that was asked for");
  }
}

void forge(fuzz::Choices& choices) {
  Checkpoint said{.origin = std::string(kOrigin),
                  .size = choices.number<std::uint64_t>() >> choices.below(64),
                  .root = sha256("root")};
  Bytes text = checkpoint_text(said);
  while (choices.flag()) {
    text = fuzz::damaged(text, choices);
  }
  Bytes note = text + "\n";
  for (std::size_t count = choices.below(19); count > 0; --count) {
    const std::size_t who = choices.below(log_keys().size() + 1);
    Bytes line = who < log_keys().size()
                     ? log_keys()[who].line(text)
                     : log_key(choices.bytes(), "example.org/stranger").line(text);
    note += choices.below(8) == 7 ? fuzz::damaged(line, choices) : line;
  }
  if (choices.flag()) {
    note = fuzz::damaged(note, choices);
  }
  open(note);
}

void make_checkpoint(fuzz::Choices& choices) {
  const LogKey& key = log_keys()[0];
  const Checkpoint said{.origin = std::string(kOrigin),
                        .size = choices.number<std::uint64_t>() >> 11U,
                        .root = sha256(choices.bytes())};
  const auto note = sign_checkpoint(
      said, key.note, [&](BytesView text) -> Result<Bytes> { return key.key.sign_raw(text); });
  check(note && open_checkpoint(*note, kOrigin, {&key.note, 1}).value() == said,
        "what was signed opens to what was said");
}

void read_key(const std::string& text) {
  const auto key = NoteKey::parse(text);
  if (key) {
    check(key->text() == text, "a log key has one spelling");
    check(NoteKey::make(key->name(), key->key().point()).value().text() == text,
          "a log key is made of its name and its octets");
  }
}

void make_key(fuzz::Choices& choices) {
  const std::string name = choices.bytes();
  const auto key = NoteKey::make(name, log_keys()[choices.below(3)].key.public_key().point());
  if (key) {
    std::string text = key->text();
    check(NoteKey::parse(text).value().text() == text, "a log key that was made is read");
    while (!choices.at_end()) {
      text = fuzz::damaged(text, choices);
    }
    read_key(text);
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  switch (choices.below(5)) {
    case 0:
      open(choices.rest());
      break;
    case 1:
      forge(choices);
      break;
    case 2:
      make_checkpoint(choices);
      break;
    case 3:
      read_key(choices.rest());
      break;
    default:
      make_key(choices);
  }
  return 0;
}
