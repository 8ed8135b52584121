# shellcheck shell=sh
# Sourced by the scripts here: apt with a private configuration below build/. Nothing of the system
# is changed and no root is needed. The mirror is the one this machine already uses.

die() {
	echo "${0##*/}: $1" >&2
	exit "${2:-1}"
}

# The mirror (URI without /dists) of this machine's own Debian release; empty if apt has none.
apt_mirror() {
	release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	apt-get --print-uris update 2>/dev/null |
		sed -n "s#^'\(.*\)/dists/\($release\|stable\)/InRelease'.*#\1#p" | head -n 1
}

# apt_private FOLDER: later calls of apt-get and apt-cache use index files in FOLDER, with the
# system's own sources, or with FOLDER/sources.list if that file exists.
apt_private() {
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
	apt_folder=$(cd "$1" && pwd)
	{
		echo "Dir::State::lists \"$apt_folder/lists\";"
		echo "Dir::Cache \"$apt_folder/cache\";"
		echo "Acquire::Languages \"none\";"
		echo "APT::Sandbox::User \"$(id -un)\";"
		if [ -e "$apt_folder/sources.list" ]; then
			echo "Dir::Etc::sourcelist \"$apt_folder/sources.list\";"
			echo 'Dir::Etc::sourceparts "-";'
		fi
	} >"$apt_folder/apt.conf"
	export APT_CONFIG="$apt_folder/apt.conf"
}

# apt_suites FOLDER TYPE SUITE...: a private configuration with these suites of the machine's mirror.
apt_suites() {
	folder=$1 type=$2
	shift 2
	mirror=$(apt_mirror)
	[ -n "$mirror" ] || die "apt on this machine has no source of its own Debian release" 4
	key=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -r "$key" ] || die "$key is missing (package debian-archive-keyring)" 4
	mkdir -p "$folder"
	for suite; do
		echo "$type [signed-by=$key] $mirror $suite main"
	done >"$folder/sources.list"
	apt_private "$folder"
}
