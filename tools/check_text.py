#!/usr/bin/env python3
"""Checks pages and texts: titles, links, reachability, blanks, and tables that must agree with code.

    tools/check_text.py [ROOT]
    tools/check_text.py --write       writes docs/errors.md out of src/base/errors.def

Looks at the files that git knows or would add; where there is no git, at all but build/. Prints one
line per problem and ends with 1 when there is any. Warnings do not count.
"""

import re
import subprocess
import sys
from pathlib import Path

LINES_MAX = 700
# Bytes that are data, not text of ours.
DATA = re.compile(r"^(tests/(golden|vectors|fuzz/seeds)/|LICENSE$)|\.(png|zip|bin)$")
# Pages from which a reader sets out.
STARTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/README.md")
# Written so that this file does not find itself.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b")
MACHINE = re.compile(
    r"(?<![\w.$}~])/(tmp/w|work|home/[a-z]+)/|https?://(registry|deb|proxy|pypi|files|repo\d*)\."
)
REQUIREMENT = re.compile(r"\b(?:CR|EM|CFG|NTP|CMDB|MON|HARD|PROV|END|NET|ACC|PATCH|IMG)-\d+\b")
NAMED_TESTS = re.compile(r"`([\w/.-]+_test\.(?:cc|py))`((?:,? \*[^*|]+\*)+)")
PAGE_MENTION = re.compile(r"\bdocs/[\w./-]+\.md\b")
ERROR_ROW = re.compile(
    r'TWOSEAL_ERROR\(\s*(\w+),\s*(\d+),\s*"([^"]*)",\s*(\w+),\s*((?:"(?:[^"\\]|\\.)*"[\s,]*)+)\)'
)


def files_of(root):
    """Paths relative to `root`, sorted."""
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"]
        names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    else:
        names = [p.relative_to(root).as_posix() for p in root.glob("**/*") if p.is_file()]
        names = [name for name in names if not name.startswith("build/")]
    return sorted(name for name in set(names) if (root / name).is_file())


def prose_of(text):
    """Lines of a page with its code blanked out, so that line numbers stay."""
    fenced, lines = False, []
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
            lines.append("")
        else:
            lines.append("" if fenced or line.startswith("    ") else line)
    return lines


def anchor_of(heading):
    """The anchor that a heading gets where the pages are shown."""
    heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")


def anchors_of(text):
    headings = [line.lstrip("#") for line in prose_of(text) if re.match(r"#+ ", line)]
    return {anchor_of(heading) for heading in headings}


def links_of(text):
    """(line number, target) of each link that stays in the repository."""
    for number, line in enumerate(prose_of(text), 1):
        line = re.sub(r"`[^`]*`", "", line)
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if not re.match(r"[a-z]+:", target):
                yield number, target


def link_problems(root, page, text):
    for number, target in links_of(text):
        path, _, anchor = target.partition("#")
        file = ((root / page).parent / path).resolve() if path else (root / page).resolve()
        if not file.exists():
            yield f"{page}:{number}: the link {target} leads nowhere"
        elif anchor and file.is_file() and anchor not in anchors_of(file.read_text()):
            yield f"{page}:{number}: {path or page} has no heading for #{anchor}"


def title_problems(page, text):
    titles = [line for line in prose_of(text) if line.startswith("# ")]
    if len(titles) != 1:
        yield f"{page}: has {len(titles)} titles (lines that start with '# '); one is needed"
    elif not text.startswith("# "):
        yield f"{page}:1: the page does not start with its title"


def reach_problems(root, pages):
    """Pages under docs/ that no chain of links from a start leads to."""
    seen, open_pages = set(), [page for page in STARTS if page in pages]
    while open_pages:
        page = open_pages.pop()
        if page in seen:
            continue
        seen.add(page)
        for _, target in links_of(pages[page]):
            file = ((root / page).parent / target.partition("#")[0]).resolve()
            if file.is_relative_to(root.resolve()):
                name = file.relative_to(root.resolve()).as_posix()
                if name in pages:
                    open_pages.append(name)
    for page in sorted(pages):
        if page.startswith("docs/") and page not in seen:
            yield f"{page}: no page links to it; add it to docs/README.md"


def line_problems(name, text, requirements):
    tabs_allowed = name.endswith("Makefile")
    for number, line in enumerate(text.split("\n"), 1):
        where = f"{name}:{number}"
        if line != line.rstrip():
            yield f"{where}: blanks at the end of the line"
        if "\t" in line and not tabs_allowed:
            yield f"{where}: a tab"
        if UNFINISHED.search(line):
            yield f"{where}: '{UNFINISHED.search(line).group()}' stands for something unfinished"
        if MACHINE.search(line):
            yield f"{where}: '{MACHINE.search(line).group()}' is a path or host of one machine"
        for wanted in REQUIREMENT.findall(line):
            if wanted not in requirements:
                yield f"{where}: {wanted} is not in docs/requirements.md"
    if text and (not text.endswith("\n") or text.endswith("\n\n")):
        yield f"{name}: must end with one line feed"


def mention_problems(root, name, text):
    """Pages that code or tools name must exist."""
    for number, line in enumerate(text.splitlines(), 1):
        for page in PAGE_MENTION.findall(line):
            if "NNNN" not in page and not (root / page).is_file():
                yield f"{name}:{number}: {page} does not exist"


def test_problems(root, page, text):
    """A page that names a test, as `FILE` *name*, names one that is there."""
    for number, line in enumerate(text.splitlines(), 1):
        for name, tests in NAMED_TESTS.findall(line):
            file = root / name
            if not file.is_file():
                yield f"{page}:{number}: {name} does not exist"
                continue
            code = re.sub(r'"\s*\n\s*"', "", file.read_text())  # a long name stands in several pieces
            for test in re.findall(r"\*([^*]+)\*", tests):
                wanted = f"def test_{test.replace(' ', '_')}(" if name.endswith(".py") else f'"{test}"'
                if wanted not in code:
                    yield f"{page}:{number}: {name} has no test '{test}'"


