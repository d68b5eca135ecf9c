#!/bin/sh
# Installs the programs that the tests run beside Node, where they are missing: jq.
set -eu
command -v jq >/dev/null && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends jq
else
  echo 'error: the tests need jq' >&2
  echo 'hint: install it, as with sudo apt-get install jq, or brew install jq' >&2
  exit 1
fi
