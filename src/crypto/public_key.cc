#include "crypto/public_key.h"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "base/check.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/openssl.h"
#include "crypto/wire.h"

namespace twoseal {
namespace {

using openssl::must;

constexpr std::size_t kEd25519Size = 32;
constexpr std::size_t kPointSize = 65;
constexpr std::size_t kApplicationMax = 128;

struct SshName {
  std::string_view name;
  KeyType type;
};

constexpr std::array<SshName, 4> kSshNames = {{
    {"ssh-ed25519", KeyType::ssh_ed25519},
    {"ecdsa-sha2-nistp256", KeyType::ssh_ecdsa_p256},
    {"sk-ssh-ed25519@openssh.com", KeyType::sk_ed25519},
    {"sk-ecdsa-sha2-nistp256@openssh.com", KeyType::sk_ecdsa_p256},
}};

// SubjectPublicKeyInfo up to the key itself: RFC 8410 §4, and RFC 5480 §2 with prime256v1.
constexpr std::string_view kSpkiEd25519("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
constexpr std::string_view kSpkiP256(
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
    "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00",
    26);

bool type_is_ed25519(KeyType type) {
  return type == KeyType::ssh_ed25519 || type == KeyType::sk_ed25519 ||
         type == KeyType::passkey_ed25519;
}

openssl::Number number(const char* hex) {
  BIGNUM* raw = nullptr;
  must(BN_hex2bn(&raw, hex), "BN_hex2bn");
  return openssl::Number(raw);
}

// The field of Curve25519 (RFC 8032 §5.1) and the order of its large subgroup.
struct Curve {
  openssl::Number p = number("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
  openssl::Number d = number("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3");
  openssl::Number order =
      number("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
  /// The y of every point whose order divides 8: two of order 8, 0 (order 4), 1 and p - 1.
  std::array<openssl::Number, 5> small = {
      number("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),
      number("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"),
      number("0"),
      number("1"),
      number("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"),
  };
};

const Curve& curve() {
  static const Curve constants;
  return constants;
}

openssl::Number from_little_endian(BytesView octets) {
  return openssl::Number(
      must(BN_lebin2bn(data_u8(octets), static_cast<int>(octets.size()), nullptr), "BN_lebin2bn"));
}

// Whether some x solves -x² + y² = 1 + d x² y², that is x² = (y² - 1) / (d y² + 1). The divisor is
// never zero because -1/d is not a square, and u / v is a square exactly when u * v is.
bool has_x(const BIGNUM* y) {
  const Curve& c = curve();
  const openssl::NumberContext context(must(BN_CTX_new(), "BN_CTX_new"));
  const openssl::Number u(must(BN_new(), "BN_new"));
  const openssl::Number v(must(BN_new(), "BN_new"));
  must(BN_mod_sqr(u.get(), y, c.p.get(), context.get()), "BN_mod_sqr");
  must(BN_mod_mul(v.get(), u.get(), c.d.get(), c.p.get(), context.get()), "BN_mod_mul");
  must(BN_add_word(v.get(), 1), "BN_add_word");
  must(BN_sub_word(u.get(), 1), "BN_sub_word");
  must(BN_mod_mul(u.get(), u.get(), v.get(), c.p.get(), context.get()), "BN_mod_mul");
  return BN_kronecker(u.get(), c.p.get(), context.get()) == 1;
}

// OpenSSL takes any 32 octets for an Ed25519 key, so this is ours to check. x = 0 happens only for
// y = 1 and y = p - 1, so that refusing small orders also refuses "x = 0 with a sign".
// Source: RFC 8032 §5.1.3; the list of orders: https://eprint.iacr.org/2020/1244, table 1.
Result<void> check_ed25519_point(BytesView point) {
  Bytes without_sign(point);
  without_sign.back() = static_cast<char>(octet(point, kEd25519Size - 1) & 0x7FU);
  const openssl::Number y = from_little_endian(without_sign);
  if (BN_cmp(y.get(), curve().p.get()) >= 0) {
    return fail(Errc::weak_key, "the Ed25519 point is not in its canonical encoding");
  }
  for (const openssl::Number& small : curve().small) {
    if (BN_cmp(y.get(), small.get()) == 0) {
      return fail(Errc::weak_key, "the Ed25519 point has small order");
    }
  }
  if (!has_x(y.get())) {
    return fail(Errc::weak_key, "the Ed25519 point is not on the curve");
  }
  return {};
}

openssl::Key load_ed25519(BytesView point) {
  return openssl::Key(must(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, data_u8(point), point.size()),
      "new_raw_public_key"));
}

// Null when the point is not on the curve: OpenSSL checks that, and that both numbers are below p.
openssl::Key load_p256(BytesView point) {
  const openssl::KeyContext context(
      must(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), "PKEY_CTX_new"));
  must(EVP_PKEY_fromdata_init(context.get()), "fromdata_init");
  Bytes group = "P-256";
  Bytes octets(point);
  const std::array<OSSL_PARAM, 3> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
      OSSL_PARAM_construct_end(),
  };
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(
          context.get(), &key, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(parameters.data())) <=
      0) {
    openssl::forget_errors();
  }
  return openssl::Key(key);
}

Result<openssl::Key> load(bool ed25519, BytesView point) {
  if (ed25519) {
    if (point.size() != kEd25519Size) {
      return fail(Errc::bad_key, "an Ed25519 public key has 32 octets");
    }
    TWOSEAL_TRY_VOID(check_ed25519_point(point));
    return load_ed25519(point);
  }
  if (point.size() != kPointSize || point.front() != '\x04') {
    return fail(Errc::bad_key, "a P-256 public key is an uncompressed point of 65 octets");
  }
  openssl::Key key = load_p256(point);
  if (key == nullptr) {
    return fail(Errc::weak_key, "the P-256 point is not on the curve");
  }
  return key;
}

Result<void> check_form(bool ed25519, BytesView signature) {
  if (!ed25519) {
    if (!ecdsa_from_der(signature)) {
      return fail(Errc::bad_signature_format, "the ECDSA signature is not strict DER");
    }
    return {};
  }
  if (signature.size() != 2 * kEd25519Size) {
    return fail(Errc::bad_signature_format, "an Ed25519 signature has 64 octets");
  }
  const openssl::Number s = from_little_endian(signature.substr(kEd25519Size));
  if (BN_cmp(s.get(), curve().order.get()) >= 0) {
    return fail(Errc::bad_signature_format, "S of the Ed25519 signature is not below the order");
  }
  return {};
}

bool is_application(BytesView text) {
  return text.starts_with("ssh:") && text.size() <= kApplicationMax &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

struct PublicKey::State {
  KeyType type;
  Bytes encoded;
  Bytes point;
  std::string application;
  KeyId id;
  openssl::Key key;
};

Result<PublicKey> PublicKey::make(KeyType type,
                                  BytesView encoded,
                                  BytesView point,
                                  BytesView application) {
  TWOSEAL_TRY(openssl::Key key, load(type_is_ed25519(type), point));
  KeyId id = *KeyId::parse(sha256(encoded).hex().substr(0, 32));
  return PublicKey(std::make_shared<State>(State{type,
                                                 Bytes(encoded),
                                                 Bytes(point),
                                                 std::string(application),
                                                 std::move(id),
                                                 std::move(key)}));
}

Result<PublicKey> PublicKey::parse_ssh(BytesView wire_blob) {
  WireReader reader(wire_blob);
  const BytesView name = reader.string();
  const auto* known = std::ranges::find(kSshNames, name, &SshName::name);
  if (known == kSshNames.end()) {
    return fail(Errc::bad_key, "this is not an Ed25519 or P-256 SSH key");
  }
  if (!type_is_ed25519(known->type) && reader.string() != "nistp256") {
    return fail(Errc::bad_key, "the SSH key names another curve than its type");
  }
  const BytesView point = reader.string();
  const bool sk = known->type == KeyType::sk_ed25519 || known->type == KeyType::sk_ecdsa_p256;
  const BytesView application = sk ? reader.string() : BytesView();
  if (!reader.finished()) {
    return fail(Errc::bad_key, "the SSH key is too short or too long");
  }
  if (sk && !is_application(application)) {
    return fail(Errc::bad_key, "the application of a security key must start with ssh:");
  }
  return make(known->type, wire_blob, point, application);
}

Result<PublicKey> PublicKey::parse_spki(BytesView der) {
  if (der.starts_with(kSpkiEd25519)) {
    return make(KeyType::passkey_ed25519, der, der.substr(kSpkiEd25519.size()), {});
  }
  if (der.starts_with(kSpkiP256)) {
    return make(KeyType::passkey_p256, der, der.substr(kSpkiP256.size()), {});
  }
  return fail(Errc::bad_key, "the passkey is not a P-256 or Ed25519 key in DER");
}

Result<PublicKey> PublicKey::from_ed25519(BytesView octets) {
  const Bytes blob = wire_string("ssh-ed25519") + wire_string(octets);
  return make(KeyType::ssh_ed25519, blob, octets, {});
}

const PublicKey::State& PublicKey::state() const {
  check(state_ != nullptr, "a public key is not used before it was parsed");
  return *state_;
}

KeyType PublicKey::type() const {
  return state().type;
}

bool PublicKey::is_ed25519() const {
  return type_is_ed25519(type());
}

bool PublicKey::is_sk() const {
  return type() == KeyType::sk_ed25519 || type() == KeyType::sk_ecdsa_p256;
}

bool PublicKey::is_passkey() const {
  return type() == KeyType::passkey_ed25519 || type() == KeyType::passkey_p256;
}

const Bytes& PublicKey::encoded() const {
  return state().encoded;
}

const KeyId& PublicKey::id() const {
  return state().id;
}

const std::string& PublicKey::application() const {
  return state().application;
}

const Bytes& PublicKey::point() const {
  return state().point;
}

Bytes PublicKey::spki() const {
  return Bytes(is_ed25519() ? kSpkiEd25519 : kSpkiP256) + point();
}

std::string_view PublicKey::ssh_name() const {
  check(!is_passkey(), "a passkey has no SSH form");
  return WireReader(encoded()).string();
}

std::string PublicKey::ssh_text() const {
  return std::string(ssh_name()) + ' ' + base64_encode(encoded());
}

bool PublicKey::operator==(const PublicKey& other) const {
  return encoded() == other.encoded();
}

Result<void> PublicKey::verify_raw(BytesView message, BytesView signature) const {
  TWOSEAL_TRY_VOID(check_form(is_ed25519(), signature));
  const openssl::DigestContext context(must(EVP_MD_CTX_new(), "EVP_MD_CTX_new"));
  const char* digest = is_ed25519() ? nullptr : "SHA256";
  EVP_PKEY* key = state().key.get();
  must(EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr),
       "DigestVerifyInit");
  if (EVP_DigestVerify(
          context.get(), data_u8(signature), signature.size(), data_u8(message), message.size()) !=
      1) {
    openssl::forget_errors();
    return fail(Errc::bad_signature, "the signature does not verify under key " + id().text());
  }
  return {};
}

}  // namespace twoseal
