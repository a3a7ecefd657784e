// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions, types and their sizes as the headers of GMime 3.0 to 3.2, glib/garray.h and gobject/gtype.h declare them;
 * objects are only handed on. Their ABI is fixed by the sonames.
 */
#include "history/ext/gmime.h"

#include <stdint.h>
#include <sys/types.h>

#include "base/alloc.h"
#include "base/load.h"

struct byte_array { /* GByteArray */
	unsigned char *data;
	unsigned n;
};

/* One member per function; api[] below names them. */
struct api {
	void (*init)(void);
	void (*log_handler)(void (*fn)(const char *domain, int level, const char *text, void *user), void *user);
	void (*unref)(void *object);
	int (*is_a)(void *object, uintptr_t type);
	void (*gfree)(void *p);
	void *(*mem_buffer)(const char *p, size_t n);
	void *(*mem_new)(void);
	struct byte_array *(*mem_bytes)(void *mem);
	void *(*parser)(void *stream);
	void *(*construct)(void *parser, void *options);
	uintptr_t (*multipart_type)(void);
	uintptr_t (*message_type)(void);
	uintptr_t (*part_type)(void);
	int (*count)(void *multipart);
	void *(*child)(void *multipart, int i);
	void *(*content_type)(void *object);
	const char *(*media)(void *content_type);
	const char *(*submedia)(void *content_type);
	const char *(*parameter)(void *content_type, const char *name);
	const char *(*disposition)(void *object);
	const char *(*filename)(void *part);
	void *(*content)(void *part);
	ssize_t (*write_content)(void *wrapper, void *stream);
	char *(*decode_text)(void *options, const char *text);
	void *(*addresses)(void *options, const char *text);
	int (*address_n)(void *list);
	void *(*address_at)(void *list, int i);
	uintptr_t (*mailbox_type)(void);
	uintptr_t (*group_type)(void);
	void *(*members)(void *group);
	const char *(*name)(void *address);
	const char *(*addr)(void *mailbox);
};

struct kd_gmime {
	struct api api;
	void *handle;
};

#define ROW(fn, member) {fn, offsetof(struct api, member)}

static const struct kd_sym syms[] = {
	ROW("g_mime_init", init),
	ROW("g_log_set_default_handler", log_handler),
	ROW("g_object_unref", unref),
	ROW("g_type_check_instance_is_a", is_a),
	ROW("g_free", gfree),
	ROW("g_mime_stream_mem_new_with_buffer", mem_buffer),
	ROW("g_mime_stream_mem_new", mem_new),
	ROW("g_mime_stream_mem_get_byte_array", mem_bytes),
	ROW("g_mime_parser_new_with_stream", parser),
	ROW("g_mime_parser_construct_part", construct),
	ROW("g_mime_multipart_get_type", multipart_type),
	ROW("g_mime_message_part_get_type", message_type),
	ROW("g_mime_part_get_type", part_type),
	ROW("g_mime_multipart_get_count", count),
	ROW("g_mime_multipart_get_part", child),
	ROW("g_mime_object_get_content_type", content_type),
	ROW("g_mime_content_type_get_media_type", media),
	ROW("g_mime_content_type_get_media_subtype", submedia),
	ROW("g_mime_content_type_get_parameter", parameter),
	ROW("g_mime_object_get_disposition", disposition),
	ROW("g_mime_part_get_filename", filename),
	ROW("g_mime_part_get_content", content),
	ROW("g_mime_data_wrapper_write_to_stream", write_content),
	ROW("g_mime_utils_header_decode_text", decode_text),
	ROW("internet_address_list_parse", addresses),
	ROW("internet_address_list_length", address_n),
	ROW("internet_address_list_get_address", address_at),
	ROW("internet_address_mailbox_get_type", mailbox_type),
	ROW("internet_address_group_get_type", group_type),
	ROW("internet_address_group_get_members", members),
	ROW("internet_address_get_name", name),
	ROW("internet_address_mailbox_get_addr", addr),
};

/* GLib prints its complaints to the standard error output; a mail can cause them. */
static void silent(const char *domain, int level, const char *text, void *user)
{
	(void)domain, (void)level, (void)text, (void)user;
}

struct kd_error *kd_gmime_open(struct kd_gmime **ret)
{
	static const char *const sonames[] = {"libgmime-3.0.so.0", NULL};
	static const struct kd_load l = {sonames, syms, KD_ARRAY_LEN(syms), "reading mail needs GMime", "libgmime-3.0-0"};
	struct kd_gmime *g = kd_xcalloc(1, sizeof(*g));
	struct kd_error *err = kd_load(&l, &g->api, &g->handle);

