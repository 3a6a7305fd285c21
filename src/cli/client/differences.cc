#include "cli/client/differences.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/json.h"
#include "cli/columns.h"
#include "cli/time_text.h"

namespace twoseal::cli {
namespace {

constexpr std::int64_t kFirstMoment = 1'000'000'000;  // smaller numbers are sizes of a log

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What each version of a chain has anew, or all of them alike.
bool is_chain_field(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames = {
      "issued", "nonce", "org", "prev", "type", "v", "version"};
  return is_one_of(name, kNames);
}

std::string value_text(const std::string& name, const json::Value& value) {
  constexpr std::array<std::string_view, 4> kMoments = {"expires", "from", "to", "until"};
  switch (value.kind()) {
    case json::Kind::boolean:
      return value.boolean() ? "yes" : "no";
    case json::Kind::integer:
      return is_one_of(name, kMoments) && value.integer() >= kFirstMoment
                 ? utc_text(value.integer())
                 : std::to_string(value.integer());
    case json::Kind::string:
      return value.text();
    default:
      return std::string(value.raw());
  }
}

template <class Use>
void for_each_member(const json::Value& object, Use use) {
  if (object.count() == 0) {
    return;
  }
  json::Value key = object.first();
  for (std::size_t i = 0; i < object.count(); ++i) {
    const json::Value value = key.after();
    use(key.text(), value);
    if (i + 1 < object.count()) {
      key = value.after();
    }
  }
}

template <class Use>
void for_each_item(const json::Value& list, Use use) {
  if (list.kind() != json::Kind::array || list.count() == 0) {
    return;
  }
  json::Value item = list.first();
  for (std::size_t i = 0; i < list.count(); ++i) {
    if (i > 0) {
      item = item.after();
    }
    use(item);
  }
}

// Texts that could be read as several, or as something else, are put in quotes as JSON does.
std::string quoted(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_of(" ,;=[]{}\"\\\n\t") == std::string::npos;
  return plain ? text : json::quote(text);
}

// A value within an item: `lead`, `[dev, test]`, `{n=1 role=lead}`.
std::string inner_text(const std::string& name, const json::Value& value);

// `env=dev role=devops-lead`: an item that has no id, on one line.
std::string item_text(const json::Value& item) {
  std::string text;
  for_each_member(item, [&](const std::string& key, const json::Value& member) {
    text += (text.empty() ? "" : " ") + key + "=" + inner_text(key, member);
  });
  return text;
}

std::string list_items_text(const json::Value& list) {
  std::string text;
  for_each_item(list, [&](const json::Value& item) {
    text += (text.empty() ? "" : ", ") + inner_text("", item);
  });
  return text;
}

std::string inner_text(const std::string& name, const json::Value& value) {
  switch (value.kind()) {
    case json::Kind::object:
      return "{" + item_text(value) + "}";
    case json::Kind::array:
      return "[" + list_items_text(value) + "]";
    default:
      return quoted(value_text(name, value));
  }
}

std::optional<std::string> id_of(const json::Value& item) {
  std::optional<std::string> id;
  if (item.kind() == json::Kind::object) {
    for_each_member(item, [&](const std::string& key, const json::Value& value) {
      if (key == "id" && value.kind() == json::Kind::string) {
        id = value.text();
      }
    });
  }
  return id;
}

// Nothing that somebody signs is hidden behind something else of the same name.
void put(Fields& fields, const std::string& field, const std::string& value) {
  const auto [found, added] = fields.emplace(field, value);
  if (!added) {
    found->second += "; " + quoted(value);
  }
}

void add_value(Fields& fields,
               const std::string& path,
               const std::string& name,
               const json::Value& value);

void add_object(Fields& fields, const std::string& path, const json::Value& object) {
  for_each_member(object, [&](const std::string& key, const json::Value& value) {
    if (!path.empty() || !is_chain_field(key)) {
      add_value(fields, path.empty() ? key : path + "." + key, key, value);
    }
  });
}

void add_list(Fields& fields, const std::string& path, const json::Value& list) {
  std::string texts;
  for_each_item(list, [&](const json::Value& item) {
    if (const auto id = id_of(item)) {
      add_object(fields, path + " " + quoted(*id), item);
    } else if (item.kind() == json::Kind::object) {
      put(fields, path + " " + item_text(item), "yes");
    } else {
      texts += (texts.empty() ? "" : ", ") + inner_text("", item);
    }
  });
  if (!texts.empty()) {
    put(fields, path, texts);
  }
}

void add_value(Fields& fields,
               const std::string& path,
               const std::string& name,
               const json::Value& value) {
  if (value.kind() == json::Kind::object) {
    add_object(fields, path, value);
  } else if (value.kind() == json::Kind::array) {
    add_list(fields, path, value);
  } else {
    put(fields, path, value_text(name, value));
  }
}

}  // namespace

std::vector<Difference> differences(const Fields& before, const Fields& after) {
  std::map<std::string, Difference> found;
  for (const auto& [field, value] : before) {
    found[field] = {field, value, ""};
  }
  for (const auto& [field, value] : after) {
    found[field].field = field;
    found[field].after = value;
  }
  std::vector<Difference> list;
  for (const auto& [field, one] : found) {
    if (one.before != one.after) {
      list.push_back(one);
    }
  }
  return list;
}

std::string differences_text(const std::string& name,
                             const std::vector<Difference>& differences,
                             std::string_view none) {
  Columns columns;
  for (const Difference& one : differences) {
    columns.add({"  " + one.field,
                 (one.before.empty() ? "(none)" : one.before) + " -> " +
                     (one.after.empty() ? "(none)" : one.after)});
  }
  return name + "\n" + (differences.empty() ? "  " + std::string(none) + "\n" : columns.text());
}

Result<Fields> document_fields(BytesView canonical) {
  TWOSEAL_TRY(const json::Document document, json::Document::parse(canonical));
  Fields fields;
  add_object(fields, "", document.root());
  return fields;
}

}  // namespace twoseal::cli
