/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lab.h: inside of a run (run.h): the event loop of lab.c, shared with run.c.
 */
#ifndef KD_LAB_LAB_H
#define KD_LAB_LAB_H

#include "lab/agent.h"
#include "lab/run.h"
#include "lab/verdict.h"

/* What the host keeps of a step beside what it tells. */
struct kd_lab_flight {
	uint64_t id; /* of its line to the agent */
	struct kd_buf file; /* of KD_LAB_GET */
	uint64_t size; /* that the guest announced */
	bool may_hang, over, bad;
};

struct kd_lab {
	struct kd_ctx *ctx;
	const struct kd_lab_request *req;
	struct kd_lab_limits limits;
	struct kd_vm vm;
	struct kd_lab_run *run;
	struct kd_buf initrd, agent_in, agent_out, words;
	int initrd_fd, console_file, agent_file;
	int64_t start_ns, heard_ms, since_ms;
	KD_VEC(struct kd_lab_done) done;
	KD_VEC(struct kd_lab_flight) flight;
	KD_VEC(struct kd_lab_fact) facts;
	bool ready, shutdown, quitting;
	unsigned boots_ready; /* banners on the console when the agent was ready */
	struct kd_buf asked; /* the line that the agent has not answered yet, "" */
	int64_t asked_ms;
	uint64_t last_id; /* of a line to the agent */
	char reason[40];
	uint64_t resent, bad_lines, scanned; /* scanned: console bytes that a scan has seen */
	int64_t scan_ms; /* of the last scan for stop_at_report */
	int64_t reset_ms; /* of the last reset that was told, -1 */
	uint64_t reset_at; /* bytes of the console when the last one was counted */
	const char *doing;
	int out_errno; /* the first error of writing below out */
};

int64_t kd_lab_ms(const struct kd_lab *lab);

/* Go on until done() or the verdict is known or ms have passed (0: until a limit). */
void kd_lab_pump(struct kd_lab *lab, bool (*done)(const struct kd_lab *lab), int64_t ms);

/*
 * A line to the agent: "VERB ID REST #ID", where REST may be "". It is sent again until
 * kd_lab_answered() is told that the ID was answered: after a kept state was loaded, QEMU's
 * UART loses input now and then.
 */
uint64_t kd_lab_tell(struct kd_lab *lab, const char *verb, const char *comm, const char *rest);
void kd_lab_answered(struct kd_lab *lab, uint64_t id);

/* The files below out. */
KD_MUST_CHECK struct kd_error *kd_lab_files_open(struct kd_lab *lab);
void kd_lab_write(struct kd_lab *lab, int fd, struct kd_view v);
void kd_lab_keep_file(struct kd_lab *lab, size_t i);
void kd_lab_files_close(struct kd_lab *lab);

/* What the agent said. */
void kd_lab_agent_bytes(struct kd_lab *lab, struct kd_view bytes);

#endif
