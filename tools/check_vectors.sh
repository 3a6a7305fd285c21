#!/usr/bin/env bash
# Checks the published vectors with a shell alone: sha256sum, openssl, ssh-keygen and the usual small
# tools read what twoseal wrote, and nothing of twoseal is asked whether it is right.
#
#   tools/check_vectors.sh [--twoseal BINARY] [--least N] [DIR]
#
# DIR holds decision directories with an expect.json each; without it the vectors that BINARY (twoseal)
# exports are taken. What is checked, and what a shell cannot judge: docs/formats/decision-directory.md.
# Exit 1 names every vector in which the shell finds something else than is expected, also when fewer
# than N got a verdict.
#
# A finding has a code and is certain (the decision cannot pass this step) or a hint (a statement that
# does not verify, which may not have been needed). A vector agrees when its code is found, or when it is
# permitted and nothing certain is found. It differs when something certain is found at an earlier step
# than that of its code.
set -uo pipefail # not -e: that a check fails is what this is about
export LC_ALL=C

twoseal=twoseal least=0 directory=''
while [ $# -gt 0 ]; do
  case $1 in
    --twoseal) twoseal=${2:?--twoseal takes the path of a binary} && shift ;;
    --least) least=${2:?--least takes a number} && shift ;;
    -*) sed -n 's/^#   //p' "$0" >&2 && exit 64 ;;
    *) directory=$1 ;;
  esac
  shift
done

work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT
if [ -z "$directory" ]; then
  directory=$work/vectors
  "$twoseal" vectors export --all "$directory" --quiet || exit
fi
mkdir "$work"/{statement,leaf,node}
readonly text='([^"\\]|\\.)*' base64='[A-Za-z0-9+/]+=*' hash='sha256:[0-9a-f]{64}'

# --- small things -------------------------------------------------------------------------------------

declare -A value # of variables by name: what a function found, kept for all vectors

# The whole of a small file of one line; octets 0 are lost.
slurp() { IFS= read -r -d '' REPLY < "$1" || true; }

