// The four files that hold accounts, edited as one.
#pragma once

#include <string>
#include <vector>

#include "resources/step_draft.h"

namespace twoseal {

inline constexpr const char* kPasswdFile = "/etc/passwd";
inline constexpr const char* kShadowFile = "/etc/shadow";
inline constexpr const char* kGroupFile = "/etc/group";
inline constexpr const char* kGshadowFile = "/etc/gshadow";

/// Whether a path is one of them: writing it needs the lock that useradd and passwd respect.
[[nodiscard]] bool is_account_file(const std::string& path);

/// The present text of a database, as planned so far.
[[nodiscard]] Result<Bytes> account_text(StepDraft& draft, const char* file);

/// Plans the new text of a database; nothing when it is the same. The step shows values of its own,
/// never the lines of these files.
[[nodiscard]] Result<void> plan_account_text(StepDraft& draft, const char* file, Bytes text);

/// Where new numbers come from.
enum class AccountNumbers : std::uint8_t { people, system };

/// The lowest number of the range (1000 to 59999 for people, 100 to 999 for the system, as Debian
/// has it in login.defs) that no line of `database` has, taken downwards for the system as useradd
/// does. Errc::bad_resource when there is none left.
[[nodiscard]] Result<std::uint32_t> free_account_number(BytesView database, AccountNumbers numbers);

}  // namespace twoseal