	if (err) {
		kd_free(g);
		return err;
	}
	g->api.log_handler(silent, NULL);
	g->api.init();
	*ret = g;
	return NULL;
}

/* Its types are registered with GLib for good, so the library stays (base/load.c) and is not shut down. */
void kd_gmime_close(struct kd_gmime *g)
{
	if (!g)
		return;
	kd_unload(g->handle);
	kd_free(g);
}

void kd_gmime_closep(struct kd_gmime **g)
{
	kd_gmime_close(*g);
}

/* ---- what it must not be given ---- */

static size_t count_of(struct kd_view v, char c)
{
	size_t n = 0, at;

	while ((at = kd_view_chr(v, c)) != KD_NPOS) {
		n++;
		v = kd_view_from(v, at + 1);
	}
	return n;
}

/* Of a field with its continuation lines. */
static struct kd_error *check_field(struct kd_view field)
{
	if (field.n > KD_GMIME_FIELD_MAX)
		return kd_error_new(KD_LIMIT, "a header field of more than %zu KiB", KD_GMIME_FIELD_MAX >> 10);
	if (field.n > KD_GMIME_COLONS_MAX && count_of(field, ':') > KD_GMIME_COLONS_MAX)
		return kd_error_new(KD_LIMIT, "more than %d colons in one header field", KD_GMIME_COLONS_MAX);
	return NULL;
}

/* The fields that GMime reads as addresses, in every entity that could be a message. */
static bool is_address_field(struct kd_view line)
{
	static const char *const names[] = {"from", "sender", "reply-to", "to", "cc", "bcc"};

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++) {
		struct kd_view rest = kd_view_from(line, kd_view_of(names[i]).n);

		if (!kd_view_istarts(line, kd_view_of(names[i])))
			continue;
		kd_view_skip_blank(&rest);
		if (rest.n && rest.p[0] == ':')
			return true;
	}
	return kd_view_istarts(line, KD_V("resent-"));
}

/* A field may also stand in a mail inside the mail, so every line is looked at, whatever it belongs to. */
static struct kd_error *check_mail(struct kd_view mail)
{
	struct kd_view rest = mail, field = KD_VNULL;
	size_t entities = 0;
	struct kd_error *err = NULL;

	if (mail.n > KD_GMIME_BYTES_MAX)
		return kd_error_new(KD_LIMIT, "it has more than %zu MiB", KD_GMIME_BYTES_MAX >> 20);
	while (rest.n && !err) {
		size_t nl = kd_view_chr(rest, '\n'), n = nl == KD_NPOS ? rest.n : nl + 1;
		struct kd_view line = kd_view_head(rest, n);

		rest = kd_view_from(rest, n);
		if (field.n && kd_is_blank(line.p[0])) {
			field.n += n;
			continue;
		}
		if (field.n)
			err = check_field(field);
		field = is_address_field(line) ? line : KD_VNULL;
		entities += kd_view_istarts(line, KD_V("content-type"));
		if (!err && entities > KD_GMIME_ENTITIES_MAX)
			err = kd_error_new(KD_LIMIT, "it has more than %d MIME entities", KD_GMIME_ENTITIES_MAX);
	}
	if (!err && field.n)
		err = check_field(field);
	return err;
}

/* ---- parts ---- */

struct walk {
	const struct api *api;
	struct kd_error *(*fn)(void *user, const struct kd_gmime_part *p);
	void *user;
	struct kd_gmime_seen seen;
};

static bool says(const char *value, const char *what)
{
	return value && kd_view_ieq(kd_view_of(value), kd_view_of(what));
}

static struct kd_view lower(const char *s, char *room, size_t max)
{
	struct kd_view v = kd_view_head(kd_view_of(s ? s : ""), max);

	for (size_t i = 0; i < v.n; i++)
		room[i] = v.p[i] >= 'A' && v.p[i] <= 'Z' ? (char)(v.p[i] | 0x20) : v.p[i];
	return kd_view(room, v.n);
}

static void describe(const struct api *api, void *object, struct kd_gmime_part *p, char room[2][64])
{
	void *type = api->content_type(object);

	p->attachment = says(api->disposition(object), "attachment");
	if (!type)
		return;
	p->type = lower(api->media(type), room[0], sizeof(room[0]));
	p->subtype = lower(api->submedia(type), room[1], sizeof(room[1]));
	p->charset = kd_view_of(api->parameter(type, "charset"));
	p->flowed = says(api->parameter(type, "format"), "flowed");
	p->delsp = says(api->parameter(type, "delsp"), "yes");
}

