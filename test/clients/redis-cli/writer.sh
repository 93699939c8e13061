#!/usr/bin/env bash
# redis-cli as scripts use it: it asks a sentinel where the master is, before each write.
IFS=, read -ra sentinels <<<"$1"
master=$2 protocol=$3 key=$4
ending=
trap 'ending=1' TERM

tell() { printf '%s\n' "$1"; }
now() { date +%s%3N; }

# #region snippet
ask() { # redis-cli's own status tells nothing of an error reply
  local sentinel address
  for sentinel in "${sentinels[@]}"; do # 127.0.0.1:26379
    mapfile -t address < <(
      redis-cli -h "${sentinel%:*}" -p "${sentinel#*:}" "-$protocol" SENTINEL GET-MASTER-ADDR-BY-NAME "$master" 2>/dev/null
    )
    ((${#address[@]} == 2)) || continue
    redis-cli -h "${address[0]}" -p "${address[1]}" "-$protocol" "$@" 2>&1
    return
  done
  echo 'no sentinel answers'
}
# #endregion

tell "{\"version\":\"$(redis-cli --version | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1)\"}"
for ((number = 1; !ending; number++)); do
  answer=$(ask RPUSH "$key" "$number")
  if [[ $answer =~ ^[0-9]+$ ]]; then
    tell "{\"acknowledged\":$number,\"at\":$(now)}"
  else
    answer=${answer//[^ -~]/ } answer=${answer//[\"\\]/}
    tell "{\"failed\":$number,\"at\":$(now),\"error\":\"$answer\"}"
  fi
  sleep 0.05
done
tell "{\"read\":$(ask LINDEX "$key" -1)}"
