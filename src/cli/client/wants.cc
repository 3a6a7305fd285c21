#include "cli/client/wants.h"

#include <algorithm>

#include "base/shell_text.h"
#include "cli/columns.h"
#include "model/names.h"
#include "resources/risks.h"

namespace twoseal::cli {
namespace {

std::string value_text(const WantValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return *text;
  }
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    return shell_text(*list);
  }
  const auto* number = std::get_if<std::int64_t>(&value);
  return number != nullptr ? std::to_string(*number) : std::get<bool>(value) ? "true" : "false";
}

// Whether the difference names content by its digest: of octets that no line of it can show.
bool is_summary(const std::optional<std::string>& value) {
  return value && value->starts_with("sha256:") && value->ends_with(" bytes)");
}

bool tells_all(const PlanStep& step) {
  return !step.hidden && std::none_of(step.diff.begin(), step.diff.end(), [](const DiffLine& one) {
    return is_summary(one.new_value);
  });
}

constexpr std::string_view kLeadsTo = "leads to";  // a line about a path, not about its content

// The steps of all classes that are about a resource.
std::vector<const PlanStep*> steps_about(const std::string& resource,
                                         const std::map<Digest, PlanClass>& classes) {
  std::vector<const PlanStep*> steps;
  for (const auto& [digest, one] : classes) {
    for (const PlanStep& step : one.steps) {
      if (step.res == resource) {
        steps.push_back(&step);
      }
    }
  }
  return steps;
}

// What is wanted of a resource that no host has to change. Content that is changed in part is told
// by its difference; a resource that is made, removed or run is told whole.
Wants settled_wants(const Resource& resource,
                    const std::map<Digest, PlanClass>& classes,
                    const std::map<Digest, Bytes>* blobs) {
  static const std::set<std::string_view> kContent = {"block",
                                                      "content",
                                                      "format",
                                                      "line",
                                                      "replaces",
                                                      "section",
                                                      "source",
                                                      "template",
                                                      "to",
                                                      "value",
                                                      "version"};
  std::set<std::string_view> told;
  for (const PlanStep* step : steps_about(resource.identity(), classes)) {
    if (step->action != StepAction::change || step->opaque || !tells_all(*step)) {
      return {};
    }
    for (const DiffLine& line : step->diff) {
      told.insert(line.node);
      if (line.node != kLeadsTo && !resource.want.contains(line.node)) {
        told.insert(kContent.begin(), kContent.end());
      }
    }
  }
  Wants wants = wants_of(resource, blobs, told);
  if (!resource.then.empty() && steps_about(resource.identity(), classes).empty()) {
    wants.emplace_back("then", handlers_text(resource));
  }
  return wants;
}

}  // namespace

std::string handlers_text(const Resource& resource) {
  std::string text;
  for (const Handler& handler : resource.then) {
    text +=
        (text.empty() ? "" : ", ") + std::string(enum_name(handler.action)) + " " + handler.unit;
  }
  return text;
}

std::string blob_text(const std::string& source, const std::map<Digest, Bytes>* blobs) {
  constexpr std::size_t kShownMax = std::size_t{64} * 1024;
  const auto digest = Digest::parse(source);
  if (!digest || blobs == nullptr || !blobs->contains(*digest)) {
    return source;
  }
  const Bytes& bytes = blobs->at(*digest);
  return bytes.size() <= kShownMax && bytes.find('\0') == Bytes::npos
             ? bytes
             : source + ", " + std::to_string(bytes.size()) +
                   " bytes, too many to show; whole: twoseal change diff CHANGE --blob " + source +
                   " -o FILE";
}

std::string marked(const std::string& text, const std::string& mark) {
  std::string marked;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    marked += "    " + mark + " " + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return marked;
}

// Name and text of all that is wanted of a resource but `shown`.
Wants wants_of(const Resource& resource,
               const std::map<Digest, Bytes>* blobs,
               const std::set<std::string_view>& shown) {
  Wants all;
  for (const auto& [name, value] : resource.want) {
    if (!shown.contains(name)) {
      const std::string text = value_text(value);
      all.emplace_back(name, name == "source" ? blob_text(text, blobs) : text);
    }
  }
  return all;
}

// What is wanted of the resource of `step` beyond what the step itself tells.
Wants wanted_of(const PlanStep& step, const Wanted& wanted) {
  if (wanted.state == nullptr || (tells_all(step) && !step.opaque)) {
    return {};
  }
  for (const Resource& resource : wanted.state->resources) {
    if (resource.identity() == step.res) {
      return tells_all(step) ? wants_of(resource, wanted.blobs, {"run", "undo", "unless"})
                             : wants_of(resource, wanted.blobs);
    }
  }
  return {};
}

std::string wants_text(const Wants& wants) {
  std::string text;
  for (const auto& [name, value] : wants) {
    text += "    " + name + "\n" +
            marked(value.ends_with('\n') ? value.substr(0, value.size() - 1) : value, "+");
  }
  return text;
}

Json::Object wants_json(const Wants& wants) {
  Json::Object fields;
  for (const auto& [name, value] : wants) {
    fields.emplace_back(name, value);
  }
  return fields;
}

std::string settled_text(const std::map<Digest, PlanClass>& classes, const Wanted& wanted) {
  std::string text;
  if (classes.empty()) {
    return text;  // no host has it
  }
  for (const Resource& resource :
       wanted.state != nullptr ? wanted.state->resources : std::vector<Resource>()) {
    const Wants wants = settled_wants(resource, classes, wanted.blobs);
    if (!wants.empty() || steps_about(resource.identity(), classes).empty()) {
      std::string risks;
      for (const Name& risk : risks_of(resource)) {
        risks += (risks.empty() ? "   risk " : ", ") + risk.text();
      }
      text += "  keep  " + one_line(resource.identity()) + risks + "\n" + wants_text(wants);
    }
  }
  return text.empty() ? text
                      : "signed as well, and so already wherever no class says otherwise\n" + text;
}

Json settled_json(const std::map<Digest, PlanClass>& classes, const Wanted& wanted) {
  Json::Array list;
  for (const Resource& resource :
       wanted.state != nullptr ? wanted.state->resources : std::vector<Resource>()) {
    const Wants wants = settled_wants(resource, classes, wanted.blobs);
    if (!wants.empty() || steps_about(resource.identity(), classes).empty()) {
      list.emplace_back(
          Json::Object{{"resource", resource.identity()}, {"wanted", wants_json(wants)}});
    }
  }
  return list;
}

}  // namespace twoseal::cli
