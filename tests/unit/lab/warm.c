// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: warm KERNEL OUT [BUSYBOX]
 *
 * Several crashes of one boot: the state of a ready guest is kept, and each crash starts from it.
 * Run by tests/run/lab-boot, because it needs QEMU and a kernel. Prints a line per round; the
 * status is 0 when each round panicked, its core was written, and the guest was back afterwards.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/time.h"
#include "lab/run.h"

enum { ROUNDS = 3 };

static bool failed(struct kd_error *err)
{
	if (err)
		printf("%s\n", err->msg);
	kd_error_free(err);
	return err != NULL;
}

static bool dumped(struct kd_ctx *ctx, struct kd_lab *lab, const char *out)
{
	char path[4096];
	struct stat sb;

	snprintf(path, sizeof(path), "%s/core.elf", out);
	if (failed(kd_vm_dump(ctx, kd_lab_vm(lab), path, KD_DUMP_ELF)) || stat(path, &sb))
		return false;
	printf("core %lld bytes\n", (long long)sb.st_size);
	return sb.st_size > 100 << 20;
}

static bool round_of(struct kd_ctx *ctx, struct kd_lab *lab, const char *out, int n)
{
	const struct kd_lab_step crash = {.op = KD_LAB_RUN,
					  .command = "echo c > /proc/sysrq-trigger"},
				 alive = {.op = KD_LAB_RUN, .command = "echo back"};
	int64_t start = kd_mono_ns();
	const struct kd_lab_run *run = kd_lab_now(lab);
	size_t i;

	if (failed(kd_lab_load(lab, "warm")))
		return false;
	i = kd_lab_step(lab, &alive);
	if (!kd_view_eq(kd_buf_view(&run->steps[i].output), KD_V("back\n")))
		return false;
	kd_lab_step(lab, &crash);
	printf("round %d: %s, %.1f s\n", n, kd_lab_verdict_word(run->verdict),
	       (double)(kd_mono_ns() - start) / 1e9);
	return run->verdict == KD_LAB_PANIC && (n > 1 || dumped(ctx, lab, out));
}

static bool series(struct kd_ctx *ctx, const struct kd_lab_request *req)
{
	kd_auto(kd_lab_closep) struct kd_lab *lab = NULL;
	int64_t start = kd_mono_ns();
	bool ok = true;

	if (failed(kd_lab_open(ctx, req, &lab)))
		return false;
	if (!kd_lab_boot(lab)) {
		printf("%s: %s\n", kd_lab_verdict_word(kd_lab_now(lab)->verdict),
		       kd_lab_now(lab)->why);
		return false;
	}
	printf("boot: %.1f s\n", (double)(kd_mono_ns() - start) / 1e9);
	start = kd_mono_ns();
	if (failed(kd_lab_save(lab, "warm")))
		return false;
	printf("save: %.1f s\n", (double)(kd_mono_ns() - start) / 1e9);
	for (int n = 1; ok && n <= ROUNDS; n++)
		ok = round_of(ctx, lab, req->out, n);
	kd_lab_run_free(kd_lab_finish(&lab));
	return ok;
}

int main(int argc, char **argv)
{
	struct kd_ctx ctx;
	kd_auto(kd_lab_kernel_deinit) struct kd_lab_kernel k = {0};
	struct kd_lab_request req = {.kernel = &k,
				     .vm = {.accel = KD_ACCEL_TCG, .memory_mib = 256},
				     .snapshots = true};
	bool ok;

	kd_ctx_init(&ctx);
	if (argc < 3)
		return 2;
	req.out = argv[2];
	req.guest.busybox = argc > 3 ? argv[3] : NULL;
	ok = !failed(kd_lab_kernel_find(&ctx, argv[1], argv[2], &k)) && series(&ctx, &req);
	kd_ctx_deinit(&ctx);
	return !ok;
}