# The value of the first field $2 of the JSON text $1, a text or a number.
field() {
  REPLY=''
  if [[ $1 =~ [\{,]\"$2\":(\"(($text))\"|[0-9]+) ]]; then
    REPLY=${BASH_REMATCH[2]:-${BASH_REMATCH[1]}}
    [ "$REPLY" != '""' ] || REPLY=''
  fi
}

decode() { base64 -d <<< "$1" 2> "$work/noise"; }

# Lines of base64 as lines of text, all in one process. A control character, which no JSON text holds as
# it is, becomes 177, so that nothing is cut in two.
decode_lines() {
  awk '
    BEGIN {
      letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
      for (i = 1; i <= 64; ++i) place[substr(letters, i, 1)] = i - 1
      for (i = 0; i < 256; ++i) octet[i] = i < 32 ? "\177" : sprintf("%c", i)
    }
    {
      text = ""
      sub(/=+$/, "")
      held = bits = 0
      count = length($0)
      for (i = 1; i <= count; ++i) {
        held = held * 64 + place[substr($0, i, 1)]
        bits += 6
        if (bits >= 8) {
          bits -= 8
          unit = 2 ^ bits
          text = text octet[int(held / unit)]
          held %= unit
        }
      }
      print text
    }'
}

hex_to_bytes() { tr a-f A-F | basenc -d --base16; }

# --- trees (RFC 9162) ---------------------------------------------------------------------------------
# Hashes are looked up; those that are not known yet are noted and computed many at a time by
# hash_noted(), after which everything is climbed again. So a level of all trees costs four processes.

declare -A leaf_of=() node_of=() noted_leaf=() noted_node=()

leaf() { # text without octets 0
  REPLY=${leaf_of[$1]:-}
  [ -n "$REPLY" ] || { noted_leaf[$1]=1 && return 1; }
}

node() {
  REPLY=${node_of[$1$2]:-}
  [ -n "$REPLY" ] || { noted_node[$1$2]=1 && return 1; }
}

# Whether something was noted.
hash_noted() {
  local -a keys
  local number=0 digest rest key file
  [ $((${#noted_leaf[@]} + ${#noted_node[@]})) -gt 0 ] || return 1
  rm -rf "$work"/leaf/* "$work"/node/*
  if [ ${#noted_leaf[@]} -gt 0 ]; then
    keys=("${!noted_leaf[@]}")
    for key in "${keys[@]}"; do
      printf -v file '%s/leaf/%08d' "$work" $number
      printf '\0%s' "$key" > "$file"
      number=$((number + 1))
    done
    number=0
    while read -r digest rest; do
      leaf_of[${keys[number]}]=$digest
      number=$((number + 1))
    done < <(find "$work/leaf" -type f | sort | xargs sha256sum)
  fi
  if [ ${#noted_node[@]} -gt 0 ]; then
    keys=("${!noted_node[@]}")
    printf '01%s\n' "${keys[@]}" | hex_to_bytes | split -a 6 -d -b 65 - "$work/node/"
    number=0
    while read -r digest rest; do
      node_of[${keys[number]}]=$digest
      number=$((number + 1))
    done < <(find "$work/node" -type f | sort | xargs sha256sum)
  fi
  noted_leaf=() noted_node=()
}

# REPLY: the root to which the leaf hash $1 at $2 of $3 climbs by the path $4; empty: by none. Fails
# when a hash is not known yet.
climb_inclusion() {
  local current=$1 index=$2 last=$(($3 - 1)) sibling
  REPLY=''
  [ "$index" -le "$last" ] || return 0
  for sibling in $4; do
    [ "$last" -gt 0 ] || return 0
    if [ $((index & 1)) = 1 ] || [ "$index" = "$last" ]; then
      node "$sibling" "$current" || return 1
      while [ $((index & 1)) = 0 ] && [ "$index" != 0 ]; do
        index=$((index >> 1)) last=$((last >> 1))
      done
    else
      node "$current" "$sibling" || return 1
    fi
    current=$REPLY index=$((index >> 1)) last=$((last >> 1))
    REPLY=''
  done
  [ "$last" != 0 ] || REPLY=$current
}

# REPLY: "old new", the roots that the path $4 from the root $1 of $2 entries to $3 entries gives.
climb_consistency() {
  local old=$1 new=$1 index=$(($2 - 1)) last=$(($3 - 1)) sibling first=1
  REPLY=''
  [ "$2" -gt 0 ] && [ "$2" -lt "$3" ] || return 0
  while [ $((index & 1)) = 1 ]; do
    index=$((index >> 1)) last=$((last >> 1))
  done
  [ "$index" != 0 ] || first=0
  for sibling in $4; do
    REPLY=''
    if [ $first = 1 ]; then
      old=$sibling new=$sibling first=0
      continue
    fi
    [ "$last" -gt 0 ] || return 0
    if [ $((index & 1)) = 1 ] || [ "$index" = "$last" ]; then
      node "$sibling" "$old" || return 1
      old=$REPLY
      node "$sibling" "$new" || return 1
      new=$REPLY
      while [ $((index & 1)) = 0 ] && [ "$index" != 0 ]; do
        index=$((index >> 1)) last=$((last >> 1))
      done
    else
      node "$new" "$sibling" || return 1
      new=$REPLY
    fi
    index=$((index >> 1)) last=$((last >> 1))
  done
  REPLY=''
  { [ "$last" != 0 ] || [ $first = 1 ]; } || REPLY="$old $new"
}

# --- files of all vectors -----------------------------------------------------------------------------

declare -A digest_of=() files_in=() # by path; by vector
declare -A path_with=()             # a file by its digest: equal files are read once
declare -A content=()               # of small JSON files, by digest

read_files() {
  local digest path vector
  while IFS= read -r path; do
    digest=${path%%  *} path=${path#*  }
    path=${path#./}
    vector=${path%%/*}
    digest_of[$path]=$digest
    files_in[$vector]+="${path#*/}"$'\n'
    path_with[$digest]=$path
  done < <(cd "$directory" && find . -mindepth 2 -type f -print0 | sort -z | xargs -0 sha256sum | sed 's/^\\//')
}

# REPLY: the bytes of $1, from whichever vector has a file like it.
bytes_of() {
  local digest=${digest_of[$1]:-}
  REPLY=''
  [ -n "$digest" ] || return 0
  if [ -n "${content[$digest]+x}" ]; then
    REPLY=${content[$digest]}
    return
  fi
  slurp "$directory/${path_with[$digest]}"
  # Proofs and records are taken apart once; keeping them would only make the shell large.
  [[ $1 == */proofs/* || $1 == */statements/* ]] || content[$digest]=$REPLY
}

# --- rosters ------------------------------------------------------------------------------------------
# Of each roster, by its digest: its keys as lines "group owner id kind rp pub mark", its roles, thresholds.

declare -A keys_by_owner=() origin_by_rp=() keys_of=() roles_of=() roster_read=() id_of_pub=() keys_fault=() log_of=()

read_roster() { # digest of the roster, its text
  local digest=$1 json=$2 line owner key group inner id kind rp pub mark origin
  [ -z "${roster_read[$digest]:-}" ] || return 0
  roster_read[$digest]=1
  local one='"id":"([^"]*)","keys":\[([^]]*)\],"roles":\[([^]]*)\]'
  local lines=''
  while IFS= read -r line; do
    [[ $line =~ $one ]] || continue
    owner=${BASH_REMATCH[1]} inner=${BASH_REMATCH[2]}
    roles_of[$digest/$owner]=$(grep -oE '"role":"[^"]*"' <<< "${BASH_REMATCH[3]}" | cut -d'"' -f4 | tr '\n' ' ' || true)
    while IFS= read -r key; do
      [ -n "$key" ] || continue
      lines+="person $owner $key"$'\n'
    done < <(grep -oE '\{[^}]*\}' <<< "$inner" | key_fields)
  done < <(grep -oE '"id":"[^"]*","keys":\[[^]]*\],"roles":\[[^]]*\]' <<< "$json")
  for group in root timekeepers; do
    [[ $json =~ \"$group\":\{\"keys\":\[([^]]*)\],\"threshold\":([0-9]+) ]] || continue
    value[$digest/$group]=${BASH_REMATCH[2]}
    while IFS= read -r key; do
      lines+="$group - $key"$'\n'
    done < <(grep -oE '\{[^}]*\}' <<< "${BASH_REMATCH[1]}" | key_fields)
  done
  local services=${json#*\"services\":\[}
  while read -r owner key; do
    [ -n "$owner" ] && lines+="service $owner - ssh - $key -"$'\n'
  done < <(grep -oE '"id":"[^"]*","pub":"[^"]*"' <<< "${services%%\],\"timekeepers\"*}" | cut -d'"' -f4,8 | tr '"' ' ')
  keys_of[$digest]=$lines
  while read -r group owner id kind rp pub mark; do
    [ -n "$group" ] && [ "$mark" = - ] || continue
    case $group in
      person) owner="$owner $id" ;;
      root) owner="root:$id $id" ;;
      timekeepers) owner="t:$id $id" ;;
    esac
    [ "$kind" != - ] || kind=ssh
    keys_by_owner[$digest/$owner]+="$kind $rp $pub"$'\n'
  done <<< "$lines"
  while IFS='"' read -r _ _ _ origin _ _ _ rp _; do
    origin_by_rp[$digest/$rp]=$origin
  done < <(grep -oE '\{"origin":"[^"]*","rp_id":"[^"]*"' <<< "$json")
  if [[ $json =~ \"log\":\{\"origin\":\"([^\" ]*)\",\"vkeys\":\[([^]]*)\] ]]; then
    log_of[$digest]="${BASH_REMATCH[1]} ${BASH_REMATCH[2]//[\",]/ }"
  fi
  field "$json" expires
  value[$digest/expires]=$REPLY
  field "$json" policy_threshold
  value[$digest/policy]=$REPLY
}

# Objects of keys on standard input, as "id kind rp pub mark".
key_fields() {
  awk '
    function of(name) { return match($0, "\"" name "\":\"[^\"]*\"") ? substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5) : "-" }
    { print of("id"), of("kind"), of("rp_id"), of("pub"), (/"compromised":/ || /"use":/) ? "x" : "-" }'
}

# --- signatures ---------------------------------------------------------------------------------------

declare -A record_kind=() record_text=() statement_file=() statement_text=() statement_digest=() statement_fields=() verified=()
declare -A accepted=() rejected=() # how often, by kind of signature, object or proof

readonly record_ssh="^\{\"armor\":\"($text)\",\"kind\":\"sshsig\",\"stmt\":\"($base64)\"\}$"
readonly record_web="^\{\"auth_data\":\"($base64)\",\"client_data\":\"($base64)\",\"kind\":\"webauthn\",\"sig\":\"($base64)\",\"stmt\":\"($base64)\"\}$"
readonly statement_form="^\{\"act\":\"([a-z]+)\",\"at\":([0-9]{1,16}),\"by\":\"([^\" ]+)\",\"key\":\"([0-9a-f]{32})\",(\"note\":\"$text\",)?\"obj\":\"($hash)\",\"obj_type\":\"([a-z-]+)\",\"org\":\"($hash)\",\"role\":\"[^\"]*\",\"roster\":[0-9]+,\"seen\":\{\"root\":\"sha256:([0-9a-f]{64})\",\"size\":([0-9]{1,16})\},\"type\":\"statement\",\"v\":1\}$"

# Takes the records of all vectors apart and decodes their statements.
read_records() {
  local path digest file statement number=0
  local -A coded=() text_of=()
  for path in "${!digest_of[@]}"; do
    [[ $path == */statements/*.json ]] || continue
    digest=${digest_of[$path]}
    [ -z "${record_kind[$digest]:-}" ] || continue
    bytes_of "$path"
    record_text[$digest]=$REPLY
    if [[ $REPLY =~ $record_ssh ]]; then
      record_kind[$digest]=sshsig coded[$digest]=${BASH_REMATCH[3]}
    elif [[ $REPLY =~ $record_web ]]; then
      record_kind[$digest]=webauthn coded[$digest]=${BASH_REMATCH[4]}
    else
      record_kind[$digest]=malformed
    fi
  done
  while IFS= read -r statement && IFS= read -r -u 3 path; do
    text_of[$statement]=$path
  done < <(printf '%s\n' "${coded[@]}") 3< <(printf '%s\n' "${coded[@]}" | decode_lines)
  for statement in "${!text_of[@]}"; do
    file=$work/statement/$number number=$((number + 1))
    printf %s "${text_of[$statement]}" > "$file"
    text_of[$statement]="$file ${text_of[$statement]}"
  done
  local -A digest_by_file=()
  while read -r digest path; do
    digest_by_file[$path]=$digest
  done < <(find "$work/statement" -type f -print0 | xargs -0 sha256sum)
  for digest in "${!coded[@]}"; do
    statement=${text_of[${coded[$digest]}]}
    statement_file[$digest]=${statement%% *}
    statement_text[$digest]=${statement#* }
    statement_digest[$digest]=${digest_by_file[${statement%% *}]}
    if [[ ${statement#* } =~ $statement_form ]]; then
      # act at by key obj type org root size
      statement_fields[$digest]="${BASH_REMATCH[*]:1:4} ${BASH_REMATCH[*]:7}"
    else
      record_kind[$digest]=malformed
    fi
  done
}

# The type of an SSH public key in base64, as it stands in its first octets.
ssh_type() {
  case $1 in
    AAAAC3NzaC1lZDI1NTE5*) REPLY=ssh-ed25519 ;;
    AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI*) REPLY=ecdsa-sha2-nistp256 ;;
    AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t*) REPLY=sk-ssh-ed25519@openssh.com ;;
    AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20*) REPLY=sk-ecdsa-sha2-nistp256@openssh.com ;;
    *) REPLY='' ;;
  esac
}

# ssh-keygen accepts armours wrapped at other columns and security keys that nobody touched; we do not.
strict_armor() {
  local armor=$1 type=$2 line flags
  local -a lines
  mapfile -t lines <<< "$armor"
  [ "${lines[0]}" = '-----BEGIN SSH SIGNATURE-----' ] || return 1
  local last=$((${#lines[@]} - 1))
  while [ "$last" -gt 0 ] && [ -z "${lines[last]}" ]; do last=$((last - 1)); done
  [ "${lines[last]}" = '-----END SSH SIGNATURE-----' ] && [ $((${#lines[@]} - last)) -le 2 ] || return 1
  for ((line = 1; line < last - 1; ++line)); do
    [ ${#lines[line]} = 70 ] || return 1
  done
  [[ $type == sk-* ]] || return 0
  flags=$(printf '%s\n' "${lines[@]:1:last-1}" | base64 -d 2> "$work/noise" | tail -c 5 | od -An -tu1 -N1)
  [ $((flags & 1)) = 1 ]
}

verify_sshsig() { # record, public key
  local digest=$1 pub=$2 type armor act
  ssh_type "$pub"
  type=$REPLY
  [ -n "$type" ] && [[ ${record_text[$digest]} =~ $record_ssh ]] || return 1
  printf -v armor %b "${BASH_REMATCH[1]}"
  strict_armor "$armor" "$type" || return 1
  act=${statement_fields[$digest]%% *}
  printf 'signer %s %s\n' "$type" "$pub" > "$work/signers"
  printf %s "$armor" > "$work/stmt.sig"
  ssh-keygen -Y verify -f "$work/signers" -I signer -n "$act.v1@twoseal" -s "$work/stmt.sig" \
    < "${statement_file[$digest]}" > "$work/noise" 2>&1
}

readonly client_form="^\{\"type\":\"webauthn.get\",\"challenge\":\"([A-Za-z0-9_-]+)\",\"origin\":\"(($text))\"(,\"crossOrigin\":false)?(,\"[a-z_]+\":($text|\"$text\"|[a-z]+))*\}$"

verify_webauthn() { # record, SubjectPublicKeyInfo, relying party, its origin
  local digest=$1 pub=$2 rp=$3 origin=$4 challenge flags length wanted client
  [[ ${record_text[$digest]} =~ $record_web ]] || return 1
  decode "${BASH_REMATCH[1]}" > "$work/auth_data"
  decode "${BASH_REMATCH[2]}" > "$work/client_data"
  decode "${BASH_REMATCH[3]}" > "$work/signature.der"
  slurp "$work/client_data"
  client=$REPLY
  [[ $client =~ $client_form ]] && [[ $client != *topOrigin* ]] || return 1
  challenge=${BASH_REMATCH[1]}
  [ "${BASH_REMATCH[2]}" = "$origin" ] || return 1
  wanted=$(hex_to_bytes <<< "${statement_digest[$digest]}" | basenc -w0 --base64url)
  [ "$challenge" = "${wanted%=}" ] || return 1
  length=$(stat -c %s "$work/auth_data")
  [ "$length" -ge 37 ] || return 1
  [ "$(head -c 32 "$work/auth_data" | basenc -w0 --base16 | tr A-F a-f)" = "$(printf %s "$rp" | sha256sum | cut -c1-64)" ] || return 1
  flags=$(tail -c +33 "$work/auth_data" | od -An -tu1 -N1)
  # User present and verified, no new credential; backed up only when eligible; extensions as announced.
  [ $((flags & 69)) = 5 ] && [ $((flags & 24)) != 16 ] || return 1
  [ $(((flags & 128) != 0)) = $((length > 37)) ] || return 1
  { cat "$work/auth_data" && sha256sum "$work/client_data" | cut -c1-64 | hex_to_bytes; } > "$work/signed"
  decode "$pub" > "$work/spki.der"
  openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$work/spki.der" -in "$work/signed" \
    -sigfile "$work/signature.der" > "$work/noise" 2>&1
}

# Whether the record verifies under the key; each pair is asked once.
verify_record() { # record, kind of key, public key, relying party, origin
  local key="$1 $3 $5" kind=$2 how
  if [ -z "${verified[$key]:-}" ]; then
    if [ "$kind" = passkey ]; then
      how="passkey of $(if [ ${#3} -gt 100 ]; then echo P-256; else echo Ed25519; fi)"
      if [ "${record_kind[$1]}" = webauthn ] && verify_webauthn "$1" "$3" "$4" "$5"; then
        verified[$key]=yes
      fi
    else
      ssh_type "$3"
      how=${REPLY:-unknown type of key}
      if [ "${record_kind[$1]}" = sshsig ] && verify_sshsig "$1" "$3"; then
        verified[$key]=yes
      fi
    fi
    tally "${verified[$key]:=no}" "signature  $how"
    field "${statement_text[$1]}" obj_type
    tally "${verified[$key]}" "statement  $REPLY"
  fi
  [ "${verified[$key]}" = yes ]
}

tally() {
  if [ "$1" = yes ]; then
    accepted[$2]=$((${accepted[$2]:-0} + 1))
  else
    rejected[$2]=$((${rejected[$2]:-0} + 1))
  fi
}

# --- checkpoint, entries, proofs ----------------------------------------------------------------------

declare -A checkpoint_of=() entry_text=() coded_entry=() inclusion_root=() inclusion_fields=() inclusion_path=() consistency_roots=()
readonly inclusion_form="^\{\"entry\":\"($base64)\",\"index\":([0-9]{1,15}),\"path\":\[([^]]*)\],\"size\":([0-9]{1,15})\}$"
readonly member_form='^\{"index":([0-9]{1,15}),"path":\[([^]]*)\],"size":([0-9]{1,15})\}$'
readonly consistency_form='^\{"from":([0-9]{1,15}),"path":\[([^]]*)\],"size":([0-9]{1,15})\}$'

# REPLY: "size root" of a signed note that a key of the roster has signed; empty when none has.
open_checkpoint() { # digest of the file, its path, digest of the roster
  local origin='' vkeys='' vkey line known good=0 signature raw
  read -r origin vkeys <<< "${log_of[$3]:-}"
  REPLY=${checkpoint_of[$1 $vkeys]-unknown}
  [ "$REPLY" = unknown ] || return 0
  checkpoint_of[$1 $vkeys]=''
  local -a lines
  mapfile -t lines < "$directory/$2"
  # Origin, size, root, an empty line, signatures; a text of more lines is none of ours.
  if [ ${#lines[@]} -ge 5 ] && [ "${lines[0]}" = "$origin" ] && [[ ${lines[1]} =~ ^(0|[1-9][0-9]{0,15})$ ]] &&
    [[ ${lines[2]} =~ ^[A-Za-z0-9+/]{43}=$ ]] && [ -z "${lines[3]}" ]; then
    printf '%s\n' "${lines[@]:0:3}" > "$work/note"
    for line in "${lines[@]:4}"; do
      [[ $line =~ ^'— '([^ +]+)' '($base64)$ ]] || { good=-9 && continue; }
      known=${BASH_REMATCH[1]} signature=${BASH_REMATCH[2]}
      raw=$(decode "$signature" | basenc -w0 --base16 | tr A-F a-f)
      for vkey in $vkeys; do
        [ "$known+${raw:0:8}" = "${vkey%+*}" ] || continue
        { printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00' && decode "${vkey##*+}" | tail -c 32; } > "$work/log.der"
        hex_to_bytes <<< "${raw:8}" > "$work/note.sig"
        if openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$work/log.der" -in "$work/note" \
          -sigfile "$work/note.sig" > "$work/noise" 2>&1; then
          good=$((good + 1))
        else
          good=-9
        fi
      done
    done
    if [ "$good" -gt 0 ]; then
      checkpoint_of[$1 $vkeys]="${lines[1]} $(decode "${lines[2]}" | basenc -w0 --base16 | tr A-F a-f)"
    fi
  fi
  tally "${checkpoint_of[$1 $vkeys]:+yes}" 'checkpoint note'
  REPLY=${checkpoint_of[$1 $vkeys]}
}

# REPLY: "stmt by obj org seq" of an entry; a dash for what is not there.
entry_fields() {
  local name all=''
  for name in stmt by obj org seq; do
    field "$1" $name
    all+="${REPLY:--} "
  done
  REPLY=$all
}

plain_path() { REPLY=${1//sha256:/} && REPLY=${REPLY//[\",]/ }; }

# Decodes the entries of all inclusion proofs.
read_entries() {
  local path coded digest
  for path in "${!digest_of[@]}"; do
    [[ $path == */proofs/* && $path != */consistency-* ]] || continue
    digest=${digest_of[$path]}
    [ -z "${inclusion_fields[$digest]+x}" ] || continue
    bytes_of "$path"
    inclusion_fields[$digest]=''
    if [[ $REPLY =~ $inclusion_form ]]; then
      coded_entry[$digest]=${BASH_REMATCH[1]} entry_text[${BASH_REMATCH[1]}]=''
      inclusion_fields[$digest]="${BASH_REMATCH[2]} ${BASH_REMATCH[4]}"
      plain_path "${BASH_REMATCH[3]}"
      inclusion_path[$digest]=$REPLY
    fi
  done
  while IFS= read -r coded && IFS= read -r -u 3 path; do
    entry_text[$coded]=$path
  done < <(printf '%s\n' "${!entry_text[@]}") 3< <(printf '%s\n' "${!entry_text[@]}" | decode_lines)
  for digest in "${!coded_entry[@]}"; do
    entry_fields "${entry_text[${coded_entry[$digest]}]}"
    inclusion_fields[$digest]+=" $REPLY"
  done
}

# Climbs every proof of every vector until each hash on the way is known.
climb_all() {
  local path digest
  local -a open=() later
  local -A once=()
  for path in "${!digest_of[@]}"; do
    case $path in
      */proofs/*.json)
        digest=${digest_of[$path]}
        [ -n "${once[$digest]:-}" ] || open+=("$path")
        once[$digest]=1
        ;;
      */batch-proof.json | */root-proof.json) open+=("$path") ;;
    esac
  done
  while true; do
    later=()
    for path in "${open[@]}"; do
      climb_one "$path" || later+=("$path")
    done
    open=("${later[@]}")
    hash_noted || break
  done
}

climb_one() {
  local path=$1 digest=${digest_of[$1]} folder index size leaf_text host version siblings
  case $path in
    */consistency-*)
      [ -z "${consistency_roots[$digest]+x}" ] || return 0
      bytes_of "$path"
      # The older root is not in the file: it is the one that somebody saw, filled in by consistent().
      [[ $REPLY =~ $consistency_form ]] && consistency_roots[$digest]=$REPLY
      return 0
      ;;
    */proofs/*)
      [ -z "${inclusion_root[$digest]+x}" ] || return 0
      inclusion_root[$digest]=''
      [ -n "${inclusion_fields[$digest]:-}" ] || return 0
      leaf_text=${entry_text[${coded_entry[$digest]}]} siblings=${inclusion_path[$digest]}
      read -r index size _ <<< "${inclusion_fields[$digest]}"
      ;;
    *)
      # A leaf of a batch is the digest of the assignment; under fresh it is a line.
      folder=${path%/*}
      newest_in "$folder"
      version=$REPLY
      [ -n "$version" ] || return 0
      host=h:${folder##*/}
      leaf_text=sha256:${digest_of[$folder/$version.json]}
      [[ $path == */batch-proof.json ]] || leaf_text="$host $version $leaf_text"$'\n'
      [ -z "${inclusion_root[$digest $leaf_text]+x}" ] || return 0
      bytes_of "$path"
      digest="$digest $leaf_text"
      inclusion_root[$digest]=''
      [[ $REPLY =~ $member_form ]] || return 0
      index=${BASH_REMATCH[1]} size=${BASH_REMATCH[3]}
      plain_path "${BASH_REMATCH[2]}"
      siblings=$REPLY
      ;;
  esac
  if leaf "$leaf_text" && climb_inclusion "$REPLY" "$index" "$size" "$siblings"; then
    inclusion_root[$digest]=$REPLY
  else
    unset "inclusion_root[$digest]"
    return 1
  fi
}

# The number of the newest version in a folder of one vector.
newest_in() {
  local number=0
  REPLY=''
  while number=$((number + 1)) && [ -n "${digest_of[$1/$number.json]:-}" ]; do
    REPLY=$number
  done
  if [ -z "$REPLY" ]; then
    for number in 2 3 4 5 6 7 8 9; do
      [ -z "${digest_of[$1/$number.json]:-}" ] || REPLY=$number
    done
  fi
}

# Whether the log of $2 entries with root $3 is the beginning of the checkpoint's ($4 entries, root $5).
consistent() { # vector, size, root, size, root
  local digest good=no
  [ "$2" != 0 ] || return 0
  if [ "$2" -ge "$4" ]; then
    [ "$2 $3" = "$4 $5" ]
    return
  fi
  digest=${digest_of[$1/proofs/consistency-$2-$4.json]:-}
  [ -n "$digest" ] && [[ ${consistency_roots[$digest]:-} =~ $consistency_form ]] || return 1
  [ "${BASH_REMATCH[1]} ${BASH_REMATCH[3]}" = "$2 $4" ] || return 1
  local key="$digest $3"
  if [ -z "${consistency_roots[$key]+x}" ]; then
    plain_path "${BASH_REMATCH[2]}"
    local siblings=$REPLY
    until climb_consistency "$3" "$2" "$4" "$siblings"; do
      hash_noted
    done
    consistency_roots[$key]=$REPLY
    [ "$REPLY" = "$3 $5" ] && good=yes
    tally $good 'proof  consistency'
  fi
  [ "${consistency_roots[$key]}" = "$3 $5" ]
}

# --- one vector ---------------------------------------------------------------------------------------

declare -A step_of=(
  [B1]=2 [B2]=2 [R1]=3 [R2]=3 [R3]=3 [R4]=3 [R5]=3 [F1]=4 [F2]=7 [F3]=4 [P1]=5 [P2]=5 [H1]=6 [H2]=6
  [L1]=7 [L2]=7 [L3]=7 [L5]=7 [L4]=8 [C1]=9 [C2]=10 [C3]=11 [S1]=12 [S2]=13 [S5]=14 [S3]=15 [S4]=15
  [S6]=15 [W1]=16 [W2]=16 [W3]=16 [W4]=17 [W5]=18 [W6]=18 [K1]=19 [C5]=20 [C4]=21 [B3]=23)

declare -A certain=() hints=()
find_certain() { certain[$1]=${certain[$1]:-$2}; }
find_hint() { hints[$1]=${hints[$1]:-$2}; }

readonly known_files="^(inputs|state|change|fresh|expect)\.json$|^checkpoint\.txt$|^(roster|policy|restrictions)/[1-9][0-9]*\.json$|^assignments/[0-9a-f]{32}/([1-9][0-9]*|batch|batch-proof|root-proof)\.json$|^stops/(list|[0-9a-f]{64})\.json$|^statements/[^/]+\.json$|^results/[0-9a-f]{64}\.json$|^blobs/[0-9a-f]{64}$|^proofs/([0-9a-f]{64}|consistency-(0|[1-9][0-9]*)-(0|[1-9][0-9]*))\.json$"

# What the vector says, for the functions below.
vector='' org='' roster='' roster_json='' size=0 root='' change='' clock=0

# REPLY: "well" or "ill", organisation and version of a JSON file.
form_of() { # path
  local digest=${digest_of[$vector/$1]} form='' json how=well
  case $1 in
    proofs/consistency-*) form=consistency ;;
    proofs/*) form=inclusion ;;
    assignments/*proof.json) form=member ;;
  esac
  REPLY=${value[form/$form/$digest]:-}
  [ -z "$REPLY" ] || return 0
  bytes_of "$vector/$1"
  json=$REPLY
  [[ $json == '{'*'}' && $json != *$'\n'* ]] || how=ill
  case $form in
    consistency) [[ $json =~ $consistency_form ]] || how=ill ;;
    inclusion) [[ $json =~ $inclusion_form ]] || how=ill ;;
    member) [[ $json =~ $member_form ]] || how=ill ;;
    *)
      field "$json" org
      how+=" $REPLY "
      [[ $json =~ ,\"version\":([0-9]+)(,\"w|\}$) ]] && how+=${BASH_REMATCH[1]}
      ;;
  esac
  value[form/$form/$digest]=$how
  REPLY=$how
}

# Names of files, digests in names, the organisation, white space where none may stand.
check_files() {
  local path name
  while IFS= read -r path; do
    [ -n "$path" ] || continue
    [[ $path =~ $known_files ]] || find_certain B1 "unknown file $path"
    name=${path##*/}
    case $path in
      blobs/*) [ "$name" = "${digest_of[$vector/$path]}" ] || find_certain C1 "$path has another digest" ;;
      stops/list.json) ;;
      stops/* | results/*) [ "${name%.json}" = "${digest_of[$vector/$path]}" ] || find_certain B1 "$path has another digest" ;;
    esac
    [[ $path == *.json && $path != statements/* ]] || continue
    form_of "$path"
    [[ $REPLY == well* ]] || find_certain B1 "$path is malformed"
    case $path in
      roster/1.json) [ "sha256:${digest_of[$vector/$path]}" = "$org" ] || find_certain B2 "$path is not the pinned roster" ;;
      proofs/* | assignments/*proof.json | results/* | inputs.json | expect.json) ;;
      *) [[ $REPLY == *" $org "* ]] || find_hint B2 "$path is of another organisation" ;;
    esac
    case $path in
      roster/* | policy/* | restrictions/* | assignments/*/[0-9]*.json)
        [[ $REPLY == *" ${name%.json}" ]] || find_hint B1 "$path is misnamed"
        ;;
    esac
  done <<< "${files_in[$vector]}"
}

