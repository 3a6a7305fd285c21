#include "crypto/certificate.h"

#include <algorithm>
#include <array>
#include <optional>

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "crypto/armor.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "crypto/openssl.h"
#include "crypto/random.h"

namespace twoseal {
namespace {

using openssl::must;

using Certificate = openssl::Owner<X509, X509_free>;
using Request = openssl::Owner<X509_REQ, X509_REQ_free>;
using Extension = openssl::Owner<X509_EXTENSION, X509_EXTENSION_free>;
using Time = openssl::Owner<ASN1_TIME, ASN1_TIME_free>;
using Integer = openssl::Owner<ASN1_INTEGER, ASN1_INTEGER_free>;
using AddressOctets = openssl::Owner<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;

constexpr ArmorKind kCertificate{"CERTIFICATE", 64};
constexpr ArmorKind kRequest{"CERTIFICATE REQUEST", 64};
constexpr std::size_t kNameMax = 64;  // ub-common-name of RFC 5280
constexpr std::size_t kSerialSize = 16;
constexpr std::size_t kSerialMax = 20;  // octets, RFC 5280 §4.1.2.2
constexpr std::size_t kNamesMax = 64;

std::unexpected<Error> bad(std::string what) {
  openssl::forget_errors();
  return fail(Errc::bad_certificate, std::move(what));
}

bool is_common_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax && name.front() != ' ' && name.back() != ' ' &&
         std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
}

// Our own key files are read by OpenSSL as they are.
openssl::Key load(const PrivateKey& key) {
  check(!key.public_key().is_ed25519(), "keys of certificates are P-256");
  Bytes pem = to_pkcs8_pem(key);
  const openssl::Memory memory(
      must(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), "BIO_new_mem_buf"));
  openssl::Key loaded(
      must(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr), "read_PrivateKey"));
  wipe(pem);
  return loaded;
}

openssl::Key load(const PublicKey& key) {
  const Bytes spki = key.spki();
  const unsigned char* at = data_u8(spki);
  return openssl::Key(must(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())), "d2i_PUBKEY"));
}

template <class T>
Bytes to_der(const T* object, int (*encode)(const T*, unsigned char**)) {
  unsigned char* octets = nullptr;
  const int size = encode(object, &octets);
  must(size, "encoding DER");
  Bytes der(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
  OPENSSL_free(octets);
  return der;
}

// Reads one DER value that takes up all of `der`.
template <class Object, class T>
Object from_der(BytesView der, T* (*decode)(T**, const unsigned char**, long)) {
  const unsigned char* at = data_u8(der);
  Object object(decode(nullptr, &at, static_cast<long>(der.size())));
  return at == data_u8(der) + der.size() ? std::move(object) : nullptr;
}

void set_common_name(X509_NAME* subject, std::string_view name) {
  check(is_common_name(name), "a common name is 1 to 64 visible characters");
  must(X509_NAME_add_entry_by_NID(subject,
                                  NID_commonName,
                                  MBSTRING_UTF8,
                                  data_u8(name),
                                  static_cast<int>(name.size()),
                                  -1,
                                  0),
       "add_entry");
}

std::optional<std::string> common_name(const X509_NAME* subject) {
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) {
    return std::nullopt;
  }
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  std::string name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                   static_cast<std::size_t>(ASN1_STRING_length(value)));
  return is_common_name(name) ? std::optional(name) : std::nullopt;
}

std::optional<UnixSeconds> seconds_of(const ASN1_TIME* time) {
  const Time epoch(must(ASN1_TIME_set(nullptr, 0), "ASN1_TIME_set"));
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) {
    return std::nullopt;
  }
  return days * limits::kDay + seconds;
}

std::optional<std::string> serial_of(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  const openssl::Number number(ASN1_INTEGER_to_BN(serial, nullptr));
  if (number == nullptr || BN_is_negative(number.get()) != 0 || BN_is_zero(number.get()) != 0 ||
      static_cast<std::size_t>(BN_num_bytes(number.get())) > kSerialMax) {
    return std::nullopt;
  }
  Bytes octets(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), data_u8(octets));
  return hex_encode(octets);
}

Digest key_digest(const X509* certificate) {
  return sha256(to_der<X509_PUBKEY>(X509_get_X509_PUBKEY(certificate), i2d_X509_PUBKEY));
}

/// One extension: OpenSSL's number and its text in the language of openssl.cnf.
struct ExtensionText {
  int number;
  std::string text;
};

void add_extensions(X509* certificate, X509* issuer, const std::vector<ExtensionText>& texts) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  for (const ExtensionText& row : texts) {
    const Extension extension(
        must(X509V3_EXT_conf_nid(nullptr, &context, row.number, row.text.c_str()), "EXT_conf"));
    must(X509_add_ext(certificate, extension.get(), -1), "add_ext");
  }
}

