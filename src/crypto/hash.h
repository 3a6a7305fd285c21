// SHA-256 for everything that twoseal names or signs; SHA-512 where SSHSIG asks for it; HMAC.
#pragma once

#include <initializer_list>
#include <memory>

#include "base/bytes.h"
#include "base/id.h"

struct evp_md_ctx_st;

namespace twoseal {

/// SHA-256 of `data`.
[[nodiscard]] Digest sha256(BytesView data);

/// SHA-256 of the parts one after the other, as if they were one text (a prefix octet and a leaf).
[[nodiscard]] Digest sha256(std::initializer_list<BytesView> parts);

/// SHA-512 of `data`: 64 octets.
[[nodiscard]] Bytes sha512(BytesView data);

/// HMAC-SHA-256 (RFC 2104): 32 octets. `key` may have any length, also none.
[[nodiscard]] Bytes hmac_sha256(BytesView key, BytesView data);

/// Whether two texts are equal, in time that depends on their lengths only.
[[nodiscard]] bool equal_constant_time(BytesView a, BytesView b);

/// SHA-256 of data that comes in pieces. Not for two threads at once.
class Sha256 {
 public:
  Sha256();

  void update(BytesView data);

  /// The digest of all that was given since the start or the last finish(); starts anew.
  [[nodiscard]] Digest finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };

  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace twoseal
