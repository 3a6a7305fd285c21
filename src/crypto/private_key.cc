#include "crypto/private_key.h"

#include <array>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>

#include "crypto/openssl.h"
#include "crypto/random.h"
#include "crypto/sshsig.h"
#include "crypto/wire.h"

namespace twoseal {
namespace {

using openssl::must;

constexpr std::size_t kSecretSize = 32;
constexpr std::size_t kPointSize = 65;

using Group = openssl::Owner<EC_GROUP, EC_GROUP_free>;
using Point = openssl::Owner<EC_POINT, EC_POINT_free>;

Group p256() {
  return Group(must(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1), "P-256"));
}

openssl::Number from_big_endian(BytesView octets) {
  return openssl::Number(
      must(BN_bin2bn(data_u8(octets), static_cast<int>(octets.size()), nullptr), "BN_bin2bn"));
}

// The public point of a scalar, uncompressed.
Bytes p256_point(const BIGNUM* scalar) {
  const Group group = p256();
  const Point point(must(EC_POINT_new(group.get()), "EC_POINT_new"));
  must(EC_POINT_mul(group.get(), point.get(), scalar, nullptr, nullptr, nullptr), "EC_POINT_mul");
  Bytes octets(kPointSize, '\0');
  must(static_cast<int>(EC_POINT_point2oct(group.get(),
                                           point.get(),
                                           POINT_CONVERSION_UNCOMPRESSED,
                                           data_u8(octets),
                                           octets.size(),
                                           nullptr)),
       "EC_POINT_point2oct");
  return octets;
}

openssl::Key load_p256(const BIGNUM* scalar, Bytes point) {
  Bytes native(kSecretSize, '\0');
  must(BN_bn2nativepad(scalar, data_u8(native), static_cast<int>(native.size())), "bn2nativepad");
  Bytes group = "P-256";
  std::array<OSSL_PARAM, 4> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, data_u8(native), native.size()),
      OSSL_PARAM_construct_end(),
  };
  const openssl::KeyContext context(
      must(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), "PKEY_CTX_new"));
  must(EVP_PKEY_fromdata_init(context.get()), "fromdata_init");
  EVP_PKEY* key = nullptr;
  must(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.data()), "fromdata");
  wipe(native);
  return openssl::Key(key);
}

}  // namespace

struct PrivateKey::State {
  PublicKey public_key;
  Secret secret;
  openssl::Key key;
};

PrivateKey::PrivateKey(std::unique_ptr<State> state) : state_(std::move(state)) {}

PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

PrivateKey PrivateKey::generate() {
  const Secret seed(random_bytes(kSecretSize));
  return from_seed(seed.view());
}

PrivateKey PrivateKey::from_seed(BytesView seed) {
  check(seed.size() == kSecretSize, "an Ed25519 seed has 32 octets");
  openssl::Key key(
      must(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, data_u8(seed), seed.size()),
           "new_raw_private_key"));
  Bytes point(kSecretSize, '\0');
  std::size_t size = point.size();
  must(EVP_PKEY_get_raw_public_key(key.get(), data_u8(point), &size), "get_raw_public_key");
  return PrivateKey(std::make_unique<State>(
      State{PublicKey::from_ed25519(point).value(), Secret({seed}), std::move(key)}));
}

// A random number below order - 1, plus 1: every scalar equally likely, no second try needed.
PrivateKey PrivateKey::generate_p256() {
  const Group group = p256();
  const openssl::Number range(must(BN_dup(EC_GROUP_get0_order(group.get())), "BN_dup"));
  const openssl::Number scalar(must(BN_secure_new(), "BN_secure_new"));
  must(BN_sub_word(range.get(), 1), "BN_sub_word");
  must(BN_priv_rand_range(scalar.get(), range.get()), "BN_priv_rand_range");
  must(BN_add_word(scalar.get(), 1), "BN_add_word");
  Bytes octets(kSecretSize, '\0');
  must(BN_bn2binpad(scalar.get(), data_u8(octets), kSecretSize), "BN_bn2binpad");
  const Secret secret(std::move(octets));
  return from_p256_scalar(secret.view()).value();
}

Result<PrivateKey> PrivateKey::from_p256_scalar(BytesView scalar) {
  const openssl::Number number = from_big_endian(scalar);
  const Group group = p256();
  if (scalar.size() != kSecretSize || BN_is_zero(number.get()) ||
      BN_cmp(number.get(), EC_GROUP_get0_order(group.get())) >= 0) {
    return fail(Errc::bad_key, "the P-256 private key is not a number below the curve's order");
  }
  const Bytes point = p256_point(number.get());
  const Bytes blob =
      wire_string("ecdsa-sha2-nistp256") + wire_string("nistp256") + wire_string(point);
  return PrivateKey(std::make_unique<State>(
      State{PublicKey::parse_ssh(blob).value(), Secret({scalar}), load_p256(number.get(), point)}));
}

const PublicKey& PrivateKey::public_key() const {
  return state_->public_key;
}

BytesView PrivateKey::secret() const {
  return state_->secret.view();
}

Bytes PrivateKey::sign_raw(BytesView message) const {
  const openssl::DigestContext context(must(EVP_MD_CTX_new(), "EVP_MD_CTX_new"));
  const char* digest = public_key().is_ed25519() ? nullptr : "SHA256";
  EVP_PKEY* key = state_->key.get();
  must(EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr),
       "DigestSignInit");
  Bytes signature(128, '\0');
  std::size_t size = signature.size();
  must(EVP_DigestSign(context.get(), data_u8(signature), &size, data_u8(message), message.size()),
       "DigestSign");
  signature.resize(size);
  return signature;
}

std::string PrivateKey::sign_sshsig(std::string_view name_space, BytesView message) const {
  const Bytes data = sshsig_signed_data(name_space, SshsigHash::sha512, message);
  return sshsig_armor(
      public_key(), name_space, SshsigHash::sha512, sshsig_inner(public_key(), sign_raw(data)));
}

}  // namespace twoseal
