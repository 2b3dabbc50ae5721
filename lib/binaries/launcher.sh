#!/bin/sh
# @NAME@ of opsdeck @VERSION@: this launcher, then the script and a Deno runtime, compressed.
# Both are unpacked once, into a cache folder, under the names of their SHA-256 sums. Needs gzip,
# tar, tail, head, find, mktemp and sha256sum (or shasum); flock where there is one.
# All names begin with od_, as one from the caller's environment would go on to the script.
od_app_sum=@APP_SUM@
od_app_bytes=@APP_BYTES@
od_app_files='@APP_FILES@'
od_deno_sum=@DENO_SUM@
od_deno_bytes=@DENO_BYTES@

od_fail() {
  printf 'Error: %s\n' "$1" >&2
  exit "${2-69}"
}

# Nobody else may have made the folder, or be able to write into it: what is in it is run.
od_is_ours() {
  [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] &&
    [ "$(find "$1" -prune ! -perm -020 ! -perm -002 -print 2>/dev/null)" = "$1" ]
}

od_has_deno() { [ -x "$1/deno-$od_deno_sum/deno" ] && [ -s "$1/deno-$od_deno_sum/deno" ]; }

od_is_ready() {
  od_is_ours "$1" && od_has_deno "$1" || return 1
  # A file that lost its content with the machine's power is empty.
  for od_file in $od_app_files; do
    [ -s "$1/app-$od_app_sum/$od_file" ] || return 1
  done
}

od_part_sum() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi
}

od_deno_part() { tail -c "$od_deno_bytes" "$od_self"; }
od_app_part() { tail -c "$((od_app_bytes + od_deno_bytes))" "$od_self" | head -c "$od_app_bytes"; }

# Removes versions that were not used for 30 days, unless a process runs from this folder: it may
# still have files to load.
od_prune() {
  [ -d /proc/self ] || return 0
  for od_deno in "$1"/deno-*/deno; do
    for od_process in /proc/[0-9]*; do
      [ "$od_process/exe" -ef "$od_deno" ] && return 0
    done
  done
  for od_stamp in $(cd "$1" && find . -maxdepth 1 -name '*.used' -mtime +30); do
    od_version=${od_stamp%.used}
    case $od_version in
      "./app-$od_app_sum" | "./deno-$od_deno_sum") ;;
      ./app-* | ./deno-*) rm -rf "$1/$od_version" "$1/$od_stamp" ;;
    esac
  done
}

# Ends with 0 when the folder is filled, 70 when this file is damaged, else when the folder is of no
# use. What it makes has no final name before it is whole.
od_unpack() (
  umask 077
  exec </dev/null >/dev/null 2>&1
  mkdir -p "$1" && od_is_ours "$1" && chmod 700 "$1" || exit 1
  exec 9>"$1/lock"
  if command -v flock; then
    flock 9 || exit 1
    # Whoever held the lock before was killed.
    rm -rf "$1"/new.*
  else
    find "$1" -maxdepth 1 -name 'new.*' -mtime +0 -exec rm -rf {} +
  fi
  od_is_ready "$1" && exit 0

  od_new=$(mktemp -d "$1/new.XXXXXX") || exit 1
  trap 'rm -rf "$od_new"' EXIT
  trap 'exit 1' HUP INT TERM
  # On a file system that runs no programs, this is not executable.
  : >"$od_new/probe" && chmod 700 "$od_new/probe" && [ -x "$od_new/probe" ] || exit 1

  if ! od_has_deno "$1"; then
    od_sum=$(od_deno_part | od_part_sum)
    [ "${od_sum%% *}" = "$od_deno_sum" ] || exit 70
    mkdir "$od_new/deno" && od_deno_part | gzip -dc >"$od_new/deno/deno" || exit 1
    chmod 700 "$od_new/deno/deno" && sync "$od_new/deno/deno" || exit 1
    # Without flock, another start may have been faster: what it runs from stays where it is.
    if ! od_has_deno "$1"; then
      [ ! -e "$1/deno-$od_deno_sum" ] || mv "$1/deno-$od_deno_sum" "$od_new/old-deno"
      mv "$od_new/deno" "$1/deno-$od_deno_sum" || exit 1
    fi
  fi
  od_sum=$(od_app_part | od_part_sum)
  [ "${od_sum%% *}" = "$od_app_sum" ] || exit 70
  mkdir "$od_new/app" && od_app_part | gzip -dc | tar -xof - -C "$od_new/app" || exit 1
  find "$od_new/app" -type f -exec sync {} + || exit 1
  od_is_ready "$1" && exit 0
  [ ! -e "$1/app-$od_app_sum" ] || mv "$1/app-$od_app_sum" "$od_new/old-app"
  mv "$od_new/app" "$1/app-$od_app_sum" || exit 1
  if command -v flock; then od_prune "$1"; fi
  exit 0
)

# Takes the folder into use, or tells by failing that the next one is to be tried.
od_use() {
  case $1 in *,*) return 1 ;; esac
  if ! od_is_ready "$1"; then
    od_unpack "$1"
    [ $? != 70 ] || od_fail "Cannot run \"$od_self\" as this file is damaged; copy it here again"
    od_is_ready "$1" || return 1
  fi
  od_cache=$1
}

od_use_any() {
  # The folder of another user, as sudo may leave it, is not ours to fill.
  case ${XDG_CACHE_HOME-} in
    /*)
      if [ ! -e "$XDG_CACHE_HOME" ] || [ -O "$XDG_CACHE_HOME" ]; then
        od_use "$XDG_CACHE_HOME/opsdeck" && return
      fi
      ;;
  esac
  case ${HOME-} in
    /*) [ -O "$HOME" ] && od_use "$HOME/.cache/opsdeck" && return ;;
  esac
  od_user=$(id -u)
  for od_folder in "${TMPDIR:-/tmp}" /var/tmp /dev/shm; do
    case $od_folder in
      /*) [ -d "$od_folder" ] && od_use "$od_folder/opsdeck-$od_user" && return ;;
    esac
  done
  od_fail "Cannot unpack \"$od_self\" as no folder that this user may write has 100 MB free and\
 lets programs run; set XDG_CACHE_HOME to one"
}

case $0 in
  */*) od_self=$0 ;;
  *) od_self=./$0 ;;
esac
case ${HOME-} in
  *,*) od_fail "Cannot run as a comma in HOME, $HOME, ends Deno's list of folders; set another" 2 ;;
esac
# Of a `deno task` that started this: paths are meant from this folder, not from its caller's.
unset INIT_CWD
od_use_any
# Says when they were last used. Where that cannot be written, the script runs all the same.
{ true >"$od_cache/app-$od_app_sum.used" && true >"$od_cache/deno-$od_deno_sum.used"; } 2>/dev/null
# Deno's lists end at a comma, and know no escape.
case $PWD in
  *,*) od_pwd=. ;;
  *) od_pwd=$PWD ;;
esac
od_home=${HOME-}
od_app=$od_cache/app-$od_app_sum

exec "$od_cache/deno-$od_deno_sum/deno" run -q --no-prompt --env-file --no-config --no-lock \
  --no-remote --no-npm --import-map="$od_app/import_map.json" \
  @FLAGS@ \
  "$od_app/@NAME@.js" "$@"
# What follows is not for the shell.
