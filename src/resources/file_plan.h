// What kinds that write files share: content, mode, owner, and taking things away.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "resources/step_draft.h"

namespace twoseal {

/// Who shall own a path and with which mode; what is absent stays, or is root's and `mode_new`.
struct WantedOwner {
  std::optional<std::string> mode;  ///< four octal digits
  std::optional<std::string> owner;
  std::optional<std::string> group;
  std::uint32_t mode_new = 0644;
};

/// The fields mode, owner and group of the draft's resource.
[[nodiscard]] WantedOwner wanted_owner(const Resource& resource, std::uint32_t mode_new);

/// How a change of content is shown: from the bytes before (empty when the path was free) and the
/// new ones.
using ShowContent = std::function<void(StepDraft&, BytesView, BytesView)>;

/// By differing lines.
void show_lines(StepDraft& draft, BytesView old_bytes, BytesView new_bytes);

/// Content that a file shall have, known by its digest: the bytes are asked for only when something
/// differs, so that looking at what is right costs no second copy of it.
struct WantedContent {
  Digest digest;
  std::function<Result<std::shared_ptr<const Bytes>>()> bytes;
};

[[nodiscard]] WantedContent wanted_content(std::shared_ptr<const Bytes> bytes);

/// Plans a regular file at `path` with this content (nothing: as it is) and owner. Errors:
/// Errc::other_thing_there when a directory, link or device is there; Errc::no_input when the path
/// is free and no content is wanted; those of asking for the bytes.
[[nodiscard]] Result<void> plan_regular(StepDraft& draft,
                                        const std::string& path,
                                        const std::optional<WantedContent>& content,
                                        const WantedOwner& owner,
                                        const ShowContent& show);

/// Plans that the path is free. `kind`: what may be there; Errc::other_thing_there for anything
/// else.
[[nodiscard]] Result<void> plan_free(StepDraft& draft, const std::string& path, FileKind kind);

/// Shows mode and owner where they differ.
[[nodiscard]] Result<void> show_owner(StepDraft& draft,
                                      const PathState& before,
                                      const PathState& after);

/// `after` with the wanted mode and owner. Errc::unknown_account.
[[nodiscard]] Result<void> set_owner(StepDraft& draft, const WantedOwner& owner, PathState& after);

/// Errc::no_input when the directory of a path that is to be made is neither there nor planned.
[[nodiscard]] Result<void> check_parent(StepDraft& draft, const std::string& path);

/// Errc::other_thing_there for a file under several names: it would be cut from the others, and
/// undo could not join them again.
[[nodiscard]] Result<void> check_one_name(StepDraft& draft, const std::string& path);

/// `0644`.
[[nodiscard]] std::string mode_text(std::uint32_t mode);

}  // namespace twoseal
