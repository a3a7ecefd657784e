// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/agent.h"

#include "base/alloc.h"

/* What follows the first word. */
enum shape { PLAIN, ID, ID_NUMBER, ID_TEXT, WORD_TEXT };

static const struct verb {
	struct kd_view word;
	enum kd_agent_kind kind;
	enum shape shape;
} verbs[] = {
	{KD_V("fact"), KD_AGENT_FACT, WORD_TEXT},   {KD_V("ready"), KD_AGENT_READY, PLAIN},
	{KD_V("alive"), KD_AGENT_ALIVE, PLAIN},	    {KD_V("begin"), KD_AGENT_BEGIN, ID_NUMBER},
	{KD_V("out"), KD_AGENT_OUT, ID_TEXT},	    {KD_V("end"), KD_AGENT_END, ID_NUMBER},
	{KD_V("file"), KD_AGENT_FILE, ID_NUMBER},   {KD_V("data"), KD_AGENT_DATA, ID_TEXT},
	{KD_V("eof"), KD_AGENT_EOF, ID},	    {KD_V("nofile"), KD_AGENT_NOFILE, ID},
	{KD_V("pong"), KD_AGENT_PONG, ID},	    {KD_V("bye"), KD_AGENT_BYE, PLAIN},
};

static bool shaped(struct kd_view rest, enum shape shape, struct kd_agent_msg *m)
{
	if (shape == PLAIN)
		return true;
	if (shape == WORD_TEXT) {
		if (!kd_view_skip(&rest, KD_V(" ")) || !kd_view_take_word(&rest, &m->word))
			return false;
		kd_view_skip(&rest, KD_V(" "));
		m->text = rest;
		return true;
	}
	if (!kd_view_skip(&rest, KD_V(" ")) || !kd_view_take_dec(&rest, &m->id))
		return false;
	if (shape == ID)
		return !rest.n;
	if (!kd_view_skip(&rest, KD_V(" ")))
		return shape == ID_TEXT && !rest.n;
	if (shape == ID_TEXT) {
		m->text = rest;
		return true;
	}
	m->has_number = kd_view_dec(rest, &m->number);
	return m->has_number || (m->kind == KD_AGENT_END && kd_view_eq(rest, KD_V("-")));
}

bool kd_agent_parse(struct kd_view line, struct kd_agent_msg *ret)
{
	struct kd_agent_msg m = {.word = KD_VNULL, .text = KD_VNULL};

	while (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	for (size_t i = 0; i < KD_ARRAY_LEN(verbs); i++) {
		struct kd_view rest = line;

		if (!kd_view_skip(&rest, verbs[i].word) || (rest.n && rest.p[0] != ' '))
			continue;
		m.kind = verbs[i].kind;
		if (!shaped(rest, verbs[i].shape, &m))
			return false;
		*ret = m;
		return true;
	}
	return false;
}

static int sextet(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? memchr(digits, c, sizeof(digits) - 1) : NULL;

	return p ? (int)(p - digits) : -1;
}

static bool quad(struct kd_view v, struct kd_buf *ret)
{
	size_t n = v.p[3] != '=' ? 3 : v.p[2] != '=' ? 2 : 1;
	unsigned bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int x = i > n ? (v.p[i] == '=' ? 0 : -1) : sextet(v.p[i]);

		if (x < 0)
			return false;
		bits = bits << 6 | (unsigned)x;
	}
	for (size_t i = 0; i < n; i++)
		if (!kd_buf_addc(ret, (char)(unsigned char)(bits >> (16 - 8 * i))))
			return false;
	return true;
}

bool kd_agent_base64(struct kd_view text, struct kd_buf *ret)
{
	if (text.n % 4)
		return false;
	for (; text.n; text = kd_view_from(text, 4))
		if (!quad(kd_view_head(text, 4), ret) ||
		    (text.p[3] == '=' && text.n > 4)) /* padding is the end */
			return false;
	return true;
}
