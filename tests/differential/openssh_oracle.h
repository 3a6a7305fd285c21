// What ssh-keygen says about a signature, and why it may say something else than we do.
#pragma once

#include <optional>
#include <string>

#include "tests/fuzz/sshsig_forge.h"

namespace twoseal::differential {

/// A directory of its own with the keys of fuzz::signers() as allowed signers, removed at the end.
/// SIGPIPE is ignored from then on.
class OpensshOracle {
 public:
  OpensshOracle();
  ~OpensshOracle();
  OpensshOracle(const OpensshOracle&) = delete;
  OpensshOracle& operator=(const OpensshOracle&) = delete;

  /// Whether `ssh-keygen -Y verify` accepts `armor` by `signer` over fuzz::kMessage for
  /// fuzz::kNamespace.
  [[nodiscard]] bool accepts(const fuzz::Signer& signer, const std::string& armor) const;

 private:
  std::string directory_;
};

/// Why we may refuse what ssh-keygen accepts.
enum class Difference {
  framing,    ///< the armour is laid out in another way
  version,    ///< below 1
  reserved,   ///< not empty, though what was signed has it empty
  number,     ///< of the signature: leading zeros, or S of Ed25519 not below the order
  untouched,  ///< a security key that nobody touched
  unexplained,
};

[[nodiscard]] std::string_view name_of(Difference difference);

/// The first reason, in the order above, why `armor` is refused though ssh-keygen accepts it; every
/// reason was seen: with all of them mended the signature is accepted here, unless it is untouched.
[[nodiscard]] Difference explain(const fuzz::Signer& signer, const std::string& armor);

}  // namespace twoseal::differential
