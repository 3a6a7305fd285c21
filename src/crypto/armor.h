// Octets as text between two lines of hyphens: SSHSIG, OpenSSH and PKCS#8 key files.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace twoseal {

/// A kind of armour: `-----BEGIN <label>-----`, base64 in lines of `line_size` characters, the last
/// one shorter or equal, `-----END <label>-----`, each line ended by LF.
struct ArmorKind {
  std::string_view label;
  std::size_t line_size;
};

inline constexpr ArmorKind kSshSignature{"SSH SIGNATURE", 70};
inline constexpr ArmorKind kOpensshPrivateKey{"OPENSSH PRIVATE KEY", 70};
inline constexpr ArmorKind kPrivateKey{"PRIVATE KEY", 64};
inline constexpr ArmorKind kEncryptedPrivateKey{"ENCRYPTED PRIVATE KEY", 64};

[[nodiscard]] std::string put_armor(const ArmorKind& kind, BytesView bytes);

/// The octets in `armor`, which must be exactly as put_armor() writes it; only the last LF may be
/// absent. Errc::bad_encoding otherwise.
[[nodiscard]] Result<Bytes> take_armor(const ArmorKind& kind, std::string_view armor);

}  // namespace twoseal
