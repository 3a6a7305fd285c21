// OpenSSL's objects with an owner. Included only by .cc files of crypto/, so that no header of ours
// drags in OpenSSL.
#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "base/check.h"

namespace twoseal::openssl {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

template <class T, auto kFree>
using Owner = std::unique_ptr<T, Free<kFree>>;

using Key = Owner<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owner<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Owner<EVP_MD_CTX, EVP_MD_CTX_free>;
using CipherContext = Owner<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using Memory = Owner<BIO, BIO_free_all>;
using Number = Owner<BIGNUM, BN_clear_free>;
using NumberContext = Owner<BN_CTX, BN_CTX_free>;

/// For calls that fail only when memory is exhausted or OpenSSL is broken.
inline void must(int result, const char* call) {
  check(result > 0, call);
}

/// The same for calls that return an object.
template <class T>
T* must(T* object, const char* call) {
  check(object != nullptr, call);
  return object;
}

/// After a call that failed for what it was given: other callers must not find these errors.
inline void forget_errors() {
  ERR_clear_error();
}

/// SHA-256, fetched once: EVP_MD_fetch costs more than hashing a leaf.
const EVP_MD* sha256_method();

}  // namespace twoseal::openssl
