"""What was done to the root `sabotaged`: hand edits of the kinds people and programs leave behind.

Each is a pair of what it is and the shell lines that do it, run by bash inside a fresh root as root, in
order. Half of them are findings a benchmark should make; the others are files that break a careless reader.
"""

EDITS = [
    ("sshd_config: loose, with an option twice, odd case, tabs, a comment after a value, and a Match block", r"""
printf 'PermitRootLogin yes\nPermitRootLogin\tno # the first one counts\npermitemptypasswords\tyes\n' \
  >>/etc/ssh/sshd_config
cat >>/etc/ssh/sshd_config <<'END'
X11Forwarding yes
  MaxAuthTries 10
ClientAliveInterval 99999
ClientAliveCountMax=3
LogLevel DEBUG3
Ciphers 3des-cbc,aes128-ctr
IgnoreRhosts no
Match User root
    PermitRootLogin no
    X11Forwarding no
END
"""),
    ("sshd_config.d: a file that says otherwise and has no newline at its end", r"""
printf 'PasswordAuthentication no\r\nClientAliveInterval 300\nBanner /etc/issue.net' \
  >/etc/ssh/sshd_config.d/10-late.conf
"""),
    ("sshd_config and host keys: bad modes and owners", r"""
chmod 0666 /etc/ssh/sshd_config
chmod 0644 /etc/ssh/ssh_host_*_key
chown sync:games /etc/ssh/ssh_host_rsa_key.pub
"""),
    ("files anyone may write, among them one that every shell reads", r"""
printf 'export EDITOR=vi\n' >/etc/profile.d/open.sh
chmod 0777 /etc/profile.d/open.sh
printf '#!/bin/sh\n' >/usr/local/bin/everyone
chmod 0757 /usr/local/bin/everyone
touch /var/tmp/note /srv/note
chmod 0666 /var/tmp/note /srv/note
"""),
    ("directories anyone may write without the sticky bit, one of an ordinary account", r"""
mkdir -m 0777 /srv/drop /var/drop /usr/local/share/drop
chown 1000:1000 /var/drop
"""),
    ("a set-uid and a set-gid program that no package owns", r"""
install -m 4755 /bin/true /usr/local/bin/become
install -m 2755 /bin/true /usr/local/sbin/group-become
"""),
    ("a second account with uid 0", r"""
echo 'toor:x:0:0:second:/root:/bin/bash' >>/etc/passwd
echo 'toor:$1$abcdefgh$irWbblnpmw.5z7wgBnprh0:19000:0:99999:7:::' >>/etc/shadow
"""),
    ("accounts with an empty password, with a hash in passwd, and without a line in shadow", r"""
echo 'empty:x:1001:1001::/home/empty:/bin/bash' >>/etc/passwd
echo 'empty::19000:0:99999:7:::' >>/etc/shadow
echo 'inline:$1$abcdefgh$irWbblnpmw.5z7wgBnprh0:1002:1002::/home/inline:/bin/sh' >>/etc/passwd
echo 'ghost:x:1003:1003::/home/ghost:/bin/sh' >>/etc/passwd
"""),
    ("accounts and groups that collide: uid, name and gid twice, a group that is not there, a broken line", r"""
echo 'twin:x:1001:1001::/home/twin:/bin/bash' >>/etc/passwd
echo 'twin:x:1004:4711::/home/twin:/bin/bash' >>/etc/passwd
echo 'broken:x:1005' >>/etc/passwd
printf 'empty:x:1001:\nalso:x:1001:empty,ghost\nempty:x:1006:\n' >>/etc/group
echo '+::::::' >>/etc/passwd
"""),
    ("files of nobody known", r"""
mkdir /srv/left
printf 'left\n' >/srv/left/behind
chown -R 12345:54321 /srv/left
printf 'left\n' >/etc/left.conf
chown 12345 /etc/left.conf
"""),
    ("login.defs: weak, with a value twice and a line ended by CR LF", r"""
sed -i -e 's/^PASS_MIN_DAYS.*/PASS_MIN_DAYS\t0/' -e 's/^UMASK.*/UMASK\t\t000/' \
  -e 's/^ENCRYPT_METHOD.*/ENCRYPT_METHOD MD5/' /etc/login.defs
printf 'PASS_MAX_DAYS 60\r\nPASS_MAX_DAYS 99999\n#PASS_WARN_AGE 7\nFAIL_DELAY=0\n' >>/etc/login.defs
"""),
    ("PAM: empty passwords, no quality, no lockout, an include, a continued line", r"""
sed -i -e 's/pam_unix.so.*/pam_unix.so nullok md5 minlen=4/' /etc/pam.d/common-password
printf 'auth required \\\n  pam_permit.so\n@include common-missing\n' >>/etc/pam.d/common-auth
printf 'auth sufficient pam_rootok.so\n#auth required pam_wheel.so use_uid\n' >/etc/pam.d/su
"""),
    ("bad modes and owners on the files of accounts", r"""
chmod 0664 /etc/passwd
chmod 0644 /etc/shadow
chown root:root /etc/shadow
chmod 0666 /etc/group
chmod 0600 /etc/gshadow
cp /etc/passwd /etc/passwd-
chmod 0777 /etc/passwd-
"""),
    ("cron: open tables and directories, an allow list and a deny list", r"""
chmod 0666 /etc/crontab
chmod 0777 /etc/cron.daily
chown 1001:1001 /etc/cron.hourly
touch /etc/cron.allow /etc/cron.deny /etc/at.deny
chmod 0640 /etc/cron.allow
"""),
    ("sysctl.d: loose, contradicting each other, with every way to write a name", r"""
printf 'net.ipv4.ip_forward=1\nkernel.randomize_va_space = 0\nnet.ipv4.conf.all.accept_redirects = 1\n' \
  >/etc/sysctl.d/10-loose.conf
printf 'net/ipv4/conf/all/send_redirects=1\n-net.ipv4.conf.all.log_martians = 0\nnet.ipv4.tcp_syncookies=  1  \n' \
  >/etc/sysctl.d/20-written.conf
printf 'net.ipv4.conf.all.accept_redirects = 0\nkernel.randomize_va_space=2\nnet.ipv4.conf.default.rp_filter=1' \
  >/etc/sysctl.d/30-other.conf
printf 'net.ipv6.conf.all.accept_ra=0\n' >/usr/lib/sysctl.d/90-late.conf
printf ';net.ipv4.conf.all.rp_filter=1\n# fs.suid_dumpable=0\nfs.suid_dumpable = 2\n' >>/etc/sysctl.conf
"""),
    ("links in a circle, a link to itself where configuration is read, a directory that holds itself", r"""
ln -s loop-b /etc/loop-a
ln -s loop-a /etc/loop-b
ln -s 60-loop.conf /etc/sysctl.d/60-loop.conf
mkdir /srv/loop
ln -s .. /srv/loop/up
ln -s /srv/loop /etc/profile.d/loop.sh
"""),
    ("links to nothing", r"""
ln -s /nowhere/99-gone.conf /etc/sysctl.d/99-gone.conf
ln -s /nowhere /etc/issue.net.new
ln -s missing /usr/local/lib/libgone.so
"""),
    ("names with a newline, a blank, a tab, a quote and a backslash", r"""
printf 'net.ipv4.conf.default.accept_source_route=1\n' >$'/etc/sysctl.d/50-two\nlines.conf'
printf 'kernel.dmesg_restrict=0\n' >$'/etc/sysctl.d/52 blank\ttab.conf'
printf 'x\n' >$'/srv/"quoted\\name\''
chmod 0666 $'/srv/"quoted\\name\''
"""),
    ("empty files where settings are expected", r"""
: >/etc/issue.net
: >/etc/motd
mkdir -p /etc/modprobe.d
: >/etc/modprobe.d/empty.conf
: >/etc/sysctl.d/00-empty.conf
mkdir -p /etc/security
: >/etc/security/pwquality.conf
: >/etc/securetty
"""),
    ("a line of a megabyte, and many short ones", r"""
{
  printf 'kernel.core_pattern='
  head -c 1048576 /dev/zero | tr '\0' x
  printf '\nnet.ipv4.conf.all.secure_redirects=1\n'
} >/etc/sysctl.d/70-huge.conf
yes '# nothing here' | head -n 20000 >/etc/modprobe.d/long.conf
printf 'install cramfs /bin/true\n' >>/etc/modprobe.d/long.conf
"""),
    ("FIFOs and devices among configuration files", r"""
mkfifo -m 0666 /etc/profile.d/fifo
mkfifo -m 0644 /etc/sysctl.d/55-pipe.conf
mknod -m 0666 /srv/null c 1 3
mknod -m 0600 /etc/loose-device b 7 200
"""),
    ("homes: open, with files that let others in, and one that is missing", r"""
home=/home/empty
mkdir -p $home/.ssh /home/twin
chmod 0777 $home
chmod 0755 /home/twin
printf '+ +\n' >$home/.rhosts
printf 'machine host login me password secret\n' >$home/.netrc
printf 'umask 000\n' >$home/.bashrc
printf '/bin/sh | exit\n' >$home/.forward
chmod 0666 $home/.netrc $home/.bashrc
chown -R 1001:1001 $home
chown root:root $home/.bashrc
printf '+\n' >/etc/hosts.equiv
"""),
    ("sudo: no password, no authentication, an open file", r"""
printf 'Defaults !authenticate\nempty ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/90-open
printf '%%users ALL = \\\n  (ALL:ALL) ALL\n' >>/etc/sudoers.d/90-open
chmod 0666 /etc/sudoers.d/90-open
printf 'Defaults use_pty\nDefaults\tlogfile="/var/log/sudo.log"\n' >>/etc/sudoers
"""),
    ("shells: umask and time out, set well and then badly", r"""
printf 'umask 027\nTMOUT=600\nreadonly TMOUT\nexport TMOUT\n' >/etc/profile.d/a-good.sh
printf 'umask 000\nTMOUT=0\n' >>/etc/profile
printf 'umask 022\n' >>/etc/bash.bashrc
"""),
    ("fstab: no options, a line cut short, tabs and a comment", r"""
printf 'UUID=1 / ext4 defaults 0 1\ntmpfs\t/tmp\ttmpfs\tdefaults 0 0\n' >/etc/fstab
printf '/dev/sdb1 /home\n#/dev/sdc1 /var ext4 nodev 0 0\n' >>/etc/fstab
printf 'tmpfs /dev/shm tmpfs nodev,nosuid,noexec 0 0\nserver:/export /mnt/nfs nfs4 rw 0 0' >>/etc/fstab
"""),
    ("audit rules: some right, some nearly, some twice", r"""
mkdir -p /etc/audit/rules.d /var/log/audit
cat >/etc/audit/rules.d/50-some.rules <<'END'
-w /etc/passwd -p wa -k identity
-w /etc/group  -p aw -k identity
-w /etc/shadow -p w -k identity
-w /etc/sudoers -p wa -k actions
-a always,exit -F arch=b32 -S chmod -S fchmod -S fchmodat -F auid>=1000 -F auid!=unset -F key=perm_mod
-a always,exit -F arch=b64 -S chmod,fchmod,fchmodat -F auid>=1000 -F auid!=4294967295 -k perm_mod
-a exit,always -F arch=b64 -S adjtimex -S settimeofday -k time
-a always,exit -F arch=b32 -S adjtimex -F key=audit_time_rules
#-e 2
END
cp /etc/audit/rules.d/50-some.rules /etc/audit/audit.rules
printf '\n-e 2\n' >>/etc/audit/audit.rules
printf 'max_log_file = 6\nmax_log_file_action = ROTATE\nspace_left_action = email\nadmin_space_left_action=halt\n' \
  >/etc/audit/auditd.conf
chmod 0666 /etc/audit/rules.d/50-some.rules /etc/audit/auditd.conf
touch /var/log/audit/audit.log
chmod 0666 /var/log/audit/audit.log
chmod 0777 /var/log/audit
"""),
    ("system directories: a program, a library and a log with bad modes and owners", r"""
chmod 0775 /usr/bin/nice
chown sync:games /usr/bin/tac
chmod 0777 /usr/lib/x86_64-linux-gnu/libpanelw.so.6 2>/dev/null || chmod 0777 /usr/lib/os-release
install -d -m 0775 -g games /usr/lib/left
chmod 0777 /var/log
touch /var/log/messages /var/log/syslog
chmod 0666 /var/log/syslog
"""),
    ("packages: one removed with its configuration left, two that should not be there", r"""
dpkg --force-depends --remove nftables
for name in telnetd nis; do
  mkdir -p /tmp/p/DEBIAN
  printf 'Package: %s\nVersion: 1:0.17-3~rc1+b2\nArchitecture: all\n' "$name" >/tmp/p/DEBIAN/control
  printf 'Maintainer: n <n@example.org>\nDescription: none\n' >>/tmp/p/DEBIAN/control
  dpkg-deb --root-owner-group -Zgzip -b /tmp/p /tmp/p.deb
  dpkg -i /tmp/p.deb
  rm -r /tmp/p /tmp/p.deb
done
"""),
    ("units: one masked, one enabled by hand, a drop-in, a default target that is graphical", r"""
ln -sf /dev/null /etc/systemd/system/cron.service
mkdir -p /etc/systemd/system/multi-user.target.wants /etc/systemd/system/ssh.service.d
ln -sf /lib/systemd/system/debug-shell.service /etc/systemd/system/multi-user.target.wants/debug-shell.service
printf '[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -o PermitRootLogin=yes\n' \
  >/etc/systemd/system/ssh.service.d/loose.conf
ln -sf /lib/systemd/system/graphical.target /etc/systemd/system/default.target
printf '[Journal]\nStorage=volatile\n#Compress=yes\nForwardToSyslog=no\n' >>/etc/systemd/journald.conf
"""),
]

# What the oracle cannot read: bytes that are no text. One of them hides what else a file says from it, so
# that these edits have a root of their own, where each difference is named but their share is not counted.
ODD = [
    ("names and contents that are not UTF-8", r"""
printf 'kernel.kptr_restrict=0\n' >$'/etc/sysctl.d/51-\xff\xfe.conf'
printf 'x\n' >$'/srv/caf\xe9'
chmod 0666 $'/srv/caf\xe9'
printf 'Willkommen \xe4\xf6\xfc \\n \\l\n' >/etc/issue
printf 'kernel.yama.ptrace_scope=1 # caf\xe9\nnet.ipv4.icmp_echo_ignore_broadcasts=1\n' >/etc/sysctl.d/53-latin.conf
"""),
    ("NUL bytes in text", r"""
printf 'net.ipv4.conf.all.rp_filter\0=1\nnet.ipv4.conf.default.log_martians=1\n\0\0\n' >/etc/sysctl.d/80-nul.conf
printf 'blacklist usb-storage\0\ninstall udf /bin/false\n' >/etc/modprobe.d/nul.conf
"""),
]
