#include "base/wipe.h"

#include <cstring>

namespace twoseal {

void wipe(Bytes& bytes) {
  bytes.resize(bytes.capacity());
  explicit_bzero(bytes.data(), bytes.size());
  bytes.clear();
}

}  // namespace twoseal
