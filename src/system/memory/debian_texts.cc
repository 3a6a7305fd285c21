#include "system/memory/debian_texts.h"

#include <array>
#include <map>
#include <string>

#include "base/check.h"

namespace twoseal {
namespace {

constexpr std::uint32_t kShadowGid = 42;

constexpr std::array kTexts = {
    DebianText{"/etc/os-release", 0644, 0, R"~(PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
)~"},
    DebianText{"/etc/debian_version", 0644, 0, "12.11\n"},
    DebianText{"/etc/passwd", 0644, 0, R"~(root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
_apt:x:42:65534::/nonexistent:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
sshd:x:100:65534::/run/sshd:/usr/sbin/nologin
admin:x:1000:1000:Admin,,,:/home/admin:/bin/bash
)~"},
    DebianText{"/etc/shadow", 0640, kShadowGid, R"~(root:*:19700:0:99999:7:::
daemon:*:19700:0:99999:7:::
bin:*:19700:0:99999:7:::
sys:*:19700:0:99999:7:::
www-data:*:19700:0:99999:7:::
_apt:*:19700:0:99999:7:::
nobody:*:19700:0:99999:7:::
sshd:!:19700::::::
admin:!:19700:0:99999:7:::
)~"},
    DebianText{"/etc/group", 0644, 0, R"~(root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:admin
sudo:x:27:admin
www-data:x:33:
shadow:x:42:
users:x:100:
nogroup:x:65534:
ssh:x:101:
admin:x:1000:
)~"},
    DebianText{"/etc/gshadow", 0640, kShadowGid, R"~(root:*::
daemon:*::
bin:*::
sys:*::
adm:*::admin
sudo:*::admin
www-data:*::
shadow:*::
users:*::
nogroup:*::
ssh:!::
admin:!::
)~"},
    DebianText{"/etc/shells", 0644, 0, R"~(# /etc/shells: valid login shells
/bin/sh
/usr/bin/sh
/bin/bash
/usr/bin/bash
)~"},
    DebianText{"/etc/login.defs", 0644, 0, R"~(#
# /etc/login.defs - Configuration control definitions for the login package.
#
MAIL_DIR        /var/mail
FAILLOG_ENAB            yes
LOG_UNKFAIL_ENAB        no
SYSLOG_SU_ENAB          yes

#
# Password aging controls:
#
PASS_MAX_DAYS   99999
PASS_MIN_DAYS   0
PASS_WARN_AGE   7

UMASK           022
HOME_MODE       0700
UID_MIN                  1000
UID_MAX                 60000
#SYS_UID_MIN              100
#SYS_UID_MAX              999
GID_MIN                  1000
GID_MAX                 60000
LOGIN_RETRIES           5
LOGIN_TIMEOUT           60
USERGROUPS_ENAB yes
ENCRYPT_METHOD YESCRYPT
)~"},
    DebianText{"/etc/sysctl.conf", 0644, 0, R"~(#
# /etc/sysctl.conf - Configuration file for setting system variables
# See /etc/sysctl.d/ for additional system variables.
#
#net.ipv4.conf.default.rp_filter=1
#net.ipv4.tcp_syncookies=1
#net.ipv4.ip_forward=1
)~"},
    DebianText{
        "/etc/sysctl.d/README.sysctl", 0644, 0, R"~(Kernel system variables configuration files
)~"},
    DebianText{
        "/etc/fstab", 0644, 0, R"~(# <file system> <mount point> <type> <options> <dump> <pass>
UUID=5e8b1f4e-0001-4000-8000-000000000001 / ext4 errors=remount-ro 0 1
)~"},
    DebianText{
        "/etc/apt/sources.list", 0644, 0, R"~(deb http://mirror.example.org/debian bookworm main
deb http://mirror.example.org/debian-security bookworm-security main
)~"},
    DebianText{"/etc/systemd/timesyncd.conf", 0644, 0, R"~([Time]
#NTP=
#FallbackNTP=0.debian.pool.ntp.org 1.debian.pool.ntp.org
)~"},
    DebianText{"/etc/systemd/journald.conf", 0644, 0, R"~([Journal]
#Storage=auto
#SystemMaxUse=
)~"},
    DebianText{"/usr/lib/systemd/system/systemd-timesyncd.service", 0644, 0, R"~([Unit]
Description=Network Time Synchronization

[Service]
ExecStart=/lib/systemd/systemd-timesyncd

[Install]
WantedBy=sysinit.target
Alias=dbus-org.freedesktop.timesync1.service
)~"},
    DebianText{"/usr/lib/systemd/system/systemd-journald.service", 0644, 0, R"~([Unit]
Description=Journal Service

[Service]
ExecStart=/lib/systemd/systemd-journald
)~"},
    DebianText{"/usr/lib/systemd/system/multi-user.target", 0644, 0, R"~([Unit]
Description=Multi-User System
)~"},
};

using Texts = std::map<std::string, std::shared_ptr<const Bytes>, std::less<>>;

constexpr std::array kPackageTexts = {
    DebianText{"/etc/ssh/sshd_config", 0644, 0, R"~(
# This is the sshd server system-wide configuration file.  See
# sshd_config(5) for more information.

# The strategy used for options in the default sshd_config shipped with
# OpenSSH is to specify options with their default value where
# possible, but leave them commented.  Uncommented options override the
# default value.

Include /etc/ssh/sshd_config.d/*.conf

#Port 22
#AddressFamily any
#ListenAddress 0.0.0.0
#ListenAddress ::

# Logging
#SyslogFacility AUTH
#LogLevel INFO

# Authentication:

#LoginGraceTime 2m
#PermitRootLogin prohibit-password
#StrictModes yes
#MaxAuthTries 6
#MaxSessions 10

#PubkeyAuthentication yes

# To disable tunneled clear text passwords, change to no here!
#PasswordAuthentication yes
#PermitEmptyPasswords no

# Change to yes to enable challenge-response passwords (beware issues with
# some PAM modules and threads)
KbdInteractiveAuthentication no

# Set this to 'yes' to enable PAM authentication, account processing,
# and session processing.
UsePAM yes

#AllowAgentForwarding yes
#AllowTcpForwarding yes
X11Forwarding yes
#X11DisplayOffset 10
PrintMotd no
#TCPKeepAlive yes
#ClientAliveInterval 0
#ClientAliveCountMax 3

# Allow client to pass locale environment variables
AcceptEnv LANG LC_*

# override default of no subsystems
Subsystem       sftp    /usr/lib/openssh/sftp-server

# Example of overriding settings on a per-user basis
#Match User anoncvs
#       X11Forwarding no
#       AllowTcpForwarding no
)~"},
    DebianText{"/etc/default/ssh",
               0644,
               0,
               R"~(# Default settings for openssh-server. This file is sourced by /bin/sh from
# /etc/init.d/ssh.

# Options to pass to sshd
SSHD_OPTS=
)~"},
    DebianText{"/usr/lib/systemd/system/ssh.service", 0644, 0, R"~([Unit]
Description=OpenBSD Secure Shell server
After=network.target auditd.service

[Service]
EnvironmentFile=-/etc/default/ssh
ExecStartPre=/usr/sbin/sshd -t
ExecStart=/usr/sbin/sshd -D $SSHD_OPTS
ExecReload=/usr/sbin/sshd -t
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure

[Install]
WantedBy=multi-user.target
Alias=sshd.service
)~"},
    DebianText{"/etc/default/cron", 0644, 0, R"~(# Cron configuration options
# EXTRA_OPTS=""
)~"},
    DebianText{"/etc/crontab", 0644, 0, R"~(SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin
17 *    * * *   root    cd / && run-parts --report /etc/cron.hourly
)~"},
    DebianText{"/usr/lib/systemd/system/cron.service", 0644, 0, R"~([Unit]
Description=Regular background program processing daemon

[Service]
EnvironmentFile=-/etc/default/cron
ExecStart=/usr/sbin/cron -f $EXTRA_OPTS

[Install]
WantedBy=multi-user.target
)~"},
    DebianText{"/etc/nginx/nginx.conf", 0644, 0, R"~(user www-data;
worker_processes auto;
pid /run/nginx.pid;
events {
        worker_connections 768;
}
http {
        include /etc/nginx/mime.types;
        ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
        access_log /var/log/nginx/access.log;
        include /etc/nginx/sites-enabled/*;
}
)~"},
    DebianText{"/usr/lib/systemd/system/nginx.service", 0644, 0, R"~([Unit]
Description=A high performance web server and a reverse proxy server

[Service]
ExecStartPre=/usr/sbin/nginx -t -q -g 'daemon on; master_process on;'
ExecStart=/usr/sbin/nginx -g 'daemon on; master_process on;'
ExecReload=/usr/sbin/nginx -g 'daemon on; master_process on;' -s reload

[Install]
WantedBy=multi-user.target
)~"},
    DebianText{"/etc/sudoers", 0440, 0, R"~(Defaults        env_reset
Defaults        mail_badpass
Defaults        secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root    ALL=(ALL:ALL) ALL
%sudo   ALL=(ALL:ALL) ALL
@includedir /etc/sudoers.d
)~"},
    DebianText{"/etc/ssl/openssl.cnf", 0644, 0, R"~(openssl_conf = openssl_init
[openssl_init]
ssl_conf = ssl_sect
[ssl_sect]
system_default = system_default_sect
[system_default_sect]
MinProtocol = TLSv1.2
CipherString = DEFAULT:@SECLEVEL=2
)~"},
};

}  // namespace

std::span<const DebianText> debian_texts() {
  return kTexts;
}

std::shared_ptr<const Bytes> debian_package_text(std::string_view path) {
  static const Texts kShared = [] {
    Texts texts;
    for (const auto& row : kPackageTexts) {
      texts.emplace(row.path, std::make_shared<const Bytes>(row.text));
    }
    return texts;
  }();
  const auto found = kShared.find(path);
  check(found != kShared.end(), "every file of an invented package has a text");
  return found->second;
}

}  // namespace twoseal
