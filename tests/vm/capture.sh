#!/bin/sh
# capture.sh - crash a kernel in QEMU, once per case, and keep its console
#
# usage: capture.sh -k VMLINUZ -H HEADERS -o OUT [options] [CASE...]
#
#   -k VMLINUZ  kernel image to boot
#   -H HEADERS  build folder of the same kernel, to compile the module against
#   -o OUT      output folder: OUT/<case>/input.log and manifest.json
#   -c LIST     list of cases            [cases.list beside this script]
#   -b BUILD    folder to build in; its path shows up in BUG lines [/build/kdoc]
#   -B BUSYBOX  statically linked busybox                          [busybox]
#   -q QEMU     emulator, with the options every case shares
#               [qemu-system-x86_64 -accel tcg -cpu max -m 512]
#   -j JOBS     guests at a time                                   [1]
#   -t SECONDS  time limit of one guest                            [240]
#
# Without CASE, all cases of the list run. input.log holds the bytes of the
# first serial port as they came. The truth about the crash does not come from
# that text: the list states what the case does, and the guest tells addresses
# and process ids on a second serial port.
#
# Exit status: 0 if every guest ended the way its case says, else 1.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
module=$here/../../src/lab/guest/module
list=$here/cases.list
build=/build/kdoc
busybox=$(command -v busybox || true)
qemu="qemu-system-x86_64 -accel tcg -cpu max -m 512"
jobs=1
limit=240
kernel='' headers='' out=''
# A busy host makes the kernel's check of an emulated timer fail now and then.
console="console=ttyS0 no_timer_check"

say() { echo "capture: $*" >&2; }
die() { say "$@"; exit 1; }
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# ---- cases ----

all_cases() {
	awk '$1 == "case" { print $2 }' "$list"
}

# Set the variables of one case from its lines in the list.
# shellcheck disable=SC2034 # build_initrd names some of them indirectly
load_case() {
	name=$1
	triggers=$name comm=kdoc-trigger kind='' function='' address='' context=task
	reports=1 fatal=no append='' setup='' settle=1 init=module smp=2 extra=''
	while read -r key value; do
		case $key in
		trigger) triggers=$value ;;
		comm) comm=$value ;;
		kind) kind=$value ;;
		function) function=$value ;;
		address) address=$value ;;
		context) context=$value ;;
		reports) reports=$value ;;
		fatal) fatal=$value ;;
		append) append=$value ;;
		setup) setup=$value ;;
		settle) settle=$value ;;
		init) init=$value ;;
		smp) smp=$value ;;
		qemu) extra=$value ;;
		*) die "$list: case $name: unknown key '$key'" ;;
		esac
	done <<-END
	$(awk -v name="$name" '
		$1 == "case" { on = $2 == name; if (on) print "kind -" }
		on && NF && $1 != "case" && $1 !~ /^#/' "$list")
	END
	[ -n "$kind" ] || die "no case '$name' in $list"
	if [ "$init" != module ] || [ "$triggers" = none ]; then
		triggers='' comm=''
	fi
	[ -z "$triggers" ] || [ -n "$function" ] || function=kdoc_${triggers%% *}
}

# ---- what the guest runs ----

