// X.509 as twoseal needs it: a certificate authority for the hosts of one organisation, server
// certificates that are known by their pins, and the requests that hosts send. P-256 with SHA-256
// only. Not in the trust core: no decision rests on a certificate, they carry connections.
#pragma once

#include <string>
#include <vector>

#include "base/id.h"
#include "crypto/private_key.h"

namespace twoseal {

inline constexpr std::size_t kCertificateMax = 16 * 1024;        ///< octets of PEM or DER
inline constexpr std::size_t kCertificateRequestMax = 4 * 1024;  ///< octets of PEM
inline constexpr std::int64_t kClientCertificateDays = 30;

/// From when until when, both included.
struct Validity {
  UnixSeconds not_before = 0;
  UnixSeconds not_after = 0;
};

/// `days` from `now`, and a little before, for hosts whose clocks are behind.
[[nodiscard]] Validity valid_for(std::int64_t days, UnixSeconds now);

/// What is read out of a certificate. Nothing here says who signed it.
struct CertificateFacts {
  std::string name;    ///< common name
  std::string serial;  ///< lower-case hexadecimal
  Validity validity;
  Digest key;  ///< SHA-256 of its SPKI DER, as TLS pins are taken over
};

/// What is read out of a certificate request.
struct RequestFacts {
  std::string name;  ///< common name: what the requester calls itself; nobody vouches for it
  PublicKey key;     ///< P-256; whoever made the request has its private half
};

/// Who signs: its certificate, PEM, and the key of that.
struct CertificateAuthority {
  std::string certificate;
  const PrivateKey& key;
};

/// All certificates and requests below are PEM, one block. Keys must be P-256 and names 1–64
/// visible ASCII characters (spaces within); anything else stops the process, since both are
/// chosen by us. Serials are 128 random bits.

/// The self-signed certificate of an authority: may sign certificates of ends, not of further
/// authorities.
[[nodiscard]] std::string make_authority_certificate(const PrivateKey& key,
                                                     std::string_view name,
                                                     Validity validity);

/// What a server is called. `names`: DNS names; `addresses`: IPv4 or IPv6 in text. At least one.
struct ServerNames {
  std::vector<std::string> names;
  std::vector<std::string> addresses;
};

/// A certificate for a TLS server, signed with its own key. The common name is the first of its
/// names. Errc::bad_certificate for a name that is none.
[[nodiscard]] Result<std::string> make_server_certificate(const PrivateKey& key,
                                                          const ServerNames& names,
                                                          Validity validity);

/// The same, signed by an authority. Errc::bad_certificate also when its certificate and its key do
/// not belong together.
[[nodiscard]] Result<std::string> make_server_certificate(const PublicKey& key,
                                                          const ServerNames& names,
                                                          Validity validity,
                                                          const CertificateAuthority& authority);

/// PKCS#10 with the common name and no attributes.
[[nodiscard]] std::string make_certificate_request(const PrivateKey& key, std::string_view name);

/// Checks a request: at most kCertificateRequestMax octets, one PEM block as openssl writes it, one
/// DER value and nothing behind it, version 1, a P-256 key with its named curve, signed by this key
/// with SHA-256, exactly one common name. Everything else that it asks for is left unread.
/// Errc::too_large, Errc::bad_certificate.
[[nodiscard]] Result<RequestFacts> read_certificate_request(std::string_view pem);

/// A client certificate for `key`, which comes from a request that was read: common name `name`
/// (the id of a host, chosen by who signs), for TLS clients alone. Errc::bad_certificate when
/// certificate and key of the authority do not belong together.
[[nodiscard]] Result<std::string> make_client_certificate(const PublicKey& key,
                                                          std::string_view name,
                                                          Validity validity,
                                                          const CertificateAuthority& authority);

/// Facts of a certificate with any kind of key. Errc::too_large, Errc::bad_certificate when it is
/// not one PEM block with one certificate, has no or several common names, or an impossible serial
/// or time.
[[nodiscard]] Result<CertificateFacts> read_certificate(std::string_view pem);

/// The same from DER, as TLS hands it over.
[[nodiscard]] Result<CertificateFacts> read_certificate_der(BytesView der);

}  // namespace twoseal
