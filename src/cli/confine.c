// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/confine.h"
#include "cli/core.h"

enum { MEMORY_GIB = 4, DEBUG_GIB = 16, SECONDS = 600, MEMORY_MIN = 64 << 20 };

static void too_long(int number)
{
	static const char why[] = "kdoc: stopped: this dump has taken all of the processor time that it may (core.seconds of the "
				  "configuration, KDOC_CORE_SECONDS; or ulimit -t)\n";
	const ssize_t n = write(STDERR_FILENO, why, sizeof(why) - 1);

	(void)number;
	(void)n;
	_exit(KD_EXIT_INPUT);
}

static struct kd_error *confine(bool debug, bool session)
{
	kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();
	struct kd_confine limits = {0};
	struct sigaction sa = {.sa_handler = too_long};
	int64_t memory, seconds;
	struct kd_error *err = kd_config_load(c, ".");

	if (!err)
		err = kd_config_int(c, "core.memory", (int64_t)(debug ? DEBUG_GIB : MEMORY_GIB) << 30, &memory);
	if (!err)
		err = kd_config_int(c, "core.seconds", SECONDS, &seconds);
	if (!err)
		err = kd_config_bool(c, "core.confine", true, &limits.no_programs);
	if (err)
		return err;
	if (memory < 0 || seconds < 0 || (memory && memory < MEMORY_MIN))
		return kd_error_new(KD_INVALID, "core.memory is 0 or 64m and more, core.seconds 0 and more");
	limits.memory = (uint64_t)memory;
	limits.cpu_s = session ? 0 : (uint64_t)seconds;
	limits.no_files = !debug && !session; /* the index of debug info is made in the cache folder, a session writes where its user says */
	sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGXCPU, &sa, NULL);
	(void)kd_confine(&limits);
	return NULL;
}

struct kd_error *kd_core_confine(struct kd_cli *cli, bool debug)
{
	return cli->dump ? NULL : confine(debug, false);
}

struct kd_error *kd_core_confine_session(bool debug)
{
	return confine(debug, true);
}
