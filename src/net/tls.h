// What both sides of a TLS connection share: contexts made once, and one connection of OpenSSL on a
// socket. TLS 1.3 alone, without session tickets: a pin or a certificate is checked each time.
#pragma once

#include <memory>
#include <set>

#include "base/result.h"
#include "net/client.h"
#include "net/http.h"

struct ssl_st;
struct ssl_ctx_st;

namespace twoseal {

/// Certificate (or chain) and key of a server, PEM; `client_authority`: the certificate that
/// client certificates must be signed by, PEM, or empty when none are asked for.
struct ServerIdentity {
  std::string certificate;
  std::string key;
  std::string client_authority;
};

enum class TlsSide { server, client };

/// What a TLS connection waits for before it can go on.
enum class TlsWant { nothing, read, write };

/// How far an attempt came. `done` with 0 octets of a read: the other side has ended. A failed one
/// says why in `why`, in OpenSSL's words.
struct TlsStep {
  enum class State { done, wait, failed } state = State::failed;

  TlsWant want = TlsWant::nothing;
  std::size_t octets = 0;
  std::string why = {};
};

/// The settings of many connections. Cheap to copy. Any thread may use it.
class TlsContext {
 public:
  /// Asks clients for a certificate when there is an authority; none is accepted too.
  /// Errc::bad_tls_files.
  [[nodiscard]] static Result<TlsContext> make_server(const ServerIdentity& identity);

  /// Accepts a server whose SPKI digest is among `pins`, whatever else its certificate says: no
  /// authority, name or time counts, since the pins come from a signed roster and are stronger.
  /// Our certificate goes to such a server only. Errc::bad_tls_files.
  [[nodiscard]] static Result<TlsContext> make_client(std::set<Digest> pins,
                                                      const std::optional<TlsIdentity>& identity);

  [[nodiscard]] ssl_ctx_st* get() const { return context_.get(); }

 private:
  TlsContext(std::shared_ptr<ssl_ctx_st> context, std::shared_ptr<const std::set<Digest>> pins)
      : context_(std::move(context)), pins_(std::move(pins)) {}

  std::shared_ptr<ssl_ctx_st> context_;
  std::shared_ptr<const std::set<Digest>> pins_;  // what the context points to
};

/// One TLS connection on a socket that does not block. Never waits: an attempt that cannot go on
/// says what for. Does not own the socket. For one thread at a time. Buffers are given back between
/// records, so that a silent connection is cheap.
class TlsConnection {
 public:
  /// TlsStep::why when OpenSSL has no words for it: the socket failed.
  static constexpr std::string_view kBroken = "the connection broke";

  TlsConnection(const TlsContext& context, int socket, TlsSide side);

  [[nodiscard]] TlsStep handshake();
  [[nodiscard]] TlsStep read(char* octets, std::size_t size);
  [[nodiscard]] TlsStep write(BytesView octets);

  /// Whether the other side has something to read or has ended, without taking anything: `wait`
  /// when neither.
  [[nodiscard]] TlsStep peek();

  /// Tells the other side that nothing follows. Does its best.
  void close();

  /// Of a client: the name of the server in the handshake.
  void set_server_name(const std::string& name);

  /// The verified certificate of the other side, if it sent one.
  [[nodiscard]] std::optional<PeerCertificate> peer_certificate() const;

  /// Whether the handshake failed because the other side has another key than those pinned.
  [[nodiscard]] bool wrong_pin() const;

 private:
  struct Free {
    void operator()(ssl_st* connection) const;
  };

  TlsStep step(int result, std::size_t octets);

  std::unique_ptr<ssl_st, Free> connection_;
};

}  // namespace twoseal
