// What the files with field tables share: decode and encode over a table.
#pragma once

#include "codec/fields.h"
#include "codec/objects.h"
#include "model/fresh.h"
#include "model/plan.h"
#include "model/statement.h"

namespace twoseal::codec {

inline constexpr Count kNonce{limits::kNonceSize, limits::kNonceSize};
inline constexpr Count kLine{1, 256};                     ///< a short text
inline constexpr Count kParagraphs{1, limits::kTextMax};  ///< a free text that may not be empty
inline constexpr std::int64_t kTimeMax = limits::kIntegerMax;

template <class V>
void fields(V& v, LogPoint& x) {
  v("root", x.root);
  v("size", x.size);
}

template <class V>
void fields(V& v, VersionRef& x) {
  v("digest", x.digest);
  v.integer("version", x.version, 1, kTimeMax);
}

template <class V>
void fields(V& v, DiffLine& x) {
  v.optional("new", x.new_value);
  v.text("node", x.node, {0, 4096});
  v.optional("old", x.old_value);
}

/// Reads `T` through its table; `name` begins the path in messages.
template <class T>
Result<T> decode_with_table(BytesView bytes, std::string_view name, std::size_t size_max) {
  TWOSEAL_TRY(const json::Document document, json::Document::parse(bytes, size_max));
  FieldReader reader(document.root(), name);
  T object{};
  fields(reader, object);
  reader.finish();
  if (reader.error()) {
    return std::unexpected(*reader.error());
  }
  return object;
}

template <class T>
Bytes encode_with_table(const T& object) {
  FieldWriter writer;
  // See FieldWriter::put.
  fields(writer, const_cast<T&>(object));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  return writer.take();
}

/// An error about a combination of fields that the table alone cannot express.
inline std::unexpected<Error> fail_field(std::string what) {
  return fail(Errc::bad_field, std::move(what));
}

/// Defines decode and encode of one type. `check` takes the decoded object and returns
/// Result<void>.
#define TWOSEAL_CODEC_CHECKED(Type, name, check)                              \
  template <>                                                                 \
  Result<Type> decode<Type>(BytesView bytes, std::size_t size_max) {          \
    TWOSEAL_TRY(Type object, decode_with_table<Type>(bytes, name, size_max)); \
    TWOSEAL_TRY_VOID(check(object));                                          \
    return object;                                                            \
  }                                                                           \
  template <>                                                                 \
  Bytes encode<Type>(const Type& object) {                                    \
    return encode_with_table(object);                                         \
  }                                                                           \
  static_assert(true)

/// The same for a type whose table says everything.
#define TWOSEAL_CODEC(Type, name)                                    \
  template <>                                                        \
  Result<Type> decode<Type>(BytesView bytes, std::size_t size_max) { \
    return decode_with_table<Type>(bytes, name, size_max);           \
  }                                                                  \
  template <>                                                        \
  Bytes encode<Type>(const Type& object) {                           \
    return encode_with_table(object);                                \
  }                                                                  \
  static_assert(true)

}  // namespace twoseal::codec