static struct kd_error *give_leaf(struct walk *w, void *part)
{
	struct kd_gmime_part p = {0};
	void *content = w->api->content(part), *mem = w->api->mem_new();
	struct kd_error *err;
	char room[2][64];

	describe(w->api, part, &p, room);
	p.filename = kd_view_of(w->api->filename(part));
	if (content && w->api->write_content(content, mem) > 0) {
		const struct byte_array *b = w->api->mem_bytes(mem);
		const void *bytes = b->data;

		p.bytes = kd_view(bytes, b->n);
	}
	err = w->fn(w->user, &p);
	w->api->unref(mem);
	return err;
}

static struct kd_error *give(struct walk *w, void *object, unsigned depth)
{
	const struct api *api = w->api;
	struct kd_error *err = NULL;

	if (api->is_a(object, api->multipart_type())) {
		int n = api->count(object);

		if (depth == KD_GMIME_DEPTH_MAX) {
			w->seen.too_deep += (size_t)n;
			return NULL;
		}
		for (int i = 0; i < n && !err; i++)
			err = give(w, api->child(object, i), depth + 1);
		return err;
	}
	w->seen.parts++;
	if (api->is_a(object, api->message_type())) {
		struct kd_gmime_part p = {.is_message = true};
		char room[2][64];

		describe(api, object, &p, room);
		return w->fn(w->user, &p);
	}
	return api->is_a(object, api->part_type()) ? give_leaf(w, object) : NULL;
}

struct kd_error *kd_gmime_parts(const struct kd_gmime *g, struct kd_view mail,
				struct kd_error *(*fn)(void *user, const struct kd_gmime_part *p), void *user,
				struct kd_gmime_seen *ret)
{
	struct walk w = {.api = &g->api, .fn = fn, .user = user};
	struct kd_error *err = check_mail(mail);
	void *stream, *parser, *top;

	if (err)
		return err;
	stream = g->api.mem_buffer(mail.n ? mail.p : "", mail.n);
	parser = g->api.parser(stream);
	top = g->api.construct(parser, NULL);
	err = top ? give(&w, top, 0) : kd_error_new(KD_BADDATA, "it is no MIME entity");
	if (top)
		g->api.unref(top);
	g->api.unref(parser);
	g->api.unref(stream);
	*ret = w.seen;
	return err;
}

/* ---- fields ---- */

struct kd_view kd_gmime_header(const struct kd_gmime *g, struct kd_view raw, struct kd_arena *a)
{
	struct kd_view in = raw.n <= KD_GMIME_FIELD_MAX ? kd_arena_view(a, raw) : KD_VNULL;
	struct kd_view out;
	char *text;

	if (!in.p)
		return KD_VNULL;
	text = g->api.decode_text(NULL, in.p);
	out = kd_arena_view(a, kd_view_of(text ? text : ""));
	g->api.gfree(text);
	return out;
}

struct addresses {
	const struct api *api;
	void (*fn)(void *user, struct kd_view name, struct kd_view addr);
	void *user;
	size_t n, max;
};

static void each_address(struct addresses *w, void *list, unsigned depth)
{
	const struct api *api = w->api;
	int n = list ? api->address_n(list) : 0;

	for (int i = 0; i < n; i++) {
		void *one = api->address_at(list, i);

		if (api->is_a(one, api->group_type())) {
			if (depth < KD_GMIME_DEPTH_MAX)
				each_address(w, api->members(one), depth + 1);
		} else if (api->is_a(one, api->mailbox_type()) && w->n++ < w->max) {
			w->fn(w->user, kd_view_of(api->name(one)), kd_view_of(api->addr(one)));
		}
	}
}

bool kd_gmime_addresses(const struct kd_gmime *g, struct kd_view raw, struct kd_arena *a, size_t max,
			void (*fn)(void *user, struct kd_view name, struct kd_view addr), void *user, size_t *ret_n)
{
	struct addresses w = {.api = &g->api, .fn = fn, .user = user, .max = max};
	struct kd_error *bad = check_field(raw);
	struct kd_view in = bad ? KD_VNULL : kd_arena_view(a, raw);
	void *list;

	*ret_n = 0;
	kd_error_free(bad);
	if (!in.p)
		return false;
	list = g->api.addresses(NULL, in.p);
	each_address(&w, list, 0);
	if (list)
		g->api.unref(list);
	*ret_n = w.n;
	return true;
}
