// How fast are signatures checked with parsed keys kept? Goals: SSHSIG with Ed25519 5,000/s, with
// P-256 8,000/s, WebAuthn with P-256 8,000/s, each at most 25 % over the bare verification.
// Reference: PublicKey::verify_raw() over the octets that were signed, which is EVP_DigestVerify.
#include "bench/report.h"
#include "codec/client_data.h"
#include "crypto/private_key.h"
#include "crypto/software_authenticator.h"
#include "crypto/sshsig.h"
#include "crypto/webauthn.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program

namespace {

constexpr int kRuns = 3;
constexpr int kRounds = 2000;

double per_second(const std::function<bool()>& verify, bool& all) {
  const double taken = bench::best_seconds(kRuns, [&] {
    for (int i = 0; i < kRounds; ++i) {
      all = verify() && all;
    }
  });
  return kRounds / taken;
}

}  // namespace

int main() {
  bool all = true;
  const Bytes statement(420, 's');
  std::vector<bench::Figure> figures;
  const auto add = [&](const std::string& what, double ours, double bare, double goal) {
    figures.push_back({what, "1/s", ours, bare, goal});
    figures.push_back({what + ": time over bare",
                       "%",
                       (bare / ours - 1) * 100,
                       std::nullopt,
                       25,
                       bench::Goal::at_most});
  };
  const auto sshsig = [&](const PrivateKey& key) {
    const std::string armor = key.sign_sshsig("approve.v1@twoseal", statement);
    const Bytes data = sshsig_signed_data("approve.v1@twoseal", SshsigHash::sha512, statement);
    const Bytes raw = key.sign_raw(data);
    const PublicKey pub = key.public_key();
    const double ours = per_second(
        [&] { return verify_sshsig(pub, "approve.v1@twoseal", statement, armor).has_value(); },
        all);
    const double bare = per_second([&] { return pub.verify_raw(data, raw).has_value(); }, all);
    return std::pair(ours, bare);
  };
  const auto [ed_ours, ed_bare] = sshsig(PrivateKey::generate());
  add("SSHSIG Ed25519", ed_ours, ed_bare, 5000);
  const PrivateKey p256 = PrivateKey::generate_p256();
  const auto [p_ours, p_bare] = sshsig(p256);
  add("SSHSIG P-256", p_ours, p_bare, 8000);

  const PublicKey passkey = passkey_public(p256);
  const Assertion one = passkey_sign(p256, {}, "localhost", "http://localhost:8720", statement);
  const double web = per_second(
      [&] {
        const auto client = codec::parse_client_data(one.client_data);
        return client && verify_webauthn(passkey,
                                         "localhost",
                                         "http://localhost:8720",
                                         statement,
                                         one.auth_data,
                                         one.client_data,
                                         *client,
                                         one.signature)
                             .has_value();
      },
      all);
  add("WebAuthn P-256", web, p_bare, 8000);
  const int written = bench::report("signatures", figures);
  return all ? written : 1;
}
