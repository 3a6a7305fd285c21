#include "net/request_reader.h"

#include <algorithm>
#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/check.h"
#include "net/target.h"

namespace twoseal {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::size_t kHeadersMax = 100;
constexpr std::size_t kLastChunkSize = 5;        // "0" and two line ends
constexpr std::size_t kChunkHeadMax = 4 * 1024;  // octets of one line between chunks, and trailers

std::unexpected<RequestFault> refuse(int status, std::string what) {
  return std::unexpected(RequestFault{status, {Errc::bad_request, std::move(what)}});
}

std::unexpected<RequestFault> refuse_large(std::string what) {
  return std::unexpected(RequestFault{413, {Errc::too_large, std::move(what)}});
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return result;
}

bool is_method_begin(char c) {
  return c >= 'A' && c <= 'Z';
}

// Lines end in CRLF; within them are visible characters, spaces and tabs, and octets above ASCII;
// no line begins with a space or tab (obs-fold of RFC 9112 §5.2, which Beast would join).
bool has_plain_lines(std::string_view head) {
  for (std::size_t i = 0; i < head.size(); ++i) {
    const char c = head[i];
    if (c == '\r') {
      if (i + 1 >= head.size() || head[i + 1] != '\n' ||
          (i + 2 < head.size() && (head[i + 2] == ' ' || head[i + 2] == '\t'))) {
        return false;
      }
      ++i;
    } else if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) {
      return false;
    }
  }
  return true;
}

// METHOD SP TARGET SP HTTP/1.1, each separated by exactly one space.
std::expected<void, RequestFault> check_request_line(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\r'));
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse(400, "the request line is not a method, a target and a version");
  }
  static constexpr std::array<std::string_view, 7> kMethods = {
      "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1") {
    return version.starts_with("HTTP/") ? refuse(505, "only HTTP/1.1 is spoken here")
                                        : refuse(400, "the request line has no version");
  }
  if (std::ranges::find(kMethods, line.substr(0, first)) == kMethods.end()) {
    return refuse(501, "this method is not known here");
  }
  if (last - first - 1 > kTargetMax) {
    return refuse(414, "the target has more than 8192 octets");
  }
  return {};
}

std::optional<std::uint64_t> plain_number(std::string_view text) {
  constexpr std::size_t kDigitsMax = 18;
  if (text.empty() || text.size() > kDigitsMax) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

// Whether a comma-separated list names `token`, which is in lower case.
bool lists(std::string_view list, std::string_view token) {
  const std::string text = lower(list);
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    item.remove_prefix(std::min(item.size(), item.find_first_not_of(" \t")));
    item = item.substr(0, item.find_last_not_of(" \t") + 1);
    if (item == token) {
      return true;
    }
  }
  return false;
}

// What the headers say about the body (RFC 9112 §6).
std::expected<void, RequestFault> read_framing(const HttpHeaders& headers, RequestHead& head) {
  const auto length = header_of(headers, "content-length");
  const auto coding = header_of(headers, "transfer-encoding");
  if (length && coding) {
    return refuse(400, "a request has a Content-Length or a Transfer-Encoding, not both");
  }
  if (coding && lower(*coding) != "chunked") {
    return refuse(501, "the only transfer coding known here is chunked");
  }
  if (length) {
    head.content_length = plain_number(*length);
    if (!head.content_length) {
      return refuse(400, "the Content-Length is not a plain number");
    }
  }
  head.has_body = coding.has_value() || head.content_length.value_or(0) > 0;
  return {};
}

std::expected<RequestHead, RequestFault> read_meaning(const HttpRequest& request) {
  RequestHead head;
  const HttpHeaders& headers = request.headers;
  if (header_of(headers, "host").value_or("").empty()) {
    return refuse(400, "the request has no Host");
  }
  if (auto framed = read_framing(headers, head); !framed) {
    return std::unexpected(std::move(framed).error());
  }
  if (const auto expected = header_of(headers, "expect")) {
    if (lower(*expected) != "100-continue") {
      return refuse(417, "the only expectation known here is 100-continue");
    }
    head.expects_continue = head.has_body;
  }
  const std::string_view connection = header_of(headers, "connection").value_or("");
  head.close = lists(connection, "close");
  head.upgrades_websocket = request.method == "GET" && !head.has_body &&
                            lists(connection, "upgrade") &&
                            lists(header_of(headers, "upgrade").value_or(""), "websocket");
  head.head_only = request.method == "HEAD";
  return head;
}

}  // namespace

struct RequestReader::State {
  explicit State(std::size_t size_max) : header_max(size_max) {}

  std::size_t header_max;
  Bytes octets;  // not yet parsed
  bool touched = false;
  std::size_t searched = 0;  // of octets, for the end of the header
  std::optional<http::request_parser<http::string_body>> parser;
  RequestHead head;
  HttpRequest request;

