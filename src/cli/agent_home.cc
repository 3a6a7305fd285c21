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
constexpr const char* kTakenFile = "held/taken";
constexpr const char* kCertificateFile = "held/certificate.pem";
constexpr const char* kLockFile = "lock";

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

// What is kept of a token: all but its key.
std::string kept_text(JoinTokenText token) {
  token.mk = Bytes(limits::kNonceSize, '\0');
  return write_join_token(token);
}

// Whether the request that is kept is what this token and name would ask for.
bool is_same_request(const JoinedHost& held, const JoinTokenText& token, const std::string& name) {
  const auto request = codec::decode<JoinRequest>(held.submission.request);
  return request && request->name == name && kept_text(held.server) == kept_text(token) &&
         join_mac(token.mk, held.submission.request) == held.submission.mac;
}

Result<void> make_joined_host(AgentHome& home,
                              const JoinTokenText& token,
                              const std::string& name,
                              UnixSeconds at) {
  PrivateKey identity = PrivateKey::generate();
  PrivateKey tls = PrivateKey::generate_p256();
  X25519Key age = generate_x25519();
  const Bytes request = codec::encode(request_of(token, name, at, identity, tls, age));
  const JoinSubmission submission{join_mac(token.mk, request), request};
  // The identity goes first and comes last: with it everything else is there, and of one join.
  TWOSEAL_TRY_VOID(home.remove(kIdentityFile));
  TWOSEAL_TRY_VOID(home.write_all({{kTlsFile, shared(to_pkcs8_pem(tls))},
                                   {kAgeFile, shared(age.pem)},
                                   {kTokenKeyFile, shared(random_bytes(kTokenKeySize))},
                                   {kServerFile, shared(kept_text(token))},
                                   {kJoinFile, shared(codec::encode(submission))}}));
  TWOSEAL_TRY_VOID(home.write_all({{kIdentityFile, shared(to_pkcs8_pem(identity))}}));
  wipe(age.pem);
  return {};
}

std::unexpected<Error> joined_before(const AgentHome& home, const JoinedHost& host) {
  const auto request = codec::decode<JoinRequest>(host.submission.request);
  return fail(
      Errc::joined_before,
      (request ? "as " + request->name + ", " : "") + "code " + join_code(host.submission.request),
      home.directory());
}

// What lies in a file of this directory, or which one is damaged.
template <class T>
Result<T> whole(Result<T> read, const AgentHome& home, const char* file) {
  return read ? std::move(read)
              : fail(Errc::refuse_j1, "it cannot be read: " + read.error().what, home.path(file));
}

}  // namespace

Result<FileDescriptor> hold_home(const AgentHome& home) {
  TWOSEAL_TRY(FileDescriptor held, lock_file(home.path(kLockFile)));
  if (!held.is_open()) {
    return fail(Errc::agent_runs, "it holds " + home.path(kLockFile));
  }
  return held;
}

Result<JoinedHost> join_server(AgentHome& home,
                               const JoinTokenText& token,
                               const std::string& name,
                               UnixSeconds at,
                               const StandingSource& source) {
  TWOSEAL_TRY(const auto before, home.read(kIdentityFile, kFileMax));
  if (before) {
    TWOSEAL_TRY(JoinedHost held, read_joined_host(home));
    if (held.taken) {
      return joined_before(home, held);
    }
    const auto asked = ask_standing(home, held, source);
    if (is_same_request(held, token, name)) {
      return asked ? Result<JoinedHost>(std::move(held)) : std::unexpected(asked.error());
    }
    // The request under the other token had arrived, and only its answer was lost.
    if (asked) {
      return joined_before(home, held);
    }
  }
  TWOSEAL_TRY_VOID(make_joined_host(home, token, name, at));
  TWOSEAL_TRY(JoinedHost host, read_joined_host(home));
  TWOSEAL_TRY([[maybe_unused]] const bool assigned, ask_standing(home, host, source));
  return host;
}

Result<JoinedHost> read_joined_host(AgentHome& home) {
  TWOSEAL_TRY(const Bytes identity_pem, required(home, kIdentityFile));
  TWOSEAL_TRY(const Bytes tls_pem, required(home, kTlsFile));
  TWOSEAL_TRY(const Bytes token_key, required(home, kTokenKeyFile));
  TWOSEAL_TRY(const Bytes server_text, required(home, kServerFile));
  TWOSEAL_TRY(const Bytes join_bytes, required(home, kJoinFile));
  TWOSEAL_TRY(PrivateKey identity, whole(from_pkcs8_pem(identity_pem), home, kIdentityFile));
  TWOSEAL_TRY(PrivateKey tls, whole(from_pkcs8_pem(tls_pem), home, kTlsFile));
  TWOSEAL_TRY(JoinTokenText server, whole(parse_join_token(server_text), home, kServerFile));
  TWOSEAL_TRY(JoinSubmission submission,
              whole(codec::decode<JoinSubmission>(join_bytes), home, kJoinFile));
  TWOSEAL_TRY(HostId host, HostId::parse("h:" + identity.public_key().id().text()));
  TWOSEAL_TRY(auto certificate, home.read(kCertificateFile, kFileMax));
  TWOSEAL_TRY(const auto mark, home.read(kTakenFile, kFileMax));
  const bool taken = certificate || (mark && *mark == submission.request);
  if (certificate && !read_certificate(*certificate)) {
    certificate.reset();  // the server gives another one for the same keys
  }
  OwnKeys keys{identity.public_key().encoded(), spki_digest(tls)};
  return JoinedHost{std::move(server),
                    std::move(host),
                    std::move(keys),
                    std::move(identity),
                    std::move(tls),
                    token_key,
                    std::move(submission),
                    std::move(certificate),
                    taken};
}

Result<void> keep_certificate(AgentHome& home, const std::string& pem) {
  return home.write(kCertificateFile, pem);
}

Result<JoinStanding> standing_from_server(const JoinedHost& host) {
  const auto client = make_tls_client({host.server.host, host.server.port, host.server.pins});
  return ServerLink(*client).join(host.submission);
}

Result<bool> ask_standing(AgentHome& home, JoinedHost& host, const StandingSource& source) {
  TWOSEAL_TRY(JoinStanding standing, source(host));
  if (standing.org != host.server.org) {
    return fail(Errc::refuse_b2, "the server belongs to another organisation");
  }
  if (!host.taken) {
    TWOSEAL_TRY_VOID(home.write(kTakenFile, host.submission.request));
    host.taken = true;
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
