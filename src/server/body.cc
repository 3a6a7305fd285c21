#include "server/body.h"

#include "base/encoding.h"

namespace twoseal::server {
namespace {

// Calls `visit(name, value)` for each member.
template <class Visit>
void each_member(const json::Value& object, Visit&& visit) {
  if (object.count() == 0) {
    return;
  }
  json::Value name = object.first();
  for (std::size_t i = 0; i < object.count(); ++i) {
    const json::Value value = name.after();
    visit(name, value);
    if (i + 1 < object.count()) {
      name = value.after();
    }
  }
}

}  // namespace

Result<Body> Body::parse(BytesView bytes, std::size_t size_max) {
  TWOSEAL_TRY(json::Document document, json::Document::parse(bytes, size_max));
  if (document.root().kind() != json::Kind::object) {
    return fail(Errc::bad_field, "the body must be an object");
  }
  return Body(std::move(document));
}

std::optional<json::Value> Body::find(std::string_view field) const {
  std::optional<json::Value> found;
  each_member(document_.root(), [&](const json::Value& name, const json::Value& value) {
    if (name.raw() == field) {
      found = value;
    }
  });
  return found;
}

void Body::refuse(const std::string& field, const std::string& what) {
  if (!error_) {
    error_ = Error{Errc::bad_field, field + ": " + what};
  }
}

std::optional<json::Value> Body::take(const std::string& field, json::Kind kind) {
  taken_.insert(field);
  const auto value = find(field);
  if (!value) {
    refuse(field, "is missing");
  } else if (value->kind() != kind) {
    refuse(field, "is of another type");
  }
  return error_ ? std::nullopt : value;
}

std::string Body::text(const std::string& field, std::size_t size_max) {
  const auto value = take(field, json::Kind::string);
  std::string text = value ? value->text() : "";
  if (value && (text.empty() || text.size() > size_max)) {
    refuse(field, "must have 1 to " + std::to_string(size_max) + " octets");
  }
  return text;
}

std::int64_t Body::integer(const std::string& field) {
  const auto value = take(field, json::Kind::integer);
  return value ? value->integer() : 0;
}

Bytes Body::octets(const std::string& field) {
  const auto value = take(field, json::Kind::string);
  auto octets = value ? base64_decode(value->text()) : Result<Bytes>(Bytes());
  if (!octets) {
    refuse(field, octets.error().what);
  }
  return octets ? *std::move(octets) : Bytes();
}

std::vector<Bytes> Body::octets_list(const std::string& field, std::size_t count_max) {
  std::vector<Bytes> list;
  if (!has(field)) {
    return list;
  }
  const auto value = take(field, json::Kind::array);
  if (!value || value->count() == 0) {
    return list;
  }
  if (value->count() > count_max) {
    refuse(field, "has more than " + std::to_string(count_max) + " items");
    return list;
  }
  json::Value item = value->first();
  for (std::size_t i = 0; i < value->count(); ++i) {
    auto octets = item.kind() == json::Kind::string
                      ? base64_decode(item.text())
                      : Result<Bytes>(fail(Errc::bad_encoding, "an item is no text"));
    if (!octets) {
      refuse(field, octets.error().what);
      return {};
    }
    list.push_back(*std::move(octets));
    if (i + 1 < value->count()) {
      item = item.after();
    }
  }
  return list;
}

Result<void> Body::finish() const {
  std::optional<Error> error = error_;
  each_member(document_.root(), [&](const json::Value& name, const json::Value&) {
    if (!error && !taken_.contains(name.text())) {
      error = Error{Errc::bad_field, std::string(name.raw()) + ": is no field of this request"};
    }
  });
  return error ? Result<void>(std::unexpected(*error)) : Result<void>();
}

}  // namespace twoseal::server
