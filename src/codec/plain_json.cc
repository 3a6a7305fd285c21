#include "codec/plain_json.h"

#include <limits>

#include <boost/json.hpp>

namespace twoseal::codec {
namespace {

constexpr std::size_t kDepthMax = 32;

constexpr std::int64_t kIntegerMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kIntegerMin = std::numeric_limits<std::int64_t>::min();

// A number that does not fit into the type may not be cast to it.
std::int64_t whole_of(double number) {
  constexpr double kEnd = 9'223'372'036'854'775'808.0;  // 2^63
  if (number >= kEnd) {
    return kIntegerMax;
  }
  return number < -kEnd ? kIntegerMin : static_cast<std::int64_t>(number);
}

PlainJson taken(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return {};
    case boost::json::kind::bool_:
      return PlainJson::of(std::int64_t{value.get_bool()});
    case boost::json::kind::int64:
      return PlainJson::of(value.get_int64());
    case boost::json::kind::uint64:
      return PlainJson::of(kIntegerMax);  // only what is larger than an int64 is one
    case boost::json::kind::double_:
      return PlainJson::of(whole_of(value.get_double()));
    case boost::json::kind::string:
      return PlainJson::of(std::string(value.get_string()));
    case boost::json::kind::array: {
      PlainJson::List list;
      for (const auto& item : value.get_array()) {
        list.push_back(taken(item));
      }
      return PlainJson::of(std::move(list));
    }
    case boost::json::kind::object:
      break;
  }
  PlainJson::Object members;
  for (const auto& member : value.get_object()) {
    members.emplace(std::string(member.key()), taken(member.value()));
  }
  return PlainJson::of(std::move(members));
}

}  // namespace

PlainJson PlainJson::of(std::int64_t number) {
  PlainJson made;
  made.present_ = true;
  made.number_ = number;
  return made;
}

PlainJson PlainJson::of(std::string text) {
  PlainJson made;
  made.present_ = true;
  made.text_ = std::move(text);
  return made;
}

PlainJson PlainJson::of(List list) {
  PlainJson made;
  made.present_ = true;
  made.list_ = std::move(list);
  return made;
}

PlainJson PlainJson::of(Object members) {
  PlainJson made;
  made.present_ = true;
  made.members_ = std::move(members);
  return made;
}

const PlainJson& PlainJson::at(std::string_view key) const {
  static const PlainJson kEmpty;
  const auto found = members_.find(key);
  return found != members_.end() ? found->second : kEmpty;
}

Result<PlainJson> parse_plain_json(BytesView bytes) {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = kDepthMax;
  const boost::json::value value = boost::json::parse(bytes, error, {}, options);
  if (error) {
    return fail(Errc::bad_http, "it is no JSON: " + error.message());
  }
  return taken(value);
}

}  // namespace twoseal::codec
