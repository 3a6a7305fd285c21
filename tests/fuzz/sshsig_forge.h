// SSH signatures that are right but for what the forger chose to get wrong. The forger holds the
// keys, so a changed envelope can be signed as it then stands: what remains wrong is what a
// verifier has to see.
#pragma once

#include <optional>
#include <vector>

#include "crypto/private_key.h"
#include "tests/fuzz/choices.h"

namespace twoseal::fuzz {

inline constexpr std::string_view kNamespace = "approve.v1@twoseal";
inline constexpr std::string_view kMessage = R"({"act":"approve","type":"statement","v":1})";

/// A key of one of the four types; `name`: its principal in a file of allowed signers.
struct Signer {
  std::string name;
  PrivateKey key;
  PublicKey pub;
};

/// One per type, always the same.
[[nodiscard]] const std::vector<Signer>& signers();

/// The fields of a signature, each as it stands there.
struct SshsigFields {
  Bytes magic = "SSHSIG";
  std::uint32_t version = 1;
  Bytes public_key;
  Bytes name_space = Bytes(kNamespace);
  Bytes reserved;
  Bytes hash = "sha512";
  Bytes type;              ///< of the inner signature
  Bytes value;             ///< 64 octets, or two mpints
  std::uint8_t flags = 1;  ///< security keys only, as the next
  std::uint32_t counter = 7;
  bool sk = false;
  Bytes behind_inner;
  Bytes behind;

  [[nodiscard]] Bytes blob() const;
};

/// `message` signed by `signer`. `claimed`: the fields that are covered by the signature.
[[nodiscard]] SshsigFields signed_fields(const Signer& signer,
                                         BytesView message,
                                         SshsigFields claimed = {});

/// Reads a blob as generously as OpenSSH does; nothing when even that fails.
[[nodiscard]] std::optional<SshsigFields> read_fields(BytesView blob, bool sk);

/// An Ed25519 signature with the order taken off its S once, when S is not below it.
[[nodiscard]] Bytes below_order(const Bytes& signature);

struct Forgery {
  const Signer* signer = nullptr;
  std::string armor;
  bool honest = true;  ///< nothing about it was changed
};

/// A signature over kMessage for kNamespace with up to three things wrong.
[[nodiscard]] Forgery forge(Choices& choices);

}  // namespace twoseal::fuzz
