/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm.h: a virtual machine and the programs that can be one.
 *
 *	struct kd_vm_spec spec = {.arch = KD_ARCH_X86_64, .kernel = image, .accel = KD_ACCEL_TCG};
 *	struct kd_vm vm;
 *	err = kd_vm_start(ctx, &spec, &vm);          // runs; its console comes out of vm.console
 *	err = kd_vm_dump(ctx, &vm, "out/core.elf", KD_DUMP_ELF);
 *	kd_vm_stop(&vm);                             // also as a guard; nothing is left running
 *
 * The machine dies with this process, also when that is killed. Its two serial ports, its
 * monitor and what it complains about are descriptors; whoever runs it reads them (run.c).
 *
 * To add a back-end: a `const struct kd_vm_ops kd_vm_<name>` in a file of its own, one row in
 * the table of vm.c. start() fills the descriptors; NULL members are not supported by it, and
 * kd_vm_…() says so.
 */
#ifndef KD_LAB_VM_H
#define KD_LAB_VM_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/proc.h"
#include "lab/kernel.h"
#include "lab/qmp.h"

enum kd_vm_accel { KD_ACCEL_AUTO, KD_ACCEL_KVM, KD_ACCEL_TCG };

/* A disk of the guest: a virtio block device, in the order given: vda, vdb … */
struct kd_vm_drive {
	const char *path;
	const char *format; /* "raw", "qcow2" */
	bool read_only;
};

#define KD_VM_DRIVES_MAX 8
#define KD_VM_EXTRA_MAX 64

/* Zero members mean the default. Strings are borrowed until the machine is stopped. */
struct kd_vm_spec {
	const char *backend; /* "qemu" (the default), "vng" */
	enum kd_lab_arch arch;
	const char *kernel; /* image that -kernel takes */
	const char *initrd; /* default: none */
	int initrd_fd; /* … or an open file that holds it, when > 0; vng: what it unpacks */
	const char *append; /* the whole command line of the kernel */
	const char *machine; /* default: q35, virt */
	const char *cpu; /* default: host with KVM, else max (x86) or cortex-a72 */
	unsigned cpus; /* 2 */
	unsigned memory_mib; /* 512 */
	enum kd_vm_accel accel; /* what kd_accel_choose() says; AUTO is taken for TCG */
	const struct kd_vm_drive *drives; /* at most KD_VM_DRIVES_MAX */
	size_t ndrives;
	const char *snapshots; /* an empty qcow2 file that kd_vm_save() may fill */
	const char *const *extra; /* more arguments of the program, NULL at the end */
	bool reboots; /* a reset starts it again; default: it ends the machine */
	bool paused; /* do not run before kd_vm_command("cont") */
};

struct kd_vm_ops;

struct kd_vm {
	const struct kd_vm_ops *ops;
	struct kd_proc *proc;
	struct kd_qmp *qmp;
	int console, agent; /* first and second serial port; -1 when closed */
	int complaints; /* what the program writes to its standard error */
};

enum kd_vm_dump_format { KD_DUMP_ELF, KD_DUMP_KDUMP_ZLIB, KD_DUMP_KDUMP_LZO, KD_DUMP_KDUMP_SNAPPY };

struct kd_vm_ops {
	const char *name;

	/* NULL when the programs for this architecture are installed, else what is missing and
	 * how to get it. */
	struct kd_error *(*probe)(struct kd_ctx *ctx, enum kd_lab_arch arch);

	/* Start it. On error nothing runs and no descriptor is open. */
	struct kd_error *(*start)(struct kd_ctx *ctx, const struct kd_vm_spec *spec,
				  struct kd_vm *vm);

	/* Keep, and go back to, the whole state under a name (letters, digits, - and _). */
	struct kd_error *(*save)(struct kd_ctx *ctx, struct kd_vm *vm, const char *name);
	struct kd_error *(*load)(struct kd_ctx *ctx, struct kd_vm *vm, const char *name);

	/* Memory into a file; the machine is stopped while that goes on. */
	struct kd_error *(*dump)(struct kd_ctx *ctx, struct kd_vm *vm, const char *path,
				 enum kd_vm_dump_format format);
};

extern const struct kd_vm_ops kd_vm_qemu, kd_vm_vng;

/* NULL: there is none of that name; name NULL: the default. */
const struct kd_vm_ops *kd_vm_backend(const char *name);

KD_MUST_CHECK struct kd_error *kd_vm_probe(struct kd_ctx *ctx, const char *backend,
					   enum kd_lab_arch arch);
KD_MUST_CHECK struct kd_error *kd_vm_start(struct kd_ctx *ctx, const struct kd_vm_spec *spec,
					   struct kd_vm *ret);
KD_MUST_CHECK struct kd_error *kd_vm_save(struct kd_ctx *ctx, struct kd_vm *vm, const char *name);
KD_MUST_CHECK struct kd_error *kd_vm_load(struct kd_ctx *ctx, struct kd_vm *vm, const char *name);
KD_MUST_CHECK struct kd_error *kd_vm_dump(struct kd_ctx *ctx, struct kd_vm *vm, const char *path,
					  enum kd_vm_dump_format format);

/* One command of the monitor; args: a JSON object or NULL; ret may be NULL. */
KD_MUST_CHECK struct kd_error *kd_vm_command(struct kd_ctx *ctx, struct kd_vm *vm,
					     const char *command, const char *args,
					     unsigned timeout_ms, struct kd_jsonin **ret);

/* An empty file that kd_vm_spec.snapshots can name. */
KD_MUST_CHECK struct kd_error *kd_vm_make_snapshots(struct kd_ctx *ctx, const char *path);

/* Kill it if it runs, close everything. A zeroed vm is fine. */
void kd_vm_stop(struct kd_vm *vm);

#endif
