#include "system/file_systems.h"

#include <algorithm>
#include <iterator>

namespace twoseal {
namespace {

template <class List, class Value>
bool has(const List& list, const Value& value) {
  return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

}  // namespace

bool is_kernel_file_system(std::uint64_t type) {
  constexpr std::uint64_t kTypes[] = {
      kProcFileSystem,
      0x62656572,  // sysfs
      0x64626720,  // debugfs
      0x74726163,  // tracefs
      0x27e0eb,    // cgroup
      0x63677270,  // cgroup2
      0x73636673,  // securityfs
      kSelinuxFileSystem,
      0xcafe4a11,  // bpf
      0x62656570,  // configfs
      0x65735543,  // fusectl
  };
  return has(kTypes, type);
}

bool is_remote_file_system(std::uint64_t type) {
  constexpr std::uint64_t kTypes[] = {
      0x6969,      // nfs
      0x517B,      // smb
      0xFF534D42,  // cifs
      0xFE534D42,  // smb2
      0x5346414F,  // afs
      0x6B414653,  // kafs
      0x00C36400,  // ceph
      0x73757245,  // coda
      0x564c,      // ncp
      0x0BD00BD0,  // lustre
      0x01021997,  // 9p
      0x0187,      // autofs
      0x01161970,  // gfs, gfs2
      0x7461636f,  // ocfs2
      0x47504653,  // gpfs
      0x20030528,  // orangefs, which was pvfs2
  };
  return has(kTypes, type);
}

bool is_remote_fuse(std::string_view name) {
  constexpr std::string_view kBefore = "fuse.";
  constexpr std::string_view kNames[] = {"sshfs",
                                         "glusterfs",
                                         "ceph",
                                         "ceph-fuse",
                                         "gpfs",
                                         "lustre",
                                         "davfs",
                                         "davfs2",
                                         "smbnetfs",
                                         "curlftpfs",
                                         "s3fs",
                                         "rclone",
                                         "gcsfuse",
                                         "juicefs",
                                         "moosefs",
                                         "mfs"};
  if (name.starts_with(kBefore)) {
    name.remove_prefix(kBefore.size());
  }
  return has(kNames, name);
}

}  // namespace twoseal
