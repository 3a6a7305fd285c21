#include "crypto/authenticator.h"

#include "crypto/hash.h"
#include "crypto/wire.h"

namespace twoseal {

Bytes sk_signed_data(std::string_view application,
                     std::uint8_t flags,
                     std::uint32_t counter,
                     BytesView message) {
  Bytes data = sha256(application).bytes();
  data.push_back(static_cast<char>(flags));
  return data + wire_number(counter) + sha256(message).bytes();
}

SignatureFacts facts_of_flags(std::uint8_t flags) {
  return {(flags & kFlagUserPresent) != 0,
          (flags & kFlagUserVerified) != 0,
          (flags & kFlagBackupEligible) != 0};
}

}  // namespace twoseal
