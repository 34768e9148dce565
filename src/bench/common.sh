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

# docker_storage: makes a folder on the storage of docker/up, and sets `lab`, `storage` and `docker_settings`.
docker_storage() {
  lab=$(cd "${LAB:-$root/docker}" && pwd)
  [[ -f $lab/keys/id_ed25519 ]] || { echo "$0: there is no cluster in $lab: run docker/up first" >&2; exit 1; }
  storage=$lab/storage/bench-$$
  mkdir "$storage"
  chmod 0770 "$storage"
  docker_settings=(storage.root="$storage" storage.cluster-root="/storage/bench-$$" cluster=slurm
    slurm.ssh="swath@127.0.0.1:${SSH_PORT:-2222}" slurm.ssh.key="$lab/keys/id_ed25519"
    slurm.ssh.known-hosts="$lab/keys/known_hosts")
}

# swath_java JAVA-OPTION... -- ARGUMENT...: runs Swath with the launcher's Java options and these.
swath_java() {
  local options=()
  while [[ $1 != -- ]]; do options+=("$1"); shift; done
  shift
  local compilers=(-XX:TieredStopAtLevel=1)
  [[ $1 != run ]] || compilers=(-XX:+UnlockDiagnosticVMOptions -XX:CompilerDirectivesFile="$root/.ci/compiler.json")
  LC_ALL=C.UTF-8 exec java -Xmx512m -XX:+UseSerialGC "${compilers[@]}" -Xshare:auto "${options[@]}" \
    -Dswath.home="$bench/home" -jar "$root/target/swath.jar" "$@"
}

wait_for_swath() {
  local i
  for ((i = 0; i < 300; i++)); do
    grep -qs "is ready: drop scenes" "$bench/swath.log" && return
    kill -0 "$swath_pid" 2>/dev/null || break
    sleep 0.2
  done
  tail -n 30 "$bench/swath.log" >&2
  exit 1
}
