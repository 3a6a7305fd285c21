// Encodings and names: what is accepted is spelled in exactly one way, and what is encoded decodes
// to itself.
#include "base/encoding.h"

#include "base/check.h"
#include "base/id.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);

  check(hex_decode(hex_encode(bytes)).value() == bytes, "hexadecimal decodes to what was encoded");
  check(base64_decode(base64_encode(bytes)).value() == bytes, "base64 likewise");
  check(base64url_encode(bytes).find_first_of("+/=") == std::string::npos, "base64url has its own");
  check(base32_encode(bytes).size() == (size * 8 + 4) / 5, "base32 is not padded");

  if (const auto decoded = hex_decode(bytes)) {
    check(hex_encode(*decoded) == bytes, "hexadecimal has one spelling");
  }
  if (const auto decoded = base64_decode(bytes)) {
    check(base64_encode(*decoded) == bytes, "base64 has one spelling");
  }
  if (const auto digest = Digest::parse(bytes)) {
    check(digest->text() == bytes, "a digest has one spelling");
  }
  if (const auto name = Name::parse(bytes)) {
    check(name->text() == bytes && size <= 64, "a name is the text it was parsed from");
  }
  if (is_host_name(bytes)) {
    check(bytes.find("..") == std::string::npos && size <= 63, "a host name is made of labels");
  }
  return 0;
}
