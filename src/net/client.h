// Calling an HTTP server. Behind one interface, so that a fleet and its server can live in one
// process: over TLS (tls_client) or straight into a handler (memory_client).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "net/http.h"

namespace twoseal {

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  HttpClient() = default;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends a request and waits at most `wait` for the whole answer. `peer` of the request is
  /// ignored. Any status is an answer. Errc::unreachable when nobody answers, Errc::timed_out,
  /// Errc::refuse_t1 when the server's key is none of those pinned or it speaks no TLS 1.3,
  /// Errc::bad_http for an answer that breaks the protocol or a limit.
  [[nodiscard]] virtual Result<HttpResponse> call(const HttpRequest& request,
                                                  std::chrono::milliseconds wait) = 0;

  /// Ends a running call and all later ones with Errc::cancelled. Any thread may call it, for
  /// instance to stop an agent during a long poll. For good: a program that ends needs no way back.
  virtual void cancel() {}
};

/// `plain`: HTTP without TLS, to loopback addresses only (Errc::plain_http).
enum class Transport { tls, plain };

/// Where a server is, and how it is known: by the digests of its keys alone, which come from a
/// signed roster. No authority, name or time in its certificate counts; the pin is stronger.
struct ServerAddress {
  std::string host;  ///< name or numeric address
  std::uint16_t port = 0;
  std::set<Digest> pins;  ///< SHA-256 over SPKI DER, any of which the server may have
  Transport transport = Transport::tls;
};

/// Certificate and private key of a client, PEM.
struct TlsIdentity {
  std::string certificate;
  std::string key;
};

inline constexpr std::size_t kAnswerMax = std::size_t{96} * 1024 * 1024;

/// Keeps one connection open between calls and opens it again when it was closed. For one thread
/// at a time, but for cancel(). `size_max`: octets of the body of one answer.
///
/// A kept connection may turn out to be closed only when it is used: then, and when not one octet
/// of an answer came, the call is made once more on a new one if repeating it does no harm: GET,
/// HEAD, PUT, DELETE, OPTIONS, or any with the header `idempotency-key`.
///
/// call() also fails with Errc::refuse_t1 when the server refuses our certificate,
/// Errc::bad_tls_files when ours cannot be used, Errc::bad_request for a request that cannot be
/// written.
[[nodiscard]] std::unique_ptr<HttpClient> make_tls_client(ServerAddress address,
                                                          std::optional<TlsIdentity> identity = {},
                                                          std::size_t size_max = kAnswerMax);

}  // namespace twoseal
