#!/bin/sh
# Installs Chengyun from this folder, without a network and without being root.
# Run again, or from a newer bundle, it upgrades: the release before stays until the next one.
set -eu
unset PYTHONPATH PYTHONHOME # another installation is none of this one's business
umask 022 # the service's user reads what root installs

usage() {
    cat <<'EOF'
sh install.sh [--prefix DIR] [--bin DIR] [--python COMMAND]

  --prefix DIR      where it goes   [/opt/chengyun for root, ~/.local/share/chengyun otherwise]
  --bin DIR         where the command is linked   [/usr/local/bin, or ~/.local/bin]
  --python COMMAND  which Python runs it   [the first that fits]
EOF
}

fail() {
    echo "install.sh: $1" >&2
    echo "  -> $2" >&2
    exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" = 0 ]; then
    prefix=/opt/chengyun bin=/usr/local/bin
else
    prefix=${HOME:?}/.local/share/chengyun bin=$HOME/.local/bin
fi
python=
while [ $# -gt 0 ]; do
    case $1 in
        --prefix | --bin | --python)
            [ $# -gt 1 ] || fail "$1 wants a value" "sh install.sh --help"
            case $1 in --prefix) prefix=$2 ;; --bin) bin=$2 ;; *) python=$2 ;; esac
            shift 2 ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; fail "unknown word: $1" "use the words above" ;;
    esac
done

# --- does it fit this machine? ------------------------------------------------------------------
[ -f "$here/ABOUT" ] || fail "ABOUT is missing beside it" "unpack the whole archive again"
. "$here/ABOUT" # VERSION, ARCH, PYTHONS
[ "$(uname -s)" = Linux ] || fail "this is $(uname -s), the bundle is for Linux" "use a Linux machine"
[ "$(uname -m)" = "$ARCH" ] ||
    fail "this machine is $(uname -m), the bundle is for $ARCH" "take the archive for $(uname -m)"
libc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/glibc //') || libc=
[ -n "$libc" ] || fail "there is no GNU C library" "use a system with glibc 2.28 or later"
[ "$(printf '%s\n2.28\n' "$libc" | sort -V | head -n 1)" = 2.28 ] ||
    fail "glibc $libc is too old" "use a system with glibc 2.28 or later (of 2018)"

version_of() {
    "$1" -c 'import sys, venv; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}
if [ -z "$python" ]; then
    for one in $(for v in $PYTHONS; do echo "python$v"; done) python3; do
        case " $PYTHONS " in *" $(version_of "$one") "*) python=$one; break ;; esac
    done
    [ -n "$python" ] ||
        fail "there is no Python $PYTHONS here" "install one from the system's own media, or name it with --python"
fi
case " $PYTHONS " in
    *" $(version_of "$python") "*) ;;
    *) fail "$python is no Python $PYTHONS with venv" "the wheels here are for $PYTHONS: name another with --python" ;;
esac

echo "checking the bundle"
(cd "$here" && sha256sum --check --quiet SHA256SUMS) ||
    fail "the bundle is not whole" "copy the archive again and compare its .sha256"

# --- install beside what is there, then switch --------------------------------------------------
releases=$prefix/releases
name=$VERSION-$(date -u +%Y%m%dT%H%M%SZ)-$$
release=$releases/$name
before=$(readlink "$prefix/current" 2>/dev/null || true)
mkdir -p "$releases" "$bin" || fail "$prefix or $bin cannot be written" "give --prefix and --bin"
trap 'rm -rf "$release"' EXIT
trap 'exit 130' INT TERM
echo "installing Chengyun $VERSION with $python into $release"
"$python" -m venv --without-pip "$release"
set -- "$here"/installer/pip-*.whl # the machine may have no pip; a wheel can be run as it is
PIP_CONFIG_FILE=/dev/null "$release/bin/python" "$1/pip" \
    --isolated --quiet --disable-pip-version-check install --no-compile \
    --no-index --find-links "$here/wheels" "chengyun==$VERSION"
"$release/bin/python" -m compileall -q -j 0 -x /tests/ "$release/lib" >/dev/null || true
mkdir -p "$release/share"
for one in cities docs systemd LICENSE LICENCES.md; do cp -R "$here/$one" "$release/share/"; done
sed -i "s#/opt/chengyun/#$prefix/#g" "$release"/share/systemd/*.service
[ "$("$release/bin/chengyun" --version | sed 's/.* //')" = "$VERSION" ] ||
    fail "the new release does not start" "nothing was switched; run chengyun --version for its words"
ln -sfn "releases/$name" "$prefix/current.new"
mv -T "$prefix/current.new" "$prefix/current"
ln -sfn "$prefix/current/bin/chengyun" "$bin/chengyun"
trap - EXIT
for old in "$releases"/*; do
    case $old in "$release" | "$prefix/$before") ;; *) rm -rf "$old" ;; esac
done

# --- what next ----------------------------------------------------------------------------------
echo "Chengyun $VERSION is installed: $bin/chengyun"
case :$PATH: in *":$bin:"*) ;; *) echo "  add $bin to your PATH" ;; esac
share=$prefix/current/share
echo "  look at the machine:  chengyun doctor"
echo "  check a city's pack:  chengyun check $share/cities/boston-311"
echo "  run it as a service:  $share/docs/installing.md, units in $share/systemd"
if [ -n "$before" ]; then
    echo "Upgraded from ${before#releases/}, which stays beside it. For every store: stop its writer,"
    echo "  chengyun upgrade STORE, and start it again."
fi
