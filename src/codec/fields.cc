#include "codec/fields.h"

namespace twoseal::codec {

FieldReader::FieldReader(json::Value object, std::string_view name, FieldReader* parent)
    : parent_(parent), name_(name), cursor_(object), left_(object.count()) {
  if (left_ > 0) {
    cursor_ = object.first();
  }
}

std::string FieldReader::path(std::string_view key) const {
  std::string text = parent_ != nullptr ? parent_->path(parent_->key_) : name_;
  text += "." + std::string(key);
  return item_ ? text + "[" + std::to_string(*item_) + "]" : text;
}

void FieldReader::refuse(const json::Value& value, std::string_view what) {
  if (!error_) {
    error_ = Error{Errc::bad_field,
                   path(key_) + ": " + std::string(what),
                   "byte " + std::to_string(value.offset())};
  }
}

void FieldReader::refuse_key(std::string_view key, std::string_view what) {
  if (!error_) {
    item_.reset();
    error_ = Error{Errc::bad_field, path(key) + ": " + std::string(what)};
  }
}

std::optional<json::Value> FieldReader::find(std::string_view key) {
  key_ = key;
  if (error_ || left_ == 0) {
    return std::nullopt;
  }
  if (cursor_.raw() != key) {
    if (cursor_.raw() < key) {
      refuse_key(cursor_.raw(), "this field is not known here");
    }
    return std::nullopt;
  }
  const json::Value value = cursor_.after();
  --left_;
  if (left_ > 0) {
    cursor_ = value.after();
  }
  return value;
}

std::optional<json::Value> FieldReader::required(std::string_view key) {
  auto value = find(key);
  if (!value) {
    refuse_key(key, "this field is missing");
  }
  return value;
}

void FieldReader::finish() {
  if (!error_ && left_ > 0) {
    refuse_key(cursor_.raw(), "this field is not known here");
  }
}

bool FieldReader::is(const json::Value& value, json::Kind kind, std::string_view expected) {
  if (value.kind() != kind) {
    refuse(value, "must be " + std::string(expected));
    return false;
  }
  return true;
}

void FieldReader::take(const json::Value& value, bool& out) {
  if (is(value, json::Kind::boolean, "true or false")) {
    out = value.boolean();
  }
}

void FieldReader::take_integer(const json::Value& value,
                               std::int64_t& out,
                               std::int64_t min,
                               std::int64_t max) {
  if (!is(value, json::Kind::integer, "an integer")) {
    return;
  }
  if (value.integer() < min || value.integer() > max) {
    refuse(value, "must lie between " + std::to_string(min) + " and " + std::to_string(max));
    return;
  }
  out = value.integer();
}

void FieldReader::take(const json::Value& value, std::int64_t& out) {
  take_integer(value, out, 0, limits::kIntegerMax);
}

void FieldReader::take_text(const json::Value& value, std::string& out, Count length) {
  if (!is(value, json::Kind::string, "a text")) {
    return;
  }
  out = value.text();
  if (out.size() < length.min || out.size() > length.max) {
    refuse(value,
           "has " + std::to_string(out.size()) + " bytes; " + std::to_string(length.min) + " to " +
               std::to_string(length.max) + " are allowed");
  }
}

void FieldReader::take(const json::Value& value, std::string& out) {
  take_text(value, out, {0, limits::kTextMax});
}

void FieldReader::take(const json::Value& value, Digest& out) {
  if (is(value, json::Kind::string, "a digest")) {
    const auto digest = Digest::parse(value.raw());
    digest ? static_cast<void>(out = *digest) : refuse(value, digest.error().what);
  }
}

void FieldReader::take(const json::Value& value, WantValue& out) {
  switch (value.kind()) {
    case json::Kind::boolean:
      out = value.boolean();
      return;
    case json::Kind::integer:
      out = value.integer();
      return;
    case json::Kind::string:
      take_text(value, out.emplace<std::string>(), {0, limits::kObjectMax});
      return;
    case json::Kind::array:
      take_list(value, out.emplace<std::vector<std::string>>(), kAny, false);
      return;
    default:
      refuse(value, "must be a text, an integer, true, false or a list of texts");
  }
}

void FieldReader::constant(std::string_view key, std::string_view value) {
  const auto found = required(key);
  if (found && (found->kind() != json::Kind::string || found->raw() != value)) {
    refuse(*found, "must be \"" + std::string(value) + "\"");
  }
}

void FieldReader::constant(std::string_view key, std::int64_t value) {
  if (const auto found = required(key)) {
    std::int64_t read = 0;
    take_integer(*found, read, value, value);
  }
}

void FieldReader::integer(std::string_view key,
                          std::int64_t& value,
                          std::int64_t min,
                          std::int64_t max) {
  if (const auto found = required(key)) {
    take_integer(*found, value, min, max);
  }
}

void FieldReader::text(std::string_view key, std::string& value, Count length) {
  if (const auto found = required(key)) {
    take_text(*found, value, length);
  }
}

void FieldReader::base64(std::string_view key, Bytes& value, Count length) {
  const auto found = required(key);
  if (!found || !is(*found, json::Kind::string, "base64")) {
    return;
  }
  auto bytes = base64_decode(found->raw());
  if (!bytes) {
    refuse(*found, bytes.error().what);
  } else if (bytes->size() < length.min || bytes->size() > length.max) {
    refuse(*found,
           "holds " + std::to_string(bytes->size()) + " bytes; " + std::to_string(length.min) +
               " to " + std::to_string(length.max) + " are allowed");
  } else {
    value = *std::move(bytes);
  }
}

void FieldReader::mark(std::string_view key, bool& value) {
  if (const auto found = find(key)) {
    take(*found, value);
    if (!value) {
      refuse(*found, "is left out rather than false");
    }
  }
}

void FieldReader::mark(std::string_view key, std::string_view word, bool& value) {
  if (const auto found = find(key)) {
    value = true;
    if (found->kind() != json::Kind::string || found->raw() != word) {
      refuse(*found, "must be \"" + std::string(word) + "\" or be left out");
    }
  }
}

void FieldReader::nullable(std::string_view key, std::optional<Digest>& value) {
  const auto found = required(key);
  if (found && found->kind() != json::Kind::null) {
    take(*found, value.emplace());
  }
}

void FieldReader::digest_or_empty(std::string_view key, std::optional<Digest>& value) {
  const auto found = required(key);
  if (found && (found->kind() != json::Kind::string || !found->raw().empty())) {
    take(*found, value.emplace());
  }
}

void FieldReader::role_or_empty(std::string_view key, RoleId& value) {
  const auto found = required(key);
  if (found && (found->kind() != json::Kind::string || !found->raw().empty())) {
    take(*found, value);
  }
}

void FieldReader::labels(std::string_view key, std::map<std::string, std::string>& value) {
  std::map<std::string, WantValue> values;
  wants(key, values);
  for (auto& [name, want] : values) {
    auto* text = std::get_if<std::string>(&want);
    if (text == nullptr || text->size() > limits::kSmallListMax) {
      refuse_key(key, "each label is a text of at most 256 bytes");
      return;
    }
    value.emplace(name, std::move(*text));
  }
}

void FieldReader::wants(std::string_view key, std::map<std::string, WantValue>& value) {
  const auto found = required(key);
  if (!found || !is(*found, json::Kind::object, "an object")) {
    return;
  }
  if (found->count() > limits::kSmallListMax) {
    refuse(*found, "has more than 256 members");
    return;
  }
  json::Value name = found->first();
  for (std::size_t i = 0; i < found->count() && !error_; ++i) {
    const json::Value member = name.after();
    take(member, value[std::string(name.raw())]);
    if (i + 1 < found->count()) {
      name = member.after();
    }
  }
}

void FieldWriter::begin(std::string_view key) {
  out_ += out_.empty() ? "{\"" : ",\"";
  out_ += key;
  out_ += "\":";
}

void FieldWriter::put(bool value) {
  out_ += value ? "true" : "false";
}

void FieldWriter::put(std::int64_t value) {
  out_ += std::to_string(value);
}

void FieldWriter::put(const std::string& value) {
  out_ += json::quote(value);
}

void FieldWriter::put(const Digest& value) {
  out_ += json::quote(value.text());
}

void FieldWriter::put(const WantValue& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    put_list(*list);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    put(*text);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    put(*number);
  } else {
    put(std::get<bool>(value));
  }
}

