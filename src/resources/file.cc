// Kind `file`: the whole of a file, one line of it, or a block between two marks.
#include <functional>

#include "base/bytes.h"
#include "resources/file_plan.h"
#include "resources/kind.h"
#include "resources/template.h"
#include "resources/text_edit.h"
#include "resources/want.h"

namespace twoseal {
namespace {

constexpr std::uint32_t kFileMode = 0644;

std::unexpected<Error> bad(const Resource& resource, std::string reason) {
  return fail(Errc::bad_resource, resource.identity() + ": " + std::move(reason));
}

// What the file shall hold; nothing when only mode or owner are wanted.
Result<std::optional<WantedContent>> whole_content(StepDraft& draft) {
  const Resource& resource = draft.resource();
  if (auto content = wanted_text(resource, "content")) {
    return wanted_content(std::make_shared<const Bytes>(*std::move(content)));
  }
  if (const auto source = wanted_text(resource, "source")) {
    TWOSEAL_TRY(const Digest digest, Digest::parse(*source));
    TWOSEAL_TRY_VOID(draft.view().check_blob(digest));
    return WantedContent{digest, [&draft, digest] { return draft.view().blob(digest); }};
  }
  if (const auto text = wanted_text(resource, "template")) {
    TWOSEAL_TRY(Bytes filled, fill_template(*text, draft.view().facts(), draft.view().labels()));
    return wanted_content(std::make_shared<const Bytes>(std::move(filled)));
  }
  return std::nullopt;
}

Result<void> plan_whole(StepDraft& draft) {
  const Resource& resource = draft.resource();
  if (is_wanted_absent(resource)) {
    return plan_free(draft, resource.key, FileKind::regular);
  }
  TWOSEAL_TRY(const auto content, whole_content(draft));
  return plan_regular(draft, resource.key, content, wanted_owner(resource, kFileMode), show_lines);
}

// Plans `edit` of the present text; an edit that leaves nothing where nothing was plans nothing.
Result<void> plan_edit(StepDraft& draft, const std::function<Result<Bytes>(BytesView)>& edit) {
  const std::string& path = draft.resource().key;
  TWOSEAL_TRY(const auto before, draft.view().bytes(path));
  auto edited = edit(*before);
  if (!edited) {
    edited.error().where = path + (edited.error().where.empty() ? "" : ", ") + edited.error().where;
    return std::unexpected(std::move(edited).error());
  }
  if (*edited == *before) {
    return {};
  }
  return plan_regular(draft,
                      path,
                      wanted_content(std::make_shared<const Bytes>(*std::move(edited))),
                      WantedOwner{.mode_new = kFileMode},
                      show_lines);
}

Result<void> plan_line(StepDraft& draft) {
  const Resource& resource = draft.resource();
  const auto line = wanted_text(resource, "line");
  const auto replaces = wanted_text(resource, "replaces");
  if (!line || *resource.sub != "line:" + replaces.value_or(*line)) {
    return bad(resource, "line and identity do not belong together");
  }
  return plan_edit(draft, [&](BytesView text) -> Result<Bytes> {
    return is_wanted_absent(resource) ? without_line(text, *line, replaces)
                                      : with_line(text, *line, replaces);
  });
}

Result<void> plan_block(StepDraft& draft, const std::string& name) {
  const Resource& resource = draft.resource();
  const std::string comment = wanted_text(resource, "comment").value_or("#");
  const auto content = wanted_text(resource, "content");
  if (content.has_value() == is_wanted_absent(resource)) {
    return bad(resource, "a block has content, or is absent");
  }
  return plan_edit(draft, [&](BytesView text) -> Result<Bytes> {
    return content ? with_block(text, name, comment, *content) : without_block(text, name, comment);
  });
}

}  // namespace

Result<void> plan_file(StepDraft& draft) {
  const Resource& resource = draft.resource();
  constexpr std::string_view kBlock = "block:";
  if (!resource.sub) {
    return resource.want.contains("line") ? bad(resource, "a line without its identity")
                                          : plan_whole(draft);
  }
  if (resource.sub->starts_with(kBlock)) {
    return plan_block(draft, resource.sub->substr(kBlock.size()));
  }
  return plan_line(draft);
}

}  // namespace twoseal