build_module() {
	mkdir -p "$build"
	cp "$module"/* "$build"
	make -s -C "$build" KDIR="$headers" clean >&2
	make -s -C "$build" KDIR="$headers" modules >&2
}

pack() {	# pack FOLDER ARCHIVE
	(cd "$1" && find . | LC_ALL=C sort |
		cpio --quiet -o -H newc --owner 0:0 --reproducible) > "$2"
}

build_base() {
	mkdir -p "$work/base/bin" "$work/base/dev" "$work/base/proc" "$work/base/sys"
	for applet in $("$busybox" --list); do
		ln -sf busybox "$work/base/bin/$applet"
	done
	rm -f "$work/base/bin/busybox"
	cp "$busybox" "$work/base/bin/busybox"
	cp "$build/kdoc_crash.ko" "$work/base"
	cp "$here/guest-trigger" "$work/base/trigger"
	mknod "$work/base/dev/console" c 5 1
	pack "$work/base" "$work/base.cpio"
}

# The shared archive plus one with this case's settings and its init.
build_initrd() {
	mkdir -p "$dir/root"
	case $init in
	none) return ;;
	garbage) echo "not a program" > "$dir/root/init" ;;
	*) cp "$here/guest-init" "$dir/root/init" ;;
	esac
	chmod 755 "$dir/root/init"
	for key in init triggers comm function setup settle; do
		eval "value=\$$key"
		printf "%s='%s'\n" "$key" "$(printf %s "$value" | sed "s/'/'\\\\''/g")"
	done > "$dir/root/case"
	pack "$dir/root" "$dir/case.cpio"
	case $init in
	garbage) cat "$dir/case.cpio" ;;	# no /bin/sh to fall back to
	*) cat "$work/base.cpio" "$dir/case.cpio" ;;
	esac > "$dir/initrd"
}

# ---- running it ----

# The guest is over when QEMU ended, or a while after its panic's last line.
wait_for_guest() {	# wait_for_guest PID
	left=$limit
	while kill -0 "$1" 2> /dev/null; do
		if [ "$left" -le 0 ]; then
			ending=timeout
			kill "$1"
			return
		fi
		if grep -q 'end Kernel panic' "$dir/input.log" 2> /dev/null; then
			ending=panic
			sleep 3
			kill "$1" 2> /dev/null || true
			return
		fi
		sleep 1
		left=$((left - 1))
	done
	ending='exit'
}

run_guest() {
	set -- -kernel "$kernel" -display none -no-reboot -smp "$smp" -nic none \
		-append "$console${append:+ $append}" \
		-serial "file:$dir/input.log" -serial "file:$dir/facts" -monitor none
	[ ! -f "$dir/initrd" ] || set -- "$@" -initrd "$dir/initrd"
	# shellcheck disable=SC2086 # both are lists of arguments
	$qemu $extra "$@" < /dev/null > "$dir/qemu.log" 2>&1 &
	guest=$!
	wait_for_guest $guest
	wait $guest 2> /dev/null || true
	tr -d '\r' < "$dir/facts" > "$dir/facts.txt"
}

# ---- its manifest ----

fact() {	# the values of a fact, one per line
	sed -n "s/^$1 //p" "$dir/facts.txt"
}

string() {	# string KEY VALUE: a member, unless the value is empty
	[ -n "$2" ] || return 0
	printf '  "%s": "%s",\n' "$1" "$(printf %s "$2" | sed 's/[\\"]/\\&/g')"
}

source_line() {	# FILE:LINE
	[ -n "$triggers" ] || return 0
	(cd "$module" && grep -n "fault: \(${function#kdoc_}\|${triggers%% *}\) " -- *.c) |
		head -n 1 | cut -d: -f1-2
}

manifest() {
	line=$(source_line)
	echo '{'
	string case "$name"
	string kind "$kind"
	string triggers "$triggers"
	string function "$function"
	string function_address "$(fact function_address)"
	string file "${line:+$build/${line%:*}}"
	[ -z "$line" ] || echo "  \"line\": ${line#*:},"
	string address "$address"
	string context "$context"
	case $context in
	task | kthread) string comm "$comm" ;;	# others hit whatever task runs
	esac
	echo "  \"trigger_pids\": [$(fact pid | paste -sd, -)],"
	echo "  \"reports\": $reports,"
	[ "$survived" = yes ] && echo '  "fatal": false,' || echo '  "fatal": true,'
	string kernel_release "$(fact release)"
	string kernel_version "$(fact version)"
	string arch "$(fact arch)"
	string kernel_text "$(fact kernel_text)"
	string module_text "$(fact module_text)"
	string setup "$setup"
	string cmdline "$console${append:+ $append}"
	echo "  \"cpus\": $smp"
	echo '}'
}

run_case() {
	load_case "$1"
	dir=$work/$name
	mkdir -p "$dir"
	build_initrd
	run_guest
	survived=$(fact survived)
	mkdir -p "$out/$name"
	cp "$dir/input.log" "$out/$name/input.log"
	manifest > "$out/$name/manifest.json"
	case $survived$fatal in
	yesno | yes)
		say "$name: ok ($ending)" ;;
	*)
		say "$name: ended by $ending, survived '${survived:-no}', but its case says fatal '$fatal'"
		echo "$name" >> "$work/failed" ;;
	esac
}

run_all() {
	running=0
	for one; do
		run_case "$one" &
		running=$((running + 1))
		if [ $running -ge "$jobs" ]; then
			wait
			running=0
		fi
	done
	wait
}

while getopts k:H:o:c:b:B:q:j:t:h option; do
	case $option in
	k) kernel=$OPTARG ;;
	H) headers=$OPTARG ;;
	o) out=$OPTARG ;;
	c) list=$OPTARG ;;
	b) build=$OPTARG ;;
	B) busybox=$OPTARG ;;
	q) qemu=$OPTARG ;;
	j) jobs=$OPTARG ;;
	t) limit=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
if [ -z "$kernel" ] || [ -z "$headers" ] || [ -z "$out" ]; then
	usage
fi
[ -x "$busybox" ] || die "needs a static busybox (-B)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build_module
build_base
if [ $# -eq 0 ]; then
	# shellcheck disable=SC2046 # one word per case
	set -- $(all_cases)
fi
run_all "$@"
[ ! -e "$work/failed" ] || exit 1