def folder_problems(root):
    for folder in sorted(p for p in (root / "src").glob("*") if p.is_dir()):
        if any(folder.iterdir()) and not (folder / "README.md").is_file():
            yield f"src/{folder.name}: needs a README.md: purpose, main types, what it refuses to know"


def error_rows(text):
    """(name, number, refusal, exit, [title, why, next]) of each row of errors.def."""
    text = "\n".join(line for line in text.splitlines() if not line.startswith("//"))
    for match in ERROR_ROW.finditer(text):
        texts = re.findall(r'"((?:[^"\\]|\\.)*)"', match.group(5))
        yield match.group(1), int(match.group(2)), match.group(3), match.group(4), texts


def error_problems(text, exits):
    page = "src/base/errors.def"
    rows = list(error_rows(text))
    declared = len(re.findall(r"^TWOSEAL_ERROR\(", text, flags=re.M))
    if len(rows) != declared:
        yield f"{page}: {declared - len(rows)} rows are not of the form that the head of the file shows"
    numbers, refusals = [row[1] for row in rows], [row[2] for row in rows if row[2]]
    for double in sorted({n for n in numbers if numbers.count(n) > 1}):
        yield f"{page}: the number {double} stands twice"
    for double in sorted({r for r in refusals if refusals.count(r) > 1}):
        yield f"{page}: the refusal {double} stands twice"
    for name, _, _, exit_name, texts in rows:
        if exit_name not in exits:
            yield f"{page}: {name}: '{exit_name}' is no value of Exit"
        if len(texts) != 3 or not all(texts):
            yield f"{page}: {name}: needs a title, a why and a next step"
        elif any(t[0].isspace() or t.endswith((".", " ")) for t in texts):
            yield f"{page}: {name}: texts have no blank at either end and no full stop"


def error_page(text):
    """docs/errors.md: every row of errors.def."""
    page = [
        "# Errors and refusals",
        "",
        "Every code with what happened, why that stops us and what to do next; `twoseal explain CODE` prints",
        "the same. A refusal of a decision has a short code beside its number. This page is written by",
        "`tools/check_text.py --write` out of `src/base/errors.def`; the exits are explained in",
        "[exit codes](exit-codes.md).",
        "",
        "| code | refusal | exit | what happened | why | next |",
        "|---|---|---|---|---|---|",
    ]
    for _, number, refusal, exit_name, texts in error_rows(text):
        cells = [t.replace('\\"', '"').replace("|", "\\|") for t in texts]
        page.append(f"| TS-{number} | {refusal or '–'} | `{exit_name}` | " + " | ".join(cells) + " |")
    return "\n".join(page) + "\n"


def exits_of(header):
    return {name: int(number) for name, number in re.findall(r"^  (\w+) = (\d+),", header, flags=re.M)}


def exit_problems(exits, page):
    rows = {name: int(code) for code, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", page, flags=re.M)}
    for name in sorted(set(exits.items()) ^ set(rows.items())):
        yield f"docs/exit-codes.md: {name[0]} = {name[1]} stands there or in src/base/exit_code.h, not in both"


def table_problems(root):
    """Tables in pages that repeat what code says."""
    header, page = root / "src/base/exit_code.h", root / "docs/exit-codes.md"
    exits = exits_of(header.read_text()) if header.is_file() else {}
    if header.is_file():
        yield from exit_problems(exits, page.read_text() if page.is_file() else "")
    errors = root / "src/base/errors.def"
    if errors.is_file():
        yield from error_problems(errors.read_text(), exits)
        page = root / "docs/errors.md"
        if not page.is_file() or page.read_text() != error_page(errors.read_text()):
            yield "docs/errors.md: differs from src/base/errors.def; run tools/check_text.py --write"


def license_problems(root):
    file = root / "LICENSE"
    if not file.is_file() or "Apache License" not in file.read_text():
        yield "LICENSE: the text of the Apache License is missing"


def check(root):
    """(problems, warnings) under `root`, as printable lines."""
    problems, warnings, pages = [], [], {}
    requirements_page = root / "docs/requirements.md"
    requirements = set()
    if requirements_page.is_file():
        requirements = set(re.findall(r"^\| ([A-Z]+-\d+) \|", requirements_page.read_text(), flags=re.M))
    for name in files_of(root):
        if DATA.search(name):
            continue
        try:
            text = (root / name).read_text()
        except UnicodeDecodeError:
            problems.append(f"{name}: not UTF-8; data belongs under tests/")
            continue
        if text.count("\n") > LINES_MAX and not name.endswith(".def"):
            warnings.append(f"{name}: {text.count(chr(10))} lines; look for the second noun")
        if name.endswith(".md"):
            pages[name] = text
            problems += title_problems(name, text)
            problems += link_problems(root, name, text)
            problems += test_problems(root, name, text)
        problems += line_problems(name, text, requirements)
        if not name.startswith("tools/check_text"):
            problems += mention_problems(root, name, text)
    problems += reach_problems(root, pages)
    problems += folder_problems(root)
    problems += table_problems(root)
    problems += license_problems(root)
    return problems, warnings


def main():
    root = Path(__file__).parent.parent
    if sys.argv[1:] == ["--write"]:
        (root / "docs/errors.md").write_text(error_page((root / "src/base/errors.def").read_text()))
        return 0
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else root
    problems, warnings = check(root)
    for warning in warnings:
        print(f"warning: {warning}")
    for problem in problems:
        print(problem)
    print(f"check_text: {len(problems)} problems, {len(warnings)} warnings")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
