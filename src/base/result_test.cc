#include "base/result.h"

#include <set>

#include <doctest/doctest.h>

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

TEST_CASE("every error has a number of its own, a title, a reason and a next step") {
  std::set<int> numbers;
  std::set<std::string_view> refusals;
  const auto [begin, end] = all_errors();
  for (const ErrorInfo* row = begin; row != end; ++row) {
    CAPTURE(row->name);
    CHECK(numbers.insert(static_cast<int>(row->code)).second);
    if (!row->refusal.empty()) {
      CHECK(refusals.insert(row->refusal).second);
    }
    CHECK(row->exit != Exit::done);
    CHECK(row->title.size() > 10);
    CHECK(row->why.size() > 10);
    CHECK(row->next.size() > 10);
  }
}

TEST_CASE("an error is found by its number, its code and its refusal") {
  CHECK(find_error("TS-2107")->code == Errc::refuse_c4);
  CHECK(find_error("2107")->code == Errc::refuse_c4);
  CHECK(find_error("C4")->code == Errc::refuse_c4);
  CHECK(find_error("") == nullptr);
  CHECK(find_error("TS-1") == nullptr);
  CHECK(error_code_text(Errc::refuse_c4) == "TS-2107");
  CHECK(error_info(Errc::refuse_s3).refusal == "S3");
}
