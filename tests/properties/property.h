// What the property tests share: how many cases, from which seed, and how a failure is shown.
//
// A run is repeated by its seed. TWOSEAL_PROPERTY_CASES=100000 tries so many cases instead of the
// few that fit into every run of the tests; TWOSEAL_PROPERTY_SEED=7 tries others.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include <rapidcheck.h>
#include <rapidcheck/detail/TestListenerAdapter.h>

namespace twoseal::properties {

/// The number in the environment variable `name`; `otherwise` when there is none.
[[nodiscard]] inline std::uint64_t number_of(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): tests have one thread
  return text != nullptr && *text != '\0' ? std::stoull(text) : otherwise;
}

[[nodiscard]] inline std::uint64_t seed() {
  return number_of("TWOSEAL_PROPERTY_SEED", 20'261'123);
}

[[nodiscard]] inline std::uint64_t cases(std::uint64_t by_default) {
  return number_of("TWOSEAL_PROPERTY_CASES", by_default);
}

/// Says on the standard output what is tried, so that it can be tried again.
inline void announce(const std::string& what, std::uint64_t count) {
  std::cout << what << ": " << count << " cases, seed " << seed() << "\n";
}

/// Whether `property`, a callable with rapidcheck's RC_ASSERT in it, holds for as many cases as
/// asked. A failure is shrunk and printed.
template <class Property>
[[nodiscard]] bool holds(const std::string& what, std::uint64_t by_default, Property&& property) {
  rc::detail::TestParams params;
  params.seed = seed();
  params.maxSuccess = static_cast<int>(cases(by_default));
  params.maxSize = 40;
  rc::detail::TestMetadata metadata;
  metadata.description = what;
  announce(what, cases(by_default));
  rc::detail::TestListenerAdapter listener;
  const auto result =
      rc::detail::checkTestable(std::forward<Property>(property),
                                metadata,
                                params,
                                listener,
                                std::unordered_map<std::string, rc::detail::Reproduce>());
  if (result.template is<rc::detail::SuccessResult>()) {
    return true;
  }
  rc::detail::printResultMessage(result, std::cout);
  std::cout << "\n";
  return false;
}

}  // namespace twoseal::properties
