// Requests and responses of HTTP as the rest of twoseal sees them: plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/id.h"

namespace twoseal {

/// Names in lower case. A name that came twice is refused, so one value each.
using HttpHeaders = std::map<std::string, std::string, std::less<>>;

/// A client certificate that the certificate authority of the server signed and that is in time.
struct PeerCertificate {
  std::string name;    ///< common name: the id of a host
  Digest key;          ///< SHA-256 of its SPKI DER
  std::string serial;  ///< hexadecimal
  UnixSeconds not_after = 0;

  bool operator==(const PeerCertificate&) const = default;
};

/// Who is at the other end. `address`: without the port.
struct Peer {
  std::string address;
  std::optional<PeerCertificate> certificate;
};

/// `path`: begins with `/`, percent-decoded once, canonical: no empty, `.` or `..` parts, no NUL,
/// no backslash. `query`: decoded; a name that came twice is refused. `method`: `GET`; handlers
/// see a HEAD as the GET that it asks about, and the server leaves the body out.
struct HttpRequest {
  std::string method = "GET";
  std::string path = "/";
  std::map<std::string, std::string, std::less<>> query;
  HttpHeaders headers;
  Bytes body;
  Peer peer;
  bool waited = false;  ///< this request was parked, and its time is over
};

/// Asks the server to keep a request until somebody signals `channel` of its Channels, or `wait`
/// is over, and to hand it to the handler again then. No thread waits meanwhile.
///
/// `seen`: Channels::generation(channel), read before the handler looked at what it waits for. A
/// signal after that moment is never lost: the handler is called again at once. 0 waits from the
/// moment of parking, for handlers that look at nothing. `wait` counts from the first time that a
/// request is parked; parking it again after a signal does not prolong it. A request that has
/// `waited` is answered, not parked again.
struct Park {
  std::string channel;
  std::uint64_t seen = 0;
  std::chrono::milliseconds wait{0};
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  Bytes body;
  std::optional<Park> park;  ///< instead of everything above
};

/// Called on a worker thread; may block on the disk, never for long on anything else.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

/// The value of a header by its name in lower case, or nothing.
[[nodiscard]] std::optional<std::string_view> header_of(const HttpHeaders& headers,
                                                        std::string_view name);

}  // namespace twoseal
