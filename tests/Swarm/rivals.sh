#!/usr/bin/env bash
# How long ansible, clush and parallel-ssh take for 'hostname' on 64 hosts of this machine:  tests/Swarm/rivals.sh [HOSTS [ROUNDS]]
# To stand beside 'hostname on 64 agents' of the swarm's 'host' measure, in the same hour.
#
# It starts an sshd of its own on 127.0.0.1, which all HOSTS (64) names 127.0.1.1 and on stand for, with a new key and an account
# whose shell is a plain /bin/sh. Nothing slows the rivals that can be left out: no PAM, no profile, no look at unknown host keys,
# as many at once as there are hosts. ansible is measured with new connections and with those it keeps for 60 s by default.
# Each run must print the host name once for each host, with status 0. At its end the server, the key and the account (when it made
# it) are gone. Needs root: to make the account, and as sshd does to log it in.
set -uo pipefail

hosts=${1:-64} rounds=${2:-3}
account=tcbench
seconds=120
[[ $hosts =~ ^[0-9]+$ && $rounds =~ ^[0-9]+$ ]] && [ "$hosts" -ge 1 ] && [ "$hosts" -le 250 ] && [ "$rounds" -ge 1 ] && [ "$rounds" -le 50 ] ||
  { echo "HOSTS is a number from 1 to 250 and ROUNDS one from 1 to 50."; exit 2; }
[ "$(id -u)" = 0 ] || { echo "The rivals are measured as root, since sshd needs an account to log in to."; exit 2; }
PATH=$PATH:/usr/sbin:/sbin
missing=()
for program in sshd:openssh-server ssh:openssh-client ansible:ansible clush:clustershell parallel-ssh:pssh; do
  command -v "${program%:*}" >/dev/null || missing+=("${program%:*} (package ${program#*:})")
done
[ ${#missing[@]} = 0 ] || { echo "Not installed: $(printf '%s, ' "${missing[@]}" | sed 's/, $//')."; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/tc-rivals.XXXXXX")
chmod 711 "$work"
server='' made='' separation=''

# The server's connections are its children; with them the clients end that ansible keeps.
finish() {
  trap - EXIT INT TERM
  if [ -n "$server" ]; then
    kill $(cat "/proc/$server/task/$server/children" 2>/dev/null) "$server" 2>/dev/null
    wait "$server" 2>/dev/null
  fi
  if [ -n "$made" ]; then
    for _ in $(seq 50); do userdel -r "$account" >/dev/null 2>&1; getent passwd "$account" >/dev/null || break; sleep 0.1; done
    ! getent passwd "$account" >/dev/null || echo "The account $account could not be removed." >&2
  fi
  [ -z "$separation" ] || rmdir /run/sshd 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if ! getent passwd "$account" >/dev/null; then
  # '*' is no password; the '!' of useradd would lock the account for sshd.
  useradd -m -s /bin/sh -p '*' "$account" || exit 1
  made=yes
fi
[ -d /run/sshd ] || { mkdir -m 755 /run/sshd && separation=yes; }
ssh-keygen -q -t ed25519 -N '' -f "$work/host" && ssh-keygen -q -t ed25519 -N '' -f "$work/key" || exit 1
install -m 644 "$work/key.pub" "$work/authorized"
printf 'rival %s\n' "$(cut -d' ' -f1,2 "$work/host.pub")" >"$work/known"

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
for _ in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 10000))
  answers "$port" && continue
  cat >"$work/sshd" <<END
ListenAddress 127.0.0.1
Port $port
HostKey $work/host
PidFile none
AuthorizedKeysFile $work/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowUsers $account
PrintMotd no
MaxStartups 1000:30:1000
LogLevel ERROR
END
  "$(command -v sshd)" -D -f "$work/sshd" -E "$work/log" &
  server=$!
  for _ in $(seq 50); do answers "$port" && break 2; kill -0 "$server" 2>/dev/null || break; sleep 0.1; done
  kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; server=''
done
[ -n "$server" ] || { echo "sshd does not start: $(tail -1 "$work/log" 2>/dev/null)"; exit 1; }

cat >"$work/ssh" <<END
Host *
  HostName 127.0.0.1
  Port $port
  User $account
  IdentityFile $work/key
  IdentitiesOnly yes
  HostKeyAlias rival
  UserKnownHostsFile $work/known
  StrictHostKeyChecking yes
END
for i in $(seq "$hosts"); do echo "127.0.1.$i"; done >"$work/hosts"
export ANSIBLE_FORKS=$hosts ANSIBLE_SSH_CONTROL_PATH_DIR="$work/cp" ANSIBLE_LOCAL_TEMP="$work/ansible"
unset ANSIBLE_CONFIG SSH_AUTH_SOCK
own=$(hostname)

ansible_kept() { ansible all -i "$work/hosts" --ssh-common-args "-F $work/ssh" -m raw -a hostname; }
ansible_new() { ANSIBLE_SSH_ARGS='-C -o ControlMaster=no' ansible_kept; }
with_clush() { clush -f "$hosts" -o "-F $work/ssh" --nostdin -w "127.0.1.[1-$hosts]" hostname; }
with_pssh() { parallel-ssh -h "$work/hosts" -p "$hosts" -x "-F $work/ssh" -i hostname; }

# Seconds of one run into the file of its name; it counts only when every host has answered.
run() {
  local began ended status answered watch
  began=$(date +%s%N)
  "$1" >"$work/out" 2>"$work/err" </dev/null &
  watch=$!
  (sleep "$seconds"; kill $(cat "/proc/$watch/task/$watch/children") "$watch") >/dev/null 2>&1 &
  local limit=$!
  wait "$watch"; status=$?
  ended=$(date +%s%N)
  kill $(cat "/proc/$limit/task/$limit/children" 2>/dev/null) "$limit" 2>/dev/null; wait "$limit" 2>/dev/null
  answered=$(tr -d '\r' <"$work/out" | grep -cE "^(127\.0\.1\.[0-9]+: )?$own\$")
  if [ "$status" != 0 ] || [ "$answered" != "$hosts" ]; then
    echo "$1 ended with status $status, and $answered of $hosts hosts answered: $(tail -1 "$work/err")" >&2
    return 1
  fi
  awk "BEGIN { printf \"%.2f\n\", ($ended - $began) / 1e9 }" >>"$work/$2"
}

# One run of each that is not counted brings the programs into memory.
for one in ansible_new with_clush with_pssh; do run "$one" first || exit 1; done
for _ in $(seq "$rounds"); do
  for one in ansible_new with_clush with_pssh; do run "$one" "$one" || exit 1; done
done
run ansible_kept first || exit 1
for _ in $(seq "$rounds"); do run ansible_kept ansible_kept || exit 1; done

row() { sort -n "$work/$1" | awk -v what="$2" '{ t[NR] = $1 } END { printf "| %s | %.2f s | %.2f to %.2f s |\n", what, (t[int((NR + 1) / 2)] + t[int(NR / 2) + 1]) / 2, t[1], t[NR] }'; }
echo "hostname on $hosts hosts over a loopback sshd, $rounds runs each, every host answered in each:"
echo
echo "| what | median, wall | least to most |"
echo "| --- | --- | --- |"
row ansible_new "ansible -m raw, new connections ($(ansible --version | sed -n '1s/.*\[\(.*\)\]/\1/p'))"
row ansible_kept "ansible -m raw, connections kept from the run before"
row with_clush "clush ($(clush --version | cut -d' ' -f2))"
row with_pssh "parallel-ssh ($(parallel-ssh --version))"
