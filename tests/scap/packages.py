"""Packages that fixes set up and that the fresh root lacks, fetched once for it, as files.

With them a root has the files that such fixes need, so that what they write can be judged. Taken from where
this machine's apt takes packages, which has to be the suite of the root.
"""

import shutil
import subprocess
import sys

import roots

NAMES = ("auditd", "chrony", "kmod", "libpam-pwquality", "rsyslog")


def fetch(work, base, digest):
    """The directory with the packages and all that they need above `base`; nothing when apt does not give them."""
    directory, stamp = work / "packages", work / "packages.id"
    wanted = roots.digest_of(digest, *NAMES)
    if stamp.exists() and stamp.read_text().strip() == wanted:
        return directory
    shutil.rmtree(directory, ignore_errors=True)
    (directory / "partial").mkdir(parents=True)
    options = {
        "Dir::State::status": base / "var/lib/dpkg/status",
        "Dir::Cache::archives": directory,
        "Debug::NoLocking": 1,
        "APT::Sandbox::User": "root",
    }
    words = ["apt-get", "-y", *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]
    words += ["--no-install-recommends", "--download-only", "install", *NAMES]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    shutil.rmtree(directory / "partial")
    if done.returncode != 0:
        print("no packages for the hardened root, so what sets them up is not judged:", done.stderr.strip(),
              file=sys.stderr)
        return None
    stamp.write_text(wanted + "\n")
    return directory
