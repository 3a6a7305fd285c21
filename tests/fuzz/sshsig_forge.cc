#include "tests/fuzz/sshsig_forge.h"

#include "base/encoding.h"
#include "crypto/armor.h"
#include "crypto/hash.h"
#include "crypto/software_authenticator.h"
#include "crypto/sshsig.h"
#include "crypto/wire.h"

namespace twoseal::fuzz {
namespace {

using namespace std::string_view_literals;

// The order of the group of Ed25519, low octet first (RFC 8032 §5.1), and that of P-256, high octet
// first (FIPS 186-4 D.1.2.3).
constexpr std::string_view kEd25519Order =
    "\xed\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10"sv;
constexpr std::string_view kP256Order =
    "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"sv;

Bytes plus_order(Bytes low_first) {
  unsigned carry = 0;
  for (std::size_t i = 0; i < low_first.size(); ++i) {
    carry += octet(low_first, i) + unsigned{octet(kEd25519Order, i)};
    low_first[i] = static_cast<char>(carry & 0xFFU);
    carry >>= 8U;
  }
  return low_first;
}

// n - number, as a shortest mpint.
Bytes order_minus(BytesView number) {
  Bytes padded = Bytes(40, '\0').append(number);
  padded.erase(0, padded.size() - 32);
  Bytes result(32, '\0');
  int borrow = 0;
  for (std::size_t i = 32; i > 0; --i) {
    int digit = int{octet(kP256Order, i - 1)} - int{octet(padded, i - 1)} - borrow;
    borrow = digit < 0 ? 1 : 0;
    digit += borrow * 256;
    result[i - 1] = static_cast<char>(digit);
  }
  result.erase(0, std::min(result.find_first_not_of('\0'), std::size_t{31}));
  return (octet(result, 0) >= 0x80 ? Bytes(1, '\0') : Bytes()) + result;
}

// The same number in another spelling, or its other solution.
void respell_value(SshsigFields& fields, Choices& choices) {
  WireReader reader(fields.value);
  const Bytes r(reader.string());
  const Bytes s(reader.string());
  if (!reader.finished()) {
    if (fields.value.size() == 64) {
      fields.value = fields.value.substr(0, 32) + plus_order(fields.value.substr(32));
    }
    return;
  }
  const Bytes zeros(1 + choices.below(2), '\0');
  switch (choices.below(5)) {
    case 0:
      fields.value = wire_string(r) + wire_string(order_minus(s));
      break;
    case 1:
      fields.value = wire_string(zeros + r) + wire_string(s);
      break;
    case 2:
      fields.value = wire_string(r) + wire_string(zeros + s);
      break;
    case 3:
      fields.value = wire_string(r) + wire_string(s.substr(s.starts_with('\0') ? 1 : 0));
      break;
    default:
      fields.value = wire_string(r) + wire_string("") + wire_string(s);
  }
}

// A field that the signature covers, or should.
void change_claim(SshsigFields& fields, const Signer& signer, Choices& choices) {
  switch (choices.below(7)) {
    case 0:
      fields.version = choices.flag() ? 0 : choices.number<std::uint32_t>();
      break;
    case 1:
      fields.name_space = damaged(fields.name_space, choices);
      break;
    case 2:
      fields.reserved = choices.bytes();
      break;
    case 3:
      fields.hash = choices.one_of<Bytes>({"sha256", "sha512", "sha1", "SHA512", "sha384", ""});
      break;
    case 4:
      fields.flags = choices.octet();
      break;
    case 5:
      fields.counter = choices.number<std::uint32_t>();
      break;
    default:
      fields.public_key = choices.flag() ? choices.one_of(signers()).pub.encoded()
                                         : damaged(signer.pub.encoded(), choices);
  }
}

void change_rest(SshsigFields& fields, Choices& choices) {
  switch (choices.below(7)) {
    case 0:
      fields.magic = damaged(fields.magic, choices);
      break;
    case 1:
      fields.type = choices.flag() ? Bytes(choices.one_of(signers()).pub.ssh_name())
                                   : damaged(fields.type, choices);
      break;
    case 2:
      fields.value = damaged(fields.value, choices);
      break;
    case 3:
      respell_value(fields, choices);
      break;
    case 4:
      fields.sk = !fields.sk;
      break;
    case 5:
      fields.behind_inner = choices.bytes();
      break;
    default:
      fields.behind = choices.bytes();
  }
}

PrivateKey numbered_key(int number) {
  const Bytes secret = sha256("fuzz " + std::to_string(number)).bytes();
  return number % 2 == 0 ? PrivateKey::from_seed(secret)
                         : PrivateKey::from_p256_scalar(secret).value();
}

Signer numbered_signer(int number) {
  PrivateKey key = numbered_key(number);
  PublicKey pub = number < 2 ? key.public_key() : security_key_public(key, "ssh:twoseal").value();
  return {"signer" + std::to_string(number), std::move(key), std::move(pub)};
}

std::string framed(const Bytes& blob, Choices& choices) {
  const std::string plain = put_armor(kSshSignature, blob);
  const std::size_t end = plain.rfind("-----END");
  switch (choices.below(9)) {
    case 0:
      return plain.substr(0, plain.size() - 1);
    case 1:
      return plain + choices.bytes();
    case 2:
      return choices.bytes() + plain;
    case 3:
      return put_armor({"SSH SIGNATURE", 1 + choices.below(100)}, blob);
    case 4: {
      std::string text;
      for (const char c : plain) {
        text += c == '\n' ? "\r\n" : std::string(1, c);
      }
      return text;
    }
    case 5:
      return std::string(plain).insert(
          30 + choices.below(end - 30), 1, " \n\t\r="[choices.below(5)]);
    case 6:
      return put_armor({"SSH SIGNATURE", 70}, blob.substr(0, blob.size() - blob.size() % 3)) +
             plain;
    case 7:
      return std::string(plain).erase(end - 2, 1);
    default:
      return damaged(plain, choices);
  }
}

}  // namespace

const std::vector<Signer>& signers() {
  static const std::vector<Signer> kSigners = [] {
    std::vector<Signer> list;
    for (int i = 0; i < 4; ++i) {
      list.push_back(numbered_signer(i));
    }
    return list;
  }();
  return kSigners;
}

Bytes SshsigFields::blob() const {
  const Bytes tail = sk ? static_cast<char>(flags) + wire_number(counter) : Bytes();
  return magic + wire_number(version) + wire_string(public_key) + wire_string(name_space) +
         wire_string(reserved) + wire_string(hash) +
         wire_string(wire_string(type) + wire_string(value) + tail + behind_inner) + behind;
}

SshsigFields signed_fields(const Signer& signer, BytesView message, SshsigFields claimed) {
  const Bytes digest = claimed.hash == "sha256" ? sha256(message).bytes() : sha512(message);
  Bytes data = "SSHSIG" + wire_string(claimed.name_space) + wire_string(claimed.reserved) +
               wire_string(claimed.hash) + wire_string(digest);
  if (claimed.sk) {
    data = sk_signed_data(signer.pub.application(), claimed.flags, claimed.counter, data);
  }
  const Bytes raw = signer.key.sign_raw(data);
  claimed.type = signer.pub.ssh_name();
  claimed.value = signer.pub.is_ed25519() ? raw : ecdsa_wire(ecdsa_from_der(raw).value());
  return claimed;
}

std::optional<SshsigFields> read_fields(BytesView blob, bool sk) {
  SshsigFields fields;
  WireReader reader(blob);
  fields.magic = reader.octets(6);
  fields.version = reader.number();
  fields.public_key = reader.string();
  fields.name_space = reader.string();
  fields.reserved = reader.string();
  fields.hash = reader.string();
  WireReader inner(reader.string());
  fields.type = inner.string();
  fields.value = inner.string();
  fields.sk = sk;
  if (sk) {
    const BytesView flags = inner.octets(1);
    fields.flags = flags.empty() ? std::uint8_t{0} : octet(flags, 0);
    fields.counter = inner.number();
  }
  if (!reader.finished() || !inner.finished() || fields.magic != "SSHSIG") {
    return std::nullopt;
  }
  return fields;
}

Bytes below_order(const Bytes& signature) {
  Bytes s = signature.substr(32);
  int borrow = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    int digit = int{octet(s, i)} - int{octet(kEd25519Order, i)} - borrow;
    borrow = digit < 0 ? 1 : 0;
    digit += borrow * 256;
    s[i] = static_cast<char>(digit);
  }
  return borrow == 0 ? signature.substr(0, 32) + s : signature;
}

Forgery forge(Choices& choices) {
  const Signer& signer = choices.one_of(signers());
  SshsigFields claimed;
  claimed.public_key = signer.pub.encoded();
  claimed.sk = signer.pub.is_sk();
  const std::size_t faults = choices.below(4);
  bool reframed = false;
  SshsigFields fields = signed_fields(signer, kMessage, claimed);
  for (std::size_t i = 0; i < faults; ++i) {
    switch (choices.below(4)) {
      case 0:
        change_claim(claimed, signer, choices);
        fields = signed_fields(signer, kMessage, claimed);
        break;
      case 1:
        change_claim(fields, signer, choices);
        break;
      case 2:
        change_rest(fields, choices);
        break;
      default:
        reframed = true;
    }
  }
  const Bytes blob = fields.blob();
  return {&signer, reframed ? framed(blob, choices) : put_armor(kSshSignature, blob), faults == 0};
}

}  // namespace twoseal::fuzz
