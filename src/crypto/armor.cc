#include "crypto/armor.h"

#include "base/encoding.h"
#include "crypto/secret.h"

namespace twoseal {
namespace {

std::string around(const ArmorKind& kind, std::string_view base64) {
  const std::string label = std::string(kind.label) + "-----";
  std::string text = "-----BEGIN " + label + '\n';
  text.reserve(base64.size() * 2 + 128);
  for (std::size_t at = 0; at < base64.size(); at += kind.line_size) {
    text.append(base64.substr(at, kind.line_size)).push_back('\n');
  }
  return text.append("-----END ").append(label).append("\n");
}

}  // namespace

std::string put_armor(const ArmorKind& kind, BytesView bytes) {
  std::string base64 = base64_encode(bytes);
  std::string text = around(kind, base64);
  wipe(base64);
  return text;
}

// Takes the base64 text out and puts it back: what is equal then has one spelling only. Both texts
// may hold a private key, so they are wiped.
Result<Bytes> take_armor(const ArmorKind& kind, std::string_view armor) {
  const std::size_t begin = armor.find('\n');
  const std::size_t end = armor.rfind("\n-----END ");
  std::string base64;
  if (begin != armor.npos && end != armor.npos && begin < end) {
    base64 = armor.substr(begin + 1, end - begin - 1);
    std::erase(base64, '\n');
  }
  std::string again = around(kind, base64);
  const bool same = again == armor || again.substr(0, again.size() - 1) == armor;
  Result<Bytes> bytes = base64_decode(base64);
  wipe(again);
  wipe(base64);
  if (!same) {
    return fail(Errc::bad_encoding,
                "not exactly one " + std::string(kind.label) + " in lines of " +
                    std::to_string(kind.line_size) + " characters");
  }
  return bytes;
}

}  // namespace twoseal
