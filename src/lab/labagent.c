// SPDX-License-Identifier: GPL-2.0-or-later
/* What the guest's agent says, and what follows from it for the run. */
#include <stdio.h>

#include "base/alloc.h"
#include "lab/lab.h"

enum { FACTS_MAX = 4096 };

/* Keys have parts: symbol._text, task.kdoc-p-sleep.tid, module.kdoc_crash.text. */
static bool is_key(char c)
{
	return kd_is_word(c) || c == '.' || c == '-';
}

static void fact(struct kd_lab *lab, const struct kd_agent_msg *m)
{
	struct kd_lab_fact *f;
	struct kd_view key, value;
	char clean[1024];
	size_t n = 0;

	for (; n < m->text.n && n < sizeof(clean); n++)
		clean[n] = m->text.p[n] >= ' ' && m->text.p[n] <= '~' ? m->text.p[n] : '?';
	for (size_t i = 0; i < m->word.n; i++)
		if (!is_key(m->word.p[i]))
			return;
	key = kd_arena_view(&lab->run->arena, kd_view_head(m->word, 64));
	value = kd_arena_view(&lab->run->arena, kd_view(clean, n));
	f = key.p && value.p ? kd_vec_push(&lab->facts, FACTS_MAX) : NULL;
	if (f)
		*f = (struct kd_lab_fact){key.p, value.p};
	lab->run->facts = lab->facts.v;
	lab->run->nfacts = lab->facts.n;
}

static void step_begins(struct kd_lab_done *d, const struct kd_agent_msg *m)
{
	d->begun = true;
	d->pid = m->number;
}

static void step_says(struct kd_lab_done *d, struct kd_view text)
{
	if (!d->output_cut &&
	    (text.n + 1 > d->output.max - d->output.n || !kd_buf_add(&d->output, text) ||
	     !kd_buf_addc(&d->output, '\n')))
		d->output_cut = true;
}

static void step_ends(struct kd_lab *lab, size_t i, int status)
{
	struct kd_lab_done *d = &lab->done.v[i];

	d->ended = true;
	d->status = status;
	d->end_ms = kd_lab_ms(lab);
	d->console_to = lab->run->console->bytes.n;
}

static void file_data(struct kd_lab_flight *f, struct kd_view text)
{
	if (!f->bad && !kd_agent_base64(text, &f->file))
		f->bad = true;
}

static void file_begins(struct kd_lab *lab, size_t i, uint64_t size)
{
	struct kd_lab_flight *f = &lab->flight.v[i];

	lab->done.v[i].begun = true;
	f->size = size;
	f->bad = size > lab->limits.file_max;
	kd_buf_deinit(&f->file);
	f->file = KD_BUF_INIT(lab->limits.file_max);
}

/* Which step a message is about: the newest are asked first. */
static bool step_of(const struct kd_lab *lab, uint64_t id, size_t *ret)
{
	for (size_t i = lab->flight.n; i; i--) {
		if (lab->flight.v[i - 1].id == id) {
			*ret = i - 1;
			return !lab->done.v[i - 1].ended;
		}
	}
	return false;
}

static void of_step(struct kd_lab *lab, const struct kd_agent_msg *m)
{
	struct kd_lab_done *d;
	size_t i;

	kd_lab_answered(lab, m->id);
	if (!step_of(lab, m->id, &i))
		return;
	d = &lab->done.v[i];
	switch (m->kind) {
	case KD_AGENT_BEGIN:
		step_begins(d, m);
		break;
	case KD_AGENT_OUT:
		step_says(d, m->text);
		break;
	case KD_AGENT_END:
		step_ends(lab, i, m->has_number && m->number < 256 ? (int)m->number : -1);
		break;
	case KD_AGENT_FILE:
		file_begins(lab, i, m->number);
		break;
	case KD_AGENT_DATA:
		file_data(&lab->flight.v[i], m->text);
		break;
	case KD_AGENT_EOF:
		kd_lab_keep_file(lab, i);
		step_ends(lab, i, d->error ? 1 : 0);
		break;
	default:
		d->error = "there is no such file that can be read";
		step_ends(lab, i, 1);
		break;
	}
}

/* Ready once more: it was restarted, and what was under way is lost. */
static void ready(struct kd_lab *lab)
{
	if (!lab->ready)
		lab->run->ready_ms = kd_lab_ms(lab);
	lab->ready = true;
	lab->boots_ready = lab->run->console->boots;
	for (size_t i = 0; i < lab->done.n; i++) {
		if (lab->done.v[i].ended || lab->done.v[i].op == KD_LAB_WAIT)
			continue;
		lab->done.v[i].error = "the guest was restarted meanwhile";
		step_ends(lab, i, -1);
	}
}

static void one_line(struct kd_lab *lab, struct kd_view line)
{
	struct kd_agent_msg m;

	if (!kd_agent_parse(line, &m)) {
		lab->bad_lines++;
		return;
	}
	switch (m.kind) {
	case KD_AGENT_FACT:
		fact(lab, &m);
		break;
	case KD_AGENT_READY:
		ready(lab);
		break;
	case KD_AGENT_ALIVE:
	case KD_AGENT_BYE:
		break;
	case KD_AGENT_PONG:
		kd_lab_answered(lab, m.id);
		break;
	default:
		of_step(lab, &m);
		break;
	}
}

void kd_lab_agent_bytes(struct kd_lab *lab, struct kd_view bytes)
{
	struct kd_view all, line;
	size_t used;

	lab->heard_ms = kd_lab_ms(lab);
	kd_lab_write(lab, lab->agent_file, bytes);
	if (!kd_buf_add(&lab->agent_in, bytes)) { /* a line without end: nothing of ours */
		kd_buf_clear(&lab->agent_in);
		lab->bad_lines++;
		return;
	}
	all = kd_buf_view(&lab->agent_in);
	while (kd_view_take_until(&all, KD_V("\n"), &line))
		one_line(lab, line);
	used = lab->agent_in.n - all.n;
	kd_buf_drop(&lab->agent_in, used);
}
