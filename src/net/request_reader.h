// One request out of the octets of a connection. Everything that decides where a request ends and
// how it is read is here and needs no socket, so that it can be fuzzed. Beast parses; what Beast
// takes and two programs could read in two ways is refused before or after it.
#pragma once

#include <expected>
#include <memory>

#include "base/result.h"
#include "net/http.h"

namespace twoseal {

/// Why a request is not read further: the status that says so. The connection ends with it, since
/// nobody can say where the next request would begin.
struct RequestFault {
  int status;
  Error error;
};

/// What the header says about the rest of the connection.
struct RequestHead {
  bool head_only = false;         ///< HEAD
  bool close = false;             ///< this is to be the last request
  bool expects_continue = false;  ///< waits for `100 Continue` before its body
  bool upgrades_websocket = false;
  bool has_body = false;
  std::optional<std::uint64_t> content_length;  ///< nothing with a chunked body
};

/// Usage: append() and read_head() until it is true; look at head() and request(); accept_body();
/// append() and read_body() until it is true; take_request() and take_rest().
class RequestReader {
 public:
  /// `header_max`: octets of request line and header together.
  explicit RequestReader(std::size_t header_max);
  ~RequestReader();
  RequestReader(RequestReader&&) noexcept;
  RequestReader& operator=(RequestReader&&) noexcept;

  void append(BytesView octets);

  /// Whether not a single octet came yet.
  [[nodiscard]] bool untouched() const;

  /// Whether the header is complete and accepted. 400 (Errc::bad_request) for whatever is not
  /// strictly HTTP/1.1 with one reading: bare CR or LF, control characters, folded lines, a header
  /// twice, no Host, a target that decode_target() refuses, Content-Length beside Transfer-Encoding
  /// or not in plain digits. 414 or 431 above the limits (also 100 headers), 501 for other methods
  /// than GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS and other transfer codings than chunked, 505
  /// for other versions, 417 for other expectations.
  [[nodiscard]] std::expected<bool, RequestFault> read_head();

  [[nodiscard]] const RequestHead& head() const;

  /// Without its body, until it is taken.
  [[nodiscard]] const HttpRequest& request() const;

  /// Allows a body of `size_max` octets. 413 when the header announces more.
  [[nodiscard]] std::expected<void, RequestFault> accept_body(std::size_t size_max);

  /// Whether the body is complete. 413 when it grows too large, 400 when its chunks are malformed.
  [[nodiscard]] std::expected<bool, RequestFault> read_body();

  /// Octets held: what was read of the body and what is not yet.
  [[nodiscard]] std::size_t held() const;

  /// The request with its body.
  [[nodiscard]] HttpRequest take_request();

  /// What came behind the request: the begin of the next one.
  [[nodiscard]] Bytes take_rest();

 private:
  struct State;

  std::unique_ptr<State> state_;
};

}  // namespace twoseal
