// ARF 1.1: the benchmark as it was asked for, the host as an asset, the result of the test, and the
// OVAL results that it rests on, with how they belong together.
// Source: NISTIR 7694 (ARF 1.1), NISTIR 7693 (asset identification 1.1).
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <string>

#include "base/encoding.h"
#include "compliance/report/formats.h"
#include "compliance/report/oval_results.h"
#include "compliance/report/xccdf_writer.h"

namespace twoseal::scap {
namespace {

constexpr std::string_view kRequest = "benchmark0";
constexpr std::string_view kAsset = "asset0";
constexpr std::string_view kResult = "xccdf1";

// An IPv6 address with all its groups, as the schema wants it; empty for anything else.
std::string whole_ipv6(const std::string& address) {
  std::array<std::uint8_t, 16> octets{};
  if (::inet_pton(AF_INET6, address.c_str(), octets.data()) != 1) {
    return {};
  }
  const std::string hex = hex_encode({reinterpret_cast<const char*>(octets.data()), octets.size()});
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 4) {
    text += (i == 0 ? "" : ":") + hex.substr(i, 4);
  }
  return text;
}

bool is_ipv4(const std::string& address) {
  std::array<std::uint8_t, 4> octets{};
  return ::inet_pton(AF_INET, address.c_str(), octets.data()) == 1;
}

bool is_mac(std::string_view address) {
  constexpr std::size_t kLength = 17;
  for (std::size_t i = 0; i < address.size(); ++i) {
    const auto c = static_cast<unsigned char>(address[i]);
    if (i % 3 == 2 ? c != ':' : std::isxdigit(c) == 0) {
      return false;
    }
  }
  return address.size() == kLength;
}

// Whether the schema of assets takes it: words of letters, digits, `-` and `_` with dots between.
bool is_dns_name(std::string_view name) {
  char before = '.';
  for (const char c : name) {
    const bool letter = static_cast<unsigned char>(c) < 0x80 &&
                        (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_');
    if (!letter && (c != '.' || before == '.')) {
      return false;
    }
    before = c;
  }
  return before != '.';
}

class ArfReport {
 public:
  ArfReport(const ReportTexts& texts, Output& output)
      : texts_(texts), xml_(output), xccdf_(texts, xml_) {
    const auto& evaluations = texts_.assessment().evaluations();
    for (std::size_t i = 0; i < evaluations.size(); ++i) {
      if (has_results(*evaluations[i])) {
        ovals_.push_back(i);
      }
    }
  }

  void write() {
    xml_.begin("arf:asset-report-collection");
    xml_.attribute("xmlns:arf", "http://scap.nist.gov/schema/asset-reporting-format/1.1");
    xml_.attribute("xmlns:core", "http://scap.nist.gov/schema/reporting-core/1.1");
    xml_.attribute("xmlns:ai", "http://scap.nist.gov/schema/asset-identification/1.1");
    write_relationships();
    xml_.begin("arf:report-requests");
    xml_.begin("arf:report-request");
    xml_.attribute("id", kRequest);
    xml_.begin("arf:content");
    xccdf_.write_benchmark(false);
    xml_.end();
    xml_.end();
    xml_.end();
    write_asset();
    write_reports();
    xml_.end();
  }

 private:
  static std::string oval_id(std::size_t evaluation) { return "oval" + std::to_string(evaluation); }

  void write_relationship(std::string_view type, std::string_view from, std::string_view to) {
    xml_.begin("core:relationship");
    xml_.attribute("type", type);
    xml_.attribute("subject", from);
    xml_.element("core:ref", to);
    xml_.end();
  }

  void write_relationships() {
    xml_.begin("core:relationships");
    xml_.attribute("xmlns:arfrel",
                   "http://scap.nist.gov/specifications/arf/vocabulary/relationships/1.0#");
    write_relationship("arfrel:createdFor", kResult, kRequest);
    write_relationship("arfrel:isAbout", kResult, kAsset);
    // The OVAL results are found through the references of checks: oscap takes every report about
    // an asset for an XCCDF result, and ends with a segmentation fault (1.3.7).
    xml_.end();
  }

  void write_asset() {
    xml_.begin("arf:assets");
    xml_.begin("arf:asset");
    xml_.attribute("id", kAsset);
    xml_.begin("ai:computing-device");
    write_connections();
    if (is_dns_name(texts_.input().fqdn)) {
      xml_.element("ai:fqdn", texts_.input().fqdn);
    }
    if (is_dns_name(texts_.target())) {
      xml_.element("ai:hostname", texts_.target());
    }
    xml_.end();
    xml_.end();
    xml_.end();
  }

  void write_connections() {
    const ReportInput& input = texts_.input();
    bool any = false;
    const auto begin = [&] {
      if (!any) {
        xml_.begin("ai:connections");
      }
      any = true;
      xml_.begin("ai:connection");
    };
    for (const std::string& address : input.addresses) {
      const std::string six = whole_ipv6(address);
      if (six.empty() && !is_ipv4(address)) {
        continue;
      }
      begin();
      xml_.begin("ai:ip-address");
      xml_.element(six.empty() ? "ai:ip-v4" : "ai:ip-v6", six.empty() ? address : six);
      xml_.end();
      xml_.end();
    }
    for (const std::string& address : input.mac_addresses) {
      if (is_mac(address)) {
        begin();
        xml_.element("ai:mac-address", address);
        xml_.end();
      }
    }
    if (any) {
      xml_.end();
    }
  }

  void write_reports() {
    xml_.begin("arf:reports");
    xml_.begin("arf:report");
    xml_.attribute("id", kResult);
    xml_.begin("arf:content");
    xccdf_.link_evaluations();
    xccdf_.write_test_result(true);
    xml_.end();
    xml_.end();
    for (const std::size_t oval : ovals_) {
      xml_.begin("arf:report");
      xml_.attribute("id", oval_id(oval));
      xml_.begin("arf:content");
      write_oval_results(texts_, *texts_.assessment().evaluations()[oval], xml_);
      xml_.end();
      xml_.end();
    }
    xml_.end();
  }

  const ReportTexts& texts_;
  XmlWriter xml_;
  XccdfWriter xccdf_;
  std::vector<std::size_t> ovals_;
};

}  // namespace

void write_arf(const ReportTexts& texts, Output& output) {
  ArfReport(texts, output).write();
}

}  // namespace twoseal::scap
