// Certificate requests: what is accepted has a P-256 key, one name and its own signature, and a
// certificate made from it holds nothing else of it. The first octet chooses: a
// request of ours with damage in its DER, a text as it is, or DER in armour.
#include "base/check.h"
#include "crypto/armor.h"
#include "crypto/certificate.h"
#include "crypto/hash.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

constexpr ArmorKind kRequest{"CERTIFICATE REQUEST", 64};
constexpr UnixSeconds kNow = 1'795'000'000;

/// Made once: keys and certificates cost more than reading a request.
struct World {
  PrivateKey ca_key = PrivateKey::from_p256_scalar(fuzz::octets_of(1, 32)).value();
  PrivateKey host_key = PrivateKey::from_p256_scalar(fuzz::octets_of(2, 32)).value();
  std::string ca = make_authority_certificate(ca_key, "ca", valid_for(10, kNow));
  std::string request = make_certificate_request(host_key, "web-01");
  Bytes der = take_armor(kRequest, request).value();
};

const World& world() {
  static const World made;
  return made;
}

void read(std::string_view pem) {
  const auto facts = read_certificate_request(pem);
  if (!facts) {
    check(facts.error().code == Errc::bad_certificate || facts.error().code == Errc::too_large,
          "a refusal says that the request is bad or too large");
    return;
  }
  check(!facts->key.is_ed25519() && facts->key.spki().size() == 91, "the key is P-256");
  check(!facts->name.empty() && facts->name.size() <= 64, "the name is a common name");
  const std::string made =
      make_client_certificate(
          facts->key, "h:1", valid_for(1, kNow), CertificateAuthority{world().ca, world().ca_key})
          .value();
  const CertificateFacts given = read_certificate(made).value();
  check(given.name == "h:1" && given.key == sha256(facts->key.spki()),
        "a certificate has the name that the signer chose and the key of the request");
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  switch (choices.below(3)) {
    case 1:
      read(choices.rest());
      break;
    case 2:
      read(put_armor(kRequest, choices.rest()));
      break;
    default: {
      const Bytes changed = choices.at_end() ? world().der : fuzz::damaged(world().der, choices);
      check(changed != world().der || read_certificate_request(world().request).has_value(),
            "a request that nobody touched is accepted");
      read(put_armor(kRequest, changed));
    }
  }
  return 0;
}
