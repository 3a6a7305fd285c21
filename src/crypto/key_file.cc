#include "crypto/key_file.h"

#include <algorithm>
#include <array>
#include <optional>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "base/encoding.h"
#include "crypto/armor.h"
#include "crypto/hash.h"
#include "crypto/openssl.h"
#include "crypto/random.h"
#include "crypto/wire.h"

namespace twoseal {
namespace {

using openssl::must;
using namespace std::string_view_literals;

constexpr std::size_t kSecretSize = 32;

// PKCS#8 around the 32 octets: RFC 8410 §7 for Ed25519, RFC 5915 with the public point for P-256.
constexpr std::string_view kEd25519Head =
    "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"sv;
constexpr std::string_view kP256Head =
    "\x30\x81\x87\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce"
    "\x3d\x03\x01\x07\x04\x6d\x30\x6b\x02\x01\x01\x04\x20"sv;
constexpr std::string_view kP256Middle = "\xa1\x44\x03\x42\x00"sv;
constexpr std::size_t kEd25519Size = kEd25519Head.size() + kSecretSize;
constexpr std::size_t kP256Size = kP256Head.size() + kSecretSize + kP256Middle.size() + 65;

std::unexpected<Error> bad_file(std::string what) {
  return fail(Errc::bad_key, std::move(what));
}

Result<void> check_size(std::string_view text) {
  if (text.size() > kKeyFileMax) {
    return fail(Errc::too_large, "the key file has more than 16384 octets");
  }
  return {};
}

Result<Secret> open_armor(const ArmorKind& kind, std::string_view text) {
  TWOSEAL_TRY_VOID(check_size(text));
  Result<Bytes> bytes = take_armor(kind, text);
  if (!bytes) {
    return bad_file("the key file is " + bytes.error().what);
  }
  return Secret(*std::move(bytes));
}

Secret pkcs8(const PrivateKey& key) {
  if (key.public_key().is_ed25519()) {
    return Secret({kEd25519Head, key.secret()});
  }
  return Secret({kP256Head, key.secret(), kP256Middle, key.public_key().point()});
}

Result<PrivateKey> from_pkcs8(BytesView der) {
  if (der.starts_with(kEd25519Head) && der.size() == kEd25519Size) {
    return PrivateKey::from_seed(der.substr(kEd25519Head.size()));
  }
  if (!der.starts_with(kP256Head)) {
    return bad_file("the key file holds neither an Ed25519 nor a P-256 key");
  }
  TWOSEAL_TRY(PrivateKey key,
              PrivateKey::from_p256_scalar(der.substr(kP256Head.size(), kSecretSize)));
  if (pkcs8(key).view() != der) {
    return bad_file("the key file holds a P-256 key that is not its own public key's");
  }
  return key;
}

// --- Local files ------------------------------------------------------------------------------

constexpr std::uint8_t kOctets = 0x04;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::size_t kBlockSize = 16;  // of AES; also the length of salt and initial value
constexpr std::uint64_t kScryptN = 131'072;
constexpr std::uint32_t kScryptR = 8;
constexpr std::uint32_t kScryptP = 1;
constexpr std::uint64_t kScryptMemory = 256U * 1024 * 1024;  // twice what N and r need

constexpr std::string_view kPbes2 = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"sv;
constexpr std::string_view kScrypt = "\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"sv;
constexpr std::string_view kScryptCost = "\x02\x03\x02\x00\x00\x02\x01\x08\x02\x01\x01"sv;
constexpr std::string_view kAes256Cbc = "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a"sv;

struct Sealed {
  Bytes salt;
  Bytes initial;
  Bytes ciphertext;
};

// EncryptedPrivateKeyInfo of RFC 5958 §3 with RFC 8018 §6.2 and RFC 7914 §7.
Bytes encode(const Sealed& sealed) {
  const Bytes cost = der(kOctets, sealed.salt).append(kScryptCost);
  const Bytes kdf = der(kSequence, Bytes(kScrypt) + der(kSequence, cost));
  const Bytes cipher = der(kSequence, Bytes(kAes256Cbc) + der(kOctets, sealed.initial));
  const Bytes scheme = der(kSequence, Bytes(kPbes2) + der(kSequence, kdf + cipher));
  return der(kSequence, scheme + der(kOctets, sealed.ciphertext));
}

// The parameters are fixed, so the parts stand at known places counted from the end: take them and
// compare with how they would be written. No file can then ask for another memory or time.
std::optional<Sealed> decode(BytesView bytes, std::size_t ciphertext_size) {
  constexpr std::size_t kBetween = kScryptCost.size() + 2 + kAes256Cbc.size() + 2;
  const std::size_t tail = der(kOctets, Bytes(ciphertext_size, '\0')).size();
  const std::size_t needed = tail + kBlockSize + kBetween + kBlockSize;
  if (bytes.size() < needed) {
    return std::nullopt;
  }
  const std::size_t at = bytes.size() - needed;
  Sealed sealed{Bytes(bytes.substr(at, kBlockSize)),
                Bytes(bytes.substr(at + kBlockSize + kBetween, kBlockSize)),
                Bytes(bytes.substr(bytes.size() - ciphertext_size))};
  if (encode(sealed) != bytes) {
    return std::nullopt;
  }
  return sealed;
}

Secret scrypt(BytesView passphrase, BytesView salt) {
  using Kdf = openssl::Owner<EVP_KDF, EVP_KDF_free>;
  using KdfContext = openssl::Owner<EVP_KDF_CTX, EVP_KDF_CTX_free>;
  const Kdf kdf(must(EVP_KDF_fetch(nullptr, "SCRYPT", nullptr), "scrypt"));
  const KdfContext context(must(EVP_KDF_CTX_new(kdf.get()), "KDF_CTX_new"));
  Bytes pass(passphrase);
  Bytes salt_copy(salt);
  std::uint64_t n = kScryptN;
  std::uint32_t r = kScryptR;
  std::uint32_t p = kScryptP;
  std::uint64_t memory = kScryptMemory;
  const std::array<OSSL_PARAM, 7> parameters = {
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, pass.data(), pass.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt_copy.data(), salt_copy.size()),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
      OSSL_PARAM_construct_end(),
  };
  Bytes key(kSecretSize, '\0');
  must(EVP_KDF_derive(context.get(), data_u8(key), key.size(), parameters.data()), "scrypt");
  wipe(pass);
  return Secret(std::move(key));
}

enum class Direction { decrypt = 0, encrypt = 1 };

// AES-256-CBC with PKCS#7 padding. nullopt when the padding is wrong, only while decrypting.
std::optional<Secret> aes(Direction direction, const Secret& key, BytesView initial, BytesView in) {
  const openssl::CipherContext context(must(EVP_CIPHER_CTX_new(), "CIPHER_CTX_new"));
  must(EVP_CipherInit_ex2(context.get(),
                          EVP_aes_256_cbc(),
                          data_u8(key.view()),
                          data_u8(initial),
                          static_cast<int>(direction),
                          nullptr),
       "CipherInit");
  Bytes out(in.size() + kBlockSize, '\0');
  int first = 0;
  int last = 0;
  must(EVP_CipherUpdate(
           context.get(), data_u8(out), &first, data_u8(in), static_cast<int>(in.size())),
       "CipherUpdate");
  const bool padded = EVP_CipherFinal_ex(context.get(), data_u8(out) + first, &last) == 1;
  out.resize(static_cast<std::size_t>(first) + static_cast<std::size_t>(last));
  Secret result(std::move(out));
  if (!padded) {
    openssl::forget_errors();
    return std::nullopt;
  }
  return result;
}

struct LocalFile {
  PublicKey key;
  std::string_view armor;
};

Result<LocalFile> split_local_file(std::string_view text) {
  TWOSEAL_TRY_VOID(check_size(text));
  const std::string_view line = text.substr(0, text.find('\n'));
  const Result<Bytes> blob = base64_decode(line.substr(line.find(' ') + 1));
  if (!blob) {
    return bad_file("the first line of the key file is not its public key");
  }
  TWOSEAL_TRY(PublicKey key, PublicKey::parse_ssh(*blob));
  if (key.ssh_text() != line) {
    return bad_file("the first line of the key file is not its public key");
  }
  return LocalFile{std::move(key), text.substr(std::min(line.size() + 1, text.size()))};
}

// --- OpenSSH ----------------------------------------------------------------------------------

constexpr std::string_view kOpensshMagic = "openssh-key-v1\0"sv;
constexpr std::size_t kCheckSize = 4;

// A secret number as SSH mpint content: without leading zeros, with one before a set first bit.
Secret shortest(BytesView number) {
  number.remove_prefix(std::min(number.find_first_not_of('\0'), number.size() - 1));
  return Secret({octet(number, 0) >= 0x80 ? "\0"sv : ""sv, number});
}

// openssh-portable PROTOCOL.key, one key, no passphrase. `check`: four octets that stand twice.
Secret openssh_octets(const PrivateKey& key, BytesView check, BytesView comment) {
  const PublicKey& public_key = key.public_key();
  const Secret value =
      public_key.is_ed25519() ? Secret({key.secret(), public_key.point()}) : shortest(key.secret());
  const auto size = [](BytesView octets) {
    return wire_number(static_cast<std::uint32_t>(octets.size()));
  };
  const Secret unpadded(
      {check, check, public_key.encoded(), size(value.view()), value.view(), wire_string(comment)});
  const std::size_t padding = (8 - unpadded.view().size() % 8) % 8;
  const Secret section({unpadded.view(), "\1\2\3\4\5\6\7"sv.substr(0, padding)});
  return Secret({kOpensshMagic,
                 wire_string("none"),
                 wire_string("none"),
                 wire_string(""),
                 wire_number(1),
                 wire_string(public_key.encoded()),
                 size(section.view()),
                 section.view()});
}

Result<PrivateKey> openssh_key(const PublicKey& public_key, BytesView value) {
  if (public_key.is_ed25519()) {
    if (value.size() != 2 * kSecretSize) {
      return bad_file("the Ed25519 key in the key file does not have 64 octets");
    }
    return PrivateKey::from_seed(value.substr(0, kSecretSize));
  }
  if (value.starts_with('\0')) {
    value.remove_prefix(1);
  }
  const Secret scalar({Bytes(kSecretSize - std::min(value.size(), kSecretSize), '\0'), value});
  return PrivateKey::from_p256_scalar(scalar.view());
}

}  // namespace

