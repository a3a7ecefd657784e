// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a client is told of on its own: resources that it subscribed to (legacy: resources/subscribe; modern:
 * subscriptions/listen) and lists that changed. Files are looked at once a second while somebody wants to know.
 */
#include "serve/mcp_internal.h"

#include <sys/stat.h>

#include "base/alloc.h"
#include "serve/resource.h"

enum { LOOK_MS = 1000, WATCHES_MAX = 256 };

struct watched {
	char *uri;
	char *path; /* NULL: it never changes */
	struct timespec mtime;
	off_t size;
	ino_t ino;
};

struct mcp_watch_list {
	KD_VEC(struct watched) all;
};

/* ---- lists of watched resources ---- */

static bool look_at(struct watched *w)
{
	struct stat sb = {0};
	bool changed;

	if (!w->path)
		return false;
	if (stat(w->path, &sb)) /* gone: that is a change, too, once */
		sb = (struct stat){0};
	changed = sb.st_ino != w->ino || sb.st_size != w->size || sb.st_mtim.tv_sec != w->mtime.tv_sec ||
		  sb.st_mtim.tv_nsec != w->mtime.tv_nsec;
	w->ino = sb.st_ino;
	w->size = sb.st_size;
	w->mtime = sb.st_mtim;
	return changed;
}

static struct watched *watched_of(struct mcp_watch_list *list, struct kd_view uri)
{
	if (!list)
		return NULL;
	kd_vec_each(w, &list->all) {
		if (kd_view_eq(uri, kd_view_of(w->uri)))
			return w;
	}
	return NULL;
}

static void look(void *user);

bool mcp_watch_add(struct kd_mcp *m, struct mcp_watch_list **list, struct kd_view uri)
{
	struct watched *w;

	if (watched_of(*list, uri))
		return true;
	if (!*list)
		*list = kd_xcalloc(1, sizeof(**list));
	w = kd_vec_push(&(*list)->all, WATCHES_MAX);
	if (!w)
		return false;
	w->uri = kd_xstrndup(uri.p, uri.n);
	w->path = kd_resource_file(m, uri);
	look_at(w);
	if (!m->look)
		m->look = kd_loop_timer(m->loop, LOOK_MS, look, m);
	return true;
}

void mcp_watch_remove(struct mcp_watch_list *list, struct kd_view uri)
{
	struct watched *w = watched_of(list, uri);

	if (!w)
		return;
	kd_free(w->uri);
	kd_free(w->path);
	*w = list->all.v[--list->all.n];
}

void mcp_watch_free(struct mcp_watch_list *list)
{
	if (!list)
		return;
	kd_vec_each(w, &list->all) {
		kd_free(w->uri);
		kd_free(w->path);
	}
	kd_vec_free(&list->all);
	kd_free(list);
}

/* ---- telling ---- */

static void updated(struct kd_buf *params, struct kd_view uri)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(64 << 10);
	struct kd_json j;

	kd_json_init(&j, &text, KD_JSON_COMPACT);
	kd_json_str(&j, uri);
	mcp_finish(&j);
	kd_buf_printf(params, "\"uri\":%.*s", KD_VARG(kd_buf_view(&text)));
}

static void tell_peer(struct kd_mcp_peer *p, const char *method, struct kd_view uri)
{
	kd_auto(kd_buf_deinit) struct kd_buf params = KD_BUF_INIT(64 << 10), b = KD_BUF_INIT(64 << 10);

	if (uri.n) {
		kd_buf_addc(&params, '{');
		updated(&params, uri);
		kd_buf_addc(&params, '}');
	}
	mcp_notification(&b, method, kd_buf_view(&params));
	if (!b.overflow)
		p->ops->notify(p->user, kd_buf_view(&b));
}

static void tell_listener(struct kd_mcp_call *c, const char *method, struct kd_view uri)
{
	kd_auto(kd_buf_deinit) struct kd_buf params = KD_BUF_INIT(64 << 10);

	kd_buf_printf(&params, "{\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":%s}", c->id);
	if (uri.n) {
		kd_buf_addc(&params, ',');
		updated(&params, uri);
	}
	kd_buf_addc(&params, '}');
	if (!params.overflow)
		kd_mcp_send_notification(c, method, kd_buf_view(&params));
}

static bool listens(const struct kd_mcp_call *c, struct kd_view method, struct kd_view uri)
{
	if (!c->listening)
		return false;
	if (uri.n)
		return watched_of(c->watches, uri);
	if (kd_view_eq(method, KD_V("notifications/tools/list_changed")))
		return c->tools_changed;
	if (kd_view_eq(method, KD_V("notifications/prompts/list_changed")))
		return c->prompts_changed;
	return c->resources_changed;
}

static void tell_listeners(struct kd_mcp_call *first, const char *method, struct kd_view uri)
{
	for (struct kd_mcp_call *c = first, *next; c; c = next) {
		next = c->next;
		if (listens(c, kd_view_of(method), uri))
			tell_listener(c, method, uri);
	}
}

