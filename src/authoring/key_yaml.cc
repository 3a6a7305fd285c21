#include "authoring/key_yaml.h"

#include "base/encoding.h"

namespace twoseal::authoring {
namespace {

constexpr std::size_t kKeyFileMax = 16 * 1024;

// The text of a key that stands here or in a file, without the line feed at its end.
std::string key_text(const Value& value, Files& files, bool inlined) {
  std::string text = inlined ? value.text({1, kKeyFileMax}) : files.read(value, kKeyFileMax);
  while (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

bool begins_with_type(std::string_view text) {
  const std::string_view word = text.substr(0, text.find(' '));
  return word.size() < text.size() &&
         (word.starts_with("ssh-") || word.starts_with("sk-") || word.starts_with("ecdsa-"));
}

}  // namespace

PublicKey read_ssh_key(const Value& value, Files& files) {
  const std::string text = key_text(value, files, begins_with_type(value.raw()));
  if (text.empty()) {
    return {};
  }
  if (text.find("PRIVATE KEY") != std::string::npos) {
    value.refuse("this is a private key; name the .pub file beside it");
    return {};
  }
  const std::size_t space = text.find(' ');
  if (!begins_with_type(text) || text.find('\n') != std::string::npos) {
    value.refuse("is not the one line of a .pub file, for example ssh-ed25519 AAAA…");
    return {};
  }
  const std::string rest = text.substr(space + 1);
  const auto blob = base64_decode(std::string_view(rest).substr(0, rest.find(' ')));
  if (!blob) {
    value.refuse(blob.error().what);
    return {};
  }
  auto key = PublicKey::parse_ssh(*blob);
  if (!key) {
    value.refuse(key.error().what);
    return {};
  }
  if (!key->ssh_text().starts_with(text.substr(0, space + 1))) {
    value.refuse("the key is of another type than its line says");
    return {};
  }
  return *std::move(key);
}

PublicKey read_passkey(const Value& value, Files& files) {
  // How the SubjectPublicKeyInfo of P-256 and of Ed25519 begins in base64.
  const bool inlined = value.raw().starts_with("MFkw") || value.raw().starts_with("MCow");
  const std::string text = key_text(value, files, inlined);
  if (text.empty()) {
    return {};
  }
  const auto der = base64_decode(text);
  if (!der) {
    value.refuse("is not a SubjectPublicKeyInfo in base64: " + der.error().what);
    return {};
  }
  auto key = PublicKey::parse_spki(*der);
  if (!key) {
    value.refuse(key.error().what);
    return {};
  }
  return *std::move(key);
}

std::vector<BareKey> read_bare_keys(const Value& value, Files& files) {
  std::vector<BareKey> keys;
  for (const Value& item : value.list(kOneToFew)) {
    PublicKey key;
    if (item.is_map()) {
      Table table(item);
      const Value pub = table.required("pub");
      key = pub.present() ? read_ssh_key(pub, files) : PublicKey();
      table.finish();
    } else {
      key = read_ssh_key(item, files);
    }
    if (!key.empty()) {
      keys.push_back({key.id(), key.encoded()});
    }
  }
  return keys;
}

}  // namespace twoseal::authoring
