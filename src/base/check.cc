#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace twoseal {

void check_failed(std::string_view believed, std::source_location where) {
  std::fprintf(stderr,
               "twoseal: internal error at %s:%u: believed that %.*s\n",
               where.file_name(),
               where.line(),
               static_cast<int>(believed.size()),
               believed.data());
  std::abort();
}

}  // namespace twoseal
