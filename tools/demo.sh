#!/usr/bin/env bash
# The tour: a demo organisation with published software keys, one change, its decision, its proof, and
# three attacks that are refused. Usage: tools/demo.sh PATH-OF-TWOSEAL
set -euo pipefail

twoseal=${1:?usage: tools/demo.sh PATH-OF-TWOSEAL}
twoseal=$(realpath "$twoseal")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
  bold='' dim='' plain=''
fi

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# Shows a command, runs it, and checks the exit that it must have.
show() {
  local expected=$1 status=0
  shift
  printf '%s$ twoseal %s%s\n' "$dim" "$*" "$plain"
  "$twoseal" "$@" || status=$?
  if [ "$status" -ne "$expected" ]; then
    printf 'demo: expected exit %s, got %s\n' "$expected" "$status" >&2
    exit 1
  fi
}

say "1  An organisation with nine people, three hosts and one change (every key is a published software key)"
show 0 vectors export permit-basic web-01
printf '   who signed:'
for file in web-01/statements/*.json; do printf ' %s' "$(basename "$file" .json)"; done
printf '\n'

say "2  The change has a name that is its content, and words to compare on a second device"
show 0 digest web-01/change.json
show 0 words web-01/change.json

say "3  The host decides from signed bytes alone: author, two approvals (one local), a release, all in the log"
show 0 decide web-01

say "4  Everything that happened fits into one file that anybody can check offline"
org=$("$twoseal" digest web-01/roster/1.json)
show 0 evidence pack web-01 -o change.evidence
show 0 verify change.evidence --org "$org"

say "5  Signatures are plain SSHSIG: ssh-keygen alone can check them"
"$twoseal" key new --output ada --no-input --quiet > /dev/null
show 0 sign --act approve --obj web-01/change.json --by p:ada --key ada --dir web-01 --print-statement -o statement.json
ssh-keygen -q -Y sign -n approve.v1@twoseal -f ada statement.json
printf 'p:ada %s\n' "$(cut -d' ' -f1,2 ada.pub)" > allowed
printf '%s$ ssh-keygen -Y verify -f allowed -I p:ada -n approve.v1@twoseal -s statement.json.sig%s\n' "$dim" "$plain"
ssh-keygen -Y verify -f allowed -I p:ada -n approve.v1@twoseal -s statement.json.sig < statement.json
show 0 sign --key ada --attach statement.json.sig --statement statement.json -o record.json

say "Attack 1  One person alone signs a policy that would let him through"
show 0 vectors export p1-policy-one-signature weak-policy
show 6 decide weak-policy

say "Attack 2  The server shows the host an edited change under the old signatures"
cp -r web-01 edited
sed -i 's/Greet visitors/Greet attackers/' edited/change.json
show 6 decide edited

say "Attack 3  Somebody edits one byte of the proof"
cp change.evidence edited.evidence
printf 'X' | dd of=edited.evidence bs=1 seek=5000 conv=notrunc status=none
show 6 verify edited.evidence --org "$org"

say "All as expected. Next: docs/README.md, or twoseal --help"
