// Requests of HTTP as they come from a network: however an input is cut into pieces, it has one
// outcome; what is accepted is canonical and comes back the same when it is written again. The
// first octet chooses: a good request with damage in it, octets as they are, or a target alone.
#include <algorithm>

#include "base/check.h"
#include "net/request_reader.h"
#include "net/target.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

constexpr std::size_t kHeaderMax = 16 * 1024;
constexpr std::size_t kBodyMax = 1'000;

/// What became of some octets. `status`: 200, that of the refusal, or 0 when more is needed.
struct Outcome {
  int status = 0;
  HttpRequest request;
  RequestHead head;
  Bytes rest;
};

/// One step of reading; nothing when more octets are needed.
std::optional<int> step(RequestReader& reader, bool& accepted) {
  if (!accepted) {
    const auto head = reader.read_head();
    if (!head) {
      return head.error().status;
    }
    if (!*head) {
      return std::nullopt;
    }
    if (const auto body = reader.accept_body(kBodyMax); !body) {
      return body.error().status;
    }
    accepted = true;
  }
  const auto body = reader.read_body();
  if (!body) {
    return body.error().status;
  }
  return *body ? std::optional(200) : std::nullopt;
}

Outcome outcome_of(BytesView octets, std::size_t piece) {
  RequestReader reader(kHeaderMax);
  bool accepted = false;
  while (true) {
    if (const auto status = step(reader, accepted)) {
      Outcome outcome{.status = *status};
      if (*status == 200) {
        outcome.head = reader.head();
        outcome.request = reader.take_request();
        outcome.rest = reader.take_rest().append(octets);
      }
      return outcome;
    }
    if (octets.empty()) {
      return {};
    }
    reader.append(octets.substr(0, piece));
    octets.remove_prefix(std::min(octets.size(), piece));
  }
}

bool same(const HttpRequest& a, const HttpRequest& b) {
  return a.method == b.method && a.path == b.path && a.query == b.query && a.headers == b.headers &&
         a.body == b.body;
}

Bytes written(const HttpRequest& request) {
  Bytes text =
      request.method + " " + encode_target({request.path, request.query}) + " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.headers) {
    if (name != "transfer-encoding" && name != "content-length") {
      text += name + ": " + value + "\r\n";
    }
  }
  return text + "content-length: " + std::to_string(request.body.size()) + "\r\n\r\n" +
         request.body;
}

void check_target(BytesView text) {
  const auto target = decode_target(text);
  if (!target) {
    return;
  }
  const std::string& path = target->path;
  check(path.starts_with('/') && !path.contains("//") && !path.contains('\\') &&
            !path.contains('\0') && (path == "/" || !path.ends_with('/')),
        "a path is canonical");
  check(!(path + "/").contains("/../") && !(path + "/").contains("/./"), "a path has no dot parts");
  check(decode_target(encode_target(*target)) == target, "a target is written as it is read");
}

void check_octets(BytesView octets, std::size_t piece) {
  const Outcome whole = outcome_of(octets, std::max<std::size_t>(octets.size(), 1));
  const Outcome pieces = outcome_of(octets, piece);
  check((whole.status == 200) == (pieces.status == 200),
        "pieces do not matter to what is accepted");
  if (whole.status != 200) {
    return;
  }
  check(same(whole.request, pieces.request) && whole.rest == pieces.rest,
        "pieces do not matter to what is read");
  check(whole.request.body.size() <= kBodyMax, "a body keeps its limit");
  check(!(whole.request.headers.contains("content-length") &&
          whole.request.headers.contains("transfer-encoding")),
        "a request says once how long it is");
  const Outcome again = outcome_of(written(whole.request), 1'000'000);
  check(again.status == 200 || again.status == 431 || again.status == 414,
        "what was accepted is accepted when it is written again");
  if (again.status == 200) {
    check(again.request.path == whole.request.path && again.request.query == whole.request.query &&
              again.request.body == whole.request.body && again.rest.empty(),
          "and read as the same");
  }
}

// A request that is accepted, with damage.
Bytes damaged_request(fuzz::Choices& choices) {
  static const std::vector<Bytes> kLines = {"x: y\r\n",
                                            "content-length: 3\r\n",
                                            "transfer-encoding: chunked\r\n",
                                            "connection: close\r\n",
                                            "expect: 100-continue\r\n",
                                            "upgrade: websocket\r\n"};
  static const std::vector<Bytes> kBodies = {
      "", "abc", "3\r\nabc\r\n0\r\n\r\n", "0\r\n\r\nGET / HTTP/1.1\r\n\r\n"};
  Bytes text = "POST /a%20b?c=d HTTP/1.1\r\nhost: x\r\n";
  for (std::size_t count = choices.below(4); count > 0; --count) {
    text += choices.one_of(kLines);
  }
  text += "\r\n" + choices.one_of(kBodies);
  return choices.at_end() ? text : fuzz::damaged(text, choices);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  const std::size_t kind = choices.below(3);
  const std::size_t piece = 1 + choices.below(64);
  switch (kind) {
    case 0:
      check_octets(damaged_request(choices), piece);
      break;
    case 1:
      check_octets(choices.rest(), piece);
      break;
    default:
      check_target(choices.rest());
  }
  return 0;
}
