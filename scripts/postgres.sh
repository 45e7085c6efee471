#!/usr/bin/env bash
# scripts/postgres.sh COMMAND...: runs the command with TEST_POSTGRES_URL naming a Postgres started
# for it alone, on a free port, in a temporary folder. Both are gone when the command ends, however.
source "$(dirname "$0")/env.sh"

find_postgres() {
  local folder
  # Newest first; some systems keep the server programs off PATH.
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV) \
    /opt/homebrew/opt/postgresql*/bin "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then bin=$folder; return 0; fi
  done
  return 1
}
find_postgres || { apt_install postgresql && find_postgres; } ||
  die "Postgres is missing: install its server package (initdb and pg_ctl)"

folder=$(mktemp -d "${TMPDIR:-/tmp}/touchstone-postgres.XXXXXX")
# Postgres refuses to run as root.
as_owner=()
if [ "$(id -u)" -eq 0 ]; then
  owner=nobody
  if id postgres >/dev/null 2>&1; then owner=postgres; fi
  chown "$owner" "$folder"
  as_owner=(runuser -u "$owner" --)
fi

child=
stop() {
  trap - EXIT INT TERM
  [ -z "$child" ] || kill "$child" 2>/dev/null || true
  (cd "$folder" && "${as_owner[@]}" "$bin/pg_ctl" --pgdata data --mode immediate --silent stop) 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The folder is entered because root's own working folder may be closed to the database's owner.
in_folder() { (cd "$folder" && "${as_owner[@]}" "$@"); }

in_folder "$bin/initdb" --pgdata data --username touchstone --auth trust --encoding UTF8 --no-locale --no-sync >"$folder/initdb.log" 2>&1 ||
  { cat "$folder/initdb.log" >&2; die "initdb failed"; }
started=
for _ in 1 2 3 4 5 6; do
  port=$((20000 + RANDOM % 20000))
  # A throw-away database gains nothing from reaching the disk.
  options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=300"
  if in_folder "$bin/pg_ctl" --pgdata data --log "$folder/server.log" --wait --silent --options "$options" start >/dev/null 2>&1; then started=yes; break; fi
done
[ -n "$started" ] || { cat "$folder/server.log" >&2; die "Postgres did not start"; }

export TEST_POSTGRES_URL="postgres://touchstone@127.0.0.1:$port/postgres"
say "  $("$bin/postgres" --version) on port $port"
# In the background, so that a signal to this script is acted on at once.
"$@" &
child=$!
status=0
wait "$child" || status=$?
child=
exit "$status"
