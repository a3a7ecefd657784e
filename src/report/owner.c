// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who should look at it first. The kernel, unless the text points elsewhere: at hardware
 * by the kind; at firmware, a BPF program or a module from outside of the kernel's tree by
 * the function that the report is about; at user space by the reason of a panic. A module
 * that is only somewhere on the stack is named in the reason, not blamed.
 */
#include "base/alloc.h"
#include "report/engine.h"
#include "report/taint.h"

#define BIT_P 0
#define BIT_O 12

static void set(struct kd_report *r, enum kd_owner owner, struct kd_view why)
{
	r->owner = (uint8_t)owner;
	r->owner_why = why;
}

static const struct kd_module *module_of(const struct kd_report *r, struct kd_view name)
{
	for (size_t m = 0; name.n && m < r->nmodules; m++)
		if (kd_view_eq(r->modules[m].name, name))
			return &r->modules[m];
	return NULL;
}

static bool is_foreign(const struct kd_module *m)
{
	return kd_view_chr(m->flags, 'O') != KD_NPOS || kd_view_chr(m->flags, 'P') != KD_NPOS;
}

static const struct kd_frame *main_frame(const struct kd_report *r)
{
	return r->has_guilty ? &r->guilty : r->has_where ? &r->where : NULL;
}

/* Callers of panic() whose reason is not the kernel's doing. */
static bool by_panic(struct kd_report *r)
{
	static const struct {
		struct kd_view reason;
		uint8_t owner;
		const char *why;
	} rows[] = {
		/* drivers/tty/sysrq.c, init/main.c, init/do_mounts.c, kernel/exit.c */
		{KD_V("sysrq triggered crash"), KD_OWNER_USER, "somebody asked for the crash with SysRq"},
		{KD_V("No working init found"), KD_OWNER_USER, "the kernel found no program to start"},
		{KD_V("VFS: Unable to mount root fs"), KD_OWNER_USER,
		 "root device: boot parameters, initramfs or a missing driver"},
		{KD_V("Requested init "), KD_OWNER_USER, "the program named by init= could not be started"},
		{KD_V("Attempted to kill init! exitcode=0x"), KD_OWNER_USER,
		 "init ended by itself; look at its last messages"},
		/* arch/x86/kernel/cpu/mce/core.c, drivers/acpi/apei/ghes.c, arch/x86/kernel/nmi.c */
		{KD_V("Fatal machine check"), KD_OWNER_HARDWARE, "the panic's reason is a machine check"},
		{KD_V("Fatal local machine check"), KD_OWNER_HARDWARE, "the panic's reason is a machine check"},
		{KD_V("Machine check"), KD_OWNER_HARDWARE, "the panic's reason is a machine check"},
		{KD_V("Timeout: Not all CPUs entered broadcast"), KD_OWNER_HARDWARE,
		 "the panic's reason is a machine check"},
		{KD_V("Fatal hardware error"), KD_OWNER_HARDWARE, "the panic's reason is a hardware error"},
		{KD_V("NMI: Not continuing"), KD_OWNER_HARDWARE,
		 "a non-maskable interrupt that no handler claimed"},
		{KD_V("NMI IOCK error"), KD_OWNER_HARDWARE, "an I/O check: a device reported an error"},
		{KD_V("Memory parity error"), KD_OWNER_HARDWARE, "the panic's reason is a memory parity error"},
	};
	struct kd_view reason = kd_panic_reason(r->panic_text);

	if (!reason.p || strcmp(r->kind->family, "panic") != 0)
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		if (!kd_view_starts(reason, rows[i].reason))
			continue;
		/* The low byte is the signal: then the kernel or another task may have killed it. */
		if (kd_view_starts(reason, KD_V("Attempted")) && reason.n >= 43 &&
		    !kd_view_starts(kd_view_from(reason, 41), KD_V("00")))
			set(r, KD_OWNER_UNKNOWN,
			    KD_V("init was killed by a signal: its program, or an earlier fault"));
		else
			set(r, (enum kd_owner)rows[i].owner, kd_view_of(rows[i].why));
		return true;
	}
	return false;
}

/* The JIT's symbols: bpf_prog_ and the 16 digits of the tag; the rest is kernel code. */
static bool is_bpf_program(struct kd_view func)
{
	size_t n = 0;

	if (!kd_view_skip(&func, KD_V("bpf_prog_")))
		return false;
	while (n < func.n && n < 16 && strchr("0123456789abcdef", func.p[n]))
		n++;
	return n == 16;
}

/* What the kernel's checks of firmware tables print (FW_BUG; drivers/iommu/dmar.c). */
static bool by_firmware_words(struct kd_report *r)
{
	for (size_t i = 0; i < r->nlines; i++) {
		const struct kd_rline *l = &r->lines[i];

		if (l->role == KD_ROLE_FRAME || l->role == KD_ROLE_REGS)
			continue;
		if (!kd_view_has(l->text, KD_V("[Firmware Bug]")) &&
		    !kd_view_has(l->text, KD_V("Your BIOS is broken")))
			continue;
		set(r, KD_OWNER_FIRMWARE, KD_V("the kernel says that it is the firmware's fault"));
		return true;
	}
	return false;
}

static bool by_function(struct kd_report *r, const struct kd_frame *f)
{
	struct kd_view base = kd_func_base(f->func);

	if (is_bpf_program(f->func)) {
		set(r, KD_OWNER_BPF, KD_V("the code is a BPF program"));
		return true;
	}
	if (kd_view_starts(base, KD_V("__efi_call")) || kd_view_starts(base, KD_V("efi_call")) ||
	    kd_view_starts(base, KD_V("__efi_rt_asm"))) {
		set(r, KD_OWNER_FIRMWARE, KD_V("the code was called through the EFI runtime services"));
		return true;
	}
	return false;
}

static bool by_module(struct kd_report *r, const struct kd_frame *f)
{
	const struct kd_module *m = module_of(r, f->module);

	if (m && is_foreign(m)) {
		set(r, KD_OWNER_OOT_MODULE,
		    kd_arena_printf(r->arena, "%.*s is %s module (flags %.*s)", KD_VARG(m->name),
				    kd_view_chr(m->flags, 'O') != KD_NPOS ? "an out-of-tree"
									  : "a proprietary",
				    KD_VARG(m->flags)));
		return true;
	}
	if (f->module.n && !m && r->taint.bits & (1u << BIT_O | 1u << BIT_P)) {
		set(r, KD_OWNER_UNKNOWN,
		    kd_arena_printf(r->arena,
				    "the code is module %.*s; the kernel has loaded foreign modules, and "
				    "the log does not list which",
				    KD_VARG(kd_view_head(f->module, 64))));
		return true;
	}
	return false;
}

static struct kd_view kernel_why(const struct kd_report *r)
{
	for (size_t m = 0; m < r->nmodules; m++)
		if (r->modules[m].on_stack && is_foreign(&r->modules[m]))
			return kd_arena_printf(r->arena,
					       "the function is the kernel's own; foreign module %.*s is "
					       "on the stack",
					       KD_VARG(kd_view_head(r->modules[m].name, 64)));
	return KD_V("nothing in the text points elsewhere");
}

void kd_find_owner(struct kd_report *r)
{
	const struct kd_frame *f = main_frame(r);

	if (r->kind->owner != KD_OWNER_KERNEL) {
		set(r, (enum kd_owner)r->kind->owner, kd_view_of(r->kind->words));
		return;
	}
	if (by_panic(r) || by_firmware_words(r) || (f && (by_function(r, f) || by_module(r, f))))
		return;
	set(r, KD_OWNER_KERNEL, kernel_why(r));
}
