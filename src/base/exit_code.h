// The exit codes of every verb, in one table.
#pragma once

namespace twoseal {

/// Exit codes, the same for all verbs. `docs/exit-codes.md` is printed from the same list.
enum class Exit : int {
  done = 0,
  error = 1,
  difference = 2,
  sign_in_needed = 4,
  denied = 5,
  verification_failed = 6,
  stale = 7,
  pending = 8,
  usage = 64,
  bad_data = 65,
  no_input = 66,
  unavailable = 69,
  try_again = 75,
  permission = 77,
  configuration = 78,
  timed_out = 124,
  interrupted = 130,
};

}  // namespace twoseal
