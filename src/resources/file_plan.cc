#include "resources/file_plan.h"

#include <charconv>

#include "crypto/hash.h"
#include "resources/text_diff.h"
#include "resources/want.h"

namespace twoseal {
namespace {

constexpr std::uint32_t kOthersRead = 04;

// Whether the state may be shown to people who cannot read it on the host.
Result<bool> is_hidden(StepDraft& draft, const std::string& path, const PathState& after) {
  TWOSEAL_TRY(const bool is_private, draft.view().is_private(path));
  return is_private || (after.kind == FileKind::regular && (after.mode & kOthersRead) == 0);
}

std::string_view name_of(FileKind kind) {
  switch (kind) {
    case FileKind::regular:
      return "regular file";
    case FileKind::directory:
      return "directory";
    case FileKind::symlink:
      return "link";
    case FileKind::other:
      break;
  }
  return "device, socket or pipe";
}

std::unexpected<Error> other_thing(const std::string& path, FileKind there) {
  return fail(Errc::other_thing_there, "a " + std::string(name_of(there)) + " stands there", path);
}

}  // namespace

WantedOwner wanted_owner(const Resource& resource, std::uint32_t mode_new) {
  return {wanted_text(resource, "mode"),
          wanted_text(resource, "owner"),
          wanted_text(resource, "group"),
          mode_new};
}

void show_lines(StepDraft& draft, BytesView old_bytes, BytesView new_bytes) {
  for (DiffLine& line : diff_texts(old_bytes, new_bytes)) {
    draft.show(std::move(line));
  }
}

std::string mode_text(std::uint32_t mode) {
  std::string text(4, '0');
  for (std::size_t i = 0; i < 4; ++i) {
    text[3 - i] = static_cast<char>('0' + ((mode >> (3 * i)) & 07));
  }
  return text;
}

Result<void> check_parent(StepDraft& draft, const std::string& path) {
  const std::string parent = path.substr(0, path.rfind('/'));
  if (parent.empty()) {
    return {};
  }
  TWOSEAL_TRY(const PathState there, draft.view().path(parent));
  if (!there.kind) {
    return fail(Errc::no_input,
                "the directory " + parent + " does not exist",
                "",
                "put a directory resource for it before this one");
  }
  if (there.kind != FileKind::directory && there.kind != FileKind::symlink) {
    return other_thing(parent, *there.kind);
  }
  return {};
}

Result<void> check_one_name(StepDraft& draft, const std::string& path) {
  TWOSEAL_TRY(const std::uint64_t names, draft.view().names(path));
  return names <= 1 ? Result<void>()
                    : fail(Errc::other_thing_there,
                           "it is one file under " + std::to_string(names) +
                               " names (hard links), which taking it back could not join again",
                           path,
                           "find the others: find / -xdev -samefile " + path +
                               "; give each a file of its own, then plan again");
}

Result<void> set_owner(StepDraft& draft, const WantedOwner& owner, PathState& after) {
  if (owner.mode) {
    std::from_chars(owner.mode->data(), owner.mode->data() + owner.mode->size(), after.mode, 8);
  }
  if (owner.owner) {
    TWOSEAL_TRY(after.uid, draft.view().user_id(*owner.owner));
  }
  if (owner.group) {
    TWOSEAL_TRY(after.gid, draft.view().group_id(*owner.group));
  }
  return {};
}

Result<void> show_owner(StepDraft& draft, const PathState& before, const PathState& after) {
  PlanView& view = draft.view();
  const bool is_new = !before.kind;
  if (after.kind != FileKind::symlink && (is_new || before.mode != after.mode)) {
    draft.show("mode",
               is_new ? std::nullopt : std::optional(mode_text(before.mode)),
               mode_text(after.mode));
  }
  if (is_new || before.uid != after.uid) {
    TWOSEAL_TRY(const std::string old_name, view.user_name(before.uid));
    TWOSEAL_TRY(const std::string new_name, view.user_name(after.uid));
    draft.show("owner", is_new ? std::nullopt : std::optional(old_name), new_name);
  }
  if (is_new || before.gid != after.gid) {
    TWOSEAL_TRY(const std::string old_name, view.group_name(before.gid));
    TWOSEAL_TRY(const std::string new_name, view.group_name(after.gid));
    draft.show("group", is_new ? std::nullopt : std::optional(old_name), new_name);
  }
  return {};
}

WantedContent wanted_content(std::shared_ptr<const Bytes> bytes) {
  const Digest digest = sha256(*bytes);
  return {digest,
          [bytes = std::move(bytes)]() -> Result<std::shared_ptr<const Bytes>> { return bytes; }};
}

Result<void> plan_regular(StepDraft& draft,
                          const std::string& path,
                          const std::optional<WantedContent>& content,
                          const WantedOwner& owner,
                          const ShowContent& show) {
  PlanView& view = draft.view();
  TWOSEAL_TRY(const PathState before, view.path(path));
  if (before.kind && before.kind != FileKind::regular) {
    return other_thing(path, *before.kind);
  }
  if (!before.kind && !content) {
    return fail(Errc::no_input, "there is no file whose mode or owner could be set", path);
  }
  PathState after = before;
  if (!before.kind) {
    TWOSEAL_TRY_VOID(check_parent(draft, path));
    after = {FileKind::regular, owner.mode_new, 0, 0, Digest()};
  }
  if (content) {
    after.content = content->digest;
  }
  TWOSEAL_TRY_VOID(set_owner(draft, owner, after));
  if (after == before) {
    return {};
  }
  if (before.kind) {
    TWOSEAL_TRY_VOID(check_one_name(draft, path));
  }
  TWOSEAL_TRY(const bool hidden, is_hidden(draft, path, after));
  draft.set_action(before.kind ? StepAction::change : StepAction::create);
  TWOSEAL_TRY(const auto old_bytes, view.bytes(path));
  std::shared_ptr<const Bytes> new_bytes = old_bytes;
  if (content) {
    TWOSEAL_TRY(new_bytes, content->bytes());
  }
  if (hidden) {
    draft.hide();
  } else {
    if (after.content != before.content || !before.kind) {
      show(draft, *old_bytes, *new_bytes);
    }
    TWOSEAL_TRY_VOID(show_owner(draft, before, after));
  }
  draft.add(FileOperation{path, before, after, std::move(new_bytes)});
  return {};
}

Result<void> plan_free(StepDraft& draft, const std::string& path, FileKind kind) {
  PlanView& view = draft.view();
  TWOSEAL_TRY(const PathState before, view.path(path));
  if (!before.kind) {
    return {};
  }
  if (*before.kind != kind) {
    return other_thing(path, *before.kind);
  }
  TWOSEAL_TRY_VOID(check_one_name(draft, path));
  TWOSEAL_TRY(const bool hidden, is_hidden(draft, path, before));
  draft.set_action(StepAction::remove);
  if (hidden) {
    draft.hide();
  } else if (kind == FileKind::regular) {
    TWOSEAL_TRY(const auto old_bytes, view.bytes(path));
    show_lines(draft, *old_bytes, "");
  } else if (kind == FileKind::symlink) {
    TWOSEAL_TRY(std::string to, view.link(path));
    draft.show("to", std::move(to), std::nullopt);
  }
  draft.add(FileOperation{path, before, PathState{}, nullptr});
  return {};
}

}  // namespace twoseal
