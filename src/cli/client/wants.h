// What the resources of a change want, as people read it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/json_text.h"
#include "model/plan.h"

namespace twoseal::cli {

/// What a change wants, with the files that its state names by digest: shown where the difference
/// on the hosts does not show all of it.
struct Wanted {
  const State* state = nullptr;
  const std::map<Digest, Bytes>* blobs = nullptr;
};

/// Names and texts.
using Wants = std::vector<std::pair<std::string, std::string>>;

/// Each line of `text` behind four blanks and `mark`.
[[nodiscard]] std::string marked(const std::string& text, const std::string& mark);

/// The bytes that `source` names by digest, where they are text and not too many to show; else the
/// digest, with how to see them.
[[nodiscard]] std::string blob_text(const std::string& source,
                                    const std::map<Digest, Bytes>* blobs);

/// `reload ssh.service, restart cron.service`.
[[nodiscard]] std::string handlers_text(const Resource& resource);

/// All that is wanted of a resource but `shown`.
[[nodiscard]] Wants wants_of(const Resource& resource,
                             const std::map<Digest, Bytes>* blobs,
                             const std::set<std::string_view>& shown = {});

/// What is wanted of the resource of `step` beyond what the step itself tells.
[[nodiscard]] Wants wanted_of(const PlanStep& step, const Wanted& wanted);

[[nodiscard]] std::string wants_text(const Wants& wants);
[[nodiscard]] Json::Object wants_json(const Wants& wants);

/// What is signed of resources without that a step of a class tells it: hosts have it already, and
/// keep it when the change is enforced. Empty when steps tell everything.
[[nodiscard]] std::string settled_text(const std::map<Digest, PlanClass>& classes,
                                       const Wanted& wanted);
[[nodiscard]] Json settled_json(const std::map<Digest, PlanClass>& classes, const Wanted& wanted);

}  // namespace twoseal::cli
