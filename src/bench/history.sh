#!/usr/bin/env bash
# Measures what a long history costs: the same with an empty ledger and with one of N runs, side by side.
# Usage: history.sh [--runs 1000000] [--per-scene 1000] [--night] [--database sqlite|postgres]
# --per-scene 10 makes many scenes of few runs; with --night, all scenes were last processed by night.
# postgres: starts a PostgreSQL of its own (packages postgresql, postgresql-client). The last line has the ratios.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

runs=1000000 per_scene=1000 night='' database=sqlite
while (($#)); do
  case $1 in
    --runs) runs=$2; shift 2 ;;
    --per-scene) per_scene=$2; shift 2 ;;
    --night) night=--night; shift ;;
    --database) database=$2; shift 2 ;;
    *) sed -n '2,5p' "$0" >&2; exit 2 ;;
  esac
done

install_swath
server=''
if [[ $database == postgres ]]; then
  bin=$(echo /usr/lib/postgresql/*/bin)
  as_postgres() { if ((EUID == 0)); then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
  mkdir "$bench/postgres"
  chmod 0711 "$bench"
  ((EUID != 0)) || chown postgres "$bench/postgres"
  port=${BENCH_DATABASE_PORT:-15499}
  (cd / && as_postgres "$bin/initdb" -D "$bench/postgres" --username=swath --auth=trust >/dev/null)
  (cd / && as_postgres "$bin/pg_ctl" -D "$bench/postgres" -w -o "-h 127.0.0.1 -p $port -k $bench/postgres" \
    -l "$bench/postgres/log" start >/dev/null)
  stop_server() { (cd / && as_postgres "$bin/pg_ctl" -D "$bench/postgres" -m fast stop >/dev/null) || true; }
  trap 'stop_server; clean_up' EXIT
  server=127.0.0.1:$port
fi
/usr/bin/python3 "$here/history.py" --root "$root" --bench "$bench" --runs "$runs" --per-scene "$per_scene" $night \
  --server "$server" --console "127.0.0.1:${BENCH_CONSOLE_PORT:-9879}"
