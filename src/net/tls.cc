#include "net/tls.h"

#include <cerrno>
#include <sys/socket.h>
#include <sys/types.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "crypto/certificate.h"
#include "crypto/hash.h"
#include "crypto/openssl.h"

namespace twoseal {
namespace {

using openssl::must;

using Context = std::shared_ptr<SSL_CTX>;
using Certificate = openssl::Owner<X509, X509_free>;

constexpr std::size_t kPemMax = std::size_t{64} * 1024;  // certificates of a chain, a key
constexpr int kChainDepth = 1;  // a client certificate and the authority itself

// --- the socket below OpenSSL -----------------------------------------------------------------
// OpenSSL's own socket BIO writes with write(), which raises SIGPIPE when the other side is gone.

int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool is_retry(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

int socket_write(BIO* bio, const char* octets, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent =
      ::send(socket_of(bio), octets, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && is_retry(errno)) {
    BIO_set_retry_write(bio);
  }
  return static_cast<int>(sent);
}

int socket_read(BIO* bio, char* octets, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(socket_of(bio), octets, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (got < 0 && is_retry(errno)) {
    BIO_set_retry_read(bio);
  }
  if (got == 0) {
    BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  }
  return static_cast<int>(got);
}

long socket_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) {
    return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  }
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_socket_method() {
  BIO_METHOD* method = must(
      BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE"), "BIO");
  must(BIO_meth_set_write(method, socket_write), "BIO_meth_set_write");
  must(BIO_meth_set_read(method, socket_read), "BIO_meth_set_read");
  must(BIO_meth_set_ctrl(method, socket_control), "BIO_meth_set_ctrl");
  return method;
}

BIO* make_socket(int socket) {
  static BIO_METHOD* method = make_socket_method();
  BIO* bio = must(BIO_new(method), "BIO_new");
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a number kept where OpenSSL keeps a pointer
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  return bio;
}

// --- contexts ---------------------------------------------------------------------------------

std::string last_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  std::string text(reason != nullptr ? std::string_view(reason) : TlsConnection::kBroken);
  openssl::forget_errors();
  return text;
}

std::unexpected<Error> bad_files(std::string what) {
  const std::string why = last_error();
  return fail(Errc::bad_tls_files, std::move(what) + ": " + why);
}

openssl::Memory memory_of(std::string_view pem) {
  return openssl::Memory(
      must(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), "BIO_new_mem_buf"));
}

// No callback asks for a passphrase: an encrypted key is refused instead of waiting on a terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Context new_context(const SSL_METHOD* method) {
  Context context(must(SSL_CTX_new(method), "SSL_CTX_new"), SSL_CTX_free);
  must(static_cast<int>(SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION)),
       "min_proto_version");
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  must(SSL_CTX_set_num_tickets(context.get(), 0), "num_tickets");
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return context;
}

Result<void> use_chain(SSL_CTX* context, std::string_view pem) {
  const openssl::Memory memory = memory_of(pem);
  const Certificate own(PEM_read_bio_X509_AUX(memory.get(), nullptr, no_passphrase, nullptr));
  if (own == nullptr || SSL_CTX_use_certificate(context, own.get()) != 1) {
    return bad_files("the certificate cannot be used");
  }
  while (Certificate next{PEM_read_bio_X509(memory.get(), nullptr, no_passphrase, nullptr)}) {
    must(static_cast<int>(SSL_CTX_add1_chain_cert(context, next.get())), "add1_chain_cert");
  }
  openssl::forget_errors();
  return {};
}

Result<void> use_identity(SSL_CTX* context, std::string_view certificate, std::string_view key) {
  if (certificate.size() > kPemMax || key.size() > kPemMax) {
    return bad_files("the certificate or the key has more than 65536 octets");
  }
  TWOSEAL_TRY_VOID(use_chain(context, certificate));
  const openssl::Memory memory = memory_of(key);
  const openssl::Key loaded(PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr));
  if (loaded == nullptr || SSL_CTX_use_PrivateKey(context, loaded.get()) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return bad_files("the key cannot be used with this certificate");
  }
  return {};
}

// Asks for certificates, accepts none too, and verifies those that come: purpose (TLS client),
// time, signature.
Result<void> ask_for_certificates(SSL_CTX* context, std::string_view authority) {
  const openssl::Memory memory = memory_of(authority);
  const Certificate trusted(PEM_read_bio_X509(memory.get(), nullptr, no_passphrase, nullptr));
  if (trusted == nullptr || authority.size() > kPemMax ||
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context), trusted.get()) != 1) {
    return bad_files("the authority of client certificates cannot be used");
  }
  must(SSL_CTX_add_client_CA(context, trusted.get()), "add_client_CA");
  SSL_CTX_set_verify_depth(context, kChainDepth);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return {};
}

