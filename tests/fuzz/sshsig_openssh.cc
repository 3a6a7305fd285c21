// Our verification of SSH signatures against that of OpenSSH: whatever we accept, ssh-keygen
// accepts; what it alone accepts differs in one of the ways that are listed.
//
// Slow, because each input starts a process. Inputs that we refuse are shown to ssh-keygen only
// when they are forgeries, which differ from a right signature in one to three places.
#include "base/check.h"
#include "crypto/sshsig.h"
#include "tests/differential/openssh_oracle.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const differential::OpensshOracle kOpenssh;
  fuzz::Choices choices(data, size);
  const bool raw = choices.below(8) == 7;
  const fuzz::Signer* signer = raw ? &choices.one_of(fuzz::signers()) : nullptr;
  const fuzz::Forgery forgery =
      raw ? fuzz::Forgery{signer, choices.rest(), false} : fuzz::forge(choices);
  const bool ours =
      verify_sshsig(forgery.signer->pub, fuzz::kNamespace, fuzz::kMessage, forgery.armor)
          .has_value();
  if (raw && !ours) {
    return 0;
  }
  const bool theirs = kOpenssh.accepts(*forgery.signer, forgery.armor);
  check(theirs || !ours, "ssh-keygen accepts what we accept");
  if (theirs && !ours) {
    check(differential::explain(*forgery.signer, forgery.armor) !=
              differential::Difference::unexplained,
          "what ssh-keygen alone accepts is one of the known differences");
  }
  return 0;
}