void FieldWriter::constant(std::string_view key, std::string_view value) {
  (*this)(key, std::string(value));
}

void FieldWriter::constant(std::string_view key, std::int64_t value) {
  (*this)(key, value);
}

void FieldWriter::integer(std::string_view key,
                          std::int64_t value,
                          std::int64_t /*min*/,
                          std::int64_t /*max*/) {
  (*this)(key, value);
}

void FieldWriter::text(std::string_view key, const std::string& value, Count /*length*/) {
  (*this)(key, value);
}

void FieldWriter::base64(std::string_view key, const Bytes& value, Count /*length*/) {
  (*this)(key, base64_encode(value));
}

void FieldWriter::mark(std::string_view key, bool value) {
  if (value) {
    (*this)(key, true);
  }
}

void FieldWriter::mark(std::string_view key, std::string_view word, bool value) {
  if (value) {
    (*this)(key, std::string(word));
  }
}

void FieldWriter::nullable(std::string_view key, const std::optional<Digest>& value) {
  begin(key);
  value ? put(*value) : static_cast<void>(out_ += "null");
}

void FieldWriter::digest_or_empty(std::string_view key, const std::optional<Digest>& value) {
  (*this)(key, value ? value->text() : std::string());
}

void FieldWriter::role_or_empty(std::string_view key, const RoleId& value) {
  (*this)(key, value.text());
}

void FieldWriter::labels(std::string_view key, const std::map<std::string, std::string>& value) {
  std::map<std::string, WantValue> values(value.begin(), value.end());
  wants(key, values);
}

void FieldWriter::wants(std::string_view key, const std::map<std::string, WantValue>& value) {
  begin(key);
  FieldWriter inner;
  for (const auto& [name, want] : value) {
    inner(name, want);
  }
  out_ += inner.take();
}

}  // namespace twoseal::codec