declare -A seen_statement=() sound=() # statements of this vector, by digest

# Whether the record is sound: a key of the roster made it for this act, and, where that is needed, its
# entry is proven to be in the log. Everything else that makes a statement valid is not looked at.
check_statement() { # path
  local record=${digest_of[$vector/$1]} json by key act type obj at their_org seen_size seen_root digest line good=no entered=yes
  if [ "${record_kind[$record]}" = malformed ]; then
    find_hint B1 "$1 is malformed"
    blame "${statement_text[$record]:-}" "$1 is malformed"
    return 0
  fi
  digest=${statement_digest[$record]} json=${statement_text[$record]}
  read -r act at by key obj type their_org seen_root seen_size <<< "${statement_fields[$record]}"
  [ -z "${seen_statement[$digest]:-}" ] || find_certain B1 "$1 stands twice"
  seen_statement[$digest]=1
  if [ "$their_org" != "$org" ]; then
    find_hint B2 "$1 is of another organisation"
    blame "$json" "$1 is of another organisation"
    return
  fi
  candidates "$by" "$key"
  if [ -z "$REPLY" ] && [ -z "${value[keyless/$record/$roster]:-}" ]; then
    value[keyless/$record/$roster]=1
    tally no "statement  $type"
  fi
  while read -r kind rp pub; do
    [ -n "$kind" ] || continue
    if verify_record "$record" "$kind" "$pub" "$rp" "${origin_by_rp[$roster/$rp]:-}"; then good=yes; fi
  done <<< "$REPLY"
  case $type in
    roster | fresh | plan-request | plan-answer | report | session) ;;
    *) if [ -n "$root" ] && ! included "$digest" "$by" "$obj" "$seen_size"; then entered=no; fi ;;
  esac
  if [ $good = yes ] && [ $entered = yes ]; then
    sound[$type $act $obj]+="$by $key $at $digest"$'\n'
  elif [ $good = yes ]; then
    find_hint L4 "$1 is not proven to be in the log"
    blame "$json" "$1 is not proven to be in the log"
  else
    blame "$json" "$1 does not verify"
  fi
  if [ $good = yes ] && [ -n "$root" ]; then
    [ "$seen_size" -le "$size" ] || find_hint F2 "$1 has seen a larger log"
    consistent "$vector" "$seen_size" "$seen_root" "$size" "$root" || find_hint L5 "$1 has seen another log"
  fi
}

