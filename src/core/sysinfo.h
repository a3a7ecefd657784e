/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysinfo.h: what a dump knows about its machine and kernel as a whole.
 *
 *	struct kd_sysinfo s;
 *	kd_sysinfo_read(k, &s);
 *	s.release, s.time.v, s.load[0].v …                     // texts that are empty, facts with why: not known
 *	err = kd_sys_config(k, &text);                          // the kernel's own .config, if it carries it
 *
 * Times: the crash's is CRASHTIME of VMCOREINFO (seconds since 1970), else the timekeeper's. The timekeeper lies in a
 * structure without a name (up to 6.12): behind its sequence counter, and it is believed only if what it names as its clock
 * is one. Sources: kernel/time/timekeeping.c, kernel/sched/loadavg.c (FSHIFT), kernel/configs.c, kernel/panic.c.
 */
#ifndef KD_CORE_SYSINFO_H
#define KD_CORE_SYSINFO_H

#include "base/buf.h"
#include "core/datum.h"

enum { KD_UTS_TEXT = 65, KD_CMDLINE_MAX = 8192 };

struct kd_sysinfo {
	char sysname[KD_UTS_TEXT], nodename[KD_UTS_TEXT], release[KD_UTS_TEXT], version[KD_UTS_TEXT], machine[KD_UTS_TEXT],
		domainname[KD_UTS_TEXT];
	struct kd_datum possible, present, online; /* CPUs */
	struct kd_datum time; /* seconds since 1970 */
	const char *time_from; /* "VMCOREINFO's CRASHTIME", "the timekeeper" */
	struct kd_datum uptime; /* seconds, by the timekeeper; without time asleep */
	char clocksource[32]; /* empty: not known */
	struct kd_datum load[3]; /* 1, 5, 15 minutes; in 1/2048 */
	struct kd_datum memory; /* bytes, present in all nodes */
	struct kd_datum usable; /* bytes that the kernel manages */
	struct kd_datum cpu_khz;
	struct kd_view hypervisor; /* "KVM"; absent: not known */
	struct kd_datum tainted; /* bits */
};

void kd_sysinfo_read(struct kd_kernel *k, struct kd_sysinfo *ret);

/* saved_command_line. KD_NOTFOUND: why it is not known. */
KD_MUST_CHECK struct kd_error *kd_sys_cmdline(struct kd_kernel *k, char ret[KD_CMDLINE_MAX]);

/* The kernel's configuration as text. KD_NOTFOUND: it does not carry it; KD_BADDATA: it cannot be read or unpacked. */
KD_MUST_CHECK struct kd_error *kd_sys_config(struct kd_kernel *k, struct kd_buf *ret);

#endif
