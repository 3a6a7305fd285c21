// What the verbs of the test bed share.
#pragma once

#include "cli/testbed/boot.h"
#include "cli/verb.h"

namespace twoseal::cli {

inline constexpr Flag kTestbedDirectory = {
    "--dir", "DIR", "the test bed; else TWOSEAL_TESTBED, else /var/lib/twoseal-testbed"};
inline constexpr Flag kTestbedCache = {"--cache",
                                       "DIR",
                                       "the base root, for all test beds; else "
                                       "TWOSEAL_TESTBED_CACHE, else /var/cache/twoseal-testbed"};

[[nodiscard]] std::string testbed_directory(const Arguments& arguments);

[[nodiscard]] std::string testbed_cache(const Arguments& arguments);

/// Errc::testbed_needs_root.
[[nodiscard]] Result<void> check_root();

/// Tools that tell `session` what they do.
[[nodiscard]] testbed::Tools testbed_tools(const Session& session);

/// The hosts with state and address, as `testbed list` and `testbed up` print them.
[[nodiscard]] Report hosts_report(const testbed::Place& place,
                                  const std::vector<testbed::Host>& hosts);

}  // namespace twoseal::cli
