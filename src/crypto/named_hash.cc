#include "crypto/named_hash.h"

#include <openssl/evp.h>

namespace twoseal {
namespace {

struct Row {
  std::string_view name;
  const EVP_MD* (*method)();
};

constexpr Row kRows[] = {{"MD5", EVP_md5},
                         {"SHA-1", EVP_sha1},
                         {"SHA-224", EVP_sha224},
                         {"SHA-256", EVP_sha256},
                         {"SHA-384", EVP_sha384},
                         {"SHA-512", EVP_sha512}};

}  // namespace

std::optional<Bytes> named_hash(std::string_view name, BytesView data) {
  for (const Row& row : kRows) {
    if (row.name == name) {
      Bytes digest(EVP_MAX_MD_SIZE, '\0');
      unsigned size = 0;
      if (EVP_Digest(data.data(), data.size(), data_u8(digest), &size, row.method(), nullptr) !=
          1) {
        return std::nullopt;
      }
      digest.resize(size);
      return digest;
    }
  }
  return std::nullopt;
}

}  // namespace twoseal
