# Shared by the system tests: sourced, from the top of the tree. A failed check ends the test.
set -u
VERISMO=build/verismo
OUT=build/tests/system
mkdir -p "$OUT"

fail() {
	echo "FAILED: $*"
	exit 1
}

# run EXIT_CODE NAME COMMAND...: runs the command, output to $OUT/NAME; its exit code must be EXIT_CODE.
run() {
	expected=$1 name=$2
	shift 2
	status=0
	"$@" >"$OUT/$name" 2>&1 </dev/null || status=$?
	[ "$status" = "$expected" ] || {
		cat "$OUT/$name"
		fail "$name: exit $status, expected $expected: $*"
	}
}

# says NAME TEXT: the output of that run has this text.
says() {
	grep -qF -- "$2" "$OUT/$1" || {
		cat "$OUT/$1"
		fail "$1: no line has '$2'"
	}
}
