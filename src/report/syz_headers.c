// SPDX-License-Identifier: GPL-2.0-or-later
/* The header strings of syzbot reports and their exceptions (docs/titles.md, section 2). */
#include "base/alloc.h"
#include "report/syz_internal.h"

#define P(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct {
	const char *text;
	const char *const *except;
} headers[] = {
	{"BUG:", P("ODEBUG:", "DEBUG:", "Boot_DEBUG:", "xlog_status:", "BUG: no syscalls can create resource")},
	{"WARNING:", P("moduli", "workqueue cpumask: online intersect > possible intersect",
		       "\"mand\"", "mand mount option", "DT_FLAGS_1", "Unprivileged eBPF is enabled with eIBRS",
		       "missed to adjust virtual screen size", "for mitigation options.",
		       "kernel not compiled with CPU_SRSO", "EXT4-fs", "uses deprecated v2 capabilities",
		       "uses wireless extensions", "XFS (")},
	{"INFO:", P("lockdep is turned off", "Stall ended before state dump start", "NMI handler",
		    "recovery required on readonly filesystem", "took too long",
		    "is not present in /proc/kallsyms", "rmt_storage:INFO:", "_INFO:")},
	{"Unable to handle kernel", NULL},
	{"general protection fault", P("general protection fault*error:*in ", "general protection fault ip:")},
	{"stack segment: ", NULL},
	{"Kernel panic", NULL},
	{"PANIC: double fault", NULL},
	{"rust_kernel: panicked", NULL},
	{"kernel BUG", NULL},
	{"Kernel BUG", NULL},
	{"BUG kmalloc-", NULL},
	{"divide error:", NULL},
	{"divide_error:", NULL},
	{"invalid opcode:", NULL},
	{"int3:", NULL},
	{"UBSAN:", NULL},
	{"Booting the kernel.", P("Parsing ELF", "Decompressing Linux", "Unknown parameter '")},
	{"unregister_netdevice: waiting for", NULL},
	{"VFS: Close: file count is 0", NULL},
	{"VFS: Busy inodes after unmount", NULL},
	{"Internal error:", NULL},
	{"Unhandled fault:", NULL},
	{"Alignment trap:", NULL},
	{"trusty: panic", NULL},
	{"fatal error:", P("ALSA", "cannot create timer")},
	{"SYZFAIL:", NULL},
	{"SYZFATAL:", NULL},
	{"panic:", P("_panic:", "xlog_status:", "ddb.onpanic:", "evtlog_status:")},
};

const char *kd_syz_header_text(uint8_t header)
{
	return headers[header - 1].text;
}

const char *const *kd_syz_header_excepts(uint8_t header)
{
	return headers[header - 1].except;
}

uint8_t kd_syz_headers(void)
{
	return KD_ARRAY_LEN(headers);
}

static bool header_is(uint8_t header, struct kd_view text)
{
	if (!kd_view_has(text, kd_view_of(headers[header - 1].text)))
		return false;
	for (const char *const *e = headers[header - 1].except; e && *e; e++)
		if (kd_pattern_fits(*e, text))
			return false;
	return true;
}

uint8_t kd_syz_header(struct kd_view text)
{
	for (uint8_t i = 1; i <= kd_syz_headers(); i++)
		if (header_is(i, text))
			return i;
	return 0;
}

static const char *const suppressing[] = {
	"Out of memory: Kill process*syz-executor", "Out of memory: Kill process*sshd",
	"Killed process*syz-executor", "Killed process*sshd", "Killed process*syz-fuzzer",
	"fatal error: runtime: out of memory", "runtime: cannot allocate memory",
	"fatal error: cannot allocate memory", "SYZFAIL: SIGBUS", "stack smashing detected",
	"panic: unexpected fault address", "lowmemorykiller: Killing*syz-",
	"runtime: out of memory", "panic: cannot allocate memory",
	"INIT: PANIC: segmentation violation", "too much pressure", "SYZFATAL: executor NUM failed",
};

const char *kd_syz_suppressing(size_t i)
{
	return i < KD_ARRAY_LEN(suppressing) ? suppressing[i] : NULL;
}

/* Lines that do not count as the start of a second report. */
bool kd_syz_second(struct kd_view t)
{
	static const char *const no[] = {"invalid opcode: 0000", "Kernel panic - not syncing",
					 "unregister_netdevice: waiting for", "PANIC: double fault",
					 "Internal error:"};
	static const char *const yes[] = {"vmalloc: allocation failure:",
					  "FAULT_INJECTION: forcing a failure",
					  "FAULT_FLAG_ALLOW_RETRY missing"};

	for (size_t i = 0; i < KD_ARRAY_LEN(yes); i++)
		if (kd_pattern_fits(yes[i], t))
			return true;
	for (size_t i = 0; i < KD_ARRAY_LEN(no); i++)
		if (kd_pattern_fits(no[i], t))
			return false;
	return kd_syz_header(t) != 0;
}
