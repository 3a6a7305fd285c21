// What authenticators sign: security keys over SSH and passkeys in a browser put the same octets
// around a message.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace twoseal {

/// What a verified signature says about the moment of signing. All false for a plain SSH key, which
/// says nothing; `user_present` is always true for security keys and passkeys.
struct SignatureFacts {
  bool user_present = false;     ///< UP: somebody touched the authenticator
  bool user_verified = false;    ///< UV: and showed a PIN or a finger
  bool backup_eligible = false;  ///< BE: the key can be copied to other devices

  bool operator==(const SignatureFacts&) const = default;
};

/// The octets that a security key signs for `message`; WebAuthn's are the same with the client data
/// as message. `application`: its name, which enters as its digest.
[[nodiscard]] Bytes sk_signed_data(std::string_view application,
                                   std::uint8_t flags,
                                   std::uint32_t counter,
                                   BytesView message);

/// Authenticator flags (WebAuthn §6.1); a security key over SSH has the same.
inline constexpr std::uint8_t kFlagUserPresent = 0x01;
inline constexpr std::uint8_t kFlagUserVerified = 0x04;
inline constexpr std::uint8_t kFlagBackupEligible = 0x08;
inline constexpr std::uint8_t kFlagBackupState = 0x10;
inline constexpr std::uint8_t kFlagAttested = 0x40;
inline constexpr std::uint8_t kFlagExtensions = 0x80;

[[nodiscard]] SignatureFacts facts_of_flags(std::uint8_t flags);

}  // namespace twoseal
