#!/usr/bin/env bash
# Keeps the organizations of a CSV file (name,email in each line) in tenantry; run it as often as you like.
#   provision.sh organizations.csv PASSWORD_FILE            makes what is not there yet
#   provision.sh organizations.csv PASSWORD_FILE --remove   deletes them all
# Wants a session: tenantry login, or TENANTRY_TOKEN.
set -euo pipefail
file=$1 password=$2 mode=${3:-}

tenantry whoami --fields email,store >&2
while IFS=, read -r name email; do
  code=0
  if [ "$mode" = --remove ]; then
    tenantry org delete --confirm "$name" -- "$name" 2>/dev/null || code=$?
  else
    tenantry org create --admin-email "$email" --password-file "$password" -o json -- "$name" >/dev/null || code=$?
  fi
  case "$code" in
    0) echo "done     $name" ;;
    5 | 6) echo "as it is $name" ;; # not found, or a name or email that is taken
    *) exit "$code" ;;
  esac
done <"$file"
tenantry org list --all -o csv --fields organization_name,state,admin_email
