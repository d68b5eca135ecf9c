#!/bin/sh
# Installs the programs that the tests run beside Node, where they are missing: jq, mandoc for the man pages, and the shells whose
# completion is tested, bash also with the package bash-completion.
set -eu
missing=
for tool in jq mandoc zsh fish; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
[ -e /usr/share/bash-completion/bash_completion ] || missing="$missing bash-completion"
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  # shellcheck disable=SC2086
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
else
  echo "error: the tests need$missing" >&2
  echo "hint: install what is missing, as with sudo apt-get install$missing, or brew install$missing" >&2
  exit 1
fi