// A certificate that lacks only its issuer, extensions and signature.
Certificate make_unsigned(EVP_PKEY* key, std::string_view name, Validity validity) {
  Certificate certificate(must(X509_new(), "X509_new"));
  must(X509_set_version(certificate.get(), X509_VERSION_3), "set_version");
  const Bytes random = random_bytes(kSerialSize);
  const openssl::Number number(
      must(BN_bin2bn(data_u8(random), static_cast<int>(random.size()), nullptr), "BN_bin2bn"));
  must(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())), "serial");
  must(ASN1_TIME_set(X509_getm_notBefore(certificate.get()), validity.not_before), "not_before");
  must(ASN1_TIME_set(X509_getm_notAfter(certificate.get()), validity.not_after), "not_after");
  must(X509_set_pubkey(certificate.get(), key), "set_pubkey");
  set_common_name(X509_get_subject_name(certificate.get()), name);
  return certificate;
}

// `issuer`: the certificate of who signs, which may be this one itself.
std::string finish(X509* certificate,
                   X509* issuer,
                   EVP_PKEY* issuer_key,
                   const std::vector<ExtensionText>& extensions) {
  must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)), "set_issuer_name");
  add_extensions(certificate, issuer, extensions);
  must(X509_sign(certificate, issuer_key, EVP_sha256()), "X509_sign");
  return put_armor(kCertificate, to_der<X509>(certificate, i2d_X509));
}

Result<Certificate> load_certificate(std::string_view pem) {
  if (pem.size() > kCertificateMax) {
    return fail(Errc::too_large, "the certificate has more than 16384 octets");
  }
  const auto der = take_armor(kCertificate, pem);
  if (!der) {
    return bad("the certificate is " + der.error().what);
  }
  auto certificate = from_der<Certificate>(*der, d2i_X509);
  if (certificate == nullptr) {
    return bad("the certificate is not one X.509 certificate in DER");
  }
  return certificate;
}

/// The two halves of an authority as OpenSSL has them.
struct LoadedAuthority {
  Certificate certificate;
  openssl::Key key;
};

Result<LoadedAuthority> load(const CertificateAuthority& authority) {
  TWOSEAL_TRY(Certificate certificate, load_certificate(authority.certificate));
  openssl::Key key = load(authority.key);
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return bad("the certificate of the authority belongs to another key");
  }
  return LoadedAuthority{std::move(certificate), std::move(key)};
}

bool is_address(const std::string& text) {
  return AddressOctets(a2i_IPADDRESS(text.c_str())) != nullptr;
}

// `DNS:a,IP:::1`. Each part is checked first: a comma in one could otherwise name something else.
Result<std::string> alternative_names(const ServerNames& names) {
  if (names.names.size() + names.addresses.size() > kNamesMax) {
    return bad("a server certificate has at most 64 names");
  }
  std::string text;
  for (const std::string& name : names.names) {
    if (!is_host_name(name)) {
      return bad("'" + name + "' is not a DNS name");
    }
    text += (text.empty() ? "DNS:" : ",DNS:") + name;
  }
  for (const std::string& address : names.addresses) {
    if (!is_address(address)) {
      return bad("'" + address + "' is not an IP address");
    }
    text += (text.empty() ? "IP:" : ",IP:") + address;
  }
  return text.empty() ? bad("a server certificate needs a name") : Result<std::string>(text);
}

std::vector<ExtensionText> end_extensions(const std::string& purpose) {
  return {{NID_basic_constraints, "critical,CA:FALSE"},
          {NID_key_usage, "critical,digitalSignature"},
          {NID_ext_key_usage, purpose},
          {NID_subject_key_identifier, "hash"}};
}

// `issuer`: nothing when the certificate is signed with its own key.
Result<std::string> server_certificate(EVP_PKEY* key,
                                       const ServerNames& names,
                                       Validity validity,
                                       const LoadedAuthority* issuer) {
  TWOSEAL_TRY(const std::string alternatives, alternative_names(names));
  const std::string& name = names.names.empty() ? names.addresses.front() : names.names.front();
  const Certificate certificate = make_unsigned(key, name, validity);
  std::vector<ExtensionText> extensions = end_extensions("serverAuth");
  extensions.push_back({NID_subject_alt_name, alternatives});
  if (issuer != nullptr) {
    extensions.push_back({NID_authority_key_identifier, "keyid:always"});
  }
  return finish(certificate.get(),
                issuer != nullptr ? issuer->certificate.get() : certificate.get(),
                issuer != nullptr ? issuer->key.get() : key,
                extensions);
}

