#!/bin/sh
# Installs the peers that bench/run.mjs times tg against: Debian packages where apt-get and root are at hand, npm packages
# into bench/node_modules. One line for each that cannot be had; the benchmark then leaves it out and says so.
cd "$(dirname "$0")" || exit 1

debian() {
  command -v "$2" >/dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$1" >/dev/null 2>&1; then
    echo "$1: installed"
  else
    echo "$1: cannot be installed here; install it by hand to have it in the benchmark"
  fi
}

debian gcc cc
debian ninja-build ninja
debian make make
debian samurai samu
debian tup tup
debian fuse3 fusermount3
debian python3-doit doit
debian git git
debian xxhash xxhsum

# All are optional dependencies: npm leaves out what it cannot get.
npm install --no-audit --no-fund --no-package-lock --loglevel=error || echo "npm packages: npm ended with an error"
node -p 'Object.keys(require("./package.json").optionalDependencies).join("\n")' | while read -r package; do
  if [ -d "node_modules/$package" ]; then echo "$package: installed"; else echo "$package: cannot be installed here"; fi
done
