#!/usr/bin/env bash
# The tour: an organisation is made, a change goes from its author to a host's permit, what happened is
# proven, and three attacks are refused. Every key is made here and thrown away at the end.
# Usage: tools/files_tour.sh PATH-OF-TWOSEAL
set -euo pipefail

twoseal=${1:?usage: tools/files_tour.sh PATH-OF-TWOSEAL}
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

# Shows a command, runs it without its advice on standard error, and checks the exit that it must have.
show() {
  local expected=$1 status=0
  shift
  printf '%s$ twoseal %s%s\n' "$dim" "$*" "$plain"
  "$twoseal" "$@" --quiet || status=$?
  if [ "$status" -ne "$expected" ]; then
    printf 'tour: expected exit %s, got %s\n' "$expected" "$status" >&2
    exit 1
  fi
}

# Signs: as whom, with which act, what, and more words.
sign() {
  local who=$1 act=$2 object=$3
  shift 3
  show 0 sign --act "$act" --obj "$object" --by "p:$who" --key "$who" --dir acme "$@" -o "acme/statements/$act-$who.json"
}

say "1  Four people make their keys. Amara's asks for its passphrase each time, so her signatures count as local"
echo 'correct horse' > passphrase
show 0 key new --local --output amara --passphrase-file passphrase > amara.txt
for who in bo dana leo root; do
  "$twoseal" key new --no-input --output "$who" --quiet > "$who.txt"
done
sed -n 's/^display/amara: display/p' amara.txt
sed -n 's/^display/leo:   display/p' leo.txt

say "2  First run: who exists and which hosts there are, as people write it, become documents that nobody has signed yet"
cat > people.yaml << 'END'
people:
  - {id: amara, roles: [security-officer, security-lead, it-manager], keys: [{kind: local-file, pub: amara.pub}]}
  - {id: bo, roles: [engineering-lead, executor], keys: [{kind: ssh, pub: bo.pub}]}
  - {id: dana, roles: [devops-lead, executor], keys: [{kind: ssh, pub: dana.pub}]}
  - {id: leo, roles: [], keys: [{kind: ssh, pub: leo.pub}]}
root: {keys: [root.pub]}
components: [{id: web, type: app, owners: [dana], owns: [/srv/web/]}]
END
cat > hosts.yaml << 'END'
hosts: [{name: web-01, env: prod, data_class: internal, components: [web]}]
END
cat people.yaml
show 0 org new --dir acme --domain acme.example --people people.yaml --hosts hosts.yaml --profile demo --make-host-keys > tasks.txt
head -n 3 tasks.txt

say "   Each signer runs the command that was printed for him, at home"
grep -o 'twoseal sign .*' tasks.txt > commands.txt
while read -r -a words; do
  who=root
  for ((i = 0; i < ${#words[@]}; ++i)); do
    [ "${words[i]}" != --by ] || who=${words[i + 1]#p:}
    [ "${words[i]}" != KEY ] || words[i]=KEY-OF-SIGNER
  done
  words=("${words[@]/KEY-OF-SIGNER/${who%%:*}}")
  show 0 "${words[@]:1}" --passphrase-file passphrase
done < commands.txt

say "   Second run: the signatures suffice, so the ledger is opened"
show 0 org new --continue --dir acme --host web-01

say "3  Leo writes a change and compiles it: its name is the digest of its content"
cat > motd.yaml << 'END'
change: {type: normal, summary: Greet visitors, justification: asked for, components: [web], rollback: automatic}
targets: name=web-01
set: [{file: /srv/web/motd, content: hello, mode: "0644"}]
END
cat motd.yaml
show 0 canon --compile motd.yaml --author p:leo --dir acme --simulate --into acme
show 0 words acme/change.json

say "4  Leo signs as author; two others approve exactly this digest"
sign leo author acme/change.json
sign amara approve acme/change.json --role security-lead --passphrase-file passphrase
sign bo approve acme/change.json --role engineering-lead

say "   Every signature goes into the ledger, which proves that it is there"
ledger=(--store acme.private/ledger.db)
show 0 ledger append "${ledger[@]}" --key acme.private/log.key --with acme acme/statements/{author-leo,approve-amara,approve-bo}.json
show 0 ledger checkpoint "${ledger[@]}" -o checkpoint.txt
head -n 3 checkpoint.txt | sed 's/^/   /'
vkey=$(sed 's/.*"vkeys":\["\([^"]*\)".*/\1/' acme/roster/1.json)
show 0 ledger prove "${ledger[@]}" --index 5 -o proof.json
show 0 ledger verify --vkey "$vkey" --checkpoint checkpoint.txt --proof proof.json

say "   The host would still refuse: nobody has released it"
show 0 org new --continue --dir acme
show 6 decide acme

say "5  Dana releases it: the release names every signature that she saw"
release=$("$twoseal" change release --dir acme --quiet)
printf '%s$ twoseal change release --dir acme%s\n%s\n' "$dim" "$plain" "$release"
sign dana release "$release"
show 0 org new --continue --dir acme

say "6  The host decides for itself, from signed bytes alone"
show 0 decide acme

say "7  What happened fits into one file that anybody can check offline, with one digest received on paper"
org=$("$twoseal" digest acme/roster/1.json)
show 0 ledger audit "${ledger[@]}" --org "$org"
show 0 evidence pack acme -o change.evidence
show 0 verify change.evidence --org "$org"

say "   A signature is plain SSHSIG: ssh-keygen alone checks it"
field() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" acme/statements/approve-bo.json; }
printf %b "$(field armor)" > approval.sig
printf 'p:bo %s\n' "$(cut -d' ' -f1,2 bo.pub)" > allowed
printf '%s$ ssh-keygen -Y verify -f allowed -I p:bo -n approve.v1@twoseal -s approval.sig%s\n' "$dim" "$plain"
field stmt | base64 -d | ssh-keygen -Y verify -f allowed -I p:bo -n approve.v1@twoseal -s approval.sig

# Runs decide on a damaged copy; the first line and the first reason are enough to see why.
refused() {
  printf '%s$ twoseal decide %s%s\n' "$dim" "$1" "$plain"
  local status=0
  "$twoseal" decide "$1" > answer.txt || status=$?
  sed -n '1p;/^  step/{p;q}' answer.txt
  if [ "$status" -ne "$3" ] || [ "$(head -n 1 answer.txt)" != "refuse $2" ]; then
    echo "tour: expected refuse $2 with exit $3, got exit $status" >&2
    exit 1
  fi
}

say "Attack 1  The server shows the host an edited change under the old signatures"
cp -r acme edited
sed -i 's/Greet visitors/Greet attackers/' edited/change.json
refused edited C1 6

say "Attack 2  The server withholds one of the signatures that the release names"
cp -r acme withheld
rm withheld/statements/approve-bo.json
refused withheld S5 6

say "Attack 3  Somebody edits one byte of the proof"
cp change.evidence edited.evidence
printf 'X' | dd of=edited.evidence bs=1 seek=5000 conv=notrunc status=none
show 6 verify edited.evidence --org "$org"

say "All as expected. Next: docs/README.md, or twoseal --help"