Digest key_digest(X509* certificate) {
  unsigned char* octets = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &octets);
  must(size, "i2d_X509_PUBKEY");
  const Digest digest =
      sha256(BytesView(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size)));
  OPENSSL_free(octets);
  return digest;
}

// Called instead of OpenSSL's own verification of a chain. That the server holds the key is proven
// by its signature over the handshake, which OpenSSL checks.
int check_pin(X509_STORE_CTX* store, void* argument) {
  const auto& pins = *static_cast<const std::set<Digest>*>(argument);
  X509* certificate = X509_STORE_CTX_get0_cert(store);
  if (certificate != nullptr && pins.contains(key_digest(certificate))) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
  return 0;
}

}  // namespace

Result<TlsContext> TlsContext::make_server(const ServerIdentity& identity) {
  const Context context = new_context(TLS_server_method());
  TWOSEAL_TRY_VOID(use_identity(context.get(), identity.certificate, identity.key));
  if (!identity.client_authority.empty()) {
    TWOSEAL_TRY_VOID(ask_for_certificates(context.get(), identity.client_authority));
  }
  return TlsContext(context, nullptr);
}

Result<TlsContext> TlsContext::make_client(std::set<Digest> pins,
                                           const std::optional<TlsIdentity>& identity) {
  const Context context = new_context(TLS_client_method());
  auto kept = std::make_shared<std::set<Digest>>(std::move(pins));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), check_pin, kept.get());
  if (identity) {
    TWOSEAL_TRY_VOID(use_identity(context.get(), identity->certificate, identity->key));
  }
  return TlsContext(context, std::move(kept));
}

void TlsConnection::Free::operator()(ssl_st* connection) const {
  SSL_free(connection);
}

TlsConnection::TlsConnection(const TlsContext& context, int socket, TlsSide side)
    : connection_(must(SSL_new(context.get()), "SSL_new")) {
  BIO* bio = make_socket(socket);
  SSL_set_bio(connection_.get(), bio, bio);
  if (side == TlsSide::server) {
    SSL_set_accept_state(connection_.get());
  } else {
    SSL_set_connect_state(connection_.get());
  }
}

TlsStep TlsConnection::step(int result, std::size_t octets) {
  if (result > 0) {
    return {TlsStep::State::done, TlsWant::nothing, octets};
  }
  switch (SSL_get_error(connection_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {TlsStep::State::wait, TlsWant::read};
    case SSL_ERROR_WANT_WRITE:
      return {TlsStep::State::wait, TlsWant::write};
    case SSL_ERROR_ZERO_RETURN:
      return {TlsStep::State::done};
    default:
      return {TlsStep::State::failed, TlsWant::nothing, 0, last_error()};
  }
}

TlsStep TlsConnection::handshake() {
  ERR_clear_error();
  return step(SSL_do_handshake(connection_.get()), 0);
}

TlsStep TlsConnection::read(char* octets, std::size_t size) {
  ERR_clear_error();
  std::size_t got = 0;
  const int result = SSL_read_ex(connection_.get(), octets, size, &got);
  return step(result, got);
}

TlsStep TlsConnection::write(BytesView octets) {
  ERR_clear_error();
  std::size_t sent = 0;
  const int result = SSL_write_ex(connection_.get(), octets.data(), octets.size(), &sent);
  return step(result, sent);
}

TlsStep TlsConnection::peek() {
  ERR_clear_error();
  char octet = 0;
  std::size_t got = 0;
  const int result = SSL_peek_ex(connection_.get(), &octet, 1, &got);
  return step(result, got);
}

void TlsConnection::close() {
  ERR_clear_error();
  if (SSL_is_init_finished(connection_.get()) != 0) {
    SSL_shutdown(connection_.get());
  }
  ERR_clear_error();
}

void TlsConnection::set_server_name(const std::string& name) {
  must(static_cast<int>(SSL_set_tlsext_host_name(connection_.get(), name.c_str())), "host_name");
}

std::optional<PeerCertificate> TlsConnection::peer_certificate() const {
  X509* certificate = SSL_get0_peer_certificate(connection_.get());
  if (certificate == nullptr) {
    return std::nullopt;
  }
  unsigned char* octets = nullptr;
  const int size = i2d_X509(certificate, &octets);
  must(size, "i2d_X509");
  const auto facts = read_certificate_der(
      BytesView(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size)));
  OPENSSL_free(octets);
  if (!facts) {
    return std::nullopt;
  }
  return PeerCertificate{facts->name, facts->key, facts->serial, facts->validity.not_after};
}

bool TlsConnection::wrong_pin() const {
  return SSL_get_verify_result(connection_.get()) == X509_V_ERR_CERT_UNTRUSTED;
}

}  // namespace twoseal
