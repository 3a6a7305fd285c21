#include "compliance/xml.h"

#include <doctest/doctest.h>

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)

namespace {

Result<XmlDocument> parse(const std::string& text, const XmlLimits& limits = {}) {
  return XmlDocument::parse(text, "test.xml", limits);
}

Errc refusal(const std::string& text, const XmlLimits& limits = {}) {
  const auto document = parse(text, limits);
  REQUIRE_FALSE(document.has_value());
  return document.error().code;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) {
    all += text;
  }
  return all;
}

// Each entity holds ten of the one before it.
std::string entities(int levels) {
  std::string text = "<!ENTITY l0 \"lololololo\">";
  for (int i = 1; i <= levels; ++i) {
    const std::string before = "&l" + std::to_string(i - 1) + ";";
    text += "<!ENTITY l" + std::to_string(i) + " \"" + repeated(before, 10) + "\">";
  }
  return text;
}

}  // namespace

TEST_CASE("elements, attributes, texts and lines are read") {
  const auto document = parse("<a x='1'>\n <b/>\n <c y='2'>text</c>\n</a>");
  REQUIRE(document.has_value());
  const XmlNode& root = document->root();
  CHECK(root.name == "a");
  CHECK(root.line == 1);
  CHECK(root.find("x") == "1");
  CHECK_FALSE(root.find("y").has_value());
  CHECK(root.get("y", "none") == "none");
  const XmlNode* b = root.first();
  REQUIRE(b != nullptr);
  CHECK(b->name == "b");
  CHECK(b->first_child == nullptr);
  CHECK(b->parent == &root);
  const XmlNode* c = b->after();
  REQUIRE(c != nullptr);
  CHECK(c->line == 3);
  CHECK(c->all_text() == "text");
  CHECK(c->after() == nullptr);
  CHECK(root.child("c") == c);
  CHECK(root.child("d") == nullptr);
}

TEST_CASE("names are known by their name space, whatever the prefix is") {
  const auto document =
      parse("<p:a xmlns:p='urn:one' xmlns='urn:two' p:x='1' x='2'><b/><c xmlns=''/></p:a>");
  REQUIRE(document.has_value());
  const XmlNode& root = document->root();
  CHECK(root.name == "a");
  CHECK(root.ns == "urn:one");
  CHECK(root.find("x", "urn:one") == "1");
  CHECK(root.find("x") == "2");
  CHECK_FALSE(root.find("x", "urn:two").has_value());
  CHECK(root.attribute_count == 2);  // declarations of name spaces are none
  CHECK(root.child("b")->ns == "urn:two");
  CHECK(root.child("c")->ns.empty());
}

TEST_CASE("text between elements stays in its order") {
  const auto document = parse("<a>one <b>two</b> three<c/><b><b>four</b></b></a>");
  REQUIRE(document.has_value());
  CHECK(document->root().all_text() == "one two threefour");
  CHECK(document->root().first_child->is_text());
  CHECK(document->root().child("b")->all_text() == "two");
}

TEST_CASE("the five entities of XML and characters by number are text") {
  const auto document = parse("<a x='&quot;&#65;'>&lt;&gt;&amp;&apos;&#x41;</a>");
  REQUIRE(document.has_value());
  CHECK(document->root().all_text() == "<>&'A");
  CHECK(document->root().get("x") == "\"A");
  CHECK(refusal("<a>&other;</a>") == Errc::bad_xml);
  CHECK(refusal("<a>&#0;</a>") == Errc::bad_xml);
}

TEST_CASE("quoted sections are text, comments and instructions are nothing") {
  const auto document = parse(
      "<?xml version='1.0'?><!-- before --><?go now?><a>x<![CDATA[<b>&amp;]]>y<!-- <c/> -->z</a>"
      "<!-- behind -->");
  REQUIRE(document.has_value());
  CHECK(document->root().all_text() == "x<b>&amp;yz");
  CHECK(document->root().first() == nullptr);
}

TEST_CASE("a document type is refused, with entities and without") {
  CHECK(refusal("<!DOCTYPE a><a/>") == Errc::bad_xml);
  CHECK(refusal("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>") == Errc::bad_xml);
  CHECK(refusal("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>") == Errc::bad_xml);
  CHECK(refusal("<!DOCTYPE a [<!ENTITY e SYSTEM '/etc/passwd'>]><a>&e;</a>") == Errc::bad_xml);
  CHECK(refusal("<!DOCTYPE a [<!ENTITY % e SYSTEM 'http://localhost:1/'> %e;]><a/>") ==
        Errc::bad_xml);
  CHECK(refusal("<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE a>\n<a/>") == Errc::bad_xml);
}

TEST_CASE("entities that grow tenfold at each level are refused before they grow") {
  // Twelve levels would be some terabytes, or hours.
  CHECK(refusal("<!DOCTYPE a [" + entities(12) + "]><a>&l12;</a>") == Errc::bad_xml);
  CHECK(refusal("<!DOCTYPE a [" + entities(12) + "]><a x='&l12;'/>") == Errc::bad_xml);
  // As the default of an attribute they would be worked out while the type itself is read.
  CHECK(refusal("<!DOCTYPE a [" + entities(12) + "<!ATTLIST a x CDATA '&l12;'>]><a/>") ==
        Errc::bad_xml);
}

