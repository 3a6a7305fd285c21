// The client of client.h over a socket: plain blocking code, since an agent has one thread for it.
#include <algorithm>
#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/blocking_stream.h"
#include "net/client.h"
#include "net/target.h"

namespace twoseal {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t kHeaderMax = 64 * 1024;
constexpr std::size_t kReadPiece = std::size_t{16} * 1024;

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

bool is_value(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

bool is_repeatable(const HttpRequest& request) {
  static constexpr std::array<std::string_view, 5> kMethods = {
      "GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
  return std::ranges::find(kMethods, request.method) != kMethods.end() ||
         request.headers.contains("idempotency-key");
}

// Header and body in one text: a small request is then one record of TLS.
Result<Bytes> request_text(const HttpRequest& request, const ServerAddress& address) {
  const RequestTarget target{request.path, request.query};
  const std::string line = encode_target(target);
  if (!is_token(request.method) || decode_target(line) != target) {
    return fail(Errc::bad_request, "method, path or query of this request cannot be written");
  }
  const bool v6 = address.host.contains(':');
  Bytes text = request.method + " " + line + " HTTP/1.1\r\nhost: " + (v6 ? "[" : "") +
               address.host + (v6 ? "]" : "") + ":" + std::to_string(address.port) + "\r\n";
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_value(value) || name == "host" || name == "content-length" ||
        name == "transfer-encoding" || name == "connection") {
      return fail(Errc::bad_request, "the header " + name + " of this request cannot be written");
    }
    text.append(name).append(": ").append(value).append("\r\n");
  }
  if (!request.body.empty() || request.method.starts_with('P')) {
    text += "content-length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return text.append("\r\n").append(request.body);
}

/// One answer while it is read.
class AnswerReader {
 public:
  AnswerReader(std::size_t size_max, bool head_only) : size_max_(size_max), head_only_(head_only) {
    restart();
  }

  /// Takes octets. Whether the answer is complete. Errc::bad_http.
  Result<bool> take(BytesView octets) {
    octets_.append(octets);
    while (!octets_.empty() && !is_short_chunk()) {
      boost::system::error_code error;
      const std::size_t used =
          parser_->put(boost::asio::buffer(octets_.data(), octets_.size()), error);
      octets_.erase(0, used);
      if (error && error != http::error::need_more) {
        return fail(Errc::bad_http, "the answer is malformed: " + error.message());
      }
      if (parser_->is_header_done() && parser_->need_eof() && !parser_->is_done()) {
        return fail(Errc::bad_http, "the answer does not say how long it is");
      }
      if (parser_->is_done()) {
        if (parser_->get().result_int() / 100 != 1) {
          return true;
        }
        restart();  // 100 Continue and its like announce the answer
      } else if (used == 0) {
        break;
      }
    }
    return octets_.size() <= kHeaderMax ? Result<bool>(false)
                                        : fail(Errc::bad_http, "the answer has no end of line");
  }

  [[nodiscard]] bool keeps_open() const { return parser_->keep_alive() && octets_.empty(); }

  Result<HttpResponse> response() {
    auto& message = parser_->get();
    HttpResponse response;
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      std::string name(field.name_string());
      std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
      });
      if (!response.headers.try_emplace(name, field.value()).second) {
        return fail(Errc::bad_http, "the answer has a header twice: " + name);
      }
    }
    response.body = std::move(message.body());
    return response;
  }

 private:
  /// Beast asserts that it sees five octets when it looks at the last chunk a second time. No
  /// chunked body ends with fewer, so waiting for them is always right.
  [[nodiscard]] bool is_short_chunk() const {
    constexpr std::size_t kLastChunkSize = 5;
    return parser_->is_header_done() && parser_->chunked() && octets_.size() < kLastChunkSize;
  }

  void restart() {
    parser_.emplace();
    parser_->eager(true);
    parser_->skip(head_only_);
    parser_->header_limit(kHeaderMax);
    parser_->body_limit(size_max_);
  }

  std::size_t size_max_;
  bool head_only_;
  Bytes octets_;
  std::optional<http::response_parser<http::string_body>> parser_;
};

