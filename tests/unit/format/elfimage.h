/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elfimage.h: small ELF files for tests.
 *
 *	struct elfimage m;
 *	image_begin(&m, true, false, 1, 62);             // 64 bits, little endian, ET_REL, x86-64
 *	size_t text = image_section(&m, ".text", 1, 6, bytes, n);
 *	image_end(&m);                                   // names, then the section headers
 *	… m.p, m.n …
 *	image_free(&m);
 *
 * Fields of a section that the calls do not set (link, info, align, size) may be changed in m.sec[]
 * before image_end(). Section 0 exists from the beginning.
 */
#ifndef KD_TEST_ELFIMAGE_H
#define KD_TEST_ELFIMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

struct image_section {
	uint32_t name, type, link, info;
	uint64_t flags, addr, off, size, align, entsize;
};

struct elfimage {
	char *p;
	size_t n, cap;
	bool is64, big;
	uint16_t type, machine;
	struct image_section *sec;
	size_t nsec, sec_cap;
	char names[8192];
	size_t nnames;
};

static inline void image_put(struct elfimage *m, uint64_t v, size_t bytes)
{
	if (m->n + bytes > m->cap)
		m->p = kd_xrealloc(m->p, m->cap = 2 * m->cap + bytes + 256);
	for (size_t i = 0; i < bytes; i++)
		m->p[m->n + i] = (char)(v >> 8 * (m->big ? bytes - 1 - i : i));
	m->n += bytes;
}

static inline void image_word(struct elfimage *m, uint64_t v)
{
	image_put(m, v, m->is64 ? 8 : 4);
}

static inline void image_bytes(struct elfimage *m, const void *p, size_t n)
{
	const char *c = p;

	for (size_t i = 0; i < n; i++)
		image_put(m, (unsigned char)c[i], 1);
}

static inline void image_set(struct elfimage *m, size_t at, uint64_t v, size_t bytes)
{
	size_t n = m->n;

	m->n = at;
	image_put(m, v, bytes);
	m->n = n > m->n ? n : m->n;
}

/* An empty section at the end of the file so far; its contents follow with image_put(). */
static inline size_t image_open(struct elfimage *m, const char *name, uint32_t type, uint64_t flags)
{
	struct image_section *s;

	if (m->nsec >= m->sec_cap)
		m->sec = kd_xrealloc(m->sec, (m->sec_cap = 2 * m->sec_cap + 16) * sizeof(*m->sec));
	s = &m->sec[m->nsec];
	*s = (struct image_section){.type = type, .flags = flags, .off = m->n, .align = 1};
	if (name[0] && m->nnames + strlen(name) + 1 <= sizeof(m->names)) {
		s->name = (uint32_t)m->nnames;
		memcpy(m->names + m->nnames, name, strlen(name) + 1);
		m->nnames += strlen(name) + 1;
	}
	return m->nsec++;
}

static inline void image_close(struct elfimage *m)
{
	m->sec[m->nsec - 1].size = m->n - m->sec[m->nsec - 1].off;
}

static inline size_t image_section(struct elfimage *m, const char *name, uint32_t type, uint64_t flags,
				   const void *p, size_t n)
{
	size_t i = image_open(m, name, type, flags);

	image_bytes(m, p, n);
	image_close(m);
	return i;
}

static inline void image_begin(struct elfimage *m, bool is64, bool big, uint16_t type, uint16_t machine)
{
	*m = (struct elfimage){.is64 = is64, .big = big, .type = type, .machine = machine, .nnames = 1};
	image_bytes(m, "\177ELF", 4);
	image_put(m, is64 ? 2 : 1, 1);
	image_put(m, big ? 2 : 1, 1);
	while (m->n < (is64 ? 64 : 52))
		image_put(m, 0, 1);
	image_open(m, "", 0, 0);
	m->sec[0].off = 0;
}

static inline void image_header(struct elfimage *m, uint64_t shoff)
{
	const size_t w = m->is64 ? 8 : 4, at = 24 + 3 * w;
	const bool many = m->nsec >= 0xff00;

	image_set(m, 16, m->type, 2);
	image_set(m, 18, m->machine, 2);
	image_set(m, 20, 1, 4);
	image_set(m, 24 + 2 * w, shoff, w);
	image_set(m, at + 4, m->is64 ? 64 : 52, 2);
	image_set(m, at + 10, m->is64 ? 64 : 40, 2);
	image_set(m, at + 12, many ? 0 : m->nsec, 2);
	image_set(m, at + 14, many ? 0xffff : m->nsec - 1, 2);
}

static inline void image_end(struct elfimage *m)
{
	uint64_t shoff;
	size_t names = image_open(m, ".shstrtab", 3, 0);

	image_bytes(m, m->names, m->nnames);
	image_close(m);
	if (m->nsec >= 0xff00) {
		m->sec[0].size = m->nsec;
		m->sec[0].link = (uint32_t)names;
	}
	shoff = m->n;
	for (size_t i = 0; i < m->nsec; i++) {
		struct image_section *s = &m->sec[i];

		image_put(m, s->name, 4);
		image_put(m, s->type, 4);
		image_word(m, s->flags);
		image_word(m, s->addr);
		image_word(m, s->off);
		image_word(m, s->size);
		image_put(m, s->link, 4);
		image_put(m, s->info, 4);
		image_word(m, s->align);
		image_word(m, s->entsize);
	}
	image_header(m, shoff);
}

/* One symbol at the end of the open symbol table. */
static inline void image_symbol(struct elfimage *m, uint32_t name, uint8_t info, uint16_t section,
				uint64_t value, uint64_t size)
{
	image_put(m, name, 4);
	if (!m->is64) {
		image_put(m, value, 4);
		image_put(m, size, 4);
	}
	image_put(m, info, 1);
	image_put(m, 0, 1);
	image_put(m, section, 2);
	if (m->is64) {
		image_put(m, value, 8);
		image_put(m, size, 8);
	}
}

static inline void image_free(struct elfimage *m)
{
	kd_free(m->p);
	kd_free(m->sec);
}

#endif
