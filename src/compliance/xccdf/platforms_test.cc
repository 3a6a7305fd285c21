#include "compliance/xccdf/platforms.h"

#include <doctest/doctest.h>

using namespace twoseal::scap;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("platform names match part by part") {
  CHECK(cpe_matches("cpe:/o:a:b", "cpe:/o:a:b"));
  CHECK(cpe_matches("cpe:/o:a", "cpe:/o:a:b"));
  CHECK(cpe_matches("cpe:/o::b", "cpe:/o:a:b"));
  CHECK(cpe_matches("cpe:/o:A:B", "cpe:/o:a:b"));
  CHECK_FALSE(cpe_matches("cpe:/o:a:b:1", "cpe:/o:a:b"));
  CHECK_FALSE(cpe_matches("cpe:/a:a:b", "cpe:/o:a:b"));
  CHECK_FALSE(cpe_matches("cpe:/o:a:bb", "cpe:/o:a:b"));
  CHECK_FALSE(cpe_matches("", "cpe:/o:a:b"));
}
