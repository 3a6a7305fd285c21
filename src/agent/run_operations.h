// The operations of a run: what a plan comes to, what the journal kept of it, and whether they
// stand.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/run_book.h"
#include "model/plan.h"
#include "resources/operate.h"

namespace twoseal {

/// Longest text that says what became of a run, in octets.
inline constexpr std::size_t kDetailMax = 1'024;

/// Whether it reloads or restarts a unit.
[[nodiscard]] bool is_handler(const Operation& operation);

[[nodiscard]] bool is_command(const Operation& operation);

/// The operations of a plan in their order; neighbours on one path become one.
[[nodiscard]] std::vector<Operation> flattened(const HostPlan& plan);

/// The operations of a run at their places. Errc::refuse_j1 when one of them cannot be read.
[[nodiscard]] Result<std::vector<Operation>> operations_of(const RunBegun& begun);

/// The last place at which a command may have run; nothing when none began.
[[nodiscard]] std::optional<std::int64_t> last_command(const OpenRun& run);

/// Whether everything stands as `wanted`. Of several operations on one path the last one (after) or
/// the first one (before) is what must stand. `since`: seconds since 1970, of a reload or restart.
/// Errc::changed_meanwhile when it does not; errors of Operator::standing_of().
[[nodiscard]] Result<void> read_back(Operator& by,
                                     UnixSeconds since,
                                     const std::vector<Operation>& operations,
                                     Standing wanted);

/// Reloads and restarts what operations say. False when one failed, of which `log` is told.
[[nodiscard]] bool run_handlers(Operator& by,
                                const std::vector<Operation>& operations,
                                const std::function<void(const std::string& line)>& log);

/// Whether nobody knows after this error what the disk holds, so that nothing more is written.
[[nodiscard]] bool is_of_store(const Error& error);

}  // namespace twoseal