# Which code a statement that is not sound may bring about.
blame() { # its text, what is wrong
  local type act code
  field "$1" obj_type && type=$REPLY
  field "$1" act && act=$REPLY
  case $type/$act in
    roster/*) code=R1 ;;
    fresh/*) code=F1 ;;
    policy/* | restrictions/*) code=P1 ;;
    assignments/*) code=H1 ;;
    change/author) code=S1 ;;
    change/approve | change/reject) code=S2 ;;
    release/*) code=S5 ;;
    evidence/*) code=S3 ;;
    change/signoff | result/*) code=W4 ;;
    stop/*) code=W5 ;;
    *) return 0 ;;
  esac
  find_hint $code "$2"
}

# REPLY: the keys under which a statement may verify, as lines "kind rp pub".
candidates() { # by, key id
  local version digest lines=''
  case $1 in
    root:*)
      # The root keys of every roster here: which of them had to sign is judged with the chain.
      for version in 1 2 3 4 5 6 7 8 9; do
        digest=${digest_of[$vector/roster/$version.json]:-}
        [ -z "$digest" ] || lines+=${keys_by_owner["$digest/$1 $2"]:-}
      done
      ;;
    h:*)
      newest_in "$vector/assignments/${1#h:}"
      bytes_of "$vector/assignments/${1#h:}/$REPLY.json"
      [ "h:$2" = "$1" ] && [[ $REPLY =~ \"keys\":\{\"age\":\"[^\"]*\",\"id\":\"([^\"]*)\" ]] && lines="ssh - ${BASH_REMATCH[1]}"
      ;;
    s:*) lines=${keys_by_owner[$roster/$1]:-} ;;
    *) lines=${keys_by_owner["$roster/$1 $2"]:-} ;;
  esac
  REPLY=$lines
}

# Whether the entry of the statement is proven to be in the log of the checkpoint.
included() { # statement, by, object, size that its signer had seen
  local digest=${digest_of[$vector/proofs/$1.json]:-} index proven by obj their_org seq stmt good=no
  [ -n "$digest" ] && [ -n "${inclusion_fields[$digest]:-}" ] || return 1
  read -r index proven stmt by obj their_org seq <<< "${inclusion_fields[$digest]}"
  [ "$proven" = "$size" ] && [ "${inclusion_root[$digest]:-}" = "$root" ] && good=yes
  [ -n "${value[proof/$digest]:-}" ] || tally $good 'proof  inclusion'
  value[proof/$digest]=1
  [ $good = yes ] && [ "$stmt $by $obj $their_org" = "sha256:$1 $2 $3 $org" ] && [ "$seq" = "$index" ] && [ "$index" -ge "$4" ]
}

# How many different words there are in column $2 of the lines $1.
different() {
  local line count=0
  local -a words
  local -A seen=()
  while read -r -a words; do
    [ ${#words[@]} -gt 0 ] && [ -z "${seen[${words[$2 - 1]}]:-}" ] || continue
    seen[${words[$2 - 1]}]=1 count=$((count + 1))
  done <<< "$1"
  REPLY=$count
}

check_rosters() {
  local version before digest json remembered=0 remembered_digest='' lines
  bytes_of "$vector/state.json"
  if [[ $REPLY =~ \"roster\":\{\"digest\":\"($hash)\",\"version\":([0-9]+)\} ]]; then
    remembered=${BASH_REMATCH[2]} remembered_digest=${BASH_REMATCH[1]}
    digest=${digest_of[$vector/roster/$remembered.json]:-}
    [ -z "$digest" ] || [ "sha256:$digest" = "$remembered_digest" ] || find_certain R5 'another roster of the version remembered'
  fi
  [ -n "$roster" ] || { find_certain R1 'no roster' && return 0; }
  for version in 1 2 3 4 5 6 7 8 9; do
    digest=${digest_of[$vector/roster/$version.json]:-}
    [ -n "$digest" ] || continue
    bytes_of "$vector/roster/$version.json"
    json=$REPLY
    check_keys "$digest" "$json"
    if [ $version -gt 1 ] && [ $version -gt "$remembered" ]; then
      before=${digest_of[$vector/roster/$((version - 1)).json]:-}
      field "$json" prev
      [ -n "$before" ] && [ "$REPLY" = "sha256:$before" ] || find_certain R2 "roster $version does not follow"
      [ -z "$before" ] || enough_root "$version" "$digest" "$before"
    fi
    [ $version -le "$remembered" ] || enough_root "$version" "$digest" "$digest"
  done
  newest_in "$vector/roster"
  [ "$REPLY" -ge "$remembered" ] || find_certain R2 'older than the roster remembered'
  [ "${value[$roster/expires]:-0}" -gt "$clock" ] || find_hint R3 'the roster has expired'
}

enough_root() { # version, digest, roster whose keys sign
  local group owner id rest signed=' ' count=0 line
  while read -r line rest; do
    signed+="$line "
  done <<< "${sound[roster sign sha256:$2]:-}"
  while read -r group owner id rest; do
    [ "$group" = root ] && [[ $signed == *" root:$id "* ]] && count=$((count + 1))
  done <<< "${keys_of[$3]:-}"
  [ $count -ge "${value[$3/root]:-1}" ] || find_certain R1 "roster $1 has $count root signatures"
}

# REPLY: the id of a public key in base64.
key_id() {
  if [ -z "${id_of_pub[_$1]:-}" ]; then
    id_of_pub[_$1]=$(decode "$1" | sha256sum | cut -c1-32)
  fi
  REPLY=${id_of_pub[_$1]}
}

# Key ids, keys that stand twice, the name of the log key.
check_keys() { # digest of the roster, its text
  local group owner id kind rp pub mark pubs='' origin wrong=''
  if [ -n "${keys_fault[$1]+x}" ]; then
    [ -z "${keys_fault[$1]}" ] || find_certain R4 "${keys_fault[$1]}"
    return
  fi
  while read -r group owner id kind rp pub mark; do
    [ -n "$group" ] || continue
    pubs+="$pub"$'\n'
    [ "$id" != - ] || continue
    key_id "$pub"
    [ "$id" = "$REPLY" ] || wrong="$id is not the id of its key"
  done <<< "${keys_of[$1]}"
  [ -z "$(sort <<< "$pubs" | uniq -d)" ] || wrong='a key stands twice'
  field "$2" origin
  origin=$REPLY
  [[ $2 == *"\"vkeys\":[\"$origin+"* ]] || wrong='a log key is not named as the log'
  keys_fault[$1]=$wrong
  [ -z "$wrong" ] || find_certain R4 "$wrong"
}

check_fresh() {
  local json digest=${digest_of[$vector/fresh.json]:-} at count line lines log_size log_root name
  [ -n "$digest" ] || { find_certain F1 'no fresh' && return 0; }
  bytes_of "$vector/fresh.json"
  json=$REPLY
  field "$json" at && at=$REPLY
  lines=''
  while IFS= read -r line; do
    [[ $line != *" $at "* ]] || lines+=$line$'\n'
  done <<< "${sound[fresh sign sha256:$digest]:-}"
  different "$lines" 2
  count=$REPLY
  [ "$count" -ge "${value[$roster/timekeepers]:-1}" ] || find_certain F1 "fresh has $count signatures"
  [ "$at" -le $((clock + 86400)) ] || find_certain F1 'fresh is from the future'
  field "$json" ttl
  [ $((at + REPLY)) -ge "$clock" ] || find_hint F2 'fresh is too old'
  for name in roster policy restrictions; do
    newest_in "$vector/$name"
    [ -n "$REPLY" ] || continue
    [[ $json == *"\"$name\":{\"digest\":\"sha256:${digest_of[$vector/$name/$REPLY.json]}\",\"version\":$REPLY}"* ]] || {
      find_hint F3 "fresh names another $name" && find_hint R5 "fresh names another $name"
    }
  done
  if [ -n "$root" ] && [[ $json =~ \"log\":\{\"root\":\"sha256:([0-9a-f]{64})\",\"size\":([0-9]{1,15})\} ]]; then
    log_root=${BASH_REMATCH[1]} log_size=${BASH_REMATCH[2]}
    if [ "$log_size" -gt "$size" ]; then
      find_certain F2 'the log is shorter than fresh says'
    else
      consistent "$vector" "$log_size" "$log_root" "$size" "$root" || find_certain L5 'fresh knows another log'
    fi
  fi
}

# Policy or restrictions: the chain, and enough different people, one of them a security officer.
check_documents() { # policy or restrictions
  local version digest before lines officers by rest json
  for version in 1 2 3 4 5; do
    digest=${digest_of[$vector/$1/$version.json]:-}
    [ -n "$digest" ] || continue
    lines=${sound[$1 sign sha256:$digest]:-}
    different "$lines" 1
    [ "$REPLY" -ge "${value[$roster/policy]:-1}" ] || find_certain P1 "$1 $version is signed by $REPLY people"
    officers=0
    while read -r by rest; do
      [[ " ${roles_of[$roster/$by]:-}" != *' security-officer '* ]] || officers=1
    done <<< "$lines"
    [ $officers = 1 ] || find_certain P1 "$1 $version is signed by no security officer"
    bytes_of "$vector/$1/$version.json"
    json=$REPLY
    field "$json" expires
    [ "$REPLY" -gt "$clock" ] || find_hint P2 "$1 $version has expired"
    before=${digest_of[$vector/$1/$((version - 1)).json]:-}
    if [ -n "$before" ]; then
      field "$json" prev
      [ "$REPLY" = "sha256:$before" ] || find_certain P2 "$1 $version does not follow"
    fi
  done
  bytes_of "$vector/state.json"
  if [[ $REPLY =~ \"$1\":\{\"digest\":\"sha256:([0-9a-f]{64})\",\"version\":([0-9]+)\} ]]; then
    digest=${digest_of[$vector/$1/${BASH_REMATCH[2]}.json]:-}
    [ -z "$digest" ] || [ "$digest" = "${BASH_REMATCH[1]}" ] || find_hint R5 "another $1 than remembered"
    version=${BASH_REMATCH[2]}
    newest_in "$vector/$1"
    [ -n "$REPLY" ] && [ "$REPLY" -ge "$version" ] || find_hint P2 "an older $1 than remembered"
  fi
}

environment=''

# The host's assignment: in a signed batch of its environment, and under the root that fresh names.
check_assignment() {
  local host json folder version digest leaf batch
  environment=''
  bytes_of "$vector/inputs.json"
  [[ $REPLY =~ \"host\":\"h:([0-9a-f]{32})\" ]] || return 0
  host=${BASH_REMATCH[1]} folder=$vector/assignments/${BASH_REMATCH[1]}
  newest_in "$folder"
  version=$REPLY
  [ -n "$version" ] || { find_certain H1 'the host has no assignment' && return 0; }
  digest=sha256:${digest_of[$folder/$version.json]}
  bytes_of "$folder/$version.json"
  json=$REPLY
  field "$json" env && environment=$REPLY
  [[ $json =~ \"keys\":\{\"age\":\"[^\"]*\",\"id\":\"([^\"]*)\" ]]
  key_id "${BASH_REMATCH[1]:-}"
  [ "$REPLY" = "$host" ] || find_certain H1 'the host id is not that of its key'
  bytes_of "$vector/state.json"
  if [[ $REPLY =~ \"keys\":\{\"id\":\"([^\"]*)\" ]] && [[ $json != *"\"id\":\"${BASH_REMATCH[1]}\""* ]]; then
    find_hint H2 'the keys of the host are others'
  fi
  field "$json" expires
  [ "$REPLY" -gt "$clock" ] || find_hint H1 'the assignment has expired'
  bytes_of "$folder/batch.json"
  batch=$REPLY
  field "$batch" env
  [ "$REPLY" = "$environment" ] || find_certain H1 'a batch of another environment'
  field "$batch" root
  member "$folder/batch-proof.json" "$digest" "${REPLY#sha256:}" || find_certain H1 'not in its batch'
  [ -n "${sound[assignments sign sha256:${digest_of[$folder/batch.json]:-}]:-}" ] || find_certain H1 'nobody signed the batch'
  bytes_of "$vector/fresh.json"
  if [ -n "$REPLY" ]; then
    field "$REPLY" assignments_root
    member "$folder/root-proof.json" "h:$host $version $digest"$'\n' "${REPLY#sha256:}" || find_certain H1 'not the current assignment'
  fi
}

member() { # path of the proof, leaf, root
  local digest=${digest_of[$1]:-} good=no
  [ -n "$digest" ] || return 1
  [ "${inclusion_root[$digest $2]:-}" = "$3" ] && good=yes
  [ -n "${value[proof/$digest $2 $3]:-}" ] || tally $good 'proof  assignment'
  value["proof/$digest $2 $3"]=1
  [ $good = yes ]
}

check_checkpoint() {
  root='' size=0
  if [ -n "${digest_of[$vector/checkpoint.txt]:-}" ] && [ -n "$roster" ]; then
    open_checkpoint "${digest_of[$vector/checkpoint.txt]}" "$vector/checkpoint.txt" "$roster"
    read -r size root <<< "$REPLY" || true
  fi
  [ -n "$root" ] || { size=0 && find_certain L1 'the checkpoint does not open' && return 0; }
  bytes_of "$vector/state.json"
  if [[ $REPLY =~ \"checkpoint\":\{\"root\":\"sha256:([0-9a-f]{64})\",\"size\":([0-9]{1,15})\} ]]; then
    if [ "${BASH_REMATCH[2]}" -gt "$size" ]; then
      find_certain F2 'the log is shorter than remembered'
    else
      consistent "$vector" "${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}" "$size" "$root" || find_certain L3 'another log is remembered'
    fi
  fi
}

# The change, its blobs, author, release and approvals: as many people as must have signed at least.
check_change() {
  local json=$change digest name author released='' path blob by rest approvers='' named='' least=1
  digest=sha256:${digest_of[$vector/change.json]:-}
  [ -n "$json" ] || { find_certain C1 'no change' && return 0; }
  for name in apply plan; do
    if [[ $json =~ [\{,]\"$name\":\"sha256:([0-9a-f]{64})\" ]]; then
      blob=${digest_of[$vector/blobs/${BASH_REMATCH[1]}]:-}
      [ "$blob" = "${BASH_REMATCH[1]}" ] || find_certain C1 "the blob of $name is missing"
    fi
  done
  field "$json" author && author=$REPLY
  [[ $'\n'${sound[change author $digest]:-} == *$'\n'"$author "* ]] || find_certain S1 'no author has signed'
  [[ $json == *'"secrets":[]'* ]] || find_hint K1 'the change has secrets'
  if [[ $json =~ \"window\":\{\"not_after\":([0-9]+),\"not_before\":([0-9]+)\} ]]; then
    [ "$clock" -le "${BASH_REMATCH[1]}" ] && [ "$clock" -ge "${BASH_REMATCH[2]}" ] || find_hint W1 'outside the window'
  fi
  while IFS= read -r path; do
    [[ $path == blobs/* ]] || continue
    bytes_of "$vector/$path"
    [[ $REPLY == *'"type":"release"'* ]] || continue
    field "$REPLY" change
    if [ "$REPLY" = "$digest" ]; then
      if [ -n "${sound[release release sha256:${path#blobs/}]:-}" ]; then
        released=yes
        bytes_of "$vector/$path"
        named+=$REPLY
      fi
    else
      find_hint C1 'a release of another change'
    fi
  done <<< "${files_in[$vector]}"
  [[ $json != *'"auto":'* && $json != *'"kind":"emergency"'* ]] || return 0
  [ -n "$released" ] || find_certain S5 'nobody has released it'
  while read -r by rest; do
    [ -n "$by" ] && [ "$by" != "$author" ] && [[ $named == *"${rest##* }"* ]] && approvers+="$by"$'\n'
  done <<< "${sound[change approve $digest]:-}"
  different "$approvers" 1
  [ "$environment" != prod ] || [[ $json == *'"executor":{"by":"runner"'* ]] || least=2
  [ "$REPLY" -ge $least ] || find_certain S3 "$REPLY others have approved"
}

check_own_plan() {
  local class plan
  bytes_of "$vector/inputs.json"
  [[ $REPLY =~ \"own_plan\":\{\"class\":\"($hash)\",\"token\":\"([^\"]*)\"\} ]] || return 0
  class=${BASH_REMATCH[1]} token=${BASH_REMATCH[2]}
  [[ $change =~ [\{,]\"plan\":\"sha256:([0-9a-f]{64})\" ]] || return 0
  bytes_of "$vector/blobs/${BASH_REMATCH[1]}"
  [[ $REPLY == *"\"class\":\"$class\""* && $REPLY == *"\"token\":\"$token\""* ]] || find_hint C4 'another plan than approved'
}

check_vector() {
  local path version json floor
  vector=$1 certain=() hints=() seen_statement=() sound=() roster='' roster_json=''
  bytes_of "$vector/inputs.json"
  json=$REPLY
  field "$json" org && org=$REPLY
  field "$json" clock && clock=$REPLY
  field "$json" floor && floor=$REPLY
  [ "$floor" -le "$clock" ] || clock=$floor
  for version in 1 2 3 4 5 6 7 8 9; do
    [ -n "${digest_of[$vector/roster/$version.json]:-}" ] || continue
    roster=${digest_of[$vector/roster/$version.json]}
    bytes_of "$vector/roster/$version.json"
    roster_json=$REPLY
    read_roster "$roster" "$roster_json"
  done
  bytes_of "$vector/change.json"
  change=$REPLY
  check_files
  check_checkpoint
  while IFS= read -r path; do
    [[ $path != statements/*.json ]] || check_statement "$path"
  done <<< "${files_in[$vector]}"
  check_rosters
  check_fresh
  check_documents policy
  check_documents restrictions
  check_assignment
  check_change
  check_own_plan
}

# --- all vectors --------------------------------------------------------------------------------------

total=0 agree=0 unjudged=0 differ=''
declare -A judged_by_code=() total_by_code=()

# Compares what was found with what the vector expects.
judge() {
  local expected label code json wrong=''
  bytes_of "$vector/expect.json"
  json=$REPLY
  field "$json" code && expected=$REPLY
  field "$json" decision && label=${expected:-$REPLY}
  total=$((total + 1))
  total_by_code[$label]=$((${total_by_code[$label]:-0} + 1))
  for code in "${!certain[@]}"; do
    if [ -z "$expected" ] || [ "${step_of[$code]}" -lt "${step_of[$expected]}" ]; then
      wrong+=" $code (${certain[$code]})"
    fi
  done
  if [ -n "$wrong" ]; then
    differ+="$vector: expects $label, but the shell finds$wrong"$'\n'
  elif [ -z "$expected" ] || [ -n "${certain[$expected]:-}${hints[$expected]:-}" ]; then
    agree=$((agree + 1))
    judged_by_code[$label]=$((${judged_by_code[$label]:-0} + 1))
  else
    unjudged=$((unjudged + 1))
  fi
  [ -z "${CHECK_VECTORS_DEBUG:-}" ] || debug "$label" >&2
}

debug() {
  local code
  printf '%s expects %s:' "$vector" "$1"
  for code in "${!certain[@]}"; do printf ' %s! (%s)' "$code" "${certain[$code]}"; done
  for code in "${!hints[@]}"; do printf ' %s (%s)' "$code" "${hints[$code]}"; done
  printf '\n'
}

read_files
read_records
read_entries
climb_all
for name in $(printf '%s\n' "${!files_in[@]}" | sort); do
  [ -n "${digest_of[$name/expect.json]:-}" ] || continue
  check_vector "$name"
  judge
done

printf '%-44s %9s %9s\n' 'verified by the shell' accepted rejected
for name in "${!accepted[@]}" "${!rejected[@]}"; do printf '%s\n' "$name"; done | sort -u | while IFS= read -r name; do
  printf '%-44s %9s %9s\n' "$name" "${accepted[$name]:-0}" "${rejected[$name]:-0}"
done
printf '\njudged, by code:'
for code in $(printf '%s\n' "${!total_by_code[@]}" | sort); do
  printf ' %s %s/%s' "$code" "${judged_by_code[$code]:-0}" "${total_by_code[$code]}"
done
printf '\n\n%s' "$differ"
if [ $((total - unjudged)) -lt "$least" ]; then
  printf 'only %s vectors got a verdict; at least %s are wanted\n' $((total - unjudged)) "$least"
  differ+=x
fi
printf '%s vectors, %s agree, %s not judged by shell\n' "$total" "$agree" "$unjudged"
[ -z "$differ" ] && [ "$total" -gt 0 ]
