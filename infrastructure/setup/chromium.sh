#!/bin/sh
# Prints the path of a Chromium that starts: the one on the PATH; else, as root, installed; else the distribution's packages,
# unpacked into the cache folder as any user. Where there is none to be had it says so, prints nothing and ends with 1.
set -eu
cd "$(dirname "$0")"
into=${XDG_CACHE_HOME:-${HOME:-.}/.cache}/sre-agent/chromium
program=$into/run.sh

say() { printf '%s\n' "$*" >&2; }
starts() { "$1" --version >/dev/null 2>&1; }

print_found() {
    for candidate in chromium chromium-browser google-chrome "$program"; do
        found=$(command -v "$candidate" 2>/dev/null) || continue
        if starts "$found"; then
            printf '%s\n' "$found"
            exit 0
        fi
    done
}

install() {
    say "Installing chromium ..."
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -q -y --no-install-recommends chromium; } >&2 </dev/null
}

# The libraries and fonts that came with it are found beside it; the machine's own are used where nothing came.
write_program() {
    libraries=$(find "$into/usr/lib" "$into/lib" -name '*.so*' -printf '%h\n' 2>/dev/null | sort -u | tr '\n' ':')
    cat >"$into/fonts.conf" <<END
<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>$into/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>$into/fonts</cachedir></fontconfig>
END
    cat >"$program" <<END
#!/bin/sh
export LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:-}" FONTCONFIG_FILE="$into/fonts.conf"
exec "$into/usr/lib/chromium/chromium" "\$@"
END
    chmod +x "$program"
}

print_found
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    install || say "apt-get could not; unpacking it instead."
    print_found
fi
say "Unpacking chromium and what it needs into $into (once) ..."
if sh deb.sh --with-needs "$into" chromium; then
    rm -rf "$into/archives"
    write_program
    print_found
fi
say "NO CHROMIUM: what needs a browser is skipped. Install one so that it is on the PATH: sudo apt-get install chromium"
exit 1
