// What a host signed outside the log: answers to requests for plans, and reports.
#pragma once

#include "policy/bundle.h"

namespace twoseal {

/// Checks that `source` is the `sign` of the assigned host over the object of this type and digest,
/// with its identity key, in its organisation, dated within a day of `now`. `assignment`: proven.
/// Errc::not_allowed for the word of another host; Errc::refuse_b2 for another organisation;
/// Errc::clock_differs for one that is dated ahead; Errc::bad_signature.
[[nodiscard]] Result<void> check_host_word(const Assignment& assignment,
                                           ObjType type,
                                           const Digest& object,
                                           const SignedStatement& source,
                                           UnixSeconds now);

}  // namespace twoseal
