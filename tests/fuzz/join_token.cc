// The text that a host joins with: what is read can be written, and reads the same again; a text
// that lacks anything is refused as none.
#include "cli/join_token.h"

#include "base/check.h"
#include "crypto/hash.h"
#include "tests/fuzz/choices.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace
using cli::JoinTokenText;

namespace {

bool is_same(const JoinTokenText& a, const JoinTokenText& b) {
  return a.host == b.host && a.port == b.port && a.org == b.org && a.pins == b.pins &&
         a.id == b.id && a.mk == b.mk && a.expires == b.expires;
}

void read_and_write(std::string_view text) {
  const auto token = cli::parse_join_token(text);
  if (!token) {
    check(token.error().code == Errc::bad_field, "what is no token is one refusal");
    return;
  }
  check(token->mk.size() == 16 && !token->pins.empty(), "a token has its key and its pins");
  check(token->host.find(' ') == std::string::npos, "a host is one word");
  const std::string written = cli::write_join_token(*token);
  const auto again = cli::parse_join_token(written);
  check(again && is_same(*again, *token), "what was read is written and read again");
  check(cli::write_join_token(*again) == written, "a token has one spelling that is written");
}

JoinTokenText chosen_token(fuzz::Choices& choices) {
  JoinTokenText token;
  token.host = choices.flag() ? "twoseal.example.org" : "[2001:db8::1]";
  token.port = choices.number<std::uint16_t>();
  token.org = sha256(choices.bytes());
  const std::size_t pins = 1 + choices.below(4);
  for (std::size_t i = 0; i < pins; ++i) {
    token.pins.insert(sha256("pin " + std::to_string(i)));
  }
  token.id = "a1b2";
  token.mk = fuzz::octets_of(choices.octet(), 16);
  token.expires = static_cast<UnixSeconds>(choices.number<std::uint32_t>());
  return token;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  if (!choices.flag()) {
    read_and_write(choices.rest());
    return 0;
  }
  const JoinTokenText token = chosen_token(choices);
  std::string text = cli::write_join_token(token);
  const auto read = cli::parse_join_token(text + "\n");
  check(read && is_same(*read, token), "what was made is read");
  while (!choices.at_end()) {
    text = fuzz::damaged(text, choices);
  }
  read_and_write(text);
  return 0;
}
