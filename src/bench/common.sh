# Sourced by the benchmarks: installs a separate Swath with the recipe `noop`, and removes all its files at the end.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
bench=$(mktemp -d /tmp/swath-bench.XXXXXX)
storage=''
swath_pid=''

clean_up() {
  [[ -z $swath_pid ]] || { kill "$swath_pid" 2>/dev/null && wait "$swath_pid"; } || true
  rm -rf -- "$bench" ${storage:+"$storage"}
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# Builds the program if needed, and makes an installation that also has the recipe.
install_swath() {
  "$root/swath" --version >&2
  mkdir -p "$bench/home/config"
  cp -R "$root/routes" "$bench/home/"
  cp -R "$root/config/." "$bench/home/config/"
  cp -R "$root/src/test/recipes/noop" "$bench/home/config/recipes/"
}

# swath_java JAVA-OPTION... -- ARGUMENT...: runs Swath with the launcher's Java options and these.
swath_java() {
  local options=()
  while [[ $1 != -- ]]; do options+=("$1"); shift; done
  shift
  LC_ALL=C.UTF-8 exec java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto "${options[@]}" \
    -Dswath.home="$bench/home" -jar "$root/target/swath.jar" "$@"
}

wait_for_swath() {
  local i
  for ((i = 0; i < 300; i++)); do
    grep -q 'is ready: drop scenes' "$bench/swath.log" && return
    kill -0 "$swath_pid" 2>/dev/null || break
    sleep 0.2
  done
  tail -n 30 "$bench/swath.log" >&2
  exit 1
}
