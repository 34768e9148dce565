# Sourced by ./swath and ./run-tests: installs the Debian packages that are missing.

# need_packages PURPOSE [COMMAND:]PACKAGE ...: installs the missing packages; if not root, prints them and stops.
# With COMMAND, the package is missing if that command is.
need_packages() {
  local purpose=$1 missing=() item
  shift
  for item in "$@"; do
    if [[ $item == *:* ]]; then
      command -v "${item%%:*}" >/dev/null || missing+=("${item#*:}")
    else
      dpkg -s "$item" >/dev/null 2>&1 || missing+=("$item")
    fi
  done
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    echo "swath: to $purpose, these Debian packages are needed: ${missing[*]}" >&2
    echo "swath: as root: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  echo "Installing ${missing[*]} (to $purpose) ..." >&2
  {
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
  } >/tmp/swath-apt.$$ 2>&1 || { cat /tmp/swath-apt.$$ >&2; exit 1; }
  rm -f /tmp/swath-apt.$$
}

# Installs a JDK if there is none. A JRE is not enough, because the project is compiled.
need_jdk() {
  command -v javac >/dev/null && return 0
  need_packages 'compile' javac:openjdk-17-jdk-headless
}
