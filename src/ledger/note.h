// Checkpoints: origin, size and root of the log in a signed note, after C2SP signed-note and
// tlog-checkpoint. docs/formats/checkpoint.md.
//
// Stricter than C2SP where two readings were possible: no extension lines, the key is named as the
// log, a note is at most limits::kCheckpointMax bytes with at most kNoteSignaturesMax signatures.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/id.h"
#include "crypto/public_key.h"

namespace twoseal {

inline constexpr std::size_t kNoteSignaturesMax = 16;

/// An Ed25519 key that signs notes.
class NoteKey {
 public:
  /// `name`: 1 to 128 visible ASCII characters without `+`. `public_key`: 32 octets. Errc::bad_note
  /// for the name; passes on what the key itself is refused for.
  [[nodiscard]] static Result<NoteKey> make(std::string_view name, BytesView public_key);

  /// From a vkey, `<name>+<8 hex digits>+<base64(0x01 || 32 octets)>`. The hex digits must be those
  /// of the key. Errc::bad_note.
  [[nodiscard]] static Result<NoteKey> parse(std::string_view vkey);

  [[nodiscard]] const std::string& name() const { return name_; }

  /// First four octets of SHA-256(name || LF || 0x01 || public key).
  [[nodiscard]] const Bytes& hash() const { return hash_; }

  [[nodiscard]] const PublicKey& key() const { return key_; }

  /// The vkey.
  [[nodiscard]] std::string text() const;

 private:
  NoteKey(std::string name, Bytes hash, PublicKey key)
      : name_(std::move(name)), hash_(std::move(hash)), key_(std::move(key)) {}

  std::string name_;
  Bytes hash_;
  PublicKey key_;
};

/// The text of `note` (a view into it, with its last line feed) when at least one of `keys` signed
/// it, every signature by one of `keys` verifies, and none of them stands twice. Signatures by
/// others are ignored. Errc::bad_note with the reason.
[[nodiscard]] Result<BytesView> open_note(BytesView note, std::span<const NoteKey> keys);

/// What a checkpoint says. `size`: entries. `origin`: name of the log, `<domain>/twoseal/log1`.
struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Digest root;

  bool operator==(const Checkpoint&) const = default;
};

/// Opens the note of the log `origin`, whose keys (normally one) are `keys`. Errc::bad_note when
/// the note is not signed by them (see open_note), names another log, has an extension line, or is
/// in any other form than checkpoint_text() gives.
[[nodiscard]] Result<Checkpoint> open_checkpoint(BytesView note,
                                                 std::string_view origin,
                                                 std::span<const NoteKey> keys);

/// The three lines that are signed.
[[nodiscard]] Bytes checkpoint_text(const Checkpoint& checkpoint);

/// Makes the 64 octets of an Ed25519 signature over `text`; the private key stays with it.
using NoteSigner = std::function<Result<Bytes>(BytesView text)>;

/// The signed note. Passes on the errors of `sign`; Errc::bad_note when what it gave does not
/// verify under `key`, or when `key` is not named as the log.
[[nodiscard]] Result<Bytes> sign_checkpoint(const Checkpoint& checkpoint,
                                            const NoteKey& key,
                                            const NoteSigner& sign);

}  // namespace twoseal
