// Where a run changes files: links on the way may lead elsewhere when they are taken back.
#pragma once

#include <vector>

#include "resources/operation.h"
#include "system/files.h"

namespace twoseal {

/// Names each file by where it is now, without links on the way. No plan changes a file behind a
/// link that it makes or turns itself: StepDraft. Errors of `files`.
[[nodiscard]] Result<void> name_places(const FileSystem& files, std::vector<Operation>& operations);

/// Whether the file of an operation that name_places() named still is there, and nowhere else.
/// Errc::changed_meanwhile when it leads elsewhere or has further names; errors of `files`.
[[nodiscard]] Result<void> check_place(const FileSystem& files, const Operation& operation);

}  // namespace twoseal
