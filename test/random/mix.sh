#!/bin/sh
# mix: the one program of the random projects (see mix.ts, which does the same). Needs MIX_ROOT and MIX_CTL.
# MIX_CTL/log takes one line per start and end; MIX_CTL/hook.TAG is sourced once between reading and writing.
LC_ALL=C
export LC_ALL
cwd=${PWD#"$MIX_ROOT"}
cwd=${cwd#/}
cd "$MIX_ROOT" || exit 9
NL='
'
tag=$1
[ -n "$MIX_STARTED" ] || echo "start $tag" >>"$MIX_CTL/log"
T="argv $*${NL}cwd $cwd"
shift
seen=' ' flaky= slow= limit= fail= half= same= exec= strip= depfile= absent= keep= says= nots= reads= writes=

eat() { # path [fmt|stdin]
  if ! [ -e "$1" ]; then
    T="$T${NL}in $1 -"
    return
  fi
  case $seen in *" $1 "*) return ;; esac
  seen="$seen$1 "
  c=
  if [ "$2" = stdin ]; then IFS= read -r c; else IFS= read -r c <"$1"; fi
  if [ "$2" = fmt ]; then case $c in 'fmt '*) ;; *) c="fmt $c" ;; esac; fi
  if [ -n "$strip" ]; then c=${c%%#*}; fi
  x=f
  if [ -x "$1" ]; then x=x; fi
  T="$T${NL}in $1 $x $c"
  set -- $c
  for w in "$@"; do
    case $w in
      FAIL) fail=1 ;;
      HALF) half=1 ;;
      FLAKY) flaky=1 ;;
      SLOW) slow=1 ;;
      SAME) same=1 ;;
      EXEC) exec=1 ;;
      USE:*)
        if [ -n "$depfile" ]; then
          [ -e "${w#USE:}" ] || fail=1
          eat "${w#USE:}"
        fi ;;
    esac
  done
}

glob() { # pattern
  case $1 in
    *'/**') set -- $(find "${1%/\*\*}" ! -type d 2>/dev/null | sort) ;;
    *'/**/'*) set -- "${1%%/\*\**}/${1##*/}" "${1%%/\*\**}/*/${1##*/}" "${1%%/\*\**}/*/*/${1##*/}" ;;
  esac
  set +f
  set -- $*
  set -f
  for found in "$@"; do
    [ -e "$found" ] || [ -L "$found" ] || continue
    [ -d "$found" ] && continue
    skip=
    for not in $nots; do
      case $found in $not) skip=1 ;; esac
    done
    [ -n "$skip" ] || eat "$found"
  done
}

save() { # path text [always]
  old=
  if [ -z "$3" ] && [ -n "$keep" ] && [ -f "$1" ]; then IFS= read -r old <"$1"; fi
  if [ "$old" != "$2" ]; then printf '%s' "$2" >"$1" || exit 8; fi
  if [ -n "$exec" ]; then
    [ -x "$1" ] || chmod +x "$1"
  else
    if [ -x "$1" ]; then chmod -x "$1"; fi
  fi
}

set -f
for a in "$@"; do
  case $prev in -n) nots="$nots $a" ;; esac
  prev=$a
done
while [ $# -gt 0 ]; do
  case $1 in
    -c) strip=1 ;;
    -k) keep=1 ;;
    -w) limit=1 ;;
    -d) depfile=$2 ;;
    -s) case $2 in FAIL*) fail=1 ;; esac ;;
    -i | -I | -f) eat "$2" ;;
    -z) eat "$2" stdin ;;
    -E) says=1 ;;
    -u)
      eat "$2"
      [ -e "$2" ] || absent=$2 ;;
    -x) eat "$2" fmt ;;
    -g) glob "$2" ;;
    -e)
      eval "v=\${$2-<unset>}"
      T="$T${NL}env $2 $v" ;;
  esac
  case $1 in -[oOtpxrl]) writes="$writes $1 $2" ;; esac
  shift 2
done

if [ -f "$MIX_CTL/hook.$tag" ] && mv "$MIX_CTL/hook.$tag" "$MIX_CTL/done.$tag" 2>/dev/null; then . "$MIX_CTL/done.$tag"; fi

set -- $writes
if [ -n "$slow" ] && [ -n "$limit" ] && [ "${TG_ATTEMPT:-1}" = 1 ]; then fail=1 half=1; else limit=; fi
if [ -n "$flaky" ] && [ "$TG_ATTEMPT" = 1 ]; then fail=1 half=1; fi
if [ -n "$fail" ]; then
  if [ -n "$half" ]; then
    while [ $# -gt 0 ]; do
      case $1 in
        -o | -O) printf half >"$2" ;;
        -t) [ -d "$2" ] || mkdir -p "$2"; printf half >"$2/half.txt" ;;
        -p) [ -d "$2" ] || mkdir -p "$2"; printf half >"$2/p9.gen" ;;
      esac
      shift 2
    done
  fi
  echo "$tag failed"
  echo "end $tag" >>"$MIX_CTL/log"
  [ -z "$limit" ] || exec sleep 60
  exit 1
fi
if [ -n "$same" ]; then T="same $tag"; fi
sum=$(printf '%s' "$T" | cksum)
sum=${sum%% *}
while [ $# -gt 0 ]; do
  text="$2 $sum"
  case $1 in
    -o) save "$2" "$text" ;;
    -O) if [ $((sum % 2)) = 0 ]; then save "$2" "$text"; fi ;;
    -t)
      [ -d "$2/s" ] || mkdir -p "$2/s"
      save "$2/fix.txt" "$text"
      save "$2/m$((sum % 3)).txt" "$text"
      save "$2/s/n$((sum / 3 % 3)).txt" "$text"
      if [ $((sum / 9 % 2)) = 0 ]; then mkdir -p "$2/e"; fi ;;
    -p)
      [ -d "$2" ] || mkdir -p "$2"
      if [ $((sum / 9 % 2)) = 1 ]; then
        save "$2/p$((sum % 3)).gen" "$text" always
        save "$2/p$((3 + sum / 3 % 3)).gen" "$text" always
      else
        save "$2/p6.gen" "$2" always
        if [ $((sum / 18 % 2)) = 0 ]; then save "$2/p7.gen" "$2" always; fi
      fi ;;
    -x)
      c=
      IFS= read -r c <"$2"
      case $c in 'fmt '*) ;; *) printf 'fmt %s' "$c" >"$2" ;; esac ;;
    -l)
      case $((sum % 4)) in 0) to=inc/h0.h ;; 1) to=inc/none ;; 2) to=src/a/f0.c ;; *) to=inc/h1.h ;; esac
      rest=$2
      while case $rest in */*) true ;; *) false ;; esac; do
        to="../$to"
        rest=${rest#*/}
      done
      rm -f "$2"
      ln -s "$to" "$2" ;;
    -r) rm -f "$2" ;;
  esac
  shift 2
done
if [ -n "$depfile" ]; then
  up=
  rest=$cwd
  while [ -n "$rest" ]; do
    up="../$up"
    case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
  done
  {
    for path in $seen; do
      case $path in rsp/*) ;; *) echo "$up$path" ;; esac
    done
    [ -z "$absent" ] || echo "$up$absent"
  } >"$depfile"
fi
[ -z "$says" ] || echo "$tag says $sum" >&2
echo "$tag $sum"
echo "end $tag" >>"$MIX_CTL/log"
exit 0
