#!/usr/bin/env python3
"""Checks the order of the folders under src/ and where libraries may be included.

    tools/check_layers.py [ROOT]

The order is the line that starts with `base < ` in ARCHITECTURE.md, so that the page and the check
cannot differ. Prints one line per violation and ends with 1 when there is any. Prints the size of the trust
core beside its goal; a missed goal is said, but does not fail.
"""

import re
import sys
from pathlib import Path

# Whoever includes these headers: only these folders, "tests" meaning *_test.cc and tests/.
WRAPPED = {
    r"openssl/": ("crypto", "net"),
    r"boost/json": ("codec",),
    r"boost/(asio|beast)": ("net",),
    r"sqlite3\.h": ("storage", "compliance"),
    r"libpq-fe\.h": ("storage",),
    r"yaml-cpp/": ("authoring",),
    r"CLI/": ("cli",),
    r"systemd/": ("system",),
    r"rpm/": ("system",),
    r"libxml/": ("compliance",),
    r"pcre2\.h": ("compliance",),
    r"(doctest|rapidcheck)[/.]": ("tests",),
}

# Folders of the trust core: neither input nor output, no clock, no threads.
CORE = ("base", "crypto", "model", "codec", "ledger", "policy")
# Folders that must be as free of the outside world as the core, though they decide nothing.
PURE = (*CORE, "audit")
CORE_LINES_GOAL = 6000
CORE_FORBIDDEN = re.compile(
    r"^(fstream|iostream|istream|ostream|filesystem|cstdio|stdio\.h|print|syncstream"
    r"|chrono|ctime|time\.h|random|thread|mutex|shared_mutex|condition_variable|future|stop_token"
    r"|semaphore|latch|barrier|csignal|signal\.h|cstdlib|stdlib\.h|unistd\.h|fcntl\.h|poll\.h"
    r"|dirent\.h|dlfcn\.h|pthread\.h|netdb\.h|spawn\.h|sys/.*|netinet/.*|arpa/.*|linux/.*"
    r"|boost/asio.*|boost/filesystem.*)$"
)
# check() must be able to say what was wrong and stop the process.
CORE_EXCEPTIONS = {("base/check.cc", "cstdio"), ("base/check.cc", "cstdlib")}
# Parts of base/ for threads and the operating system: not in the core, and the core may not use them.
OS_PART = re.compile(r"^base/(os_\w+|clock|mutex)\.")
# Parts of crypto/ that make keys and signatures: a verifier needs none, so the core may not use them.
SIGNING_PART = re.compile(r"^crypto/(certificate|key_file|private_key|random|software_authenticator|x25519)\.")
# Headers that the build makes from files beside the source that includes them.
GENERATED = "embedded"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def read_order(architecture):
    """The folders, leftmost first, as lists of siblings."""
    lines = [line.strip() for line in architecture.splitlines()]
    orders = [line for line in lines if line.startswith("base < ")]
    if len(orders) != 1:
        raise ValueError(f"ARCHITECTURE.md has {len(orders)} lines that start with 'base < '; one is needed")
    return [[name.strip() for name in group.split(",")] for group in orders[0].split("<")]


def is_test(path):
    return path.endswith("_test.cc")


def includes_of(text):
    """(line number, header, whether in angle brackets) of each include."""
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(2), match.group(1) == "<"


def folder_violation(path, header, rank):
    folder, target = path.split("/")[0], header.split("/")[0]
    own, other = rank.get(folder), rank.get(target)
    if "/" not in header:
        return f'"{header}" must be named with its folder, as "{folder}/{header}"'
    if target == "tests":
        return None if is_test(path) else "only tests include what lives under tests/"
    if other is None and target != GENERATED:
        return f"the folder {target} is not in the order of ARCHITECTURE.md"
    if target not in (folder, GENERATED) and other >= own:
        return f"{folder} may not include {target}: it does not stand to the left of it"
    if OS_PART.match(header) and folder in PURE and not OS_PART.match(path) and not is_test(path):
        return f"the trust core may not use {header}, which is for threads or the operating system"
    if SIGNING_PART.match(header) and folder in PURE and not SIGNING_PART.match(path) and not is_test(path):
        return f"the trust core may not use {header}, which makes keys or signatures"
    return None


def library_violation(path, header):
    folder = path.split("/")[0]
    for pattern, folders in WRAPPED.items():
        allowed = folder in folders or ("tests" in folders and is_test(path))
        if re.match(pattern, header) and not allowed:
            return f"<{header}> is included only in {', '.join(folders)}"
    if header.startswith("fmt/") and not path.endswith(".cc"):
        return f"<{header}> is included only in .cc files"
    core = folder in PURE and not is_test(path) and not OS_PART.match(path) and not SIGNING_PART.match(path)
    if core and CORE_FORBIDDEN.match(header) and (path, header) not in CORE_EXCEPTIONS:
        return f"<{header}> is input, output, clock or thread, which the trust core does without"
    return None


def code_lines(text):
    """Lines that hold code: neither blank nor only a comment."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    lines = (line.strip() for line in text.splitlines())
    return sum(1 for line in lines if line and not line.startswith("//"))


def core_size(src):
    """Lines of code of the trust core: without tests, the parts above that are not in it, and .def tables."""
    total = 0
    for folder in CORE:
        for path in sorted((src / folder).glob("**/*")):
            name = path.relative_to(src).as_posix()
            outside = is_test(name) or OS_PART.match(name) or SIGNING_PART.match(name)
            if path.suffix in (".cc", ".h") and not outside:
                total += code_lines(path.read_text())
    return total


def check(root):
    """All violations under `root`, as printable lines."""
    order = read_order((root / "ARCHITECTURE.md").read_text())
    rank = {name: place for place, group in enumerate(order) for name in group}
    src = root / "src"
    problems = []
    for folder in sorted(p.name for p in src.iterdir() if p.is_dir()):
        if folder not in rank:
            problems.append(f"src/{folder}: not in the order of ARCHITECTURE.md")
    for file in sorted(src.glob("**/*")):
        path = file.relative_to(src).as_posix()
        if file.suffix not in (".cc", ".h") or ("/" in path and path.split("/")[0] not in rank):
            continue
        for number, header, angled in includes_of(file.read_text()):
            where = path if "/" in path else "main/" + path
            why = library_violation(where, header) if angled else folder_violation(where, header, rank)
            if why:
                problems.append(f"src/{path}:{number}: {why}")
    return problems


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    problems = check(root)
    for problem in problems:
        print(problem)
    size = core_size(root / "src")
    met = "" if size <= CORE_LINES_GOAL else ", GOAL MISSED"
    print(f"check_layers: {len(problems)} violations; trust core {size} lines, goal {CORE_LINES_GOAL}{met}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
