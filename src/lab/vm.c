// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/vm.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

static const struct kd_vm_ops *const backends[] = {&kd_vm_qemu, &kd_vm_vng};

const struct kd_vm_ops *kd_vm_backend(const char *name)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(backends); i++)
		if (!name || !strcmp(backends[i]->name, name))
			return backends[i];
	return NULL;
}

static struct kd_error *no_backend(const char *name)
{
	return kd_error_new(KD_INVALID, "there is no virtual machine called %s", name);
}

struct kd_error *kd_vm_probe(struct kd_ctx *ctx, const char *backend, enum kd_lab_arch arch)
{
	const struct kd_vm_ops *ops = kd_vm_backend(backend);

	return ops ? ops->probe(ctx, arch) : no_backend(backend);
}

struct kd_error *kd_vm_start(struct kd_ctx *ctx, const struct kd_vm_spec *spec, struct kd_vm *ret)
{
	const struct kd_vm_ops *ops = kd_vm_backend(spec->backend);
	struct kd_vm vm = {.ops = ops, .console = -1, .agent = -1, .complaints = -1};
	struct kd_error *err;

	if (!ops)
		return no_backend(spec->backend);
	err = ops->start(ctx, spec, &vm);
	if (err)
		kd_vm_stop(&vm);
	else
		*ret = vm;
	return err;
}

static struct kd_error *cannot(const struct kd_vm *vm, const char *what)
{
	return kd_error_new(KD_UNSUPPORTED, "%s cannot %s",
			    vm->ops ? vm->ops->name : "a stopped machine", what);
}

static struct kd_error *check_name(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (!kd_is_word(name[i]) && name[i] != '-')
			n = 0;
	return n && n < 64 ? NULL : kd_error_new(KD_INVALID, "'%s' is no name for a snapshot", name);
}

struct kd_error *kd_vm_save(struct kd_ctx *ctx, struct kd_vm *vm, const char *name)
{
	struct kd_error *err = check_name(name);

	if (err)
		return err;
	return vm->ops && vm->ops->save ? vm->ops->save(ctx, vm, name)
					: cannot(vm, "keep the state of a guest");
}

struct kd_error *kd_vm_load(struct kd_ctx *ctx, struct kd_vm *vm, const char *name)
{
	struct kd_error *err = check_name(name);

	if (err)
		return err;
	return vm->ops && vm->ops->load ? vm->ops->load(ctx, vm, name)
					: cannot(vm, "go back to a kept state");
}

struct kd_error *kd_vm_dump(struct kd_ctx *ctx, struct kd_vm *vm, const char *path,
			    enum kd_vm_dump_format format)
{
	return vm->ops && vm->ops->dump ? vm->ops->dump(ctx, vm, path, format)
					: cannot(vm, "dump a guest's memory");
}

struct kd_error *kd_vm_command(struct kd_ctx *ctx, struct kd_vm *vm, const char *command,
			       const char *args, unsigned timeout_ms, struct kd_jsonin **ret)
{
	if (!vm->qmp)
		return cannot(vm, "be given monitor commands");
	return kd_qmp_command(ctx, vm->qmp, command, args, timeout_ms, ret);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void kd_vm_stop(struct kd_vm *vm)
{
	if (!vm->ops) /* zeroed: its descriptors mean nothing */
		return;
	kd_proc_free(kd_take(vm->proc));
	kd_qmp_free(kd_take(vm->qmp));
	close_fd(&vm->console);
	close_fd(&vm->agent);
	close_fd(&vm->complaints);
	vm->ops = NULL;
}
