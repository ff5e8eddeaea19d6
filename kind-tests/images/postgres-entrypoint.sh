#!/bin/sh
# Starts PostgreSQL as whatever user the container runs as; on an empty volume it makes the
# database first. Everything is given by environment variables:
#
#   PGDATA                  where the database lives; inside the mounted volume, not the
#                           mount point itself, whose owner and mode are not ours to change
#   POSTGRES_USER           superuser to create (postgres)
#   POSTGRES_DB             database to create (the user's name)
#   POSTGRES_PASSWORD       its password, or
#   POSTGRES_PASSWORD_FILE  a file that holds it
#
# Arguments go to the server; a first argument that is no option is run in its place.
set -eu
umask 077

say() { echo "postgres-entrypoint: $*" >&2; }

programs=$(echo /usr/lib/postgresql/*/bin)
PATH=$programs:$PATH
export PATH
export PGDATA="${PGDATA:-/var/lib/postgresql/data/pgdata}"
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

# With a read-only root file system only mounted directories can take the socket.
sockets=/tmp
[ ! -w /var/run/postgresql ] || sockets=/var/run/postgresql
export PGHOST="$sockets" PGUSER="$user"

if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
	exec "$@"
fi

password() {
	if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
		cat "$POSTGRES_PASSWORD_FILE"
	elif [ -n "${POSTGRES_PASSWORD:-}" ]; then
		printf '%s' "$POSTGRES_PASSWORD"
	else
		say "the volume is empty and there is no password for a new database: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE"
		return 1
	fi
}

# An identifier in SQL: quotes inside are doubled.
quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/"/""/g')"; }

initialize() {
	draft=$PGDATA.draft
	rm -rf "$draft"
	mkdir -p "$(dirname "$PGDATA")"
	secret=$(mktemp "$sockets/password.XXXXXX")
	trap 'rm -f "$secret"' EXIT
	password >"$secret"
	# Who can reach the socket can read the files as well, so it asks for no password.
	initdb --pgdata="$draft" --username="$user" --pwfile="$secret" --encoding=UTF8 --locale=C.UTF-8 \
		--data-checksums --auth-local=trust --auth-host=scram-sha-256 >&2
	rm -f "$secret"
	echo "host all all all scram-sha-256" >>"$draft/pg_hba.conf"
	if [ "$database" != postgres ]; then
		echo "CREATE DATABASE $(quoted "$database") OWNER $(quoted "$user");" |
			postgres --single -j -D "$draft" postgres >/dev/null
	fi
	# Only a finished database gets the name under which it is looked for.
	mv "$draft" "$PGDATA"
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
	if [ -e "$PGDATA" ] && [ -n "$(ls -A "$PGDATA")" ]; then
		say "$PGDATA holds files but no database: refusing to touch them; use an empty volume"
		exit 1
	fi
	[ ! -d "$PGDATA" ] || rmdir "$PGDATA"
	say "making a new database in $PGDATA"
	initialize
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories="$sockets" "$@"
