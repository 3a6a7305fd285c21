// Key files of the three kinds: what is accepted is the file that the writer beside the reader
// makes. A local file is refused before any key is derived unless it asks for exactly our cost, so
// nobody can make a reader slow; deriving takes half a second and happens for one input in 256.
#include "crypto/key_file.h"

#include "base/check.h"
#include "crypto/armor.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

constexpr std::string_view kPassphrase = "correct horse";
// The key of 32 octets 0x07.
constexpr std::string_view kLocalFile =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs\n"
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGcMFgGCSqGSIb3DQEFDTBLMCoGCSsGAQQB2kcECzAdBBDuOCcSuicSq88LEoYP\n"
    "R4T7AgMCAAACAQgCAQEwHQYJYIZIAWUDBAEqBBDA8wM3Ktza5qUpaxaKhuQpBEDH\n"
    "CW0LkK3A0Co7gx82v78pHMxnbJfFBV2qHxQdLXXBp0kI4ipYHnbdszW9hfA+K/yU\n"
    "LpHuPARhgcUMZrobPt7V\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

std::string whole(const std::string& text) {
  return text.ends_with('\n') ? text : text + '\n';
}

PrivateKey chosen_key(fuzz::Choices& choices) {
  const Bytes secret = fuzz::octets_of(choices.octet(), 32);
  return choices.flag() ? PrivateKey::from_seed(secret)
                        : PrivateKey::from_p256_scalar(secret).value();
}

void open_pkcs8(const std::string& text) {
  const auto key = from_pkcs8_pem(text);
  check(!key || to_pkcs8_pem(*key) == whole(text), "a key has one PKCS#8 file");
}

void open_openssh(const std::string& text) {
  const auto key = from_openssh(text);
  if (key) {
    // Comment and check octets are the writer's to choose; all else is fixed.
    const Bytes octets = take_armor(kOpensshPrivateKey, text).value();
    check(octets.find(key->public_key().encoded()) != Bytes::npos &&
              octets.find(key->public_key().point()) != Bytes::npos,
          "an accepted file names its own public key");
    check(from_openssh(to_openssh(*key, "")).value().secret() == key->secret(),
          "an accepted key can be written");
  }
}

// Whether the DER part of `text` is as long as our own and differs from it only in salt, initial
// value and ciphertext, whose places are fixed.
bool is_well_formed(const std::string& text, const PublicKey& named) {
  const auto der_of = [](std::string_view file) {
    return take_armor(kEncryptedPrivateKey,
                      file.substr(std::min(file.find('\n') + 1, file.size())));
  };
  Bytes ours = der_of(kLocalFile).value();
  auto theirs = der_of(text);
  if (!theirs || theirs->size() != ours.size() || !named.is_ed25519()) {
    return false;
  }
  const std::size_t tail = 64 + 2;  // ciphertext with its head
  for (const auto& [from_end, count] : std::initializer_list<std::pair<std::size_t, std::size_t>>{
           {64, 64}, {tail + 16, 16}, {tail + 16 + 2 + 11 + 2 + 11 + 16, 16}}) {
    ours.replace(ours.size() - from_end, count, count, '\0');
    theirs->replace(theirs->size() - from_end, count, count, '\0');
  }
  return *theirs == ours;
}

void open_local(const std::string& text, bool derive) {
  const auto named = local_file_public_key(text);
  if (named) {
    check(text.starts_with(named->ssh_text()), "a local file begins with its public key");
  }
  if (named && !derive && (is_well_formed(text, *named) || !named->is_ed25519())) {
    return;
  }
  const auto key = from_local_file(text, kPassphrase);
  if (key) {
    check(named && key->public_key() == *named, "a local file holds the key that it names");
  } else if (!derive) {
    check(key.error().code != Errc::wrong_passphrase,
          "a malformed file is refused without deriving");
  }
}

// One of the files with damage in its octets, so that the armour does not hide what is behind it.
void open_damaged(fuzz::Choices& choices) {
  const PrivateKey key = chosen_key(choices);
  const auto damage = [&](const ArmorKind& kind, std::string_view file) {
    Bytes octets = take_armor(kind, file).value();
    while (!choices.at_end()) {
      octets = fuzz::damaged(octets, choices);
    }
    return put_armor(kind, octets);
  };
  switch (choices.below(3)) {
    case 0:
      return open_pkcs8(damage(kPrivateKey, to_pkcs8_pem(key)));
    case 1:
      return open_openssh(damage(kOpensshPrivateKey, to_openssh(key, choices.bytes())));
    default: {
      const std::size_t line = kLocalFile.find('\n') + 1;
      const std::string first(choices.flag() ? kLocalFile.substr(0, line)
                                             : key.public_key().ssh_text() + "\n");
      return open_local(first + damage(kEncryptedPrivateKey, kLocalFile.substr(line)), false);
    }
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  const std::uint8_t kind = choices.octet();
  if (kind == 0xFF) {
    open_local(choices.rest(), true);
    return 0;
  }
  switch (kind % 4) {
    case 0:
      open_pkcs8(choices.rest());
      break;
    case 1:
      open_openssh(choices.rest());
      break;
    case 2:
      open_local(choices.rest(), false);
      break;
    default:
      open_damaged(choices);
  }
  return 0;
}
