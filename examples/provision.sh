#!/usr/bin/env bash
# Keeps the organizations of a CSV file (name,email in each line) in tenantry; run it as often as you like.
#   provision.sh organizations.csv PASSWORD_FILE            makes what is not there yet
#   provision.sh organizations.csv PASSWORD_FILE --remove   deletes them all
# The file may be tenantry's own: tenantry org list --all -o csv --fields organization_name,admin_email
# Needs a session: tenantry login, or TENANTRY_TOKEN.
set -euo pipefail
file=$1 password=$2 mode=${3:-}

# Takes the first field (RFC 4180) off $line: into $field.
next_field() {
  local rest
  field=
  if [[ $line == \"* ]]; then
    rest=${line#\"}
    while [[ $rest == *\"* ]]; do
      field+=${rest%%\"*}
      rest=${rest#*\"}
      [[ $rest == \"* ]] || break
      field+=\" rest=${rest#\"}
    done
    line=${rest#,}
  elif [[ $line == *,* ]]; then
    field=${line%%,*} line=${line#*,}
  else
    field=$line line=
  fi
  # tenantry puts a ' before what a spreadsheet would take for a formula.
  if [[ $field == \'[=+@-]* ]]; then field=${field#\'}; fi
}

# The value of a word in the error that tenantry printed as JSON.
code_of() {
  sed -n 's/^{"error":{"code":"\([a-z_]*\)".*/\1/p' "$1" | tail -n 1
}

lower() { tr '[:upper:]' '[:lower:]'; }

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

tenantry whoami --fields email,store >&2
is_first=true
while IFS= read -r line || [[ -n $line ]]; do
  line=${line%$'\r'}
  if $is_first; then
    is_first=false
    line=${line#$'\xef\xbb\xbf'} # a byte order mark
    [[ $line != organization_name,* ]] || continue
  fi
  [[ -n $line ]] || continue
  next_field && name=$field
  next_field && email=$field
  code=0
  if [[ $mode == --remove ]]; then
    tenantry org delete --confirm "$name" -o json -- "$name" >/dev/null 2>"$errors" || code=$?
  else
    tenantry org create --admin-email "$email" --password-file "$password" -o json -- "$name" \
      >/dev/null 2>"$errors" || code=$?
  fi
  case "$code $(code_of "$errors")" in
    "0 "*) echo "done     $name" ;;
    "5 not_found") echo "as it is $name" ;;
    "6 name_taken")
      # Somebody else's organization of this name is not the one that is asked for.
      admin=$(tenantry org get -o json --fields admin_email -- "$name" | sed 's/.*"admin_email":"\(.*\)".*/\1/')
      if [[ $(lower <<<"$admin") != "$(lower <<<"$email")" ]]; then
        echo "$name: its admin is $admin, not $email" >&2
        exit "$code"
      fi
      echo "as it is $name"
      ;;
    *)
      cat "$errors" >&2
      exit "$code"
      ;;
  esac
done <"$file"
tenantry org list --all -o csv --fields organization_name,state,admin_email