TEST_CASE("UTF-16 and Latin-1 become UTF-8, and other octets are refused") {
  const std::string wide("\xFF\xFE<\0a\0>\0\xE9\0<\0/\0a\0>\0", 18);
  const auto document = parse(wide);
  REQUIRE(document.has_value());
  CHECK(document->root().all_text() == "\xC3\xA9");
  const auto latin = parse("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>");
  REQUIRE(latin.has_value());
  CHECK(latin->root().all_text() == "\xC3\xA9");
  CHECK(refusal("<a>\xE9</a>") == Errc::bad_xml);
  CHECK(refusal(std::string("<a>\0</a>", 8)) == Errc::bad_xml);
}

TEST_CASE("what ends too early or is not closed is refused with its line") {
  const std::string whole = "<a>\n<b x='1'>text</b>\n<c/>\n</a>";
  CHECK(parse(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(refusal(whole.substr(0, size)) == Errc::bad_xml);
  }
  const auto crossed = parse("<a>\n<b></a></b>");
  REQUIRE_FALSE(crossed.has_value());
  CHECK(crossed.error().code == Errc::bad_xml);
  CHECK(crossed.error().where == "test.xml, line 2");
  CHECK(refusal("<a/><b/>") == Errc::bad_xml);
  CHECK(refusal("<a x='1' x='2'/>") == Errc::bad_xml);
  CHECK(refusal("text") == Errc::bad_xml);
}

TEST_CASE("depth is limited, to the level") {
  const auto nested = [](std::size_t depth) {
    return repeated("<a>", depth) + repeated("</a>", depth);
  };
  CHECK(parse(nested(256)).has_value());
  CHECK(refusal(nested(257)) == Errc::too_large);
  CHECK(refusal(nested(100'000)) == Errc::too_large);
  CHECK(parse(nested(3), {.depth_max = 3}).has_value());
  CHECK(refusal(nested(4), {.depth_max = 3}) == Errc::too_large);
  CHECK(refusal("<a><a><a><b/></a></a></a>", {.depth_max = 3}) == Errc::too_large);
}

TEST_CASE("attributes of one element are limited") {
  const auto with = [](int count) {
    std::string text = "<a";
    for (int i = 0; i < count; ++i) {
      text += " x" + std::to_string(i) + "='1'";
    }
    return text + "/>";
  };
  CHECK(parse(with(256)).value().root().attribute_count == 256);
  CHECK(refusal(with(257)) == Errc::too_large);
}

TEST_CASE("the count of nodes and of octets is limited") {
  const std::string four = "<a><b/>x<c/></a>";
  CHECK(parse(four, {.nodes_max = 4}).has_value());
  CHECK(refusal(four, {.nodes_max = 3}) == Errc::too_large);
  CHECK(parse(four, {.size_max = four.size()}).has_value());
  CHECK(refusal(four, {.size_max = four.size() - 1}) == Errc::too_large);
}

TEST_CASE("a document that takes too long is given up") {
  const std::string many = "<a>" + repeated("<b/>", 100'000) + "</a>";
  CHECK(parse(many).has_value());
  CHECK(refusal(many, {.time_max_ms = -1}) == Errc::too_large);
}

TEST_CASE("long texts are read whole") {
  const std::string text(11U << 20U, 'x');  // above what libxml2 takes by itself
  const auto document = parse("<a>" + text + "</a>");
  REQUIRE(document.has_value());
  CHECK(document->root().all_text() == text);
}

TEST_CASE("a document keeps its nodes when it is moved") {
  auto document = parse("<a><b x='1'>text</b></a>");
  REQUIRE(document.has_value());
  const XmlDocument moved = std::move(*document);
  CHECK(moved.root().child("b")->get("x") == "1");
  CHECK(moved.root().all_text() == "text");
}

TEST_CASE("white space at both ends is trimmed, and nothing between") {
  CHECK(trimmed(" \t\r\n a b \n") == "a b");
  CHECK(trimmed("a") == "a");
  CHECK(trimmed(" \n ").empty());
  CHECK(trimmed("").empty());
}

TEST_CASE("an arena keeps small and great texts where they are") {
  TextArena arena;
  std::vector<std::string_view> kept;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 200; ++i) {
    texts.emplace_back(i * 37 * (i % 50 == 49 ? 100 : 1), static_cast<char>('a' + i % 26));
    kept.push_back(arena.keep(texts.back()));
  }
  const TextArena moved = std::move(arena);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CHECK(kept[i] == texts[i]);
    CHECK((texts[i].empty() || kept[i].data() != texts[i].data()));
  }
}

TEST_CASE("a tag with very many attributes is known before it is read, and nothing else is one") {
  std::string many = "<a";
  for (int i = 0; i < 600; ++i) {
    many += " a" + std::to_string(i) + "='x'";
  }
  CHECK_FALSE(has_sane_tags(many + "/>", 512));
  CHECK(has_sane_tags(many + "/>", 600));
  CHECK(has_sane_tags("<a>" + std::string(2000, '\'') + "</a>", 512));
  CHECK(has_sane_tags("<a><!--" + std::string(2000, '"') + "--></a>", 512));
  CHECK(has_sane_tags("<a><![CDATA[<b " + std::string(2000, '"') + "]]></a>", 512));
  CHECK(has_sane_tags("<a b='>'/><c", 1));
  CHECK(has_sane_tags("<a b='", 1));
}
