#include "system/memory/debian_host.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>

#include "system/memory/debian_texts.h"

namespace twoseal {
namespace {

constexpr std::array<std::string_view, 74> kSshdKeywords = {"acceptenv",
                                                            "addressfamily",
                                                            "allowagentforwarding",
                                                            "allowgroups",
                                                            "allowstreamlocalforwarding",
                                                            "allowtcpforwarding",
                                                            "allowusers",
                                                            "authenticationmethods",
                                                            "authorizedkeyscommand",
                                                            "authorizedkeyscommanduser",
                                                            "authorizedkeysfile",
                                                            "authorizedprincipalsfile",
                                                            "banner",
                                                            "casignaturealgorithms",
                                                            "chrootdirectory",
                                                            "ciphers",
                                                            "clientalivecountmax",
                                                            "clientaliveinterval",
                                                            "compression",
                                                            "debianbanner",
                                                            "denygroups",
                                                            "denyusers",
                                                            "disableforwarding",
                                                            "exposeauthinfo",
                                                            "fingerprinthash",
                                                            "forcecommand",
                                                            "gatewayports",
                                                            "gssapiauthentication",
                                                            "gssapicleanupcredentials",
                                                            "hostbasedacceptedalgorithms",
                                                            "hostbasedauthentication",
                                                            "hostcertificate",
                                                            "hostkey",
                                                            "hostkeyalgorithms",
                                                            "ignorerhosts",
                                                            "ignoreuserknownhosts",
                                                            "include",
                                                            "ipqos",
                                                            "kbdinteractiveauthentication",
                                                            "kerberosauthentication",
                                                            "kexalgorithms",
                                                            "listenaddress",
                                                            "logingracetime",
                                                            "loglevel",
                                                            "logverbose",
                                                            "macs",
                                                            "match",
                                                            "maxauthtries",
                                                            "maxsessions",
                                                            "maxstartups",
                                                            "passwordauthentication",
                                                            "permitemptypasswords",
                                                            "permitlisten",
                                                            "permitopen",
                                                            "permitrootlogin",
                                                            "permittty",
                                                            "permittunnel",
                                                            "permituserenvironment",
                                                            "permituserrc",
                                                            "pidfile",
                                                            "port",
                                                            "printlastlog",
                                                            "printmotd",
                                                            "pubkeyacceptedalgorithms",
                                                            "pubkeyauthentication",
                                                            "rekeylimit",
                                                            "requiredrsasize",
                                                            "strictmodes",
                                                            "subsystem",
                                                            "syslogfacility",
                                                            "tcpkeepalive",
                                                            "trustedusercakeys",
                                                            "usedns",
                                                            "usepam"};
constexpr std::array<std::string_view, 6> kSshdMore = {"x11displayoffset",
                                                       "x11forwarding",
                                                       "x11uselocalhost",
                                                       "xauthlocation",
                                                       "versionaddendum",
                                                       "streamlocalbindunlink"};
constexpr std::array<std::string_view, 5> kSshdNumbers = {
    "clientalivecountmax", "maxauthtries", "maxsessions", "port", "x11displayoffset"};

bool is_in(const auto& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

std::string line_complaint(std::string_view line) {
  const std::string_view word = line.substr(0, line.find_first_of(" \t="));
  std::string keyword(word);
  std::transform(keyword.begin(), keyword.end(), keyword.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (!is_in(kSshdKeywords, keyword) && !is_in(kSshdMore, keyword)) {
    return "Bad configuration option: " + std::string(word);
  }
  const std::string_view value = trimmed(line.substr(word.size()));
  if (value.empty()) {
    return std::string(word) + " missing argument.";
  }
  if (is_in(kSshdNumbers, keyword) && value.find_first_not_of("0123456789") != value.npos) {
    return "Bad number '" + std::string(value) + "' for " + std::string(word);
  }
  return {};
}

MemoryPackageFile brought(const char* path, bool conffile) {
  return {path, debian_package_text(path), 0644, conffile};
}

MemoryRepository make_repository() {
  const MemoryPackageFile ssl = brought("/etc/ssl/openssl.cnf", true);
  const std::vector<MemoryPackageFile> nginx = {
      brought("/etc/nginx/nginx.conf", true),
      brought("/usr/lib/systemd/system/nginx.service", false)};
  MemoryPackageFile sudoers = brought("/etc/sudoers", true);
  sudoers.mode = 0440;
  return {
      {.name = "libc6", .version = "2.36-9+deb12u10"},
      {.name = "bash", .version = "5.2.15-2+b8", .needs = {{"libc6", {}}}},
      {.name = "systemd", .version = "252.36-1~deb12u1", .needs = {{"libc6", {}}}},
      {.name = "libssl3", .version = "3.0.15-1~deb12u1", .needs = {{"libc6", {}}}},
      {.name = "libssl3", .version = "3.0.16-1~deb12u1", .needs = {{"libc6", {}}}},
      {.name = "openssl",
       .version = "3.0.15-1~deb12u1",
       .needs = {{"libssl3", "3.0.15-1~deb12u1"}},
       .files = {ssl}},
      {.name = "openssl",
       .version = "3.0.16-1~deb12u1",
       .needs = {{"libssl3", "3.0.16-1~deb12u1"}},
       .files = {ssl}},
      {.name = "openssh-client", .version = "1:9.2p1-2+deb12u5", .needs = {{"libssl3", {}}}},
      {.name = "openssh-server",
       .version = "1:9.2p1-2+deb12u5",
       .needs = {{"openssh-client", {}}, {"libssl3", {}}},
       .files = {brought("/etc/ssh/sshd_config", true),
                 brought("/etc/default/ssh", true),
                 brought("/usr/lib/systemd/system/ssh.service", false)},
       .units = {"ssh.service"}},
      {.name = "cron",
       .version = "3.0pl1-162",
       .needs = {{"libc6", {}}},
       .files = {brought("/etc/default/cron", true),
                 brought("/etc/crontab", true),
                 brought("/usr/lib/systemd/system/cron.service", false)},
       .units = {"cron.service"}},
      {.name = "sudo",
       .version = "1.9.13p3-1+deb12u1",
       .needs = {{"libc6", {}}},
       .files = {sudoers}},
      {.name = "nginx",
       .version = "1.22.1-9",
       .needs = {{"libssl3", {}}},
       .files = nginx,
       .units = {"nginx.service"}},
      {.name = "nginx",
       .version = "1.22.1-9+deb12u1",
       .needs = {{"libssl3", {}}},
       .files = nginx,
       .units = {"nginx.service"}},
      {.name = "curl", .version = "7.88.1-10+deb12u12", .needs = {{"libssl3", {}}}},
      {.name = "telnet", .version = "0.17+2.4-2+deb12u1", .arch = "all"},
  };
}

std::shared_ptr<const MemoryRepository> shared_repository() {
  static const auto kRepository = std::make_shared<const MemoryRepository>(make_repository());
  return kRepository;
}

void put_files(MemoryFiles& files, const std::string& name) {
  static const std::vector<std::shared_ptr<const Bytes>> kShared = [] {
    std::vector<std::shared_ptr<const Bytes>> shared;
    for (const DebianText& row : debian_texts()) {
      shared.push_back(std::make_shared<const Bytes>(row.text));
    }
    return shared;
  }();
  files.put_symlink("/bin", "usr/bin");
  files.put_symlink("/lib", "usr/lib");
  files.put_symlink("/sbin", "usr/sbin");
  for (const char* directory : {"/usr/bin",
                                "/usr/lib",
                                "/usr/sbin",
                                "/etc/ssh/sshd_config.d",
                                "/etc/sudoers.d",
                                "/etc/apt/sources.list.d",
                                "/etc/apt/keyrings",
                                "/etc/cron.d",
                                "/etc/modprobe.d",
                                "/etc/modules-load.d",
                                "/etc/systemd/system",
                                "/usr/local/share/ca-certificates",
                                "/var/lib/twoseal",
                                "/opt",
                                "/srv",
                                "/run"}) {
    files.put_directory(directory);
  }
  files.put_directory("/root", 0700);
  files.put_directory("/home/admin", 0700, 1000, 1000);
  files.put_directory("/tmp", 01777);
  files.put_directory("/var/tmp", 01777);
  for (std::size_t i = 0; i < kShared.size(); ++i) {
    const DebianText& row = debian_texts()[i];
    files.put(std::string(row.path), kShared[i], row.mode, 0, row.gid);
  }
  files.put("/etc/hostname", name + "\n");
  files.put("/etc/hosts", "127.0.0.1\tlocalhost\n127.0.1.1\t" + name + "\n");
  files.put("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
}

// The status text of the second and later hosts is that of the first, so that they share it.
void put_packages(MemorySystem& host) {
  host.packages().set_repository(shared_repository());
  static const std::shared_ptr<const Bytes> kStatus = [] {
    ManualClock clock(0);
    MemorySystem first(clock);
    for (const MemoryPackage& package : debian_repository()) {
      const auto there = first.packages().installed();
      const bool taken = there && std::any_of(there->begin(), there->end(), [&](const auto& old) {
                           return old.name == package.name;
                         });
      if (!taken && package.name != "curl" && package.name != "telnet") {
        first.packages().put_installed(package);
      }
    }
    return std::make_shared<const Bytes>(first.files().text("/var/lib/dpkg/status"));
  }();
  for (const MemoryPackage& package : debian_repository()) {
    for (const MemoryPackageFile& file : package.files) {
      host.files().put(file.path, file.bytes, file.mode);
    }
  }
  host.files().put("/var/lib/dpkg/status", kStatus);
}

void put_services(MemorySystem& host) {
  MemoryFiles& files = host.files();
  const auto refuse_bad = [&files]() -> Result<void> {
    const std::string complaint = sshd_complaint(files.text("/etc/ssh/sshd_config"));
    if (!complaint.empty()) {
      return fail(Errc::unit_failed, "sshd -t: " + complaint, "ssh.service");
    }
    return {};
  };
  for (const char* unit : {"ssh", "cron", "nginx"}) {
    const std::string name = std::string(unit) + ".service";
    files.put_symlink("/etc/systemd/system/multi-user.target.wants/" + name,
                      "/lib/systemd/system/" + name);
    host.services().put_active(name);
  }
  files.put_symlink("/etc/systemd/system/sshd.service", "/lib/systemd/system/ssh.service");
  files.put_symlink("/etc/systemd/system/sysinit.target.wants/systemd-timesyncd.service",
                    "/lib/systemd/system/systemd-timesyncd.service");
  host.services().put_active("systemd-timesyncd.service");
  host.services().put_active("systemd-journald.service");
  host.services().put_active("multi-user.target");
  for (const UnitAct act : {UnitAct::start, UnitAct::restart, UnitAct::reload}) {
    host.services().on_unit("ssh.service", act, refuse_bad);
  }
}

void put_programs(MemorySystem& host) {
  MemoryFiles& files = host.files();
  const auto test = [&files](const Program&) -> Result<ProgramEnd> {
    const std::string complaint = sshd_complaint(files.text("/etc/ssh/sshd_config"));
    return ProgramEnd{.exit = complaint.empty() ? 0 : 255,
                      .timed_out = false,
                      .output = complaint.empty() ? "" : complaint + "\n"};
  };
  host.processes().answer({"sshd", "-t"}, test);
  host.processes().answer({"/usr/sbin/sshd", "-t"}, test);
}

void put_kernel(MemoryKernel& kernel) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kSettings = {{
      {"kernel.dmesg_restrict", "1"},
      {"kernel.kptr_restrict", "0"},
      {"kernel.randomize_va_space", "2"},
      {"kernel.yama.ptrace_scope", "0"},
      {"fs.protected_hardlinks", "1"},
      {"fs.protected_symlinks", "1"},
      {"net.ipv4.ip_forward", "0"},
      {"net.ipv4.conf.all.accept_redirects", "1"},
      {"net.ipv4.conf.all.rp_filter", "0"},
      {"net.ipv4.conf.default.accept_redirects", "1"},
      {"net.ipv4.tcp_syncookies", "1"},
      {"net.ipv6.conf.all.accept_redirects", "1"},
      {"net.core.somaxconn", "4096"},
      {"vm.swappiness", "60"},
  }};
  for (const auto& [name, value] : kSettings) {
    kernel.put(name, std::string(value));
  }
  kernel.put("kernel.version", "#1 SMP Debian 6.1.140-1");
  kernel.set_read_only("kernel.version", true);
}

void put_facts(MemorySystem& host, const std::string& name) {
  const std::string label = name.substr(0, name.find('.'));
  host.put_fact("arch", std::string("x86_64"));
  host.put_fact("cpu.count", std::int64_t{2});
  host.put_fact("hostname", label);
  if (label.size() < name.size()) {
    host.put_fact("fqdn", name);
    host.put_fact("domain", name.substr(label.size() + 1));
  }
  host.put_fact("kernel.release", std::string("6.1.0-37-amd64"));
  host.put_fact("machine_id_present", true);
  host.put_fact("memory.bytes", std::int64_t{4'106'272'768});
  host.put_fact("os.id", std::string("debian"));
  host.put_fact("os.version", std::string("12"));
}

}  // namespace

std::string sshd_complaint(BytesView configuration) {
  while (!configuration.empty()) {
    const std::size_t end = std::min(configuration.find('\n'), configuration.size());
    const std::string_view line = trimmed(configuration.substr(0, end));
    configuration.remove_prefix(std::min(end + 1, configuration.size()));
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    if (std::string complaint = line_complaint(line); !complaint.empty()) {
      return complaint;
    }
  }
  return {};
}

const MemoryRepository& debian_repository() {
  return *shared_repository();
}

std::unique_ptr<MemorySystem> make_debian_host(const std::string& name, Clock& clock) {
  auto host = std::make_unique<MemorySystem>(clock);
  put_files(host->files(), name);
  put_packages(*host);
  put_services(*host);
  put_programs(*host);
  put_kernel(host->kernel());
  put_facts(*host, name);
  return host;
}

}  // namespace twoseal
