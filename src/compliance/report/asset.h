// The host as an asset: by which name and addresses others know it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "compliance/report/report.h"
#include "system/running_kernel.h"

namespace twoseal::scap {

/// Fills in the addresses and the hardware addresses. Checklists name one of each and tell assets
/// apart by them, so the first address that reaches the host from elsewhere, IPv4 before IPv6, and
/// the hardware address of the same interface come first. Addresses that every host has (loopback,
/// link-local) are left out.
void add_addresses(std::span<const InterfaceAddress> interfaces, ReportInput& input);

/// The name with its domain: `name` itself when it has one, else what /etc/hosts (`hosts`: its
/// text) says; empty when neither tells. Nobody is asked over the network.
[[nodiscard]] std::string domain_name_of(std::string_view name, std::string_view hosts);

}  // namespace twoseal::scap
