/* SPDX-License-Identifier: GPL-2.0-or-later */
/* common.h: a log → traits, as the tests of src/case need it. The logs are synthetic, from the printk formats. */
#ifndef KD_TEST_CASE_COMMON_H
#define KD_TEST_CASE_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "case/grouper.h"
#include "report/scan.h"

static inline void ok(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

static inline void fails(struct kd_error *err, enum kd_errclass cls)
{
	assert_non_null(err);
	assert_int_equal(err->cls, cls);
	kd_error_free(err);
}

struct sample {
	struct kd_traits *t;
	char sig[KD_NSIG][KD_SIG_HEX];
};

/* The first report of the text. */
static inline struct sample sample(struct kd_arena *a, const char *text)
{
	struct sample s;
	struct kd_ctx ctx;
	struct kd_source *src;
	struct kd_reports *rs;
	struct kd_scan_opts o = {0};

	kd_ctx_init(&ctx);
	ok(kd_source_from_memory(kd_view_of(text), "test", &src));
	ok(kd_scan_all(&ctx, src, &o, 4, &rs));
	assert_true(rs->n >= 1);
	ok(kd_traits_of(rs->v[0], a, &s.t));
	for (size_t k = 0; k < KD_NSIG; k++)
		memcpy(s.sig[k], rs->v[0]->sig[k].hex, KD_SIG_HEX);
	kd_reports_free(rs);
	kd_source_close(src);
	kd_ctx_deinit(&ctx);
	return s;
}

static const char x86_log[] =
	"BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
	"#PF: supervisor read access in kernel mode\n"
	"#PF: error_code(0x0000) - not-present page\n"
	"PGD 0 P4D 0 \n"
	"Oops: 0000 [#1] PREEMPT SMP NOPTI\n"
	"CPU: 1 PID: 412 Comm: reader Not tainted 6.1.20 #1\n"
	"Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2 04/01/2014\n"
	"RIP: 0010:widget_lookup+0x1c/0x80\n"
	"RSP: 0018:ffffc90000543e08 EFLAGS: 00010246\n"
	"RAX: 0000000000000000 RBX: ffff888003a4c000 RCX: 0000000000000000\n"
	"CR2: 0000000000000018 CR3: 0000000003a5e000 CR4: 00000000000006f0\n"
	"Call Trace:\n"
	" <TASK>\n"
	" widget_find_slot+0x44/0x90\n"
	" widget_ioctl_query+0x91/0x1b0\n"
	" vfs_ioctl+0x21/0x50\n"
	" __x64_sys_ioctl+0x88/0xc0\n"
	" do_syscall_64+0x3a/0x90\n"
	" entry_SYSCALL_64_after_hwframe+0x72/0xdc\n"
	" </TASK>\n"
	"---[ end trace 0000000000000000 ]---\n";

/* Another CPU, task, release, address of code, and a compiler that split functions. */
static const char other_log[] =
	"BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
	"#PF: supervisor read access in kernel mode\n"
	"#PF: error_code(0x0000) - not-present page\n"
	"PGD 0 P4D 0 \n"
	"Oops: 0000 [#1] PREEMPT SMP NOPTI\n"
	"CPU: 7 PID: 90210 Comm: poller Not tainted 6.6.41 #9\n"
	"Hardware name: GIGABYTE R162-ZA2, BIOS R23 11/02/2022\n"
	"RIP: 0010:widget_lookup.isra.0+0x2f/0x70\n"
	"RSP: 0018:ffffc90001943d08 EFLAGS: 00010202\n"
	"RAX: 0000000000000000 RBX: ffff88810ba4c000 RCX: 0000000000000001\n"
	"CR2: 0000000000000018 CR3: 000000000aa5e000 CR4: 00000000000006f0\n"
	"Call Trace:\n"
	" <TASK>\n"
	" widget_find_slot.constprop.0+0x64/0xa0\n"
	" widget_ioctl_query+0x71/0x190\n"
	" vfs_ioctl+0x21/0x50\n"
	" __x64_sys_ioctl+0x8a/0xc0\n"
	" do_syscall_64+0x3d/0x90\n"
	" entry_SYSCALL_64_after_hwframe+0x6e/0xd8\n"
	" </TASK>\n"
	"---[ end trace 0000000000000000 ]---\n";

static const char arm64_log[] =
	"Unable to handle kernel NULL pointer dereference at virtual address 0000000000000018\n"
	"Mem abort info:\n"
	"  ESR = 0x0000000096000004\n"
	"  EC = 0x25: DABT (current EL), IL = 32 bits\n"
	"  SET = 0, FnV = 0\n"
	"  EA = 0, S1PTW = 0\n"
	"  FSC = 0x04: level 0 translation fault\n"
	"Data abort info:\n"
	"  ISV = 0, ISS = 0x00000004\n"
	"  CM = 0, WnR = 0\n"
	"user pgtable: 4k pages, 48-bit VAs, pgdp=0000000043a5e000\n"
	"Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP\n"
	"CPU: 2 PID: 733 Comm: reader Not tainted 6.1.20 #1\n"
	"Hardware name: linux,dummy-virt (DT)\n"
	"pstate: 60400005 (nZCv daif +PAN -UAO -TCO -DIT -SSBS BTYPE=--)\n"
	"pc : widget_lookup+0x10/0x60\n"
	"lr : widget_find_slot+0x38/0x80\n"
	"sp : ffff80000a5a3c10\n"
	"x29: ffff80000a5a3c10 x28: ffff0000043a8000 x27: 0000000000000000\n"
	"Call trace:\n"
	" widget_lookup+0x10/0x60\n"
	" widget_find_slot+0x38/0x80\n"
	" widget_ioctl_query+0x60/0x124\n"
	" vfs_ioctl+0x20/0x40\n"
	" __arm64_sys_ioctl+0xa4/0xe0\n"
	" invoke_syscall+0x44/0x100\n"
	" el0_svc_common.constprop.0+0x40/0xe0\n"
	" do_el0_svc+0x38/0xa4\n"
	" el0_svc+0x28/0xa0\n"
	" el0t_64_sync_handler+0x9c/0xc0\n"
	" el0t_64_sync+0x18c/0x190\n"
	"---[ end trace 0000000000000000 ]---\n";

/* The same place, but it writes. */
static const char write_log[] =
	"BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
	"#PF: supervisor write access in kernel mode\n"
	"#PF: error_code(0x0002) - not-present page\n"
	"PGD 0 P4D 0 \n"
	"Oops: 0002 [#1] PREEMPT SMP NOPTI\n"
	"CPU: 1 PID: 412 Comm: reader Not tainted 6.1.20 #1\n"
	"RIP: 0010:widget_lookup+0x1c/0x80\n"
	"CR2: 0000000000000018 CR3: 0000000003a5e000 CR4: 00000000000006f0\n"
	"Call Trace:\n"
	" <TASK>\n"
	" widget_find_slot+0x44/0x90\n"
	" widget_ioctl_query+0x91/0x1b0\n"
	" gadget_ioctl+0x21/0x50\n"
	" __x64_sys_ioctl+0x88/0xc0\n"
	" do_syscall_64+0x3a/0x90\n"
	" </TASK>\n"
	"---[ end trace 0000000000000000 ]---\n";

/* Another bug. */
static const char foreign_log[] =
	"------------[ cut here ]------------\n"
	"WARNING: CPU: 0 PID: 9 at drivers/gizmo/ring.c:77 gizmo_ring_refill+0x3c/0x120\n"
	"CPU: 0 PID: 9 Comm: kworker/0:1 Not tainted 6.1.20 #1\n"
	"RIP: 0010:gizmo_ring_refill+0x3c/0x120\n"
	"Call Trace:\n"
	" <TASK>\n"
	" gizmo_poll+0x31/0x90\n"
	" gizmo_irq_thread+0x20/0x70\n"
	" irq_thread_fn+0x20/0x60\n"
	" irq_thread+0xf9/0x1b0\n"
	" kthread+0xe2/0x110\n"
	" ret_from_fork+0x29/0x50\n"
	" </TASK>\n"
	"---[ end trace 0000000000000000 ]---\n";

#endif
