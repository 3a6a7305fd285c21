// What the host says, signed with its identity key.
#pragma once

#include "crypto/private_key.h"
#include "model/statement.h"

namespace twoseal {

/// The host's own say. `key`: its identity.
class HostVoice {
 public:
  HostVoice(HostId host, Digest org, PrivateKey key)
      : host_(std::move(host)), org_(org), key_(std::move(key)) {}

  /// The signature record of `sign` over an object. `roster`: version held; `seen`: newest
  /// checkpoint that was verified.
  [[nodiscard]] Bytes say(ObjType type,
                          BytesView object,
                          UnixSeconds at,
                          std::int64_t roster,
                          const LogPoint& seen) const;

  [[nodiscard]] const HostId& host() const { return host_; }

  [[nodiscard]] const Digest& org() const { return org_; }

 private:
  HostId host_;
  Digest org_;
  PrivateKey key_;
};

}  // namespace twoseal
