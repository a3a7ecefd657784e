/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Synthetic kernel traces, written after the kernel's printk formats. */
#ifndef TESTS_UNIT_FORMAT_TRACES_H
#define TESTS_UNIT_FORMAT_TRACES_H

static const char *const page_fault[] = {
	"BUG: unable to handle page fault for address: ffff888100200300",
	"#PF: supervisor read access in kernel mode",
	"#PF: error_code(0x0000) - not-present page",
	"PGD 2a01067 P4D 2a01067 PUD 0 ",
	"Oops: 0000 [#1] PREEMPT SMP PTI",
	"CPU: 2 PID: 817 Comm: example Tainted: G        W  OE      6.1.0-9-test #1",
	"Hardware name: Example Standard PC (A440 + B3, 1996), BIOS 1.2.3-4 04/01/2014",
	"RIP: 0010:example_read+0x1d/0x60 [example]",
	"Code: 48 89 e5 41 54 53 48 8b 5f 10 <48> 8b 03 0f b6 40 08 5b 41 5c 5d c3 90",
	"RSP: 0018:ffffc90000a3fe30 EFLAGS: 00010246",
	"RAX: 0000000000000000 RBX: ffff888100200300 RCX: 0000000000000001",
	"RDX: 0000000000000002 RSI: 00007ffd12345678 RDI: ffff888100200308",
	"CR2: ffff888100200300 CR3: 0000000101234000 CR4: 00000000000006e0",
	"Call Trace:",
	" <TASK>",
	" ? __die_body.cold+0x1a/0x1f",
	" ? asm_exc_page_fault+0x26/0x30",
	" vfs_read+0x98/0x310",
	" ksys_read+0x6f/0xf0",
	" do_syscall_64+0x5b/0xc0",
	" entry_SYSCALL_64_after_hwframe+0x64/0xce",
	" </TASK>",
	"Modules linked in: example(OE) other [last unloaded: gone]",
	"---[ end trace 0000000000000000 ]---",
	"Kernel panic - not syncing: Fatal exception in interrupt",
};

static const char *const old_oops[] = {
	"------------[ cut here ]------------",
	"kernel BUG at fs/example/inode.c:1234!",
	"invalid opcode: 0000 [#2] SMP ",
	"Pid: 4321, comm: ls Not tainted 3.10.0 #1 Example Computer/Board",
	"RIP: 0010:[<ffffffff81234567>]  [<ffffffff81234567>] example_drop+0x47/0x50",
	"Call Trace:",
	" [<ffffffff81111111>] ? example_put+0x11/0x20",
	" [<ffffffff81222222>] generic_drop+0x22/0x80",
	" <IRQ> ",
	" [<ffffffff81333333>] smp_interrupt+0x33/0x90 [driver]",
	" <EOI> ",
	"RIP  [<ffffffff81234567>] example_drop+0x47/0x50",
	" RSP <ffff880012345678>",
};

static const char *const kasan[] = {
	"==================================================================",
	"BUG: KASAN: slab-use-after-free in example_put+0x12/0x40",
	"Read of size 8 at addr ffff888012345678 by task worker/99",
	"",
	"Allocated by task 98:",
	" kasan_save_stack+0x33/0x60",
	"The buggy address belongs to the object at ffff888012345640",
	" which belongs to the cache kmalloc-64 of size 64",
	"Memory state around the buggy address:",
	" ffff888012345580: fa fb fb fb fb fb fb fb fc fc fc fc fc fc fc fc",
	">ffff888012345600: fa fb fb fb fb fb fb fb fc fc fc fc fc fc fc fc",
	"                   ^",
	" ffff888012345680: 00 00 00 00 00 00 00 00 fc fc fc fc fc fc fc fc",
	"Object ffff888012345640: 6b 6b 22 27 26 3c 3e 5c  kk\"'&<>\\",
};

static const char *const lockdep[] = {
	"WARNING: possible circular locking dependency detected",
	"6.1.0-test #3 Not tainted",
	"example/55 is trying to acquire lock:",
	"ffff888012345678 (&p->lock){+.+.}-{3:3}, at: example_show+0x11/0x40",
	"-> #1 (&of->mutex){+.+.}-{3:3}:",
	"       __mutex_lock+0x9a/0xf00",
	"[ INFO: possible recursive locking detected ]",
	"       CPU0                    CPU1",
	"  lock(&of->mutex);",
	" *** DEADLOCK ***",
	"1 lock held by example/55:",
	" #0: ffff888012345000 (&f->f_pos_lock){+.+.}-{3:3}, at: __fdget_pos+0x44/0x50",
	"[drm:example_init] *ERROR* no (1)[123:foo] here",
	"8021q: adding VLAN 0 to HW filter on device eth0",
	"[<0>] example_wait+0x20/0x40",
};

struct trace {
	const char *name;
	const char *const *lines;
	size_t n;
};

#define TRACE(t) {#t, t, sizeof(t) / sizeof(*t)}

static const struct trace traces[] = {
	TRACE(page_fault),
	TRACE(old_oops),
	TRACE(kasan),
	TRACE(lockdep),
};

#endif
