# Sourced by ./swath and ./run-tests: sees to it that Debian packages are there.

# need_packages PURPOSE [COMMAND:]PACKAGE ... installs what is missing, or says what to install and stops.
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

# A JDK, not only a JRE: it compiles.
need_jdk() {
  command -v javac >/dev/null && return 0
  need_packages 'compile' javac:openjdk-17-jdk-headless
}
