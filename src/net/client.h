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
};

/// Where a server is, and how it is known.
struct ServerAddress {
  std::string host;
  std::uint16_t port = 0;
  std::set<Digest> pins;  ///< SHA-256 over SPKI DER, any of which the server may have
};

/// Certificate and private key of a client, PEM.
struct TlsIdentity {
  std::string certificate;
  std::string key;
};

/// Keeps one connection open between calls and opens it again when it was closed. For one thread
/// at a time. `size_max`: octets of one answer.
[[nodiscard]] std::unique_ptr<HttpClient> make_tls_client(ServerAddress address,
                                                          std::optional<TlsIdentity> identity = {},
                                                          std::size_t size_max = 96U * 1024 * 1024);

}  // namespace twoseal
