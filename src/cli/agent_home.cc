#include "cli/agent_home.h"

#include "base/encoding.h"
#include "base/wipe.h"
#include "codec/objects.h"
#include "crypto/certificate.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "crypto/random.h"
#include "crypto/x25519.h"
#include "model/join_request.h"

namespace twoseal::cli {
namespace {

constexpr std::size_t kFileMax = 65'536;
constexpr std::size_t kTokenKeySize = 32;
constexpr const char* kIdentityFile = "held/identity.pem";
constexpr const char* kTlsFile = "held/tls.pem";
constexpr const char* kAgeFile = "held/age.pem";
constexpr const char* kTokenKeyFile = "held/token-key";
constexpr const char* kServerFile = "held/server";
constexpr const char* kJoinFile = "held/join";
constexpr const char* kCertificateFile = "held/certificate.pem";

Result<Bytes> required(AgentHome& home, const char* file) {
  TWOSEAL_TRY(auto bytes, home.read(file, kFileMax));
  if (!bytes) {
    return fail(Errc::not_joined, "there is no " + home.path(file));
  }
  return *std::move(bytes);
}

Digest spki_digest(const PrivateKey& key) {
  return sha256(key.public_key().spki());
}

std::shared_ptr<const Bytes> shared(Bytes bytes) {
  return std::make_shared<const Bytes>(std::move(bytes));
}

// The octets between the lines of a PEM block.
Bytes der_of(std::string_view pem) {
  std::string body;
  std::size_t begin = pem.find('\n');
  while (begin != std::string_view::npos) {
    const std::size_t end = pem.find('\n', begin + 1);
    const std::string_view line = pem.substr(begin + 1, end - begin - 1);
    body += line.starts_with("-----") ? std::string_view() : line;
    begin = end;
  }
  return base64_decode(body).value();
}

JoinRequest request_of(const JoinTokenText& token,
                       const std::string& name,
                       UnixSeconds at,
                       const PrivateKey& identity,
                       const PrivateKey& tls,
                       const X25519Key& age) {
  JoinRequest request;
  request.age = age.pub;
  request.at = at;
  request.csr = der_of(make_certificate_request(tls, "h:" + identity.public_key().id().text()));
  request.id = identity.public_key().encoded();
  request.name = name;
  request.nonce = random_bytes(limits::kNonceSize);
  request.org = token.org;
  request.tls = spki_digest(tls);
  request.token = Name::parse(token.id).value();
  return request;
}

}  // namespace

Result<JoinedHost> make_joined_host(AgentHome& home,
                                    const JoinTokenText& token,
                                    const std::string& name,
                                    UnixSeconds at) {
  TWOSEAL_TRY_VOID(home.prepare());
  TWOSEAL_TRY(const auto before, home.read(kIdentityFile, kFileMax));
  if (before) {
    return fail(Errc::exists_already,
                "this host has joined before: " + home.path(kIdentityFile),
                "",
                "to join anew, stop the agent and move " + home.directory() + " away");
  }
  PrivateKey identity = PrivateKey::generate();
  PrivateKey tls = PrivateKey::generate_p256();
  X25519Key age = generate_x25519();
  const Bytes request = codec::encode(request_of(token, name, at, identity, tls, age));
  const JoinSubmission submission{join_mac(token.mk, request), request};
  JoinTokenText server = token;
  server.mk = Bytes(limits::kNonceSize, '\0');
  const std::string server_text = write_join_token(server);
  // The identity comes last: with it everything else is there.
  TWOSEAL_TRY_VOID(home.write_all({{kTlsFile, shared(to_pkcs8_pem(tls))},
                                   {kAgeFile, shared(age.pem)},
                                   {kTokenKeyFile, shared(random_bytes(kTokenKeySize))},
                                   {kServerFile, shared(server_text)},
                                   {kJoinFile, shared(codec::encode(submission))},
                                   {kIdentityFile, shared(to_pkcs8_pem(identity))}}));
  wipe(age.pem);
  return read_joined_host(home);
}

Result<JoinedHost> read_joined_host(AgentHome& home) {
  TWOSEAL_TRY(const Bytes identity_pem, required(home, kIdentityFile));
  TWOSEAL_TRY(const Bytes tls_pem, required(home, kTlsFile));
  TWOSEAL_TRY(const Bytes token_key, required(home, kTokenKeyFile));
  TWOSEAL_TRY(const Bytes server_text, required(home, kServerFile));
  TWOSEAL_TRY(const Bytes join_bytes, required(home, kJoinFile));
  TWOSEAL_TRY(PrivateKey identity, from_pkcs8_pem(identity_pem));
  TWOSEAL_TRY(PrivateKey tls, from_pkcs8_pem(tls_pem));
  TWOSEAL_TRY(JoinTokenText server, parse_join_token(server_text));
  TWOSEAL_TRY(JoinSubmission submission, codec::decode<JoinSubmission>(join_bytes));
  TWOSEAL_TRY(HostId host, HostId::parse("h:" + identity.public_key().id().text()));
  TWOSEAL_TRY(auto certificate, home.read(kCertificateFile, kFileMax));
  OwnKeys keys{identity.public_key().encoded(), spki_digest(tls)};
  return JoinedHost{std::move(server),
                    std::move(host),
                    std::move(keys),
                    std::move(identity),
                    std::move(tls),
                    token_key,
                    std::move(submission),
                    std::move(certificate)};
}

Result<void> keep_certificate(AgentHome& home, const std::string& pem) {
  return home.write(kCertificateFile, pem);
}

Result<bool> ask_standing(AgentHome& home, JoinedHost& host) {
  const auto client = make_tls_client({host.server.host, host.server.port, host.server.pins});
  ServerLink link(*client);
  TWOSEAL_TRY(JoinStanding standing, link.join(host.submission));
  if (standing.org != host.server.org) {
    return fail(Errc::refuse_b2, "the server belongs to another organisation");
  }
  if (!standing.certificate) {
    return false;
  }
  TWOSEAL_TRY(const CertificateFacts facts, read_certificate(*standing.certificate));
  if (facts.key != host.keys.tls) {
    return fail(Errc::bad_certificate, "the certificate is for another key than this host's");
  }
  TWOSEAL_TRY_VOID(keep_certificate(home, *standing.certificate));
  host.certificate = std::move(standing.certificate);
  return true;
}

}  // namespace twoseal::cli