  std::expected<void, RequestFault> parse_head(std::size_t size);
  std::expected<void, RequestFault> convert();
};

RequestReader::RequestReader(std::size_t header_max)
    : state_(std::make_unique<State>(header_max)) {}

RequestReader::~RequestReader() = default;
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;

void RequestReader::append(BytesView octets) {
  state_->octets.append(octets);
  state_->touched = state_->touched || !octets.empty();
}

bool RequestReader::untouched() const {
  return !state_->touched;
}

std::expected<bool, RequestFault> RequestReader::read_head() {
  State& state = *state_;
  if (!state.octets.empty() && !is_method_begin(state.octets.front())) {
    return refuse(400, "this is not the begin of an HTTP request");
  }
  const std::size_t end = state.octets.find(kHeadEnd, state.searched);
  const bool complete = end != Bytes::npos;
  if (complete ? end + kHeadEnd.size() > state.header_max
               : state.octets.size() > state.header_max) {
    return refuse(431, "the header has more octets than are read here");
  }
  if (!complete) {
    state.searched = state.octets.size() - std::min(state.octets.size(), kHeadEnd.size() - 1);
    return false;
  }
  if (auto parsed = state.parse_head(end + kHeadEnd.size()); !parsed) {
    return std::unexpected(std::move(parsed).error());
  }
  return true;
}

std::expected<void, RequestFault> RequestReader::State::parse_head(std::size_t size) {
  const std::string_view text = std::string_view(octets).substr(0, size);
  if (!has_plain_lines(text)) {
    return refuse(400, "the header has folded lines, bare line ends or control characters");
  }
  if (auto checked = check_request_line(text); !checked) {
    return checked;
  }
  if (static_cast<std::size_t>(std::ranges::count(text, '\n')) > kHeadersMax + 2) {
    return refuse(431, "the request has more than 100 headers");
  }
  parser.emplace();
  parser->eager(false);
  parser->header_limit(static_cast<std::uint32_t>(header_max + 1));
  parser->body_limit(boost::none);
  boost::system::error_code error;
  const std::size_t used = parser->put(boost::asio::buffer(text.data(), text.size()), error);
  if (error || !parser->is_header_done() || used != size) {
    return refuse(400, "the header is malformed: " + error.message());
  }
  octets.erase(0, size);
  return convert();
}

std::expected<void, RequestFault> RequestReader::State::convert() {
  const auto& message = parser->get();
  request.method = message.method_string();
  auto target = decode_target(message.target());
  if (!target) {
    return refuse(400, "the target is not a canonical path with an optional query");
  }
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  for (const auto& field : message) {
    if (!request.headers.try_emplace(lower(field.name_string()), field.value()).second) {
      return refuse(400, "a header came twice: " + lower(field.name_string()));
    }
  }
  auto meaning = read_meaning(request);
  if (!meaning) {
    return std::unexpected(std::move(meaning).error());
  }
  head = *meaning;
  request.method = head.head_only ? "GET" : request.method;
  return {};
}

const RequestHead& RequestReader::head() const {
  return state_->head;
}

const HttpRequest& RequestReader::request() const {
  return state_->request;
}

std::expected<void, RequestFault> RequestReader::accept_body(std::size_t size_max) {
  if (state_->head.content_length.value_or(0) > size_max) {
    return refuse_large("the body may have " + std::to_string(size_max) + " octets here");
  }
  state_->parser->body_limit(size_max);
  return {};
}

std::expected<bool, RequestFault> RequestReader::read_body() {
  State& state = *state_;
  check(state.parser.has_value(), "a body is read after its header");
  while (!state.parser->is_done()) {
    // The end of chunks has five octets, so waiting for them is always right; Beast asserts that it
    // sees them all when it looks at the last chunk a second time.
    if (state.parser->chunked() && state.octets.size() < kLastChunkSize) {
      return false;
    }
    boost::system::error_code error;
    const std::size_t used =
        state.parser->put(boost::asio::buffer(state.octets.data(), state.octets.size()), error);
    state.octets.erase(0, used);
    if (error == http::error::body_limit) {
      return refuse_large("the body grew larger than it may here");
    }
    if (error && error != http::error::need_more) {
      return refuse(400, "the body is malformed: " + error.message());
    }
    if (error == http::error::need_more || used == 0) {
      // What Beast leaves is the line between two chunks, or trailers: never content.
      return state.octets.size() <= kChunkHeadMax
                 ? std::expected<bool, RequestFault>(false)
                 : refuse(400, "a line between two chunks is too long");
    }
  }
  return true;
}

std::size_t RequestReader::held() const {
  return state_->octets.size() + (state_->parser ? state_->parser->get().body().size() : 0);
}

HttpRequest RequestReader::take_request() {
  state_->request.body = std::move(state_->parser->get().body());
  return std::move(state_->request);
}

Bytes RequestReader::take_rest() {
  return std::move(state_->octets);
}

}  // namespace twoseal
