#include "compliance/content/compiled.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <unordered_map>

#include "base/check.h"
#include "compliance/content/content_fields.h"
#include "crypto/hash.h"

namespace twoseal::scap {
namespace {

constexpr std::string_view kMagic = "TWOSEALC";
constexpr std::size_t kHeader = 8 + 4 + 4 + 8 + 8 + Digest::kSize;
constexpr std::size_t kDepthMax = 80;

/// The greatest value of each enumeration that compiled bytes hold.
template <class Value>
struct Last;

#define TWOSEAL_LAST(type, value)                 \
  template <>                                     \
  struct Last<type> {                             \
    static constexpr type kValue = (type::value); \
  }
TWOSEAL_LAST(EntityName, value_of);
TWOSEAL_LAST(Family, xmlfilecontent);
TWOSEAL_LAST(Datatype, record);
TWOSEAL_LAST(Operation, superset_of);
TWOSEAL_LAST(Check, only_one);
TWOSEAL_LAST(Existence, only_one_exists);
TWOSEAL_LAST(Operator, odd);
TWOSEAL_LAST(SetOperator, complement);
TWOSEAL_LAST(ComponentKind, unique);
TWOSEAL_LAST(TimeFormat, cim_datetime);
TWOSEAL_LAST(VariableKind, local);
TWOSEAL_LAST(CriteriaKind, definition);
TWOSEAL_LAST(DefinitionClass, vulnerability);
TWOSEAL_LAST(Severity, high);
TWOSEAL_LAST(Role, unchecked);
TWOSEAL_LAST(ValueType, boolean);
#undef TWOSEAL_LAST

template <class T>
struct IsVector : std::false_type {};

template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

template <class T>
struct IsOptional : std::false_type {};

template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
struct IsPair : std::false_type {};

template <class A, class B>
struct IsPair<std::pair<A, B>> : std::true_type {};

void put_fixed(Bytes& to, std::uint64_t value, int octets) {
  for (int i = 0; i < octets; ++i) {
    to += static_cast<char>(value >> (8U * static_cast<unsigned>(i)));
  }
}

std::uint64_t get_fixed(BytesView from, std::size_t at, std::size_t octets) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < octets; ++i) {
    value |= std::uint64_t{octet(from, at + i)} << (8U * i);
  }
  return value;
}

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U);
}

std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

// --- writing -----------------------------------------------------------------------------------

class Writer {
 public:
  template <class... Values>
  void operator()(Values&... values) {
    (put(values), ...);
  }

  Bytes body;
  Bytes texts;

 private:
  void number(std::uint64_t value) {
    while (value >= 0x80U) {
      body += static_cast<char>(value | 0x80U);
      value >>= 7U;
    }
    body += static_cast<char>(value);
  }

  // A text that was written before is written once.
  void text(std::string_view value) {
    const auto [known, added] = known_.try_emplace(std::string(value), texts.size());
    if (added) {
      texts += value;
    }
    number(value.size());
    number(known->second);
  }

  template <class Value>
  void put(Value& value) {
    if constexpr (std::is_same_v<Value, Text> || std::is_same_v<Value, std::string>) {
      text(value);
    } else if constexpr (std::is_same_v<Value, Digest>) {
      body += value.bytes();
    } else if constexpr (std::is_same_v<Value, double>) {
      put_fixed(body, std::bit_cast<std::uint64_t>(value), 8);
    } else if constexpr (std::is_same_v<Value, Index>) {
      number((std::uint64_t{value} + 1U) & 0xFFFF'FFFFU);  // kNone is 0
    } else if constexpr (std::is_same_v<Value, std::int64_t>) {
      number(zigzag(value));
    } else if constexpr (std::is_enum_v<Value> || std::is_same_v<Value, bool>) {
      number(static_cast<std::uint64_t>(value));
    } else if constexpr (IsVector<Value>::value) {
      number(value.size());
      for (auto& each : value) {
        put(each);
      }
    } else if constexpr (IsOptional<Value>::value) {
      number(value ? 1 : 0);
      if (value) {
        put(*value);
      }
    } else if constexpr (IsPair<Value>::value) {
      put(value.first);
      put(value.second);
    } else {
      fields(*this, value);
    }
  }

  std::unordered_map<std::string, std::size_t> known_;
};

// --- reading -----------------------------------------------------------------------------------

// Once something was wrong, everything else reads as nothing.
class Reader {
 public:
  Reader(BytesView body, BytesView texts) : body_(body), texts_(texts) {}

  template <class... Values>
  void operator()(Values&... values) {
    (get(values), ...);
  }

  [[nodiscard]] bool is_whole() const { return good_ && at_ == body_.size(); }