Result<std::string> to_local_file(const PrivateKey& key, BytesView passphrase) {
  if (passphrase.empty()) {
    return fail(Errc::key_rule, "a local key is protected by a passphrase, which may not be empty");
  }
  Sealed sealed{random_bytes(kBlockSize), random_bytes(kBlockSize), {}};
  const Secret secret = scrypt(passphrase, sealed.salt);
  sealed.ciphertext =
      aes(Direction::encrypt, secret, sealed.initial, pkcs8(key).view()).value().view();
  return key.public_key().ssh_text() + '\n' + put_armor(kEncryptedPrivateKey, encode(sealed));
}

Result<PrivateKey> from_local_file(std::string_view text, BytesView passphrase) {
  TWOSEAL_TRY(const LocalFile file, split_local_file(text));
  TWOSEAL_TRY(const Secret der, open_armor(kEncryptedPrivateKey, file.armor));
  const std::size_t size = file.key.is_ed25519() ? kEd25519Size : kP256Size;
  const auto sealed = decode(der.view(), (size / kBlockSize + 1) * kBlockSize);
  if (!sealed) {
    return bad_file("the key file is not PBES2 with scrypt (N 131072, r 8, p 1) and AES-256-CBC");
  }
  const auto plain = aes(
      Direction::decrypt, scrypt(passphrase, sealed->salt), sealed->initial, sealed->ciphertext);
  Result<PrivateKey> key = from_pkcs8(plain ? plain->view() : BytesView());
  if (!key || !(key->public_key() == file.key)) {
    return fail(Errc::wrong_passphrase,
                "this passphrase does not open key " + file.key.id().text());
  }
  return key;
}