void kd_mcp_changed(struct kd_mcp *m, const char *method, struct kd_view uri)
{
	for (struct kd_mcp_peer *p = m->peers, *next; p; p = next) {
		next = p->next;
		tell_listeners(p->calls, method, uri);
		if (*p->version && (!uri.n || watched_of(p->watches, uri)))
			tell_peer(p, method, uri);
	}
	tell_listeners(m->loose, method, uri);
}

/* ---- looking ---- */

/* Something is watched still: true. What changed is told. */
static bool look_through(struct kd_mcp_peer *p, struct kd_mcp_call *c, struct mcp_watch_list *list)
{
	if (!list || !list->all.n)
		return false;
	for (size_t i = 0; i < list->all.n; i++) {
		struct watched *w = &list->all.v[i];

		if (!look_at(w))
			continue;
		if (c)
			tell_listener(c, "notifications/resources/updated", kd_view_of(w->uri));
		else if (*p->version)
			tell_peer(p, "notifications/resources/updated", kd_view_of(w->uri));
	}
	return true;
}

static bool look_through_calls(struct kd_mcp_call *first)
{
	bool any = false;

	for (struct kd_mcp_call *c = first, *next; c; c = next) {
		next = c->next;
		if (c->listening)
			any |= look_through(NULL, c, c->watches);
	}
	return any;
}

static void look(void *user)
{
	struct kd_mcp *m = user;
	bool any = look_through_calls(m->loose);

	m->look = NULL;
	for (struct kd_mcp_peer *p = m->peers, *next; p; p = next) {
		next = p->next;
		any |= look_through_calls(p->calls);
		any |= look_through(p, NULL, p->watches);
	}
	if (any)
		m->look = kd_loop_timer(m->loop, LOOK_MS, look, m);
}

/* ---- subscriptions/listen ---- */

static bool wants(struct kd_jval filter, const char *what)
{
	bool yes = false;

	return kd_jsonin_bool(kd_jsonin_get(filter, what), &yes) && yes;
}

static void agree_on_resources(struct kd_mcp_call *c, struct kd_jval list, struct kd_json *j)
{
	struct kd_view uri;

	if (kd_jsonin_type(list) != KD_JARRAY)
		return;
	kd_json_key(j, "resourceSubscriptions");
	kd_json_begin_array(j);
	for (size_t i = 0; i < kd_jsonin_len(list); i++)
		if (kd_jsonin_str(kd_jsonin_at(list, i), &uri) && mcp_resource_exists(c->mcp, uri) &&
		    mcp_watch_add(c->mcp, &c->watches, uri))
			kd_json_str(j, uri);
	kd_json_end_array(j);
}

void mcp_listen(struct kd_mcp_call *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20), agreed = KD_BUF_INIT(1 << 20);
	struct kd_jval filter = kd_jsonin_get(c->params, "notifications");
	struct kd_json j;

	if (kd_jsonin_type(filter) != KD_JOBJECT) {
		kd_mcp_fail(c, KD_RPC_PARAMS, "params.notifications says what is to be listened for", KD_VNULL);
		return;
	}
	if (!c->ops->send) {
		kd_mcp_fail(c, KD_RPC_INVALID, "listening needs a stream: Accept: text/event-stream", KD_VNULL);
		return;
	}
	c->tools_changed = c->mcp->conf.fixtures && wants(filter, "toolsListChanged");
	c->prompts_changed = c->mcp->conf.fixtures && wants(filter, "promptsListChanged");
	kd_json_init(&j, &agreed, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	if (c->tools_changed)
		kd_json_kv_bool(&j, "toolsListChanged", true);
	if (c->prompts_changed)
		kd_json_kv_bool(&j, "promptsListChanged", true);
	agree_on_resources(c, kd_jsonin_get(filter, "resourceSubscriptions"), &j);
	kd_json_end_object(&j);
	mcp_finish(&j);
	c->listening = true;
	kd_buf_printf(&b, "{\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":%s},\"notifications\":", c->id);
	kd_buf_add(&b, kd_buf_view(&agreed));
	kd_buf_addc(&b, '}');
	kd_mcp_send_notification(c, "notifications/subscriptions/acknowledged", kd_buf_view(&b));
}

static void end_listening(struct kd_mcp_call *first)
{
	for (struct kd_mcp_call *c = first, *next; c; c = next) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);

		next = c->next;
		if (!c->listening)
			continue;
		kd_buf_printf(&b, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"resultType\":\"complete\",\"_meta\":{"
				  "\"io.modelcontextprotocol/subscriptionId\":%s}}}",
			      c->id, c->id);
		mcp_call_done(c, kd_buf_view(&b), 200);
	}
}

void kd_mcp_goodbye(struct kd_mcp *m)
{
	for (struct kd_mcp_peer *p = m->peers, *next; p; p = next) {
		next = p->next;
		end_listening(p->calls);
	}
	end_listening(m->loose);
}