 private:
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; good_ && shift < 64; shift += 7) {
      if (at_ >= body_.size()) {
        break;
      }
      const std::uint8_t each = octet(body_, at_++);
      value |= std::uint64_t{each & 0x7FU} << shift;
      if ((each & 0x80U) == 0) {
        // One spelling: no octets that add nothing, none that do not fit.
        good_ = shift == 0 || (each != 0 && (shift < 63 || each == 1));
        return good_ ? value : 0;
      }
    }
    good_ = false;
    return 0;
  }

  std::string_view text() {
    const std::uint64_t size = number();
    const std::uint64_t begin = number();
    if (!good_ || size > texts_.size() || begin > texts_.size() - size) {
      good_ = false;
      return {};
    }
    return texts_.substr(begin, size);
  }

  template <class Value>
  void get(Value& value) {
    if constexpr (std::is_same_v<Value, Text> || std::is_same_v<Value, std::string>) {
      value = text();
    } else if constexpr (std::is_same_v<Value, Digest>) {
      if (body_.size() - at_ < Digest::kSize) {
        good_ = false;
        return;
      }
      value = Digest::from_bytes(body_.substr(at_, Digest::kSize));
      at_ += Digest::kSize;
    } else if constexpr (std::is_same_v<Value, double>) {
      get_double(value);
    } else if constexpr (std::is_same_v<Value, Index>) {
      const std::uint64_t read = number();
      good_ = good_ && read <= 0xFFFF'FFFFU;
      value = static_cast<Index>(read - 1U);
    } else if constexpr (std::is_same_v<Value, std::int64_t>) {
      value = unzigzag(number());
    } else if constexpr (std::is_same_v<Value, bool>) {
      const std::uint64_t read = number();
      good_ = good_ && read <= 1;
      value = read == 1;
    } else if constexpr (std::is_enum_v<Value>) {
      const std::uint64_t read = number();
      good_ = good_ && read <= static_cast<std::uint64_t>(Last<Value>::kValue);
      value = good_ ? static_cast<Value>(read) : Value{};
    } else if constexpr (IsVector<Value>::value) {
      get_list(value);
    } else if constexpr (IsOptional<Value>::value) {
      bool present = false;
      get(present);
      if (good_ && present) {
        get(value.emplace());
      }
    } else if constexpr (IsPair<Value>::value) {
      get(value.first);
      get(value.second);
    } else {
      get_part(value);
    }
  }

  void get_double(double& value) {
    if (body_.size() - at_ < 8) {
      good_ = false;
      return;
    }
    value = std::bit_cast<double>(get_fixed(body_, at_, 8));
    good_ = std::isfinite(value);
    at_ += 8;
  }

  // Each item takes at least one octet, so that a great count cannot ask for memory alone.
  template <class Value>
  void get_list(std::vector<Value>& list) {
    const std::uint64_t count = number();
    if (!good_ || count > body_.size() - at_) {
      good_ = false;
      return;
    }
    list.reserve(std::min<std::uint64_t>(count, 4096));
    for (std::uint64_t i = 0; good_ && i < count; ++i) {
      get(list.emplace_back());
    }
  }

  template <class Part>
  void get_part(Part& part) {
    if (depth_ >= kDepthMax) {
      good_ = false;
      return;
    }
    ++depth_;
    fields(*this, part);
    --depth_;
  }

  BytesView body_;
  BytesView texts_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool good_ = true;
};

std::unexpected<Error> damaged(std::string why) {
  return fail(Errc::bad_content,
              "the compiled content " + std::move(why),
              {},
              "compile it again with: twoseal content add FILE");
}

struct Sections {
  BytesView body;
  BytesView texts;
};

Result<Sections> sections_of(BytesView bytes) {
  if (bytes.size() < kHeader || !bytes.starts_with(kMagic)) {
    return damaged("is none: it does not begin as one");
  }
  const std::uint64_t version = get_fixed(bytes, 8, 4);
  if (version != kCompiledVersion) {
    return damaged("is of version " + std::to_string(version) + ", and this program reads " +
                   std::to_string(kCompiledVersion));
  }
  const std::uint64_t body = get_fixed(bytes, 16, 8);
  const std::uint64_t texts = get_fixed(bytes, 24, 8);
  const std::size_t rest = bytes.size() - kHeader;
  if (get_fixed(bytes, 12, 4) != 0 || body > rest || texts != rest - body) {
    return damaged("does not have the size that it says");
  }
  if (sha256(bytes.substr(kHeader)).view() != bytes.substr(32, Digest::kSize)) {
    return damaged("was altered: its digest is another one");
  }
  return Sections{bytes.substr(kHeader, body), bytes.substr(kHeader + body)};
}

}  // namespace

Bytes encode_content(const Content& content) {
  Writer writer;
  // The table of fields takes parts that may be changed; writing changes none.
  fields(writer, const_cast<Content&>(content));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  const Bytes after = writer.body + writer.texts;
  Bytes bytes(kMagic);
  put_fixed(bytes, kCompiledVersion, 4);
  put_fixed(bytes, 0, 4);
  put_fixed(bytes, writer.body.size(), 8);
  put_fixed(bytes, writer.texts.size(), 8);
  bytes += sha256(after).bytes();
  return bytes + after;
}

Result<Content> decode_content(BytesView bytes) {
  TWOSEAL_TRY(const Sections sections, sections_of(bytes));
  Reader reader(sections.body, sections.texts);
  Content content;
  fields(reader, content);
  if (!reader.is_whole()) {
    return damaged("cannot be read to its end");
  }
  TWOSEAL_TRY_VOID(check_references(content));
  return content;
}

Result<Content> open_content(const std::string& path) {
  TWOSEAL_TRY(Bytes read, read_file(path, kCompiledMax));
  auto bytes = std::make_shared<const Bytes>(std::move(read));
  auto content = decode_content(*bytes);
  if (!content) {
    return std::unexpected(in_file(std::move(content).error(), path));
  }
  content->keeps = std::move(bytes);
  return content;
}

}  // namespace twoseal::scap