Result<PublicKey> local_file_public_key(std::string_view text) {
  TWOSEAL_TRY(LocalFile file, split_local_file(text));
  return std::move(file.key);
}

// The check octets only let a reader see that it decrypted rightly; ssh-keygen takes random ones,
// we the key's own, so that the same key gives the same file.
std::string to_openssh(const PrivateKey& key, std::string_view comment) {
  const Bytes check = sha256(key.public_key().encoded()).bytes().substr(0, kCheckSize);
  return put_armor(kOpensshPrivateKey, openssh_octets(key, check, comment).view());
}

Result<PrivateKey> from_openssh(std::string_view text) {
  TWOSEAL_TRY(const Secret octets, open_armor(kOpensshPrivateKey, text));
  WireReader reader(octets.view());
  const BytesView magic = reader.octets(kOpensshMagic.size());
  const BytesView cipher = reader.string();
  reader.string();  // what follows is compared as a whole at the end: the key derivation,
  reader.string();  // its options,
  reader.number();  // and the number of keys
  const BytesView blob = reader.string();
  if (magic != kOpensshMagic) {
    return bad_file("the key file is not an openssh-key-v1");
  }
  TWOSEAL_TRY(const PublicKey public_key, PublicKey::parse_ssh(blob));
  if (cipher != "none" || public_key.is_sk()) {
    return fail(Errc::key_needs_ssh_keygen,
                "key " + public_key.id().text() + " is " +
                    (cipher != "none" ? "protected by a passphrase" : "in a security key"));
  }
  WireReader section(reader.string());
  const BytesView check = section.octets(kCheckSize);
  section.octets(kCheckSize + blob.size());
  TWOSEAL_TRY(PrivateKey key, openssh_key(public_key, section.string()));
  if (openssh_octets(key, check, section.string()).view() != octets.view()) {
    return bad_file("the key file is not as ssh-keygen writes it");
  }
  return key;
}

std::string to_pkcs8_pem(const PrivateKey& key) {
  return put_armor(kPrivateKey, pkcs8(key).view());
}

Result<PrivateKey> from_pkcs8_pem(std::string_view text) {
  TWOSEAL_TRY(const Secret der, open_armor(kPrivateKey, text));
  return from_pkcs8(der.view());
}

}  // namespace twoseal
