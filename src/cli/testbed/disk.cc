#include "cli/testbed/disk.h"

#include <cstdio>

#include "cli/testbed/mounts.h"

namespace twoseal::testbed {
namespace {

// Sparse: only what is written takes room.
constexpr const char* kDiskSize = "16G";
// Exits of e2fsck(8): 0 clean, 1 repaired.
constexpr int kCheckRepaired = 1;

Result<void> move_into_place(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    return std::unexpected(os_error(errno, "renaming", from));
  }
  return {};
}

Result<void> make_image(const std::string& image, const Tools& tools) {
  const std::string half = image + ".new";
  TWOSEAL_TRY_VOID(remove_file(half));
  TWOSEAL_TRY_VOID(tools.run(Errc::testbed_base_failed, {"truncate", "-s", kDiskSize, half}));
  TWOSEAL_TRY_VOID(
      tools.run(Errc::testbed_base_failed,
                {"mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=1,nodiscard", half}));
  return move_into_place(half, image);
}

// Without barriers, so that an fsync() in a host does not wait for everything else that this
// machine writes: on a busy disk two hosts are up in 1.1 s instead of 1.45. What is written
// survives the end of every process, but perhaps not a loss of power of the machine: therefore it
// is checked first, which a clean one passes at once.
Result<void> mount_image(const Place& place, const Tools& tools) {
  const std::string image = place.file("disk.img");
  TWOSEAL_TRY_VOID(free_loop_devices(image, tools));
  TWOSEAL_TRY(const Finished checked, tools.attempt({"e2fsck", "-p", image}));
  if (checked.exit > kCheckRepaired) {
    return fail(Errc::testbed_base_failed,
                "the disk of the hosts is damaged",
                image,
                "make the hosts anew: twoseal testbed down, then up");
  }
  TWOSEAL_TRY_VOID(tools.run(Errc::testbed_refused,
                             {"mount", "-o", "loop,barrier=0", image, place.file("disk")}));
  return {};
}

// The public key of the test bed for root and for admin.
Result<void> admit_key(const Place& place, const std::string& root) {
  TWOSEAL_TRY(const Bytes key, read_file(place.file("ssh/id_ed25519.pub")));
  for (const char* home : {"/root", "/home/admin"}) {
    // The directory is there already, of the user.
    TWOSEAL_TRY_VOID(write_file(root + home + "/.ssh/authorized_keys",
                                key,
                                Access::everybody,
                                Existing::replace,
                                Durability::remakeable));
  }
  return {};
}

Result<void> unpack_base(const Place& place, const std::string& base, const Tools& tools) {
  const std::string half = place.file("disk/base.new");
  TWOSEAL_TRY_VOID(remove_tree(half));
  TWOSEAL_TRY_VOID(make_directories(half));
  TWOSEAL_TRY_VOID(
      tools.run(Errc::testbed_base_failed, {"tar", "--numeric-owner", "-C", half, "-xpf", base}));
  TWOSEAL_TRY_VOID(admit_key(place, half));
  return move_into_place(half, place.file("disk/base"));
}

}  // namespace

Result<void> raise_disk(const Place& place, const std::string& base, const Tools& tools) {
  const std::string image = place.file("disk.img");
  if (!path_exists(image)) {
    TWOSEAL_TRY_VOID(make_image(image, tools));
  }
  TWOSEAL_TRY_VOID(make_directories(place.file("disk")));
  TWOSEAL_TRY(const bool mounted, is_mounted(place.file("disk")));
  if (!mounted) {
    TWOSEAL_TRY_VOID(mount_image(place, tools));
  }
  if (!path_exists(place.file("disk/base"))) {
    TWOSEAL_TRY_VOID(unpack_base(place, base, tools));
  }
  return {};
}

Result<bool> raise_root(const Place& place, const Host& host, const Tools& tools) {
  const std::string root = place.host_file(host, "root");
  TWOSEAL_TRY_VOID(make_directories(root));
  const bool fresh = !path_exists(place.host_file(host, "number"));
  TWOSEAL_TRY(const bool mounted, is_mounted(root));
  if (mounted && !fresh) {
    return false;
  }
  TWOSEAL_TRY_VOID(unmount_below(root));
  const std::string own = place.file("disk/hosts/" + host.name);
  if (fresh) {
    TWOSEAL_TRY_VOID(remove_tree(own));
  }
  TWOSEAL_TRY_VOID(make_directories(own + "/upper"));
  TWOSEAL_TRY_VOID(make_directories(own + "/work"));
  // Without index and nfs_export fanotify refuses to watch the file system as a whole.
  const std::string options = "lowerdir=" + place.file("disk/base") + ",upperdir=" + own +
                              "/upper,workdir=" + own + "/work,index=on,nfs_export=on";
  TWOSEAL_TRY_VOID(tools.run(Errc::testbed_refused,
                             {"mount", "-t", "overlay", "-o", options, place.tag(), root}));
  return fresh;
}

Result<void> release_disk(const Place& place, const Tools& tools) {
  TWOSEAL_TRY_VOID(unmount_below(place.directory()));
  return free_loop_devices(place.file("disk.img"), tools);
}

}  // namespace twoseal::testbed
