#!/usr/bin/env bash
# The first process of a machine of the cluster, in namespaces of its own: machine.sh HOSTNAME LOG COMMAND...
# It follows orders from stdin, one a line, and answers each with the same line. When stdin ends, because the tests ended or were killed, it
# exits, and the kernel kills whatever still runs on the machine. Bash, because it reaps the orphans that the first process inherits.
hostname "$1"
log=$2
shift 2
daemon=
while read -r order; do
  case $order in
    start)
      "$@" >>"$log" 2>&1 </dev/null &
      daemon=$!
      ;;
    KILL | TERM)
      kill -s "$order" "$daemon"
      wait "$daemon"
      daemon=
      ;;
    *) kill -s "$order" "$daemon" ;;
  esac 2>>"$log"
  echo "$order"
done
