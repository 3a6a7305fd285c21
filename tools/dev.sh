#!/usr/bin/env bash
# What a developer runs between edits. From anywhere in the tree:
#
#   tools/dev.sh check          before each commit: format, layers, text, lint of what changed, fast tests
#   tools/dev.sh lint           the same without the tests
#   tools/dev.sh format         rewrites the C++ sources that are not formatted
#   tools/dev.sh format-check   names them instead
#   tools/dev.sh tidy [FILE …]  clang-tidy over all sources that changed since they passed
set -euo pipefail
cd "$(dirname "$0")/.."

sources() {
  git ls-files -co --exclude-standard -- '*.cc' '*.h' | while read -r file; do
    if [ -f "$file" ]; then
      echo "$file"
    fi
  done
}

format_check() {
  sources | xargs clang-format-19 --dry-run -Werror
  echo "format: every source is formatted"
}

# clang-tidy over all sources; with TWOSEAL_TIDY_SINCE=REVISION over those that its changes concern.
tidy_lint() {
  if [ -n "${TWOSEAL_TIDY_SINCE:-}" ]; then
    tools/tidy.py --since "$TWOSEAL_TIDY_SINCE"
  else
    tools/tidy.py
  fi
}

# Runs all four even when one fails, so that one run shows everything.
lint() {
  local status=0
  format_check || status=1
  tools/check_layers.py || status=1
  tools/check_text.py || status=1
  tidy_lint || status=1
  return "$status"
}

case "${1:-}" in
  check)
    lint
    cmake --workflow --preset dev
    ;;
  lint) lint ;;
  format) sources | xargs clang-format-19 -i ;;
  format-check) format_check ;;
  tidy)
    shift
    tools/tidy.py "$@"
    ;;
  *)
    sed -n 's/^#   //p' "$0"
    exit 64
    ;;
esac