Result<CertificateFacts> facts_of(const X509* certificate) {
  const auto name = common_name(X509_get_subject_name(certificate));
  const auto serial = serial_of(certificate);
  const auto not_before = seconds_of(X509_get0_notBefore(certificate));
  const auto not_after = seconds_of(X509_get0_notAfter(certificate));
  if (!name || !serial || !not_before || !not_after) {
    return bad("the certificate has no proper common name, serial or time");
  }
  return CertificateFacts{*name, *serial, {*not_before, *not_after}, key_digest(certificate)};
}

}  // namespace

Validity valid_for(std::int64_t days, UnixSeconds now) {
  return {now - limits::kClockSkew, now + days * limits::kDay};
}

std::string make_authority_certificate(const PrivateKey& key,
                                       std::string_view name,
                                       Validity validity) {
  const openssl::Key own = load(key);
  const Certificate certificate = make_unsigned(own.get(), name, validity);
  return finish(certificate.get(),
                certificate.get(),
                own.get(),
                {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                 {NID_key_usage, "critical,keyCertSign,cRLSign"},
                 {NID_subject_key_identifier, "hash"}});
}

Result<std::string> make_server_certificate(const PrivateKey& key,
                                            const ServerNames& names,
                                            Validity validity) {
  return server_certificate(load(key).get(), names, validity, nullptr);
}

Result<std::string> make_server_certificate(const PublicKey& key,
                                            const ServerNames& names,
                                            Validity validity,
                                            const CertificateAuthority& authority) {
  TWOSEAL_TRY(const LoadedAuthority issuer, load(authority));
  return server_certificate(load(key).get(), names, validity, &issuer);
}

std::string make_certificate_request(const PrivateKey& key, std::string_view name) {
  const openssl::Key own = load(key);
  const Request request(must(X509_REQ_new(), "X509_REQ_new"));
  must(X509_REQ_set_version(request.get(), X509_REQ_VERSION_1), "set_version");
  set_common_name(X509_REQ_get_subject_name(request.get()), name);
  must(X509_REQ_set_pubkey(request.get(), own.get()), "set_pubkey");
  must(X509_REQ_sign(request.get(), own.get(), EVP_sha256()), "REQ_sign");
  return put_armor(kRequest, to_der<X509_REQ>(request.get(), i2d_X509_REQ));
}

Result<RequestFacts> read_certificate_request(std::string_view pem) {
  if (pem.size() > kCertificateRequestMax) {
    return fail(Errc::too_large, "the certificate request has more than 4096 octets");
  }
  const auto der = take_armor(kRequest, pem);
  if (!der) {
    return bad("the certificate request is " + der.error().what);
  }
  const auto request = from_der<Request>(*der, d2i_X509_REQ);
  if (request == nullptr || X509_REQ_get_version(request.get()) != X509_REQ_VERSION_1) {
    return bad("this is not one PKCS#10 request of version 1 in DER");
  }
  // Judged by our own reader before OpenSSL uses it, so that no other kind of key is ever loaded.
  auto key = PublicKey::parse_spki(
      to_der<X509_PUBKEY>(X509_REQ_get_X509_PUBKEY(request.get()), i2d_X509_PUBKEY));
  if (!key || key->is_ed25519()) {
    return bad("the key of the certificate request is not a P-256 key");
  }
  if (X509_REQ_get_signature_nid(request.get()) != NID_ecdsa_with_SHA256 ||
      X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) != 1) {
    return bad("the certificate request is not signed by its key");
  }
  auto name = common_name(X509_REQ_get_subject_name(request.get()));
  if (!name) {
    return bad("the certificate request has no proper common name");
  }
  return RequestFacts{*std::move(name), *std::move(key)};
}

Result<std::string> make_client_certificate(const PublicKey& key,
                                            std::string_view name,
                                            Validity validity,
                                            const CertificateAuthority& authority) {
  TWOSEAL_TRY(const LoadedAuthority issuer, load(authority));
  const Certificate certificate = make_unsigned(load(key).get(), name, validity);
  std::vector<ExtensionText> extensions = end_extensions("clientAuth");
  extensions.push_back({NID_authority_key_identifier, "keyid:always"});
  return finish(certificate.get(), issuer.certificate.get(), issuer.key.get(), extensions);
}

Result<CertificateFacts> read_certificate(std::string_view pem) {
  TWOSEAL_TRY(const Certificate certificate, load_certificate(pem));
  return facts_of(certificate.get());
}

Result<CertificateFacts> read_certificate_der(BytesView der) {
  if (der.size() > kCertificateMax) {
    return fail(Errc::too_large, "the certificate has more than 16384 octets");
  }
  const auto certificate = from_der<Certificate>(der, d2i_X509);
  if (certificate == nullptr) {
    return bad("the certificate is not one X.509 certificate in DER");
  }
  return facts_of(certificate.get());
}

}  // namespace twoseal
