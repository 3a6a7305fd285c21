#include "codec/client_data.h"

#include <algorithm>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

namespace twoseal::codec {
namespace {

using boost::json::error_code;
using Text = boost::json::string_view;

enum class Kind { text, boolean, other };

// What Boost.JSON's parser calls. Boost's own value tree keeps only one of two equal keys, which is
// why the client data has a handler of its own. Each function returns false after refuse().
class Handler {
 public:
  // NOLINTBEGIN(readability-identifier-naming): the names that the parser asks for
  static constexpr std::size_t max_object_size = kClientDataMembersMax;
  static constexpr std::size_t max_array_size = kClientDataMembersMax;
  static constexpr std::size_t max_key_size = kClientDataMax;
  static constexpr std::size_t max_string_size = kClientDataMax;

  // NOLINTEND(readability-identifier-naming)

  // NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
  bool on_document_begin(error_code& /*error*/) { return true; }

  bool on_document_end(error_code& /*error*/) { return true; }

  bool on_object_begin(error_code& error) {
    const bool fits = depth_ == 0 || takes(Kind::other, error);
    ++depth_;
    return fits;
  }

  bool on_object_end(std::size_t /*count*/, error_code& /*error*/) { return leave(); }

  bool on_array_begin(error_code& error) {
    const bool fits = takes(Kind::other, error);
    ++depth_;
    return fits;
  }

  bool on_array_end(std::size_t /*count*/, error_code& /*error*/) { return leave(); }

  bool on_key_part(Text part, std::size_t /*total*/, error_code& /*error*/) { return keep(part); }

  bool on_key(Text last, std::size_t /*total*/, error_code& error) {
    const std::string key = whole(last);
    if (depth_ != 1) {
      return true;
    }
    if (std::ranges::find(keys_, key) != keys_.end()) {
      return refuse("a member stands twice", error);
    }
    data_.has_top_origin |= key == "topOrigin";
    keys_.push_back(key);
    return true;
  }

  bool on_string_part(Text part, std::size_t /*total*/, error_code& /*error*/) {
    return keep(part);
  }

  bool on_string(Text last, std::size_t /*total*/, error_code& error) {
    const std::string text = whole(last);
    if (!takes(Kind::text, error)) {
      return false;
    }
    if (std::string* const member = text_member()) {
      *member = text;
    }
    return true;
  }

  bool on_number_part(Text /*part*/, error_code& /*error*/) { return true; }

  bool on_int64(std::int64_t /*value*/, Text /*text*/, error_code& error) {
    return takes(Kind::other, error);
  }

  bool on_uint64(std::uint64_t /*value*/, Text /*text*/, error_code& error) {
    return takes(Kind::other, error);
  }

  bool on_double(double /*value*/, Text /*text*/, error_code& error) {
    return takes(Kind::other, error);
  }

  bool on_bool(bool value, error_code& error) {
    if (!takes(Kind::boolean, error)) {
      return false;
    }
    if (is_member("crossOrigin")) {
      data_.cross_origin = value;
    }
    return true;
  }

  bool on_null(error_code& error) { return takes(Kind::other, error); }

  bool on_comment_part(Text /*part*/, error_code& /*error*/) { return true; }

  bool on_comment(Text /*last*/, error_code& /*error*/) { return true; }

  // NOLINTEND(readability-inconsistent-declaration-parameter-name)

  [[nodiscard]] bool has(std::string_view key) const {
    return std::ranges::find(keys_, key) != keys_.end();
  }

  [[nodiscard]] const std::string& reason() const { return reason_; }

  [[nodiscard]] ClientData& data() { return data_; }

 private:
  bool refuse(std::string reason, error_code& error) {
    reason_ = std::move(reason);
    error = boost::json::make_error_code(boost::json::error::syntax);
    return false;
  }

  bool leave() {
    --depth_;
    return true;
  }

  bool keep(Text part) {
    parts_.append(part.data(), part.size());
    return true;
  }

  std::string whole(Text last) {
    keep(last);
    return std::exchange(parts_, {});
  }

  // Whether the value that starts now belongs to member `key` of the outermost object.
  [[nodiscard]] bool is_member(std::string_view key) const {
    return depth_ == 1 && keys_.back() == key;
  }

  std::string* text_member() {
    return is_member("type")        ? &data_.type
           : is_member("challenge") ? &data_.challenge
           : is_member("origin")    ? &data_.origin
                                    : nullptr;
  }

  bool takes(Kind kind, error_code& error) {
    if (depth_ == 0) {
      return refuse("it is not an object", error);
    }
    if ((text_member() != nullptr && kind != Kind::text) ||
        (is_member("crossOrigin") && kind != Kind::boolean)) {
      return refuse("member " + keys_.back() + " has the wrong type", error);
    }
    return true;
  }

  ClientData data_;
  std::vector<std::string> keys_;  // of the outermost object
  std::string parts_;              // of a key or string that came in pieces
  std::string reason_;
  std::size_t depth_ = 0;
};

std::unexpected<Error> rejected(const std::string& what) {
  return fail(Errc::webauthn_rejected, "the client data of the passkey is refused: " + what);
}

}  // namespace

Result<ClientData> parse_client_data(BytesView bytes) {
  if (bytes.size() > kClientDataMax) {
    return fail(Errc::too_large, "the client data of the passkey has more than 8192 octets");
  }
  boost::json::parse_options options;
  options.max_depth = kClientDataDepthMax;
  boost::json::basic_parser<Handler> parser(options);
  error_code error;
  const std::size_t read = parser.write_some(false, bytes.data(), bytes.size(), error);
  Handler& handler = parser.handler();
  if (!handler.reason().empty()) {
    return rejected(handler.reason());
  }
  if (error || read != bytes.size()) {
    return rejected("it is not JSON from byte " + std::to_string(read) + " on");
  }
  for (const char* key : {"type", "challenge", "origin"}) {
    if (!handler.has(key)) {
      return rejected("it has no " + std::string(key));
    }
  }
  return std::move(handler.data());
}

}  // namespace twoseal::codec