/// What went wrong, and whether not one octet of an answer came.
struct Failure {
  Error error;
  bool unanswered = false;
};

class TlsClient final : public HttpClient {
 public:
  TlsClient(ServerAddress address, std::optional<TlsIdentity> identity, std::size_t size_max)
      : address_(std::move(address)), identity_(std::move(identity)), size_max_(size_max) {}

  Result<HttpResponse> call(const HttpRequest& request, std::chrono::milliseconds wait) override;

  void cancel() override { interrupt_.fire(); }

 private:
  Result<void> connect(Deadline deadline);
  std::expected<HttpResponse, Failure> exchange(BytesView text, bool head_only, Deadline deadline);

  const ServerAddress address_;
  const std::optional<TlsIdentity> identity_;
  const std::size_t size_max_;
  Interrupt interrupt_;
  std::optional<TlsContext> context_;
  std::optional<BlockingStream> stream_;
};

Result<void> TlsClient::connect(Deadline deadline) {
  const bool tls = address_.transport == Transport::tls;
  if (tls && !context_) {
    TWOSEAL_TRY(context_, TlsContext::make_client(address_.pins, identity_));
  }
  TWOSEAL_TRY(stream_,
              BlockingStream::connect(
                  address_.host, address_.port, tls ? &*context_ : nullptr, deadline, interrupt_));
  return {};
}

std::expected<HttpResponse, Failure> TlsClient::exchange(BytesView text,
                                                         bool head_only,
                                                         Deadline deadline) {
  const auto written = stream_->write(text, deadline);
  if (!written && written.error().code != Errc::unreachable) {
    return std::unexpected(Failure{written.error(), true});
  }
  // A server that refuses a large body closes while it is sent; its answer may have come before.
  AnswerReader reader(size_max_, head_only);
  std::array<char, kReadPiece> piece;
  bool unanswered = true;
  while (true) {
    const auto size = stream_->read(piece.data(), piece.size(), deadline);
    if (!size) {
      return std::unexpected(Failure{size.error(), unanswered});
    }
    if (*size == 0) {
      return std::unexpected(
          unanswered ? Failure{{Errc::unreachable, "the server closed the connection"}, true}
                     : Failure{{Errc::bad_http, "the answer was cut off"}});
    }
    unanswered = false;
    const auto complete = reader.take({piece.data(), *size});
    if (!complete) {
      return std::unexpected(Failure{complete.error()});
    }
    if (*complete) {
      break;
    }
  }
  auto response = reader.response();
  if (!written || !*written || !reader.keeps_open()) {
    stream_.reset();
  }
  if (!response) {
    return std::unexpected(Failure{std::move(response).error()});
  }
  return *std::move(response);
}

Result<HttpResponse> TlsClient::call(const HttpRequest& request, std::chrono::milliseconds wait) {
  const Deadline deadline = std::chrono::steady_clock::now() + wait;
  TWOSEAL_TRY(const Bytes text, request_text(request, address_));
  if (stream_ && !stream_->is_quiet()) {
    stream_.reset();
  }
  while (true) {
    const bool kept = stream_.has_value();
    if (!kept) {
      TWOSEAL_TRY_VOID(connect(deadline));
    }
    auto answer = exchange(text, request.method == "HEAD", deadline);
    if (answer) {
      return *std::move(answer);
    }
    stream_.reset();
    const Failure& failure = answer.error();
    if (!kept || !failure.unanswered || failure.error.code != Errc::unreachable ||
        !is_repeatable(request)) {
      return std::unexpected(failure.error);
    }
  }
}

}  // namespace

std::unique_ptr<HttpClient> make_tls_client(ServerAddress address,
                                            std::optional<TlsIdentity> identity,
                                            std::size_t size_max) {
  return std::make_unique<TlsClient>(std::move(address), std::move(identity), size_max);
}

}  // namespace twoseal
