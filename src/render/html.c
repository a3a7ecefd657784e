/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page around both answers, and the escaping. */
#include "render/html.h"

#include "base/utf8.h"
#include "base/alloc.h"
#include "render/investigate_common.h"

static const char style[] =
	":root{color-scheme:light dark;--fg:#1c1e21;--bg:#fff;--dim:#5f6670;--line:#d9dde3;"
	"--box:#f5f6f8;--crit:#b3141d;--high:#a84300;--med:#7a5c00;--low:#2d6a3e;--link:#0b57a4}"
	"@media(prefers-color-scheme:dark){:root{--fg:#e4e6ea;--bg:#16181c;--dim:#9aa2ad;"
	"--line:#33373e;--box:#1f2227;--crit:#ff7b80;--high:#ffab70;--med:#e8c860;--low:#7fd39a;"
	"--link:#7db7ff}}"
	"body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);"
	"max-width:62rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}"
	"h1{font-size:1.35rem;line-height:1.3;margin:0 0 1rem}h2{font-size:.95rem;"
	"letter-spacing:.05em;margin:1.6rem 0 .4rem;border-bottom:1px solid var(--line)}"
	"code,pre,.q{font-family:ui-monospace,monospace;font-size:.88em}"
	"pre,.q{background:var(--box);border-radius:4px;padding:.15rem .4rem;white-space:pre-wrap;"
	"margin:.3rem 0}"
	"dl{display:grid;grid-template-columns:8rem 1fr;gap:.2rem .8rem;margin:0}"
	"dt{color:var(--dim)}dd{margin:0}a{color:var(--link);text-decoration:none}"
	".CRIT{color:var(--crit)}.HIGH{color:var(--high)}.MED{color:var(--med)}.LOW{color:var(--low)}"
	".dim,footer{color:var(--dim)}footer{margin-top:2rem;border-top:1px solid var(--line)}"
	"table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem .2rem 0;"
	"border-bottom:1px solid var(--line);vertical-align:top}"
	"td,th{overflow-wrap:break-word}td code,td .dim{white-space:nowrap}"
	"ul.n{margin:.1rem 0 .7rem;padding-left:1.2rem}"
	"@media(max-width:40rem){dl{grid-template-columns:1fr}dt{margin-top:.4rem}"
	"tr{display:block;border-bottom:1px solid var(--line)}td,th{display:inline-block;border:0}}"
	"@media print{body{margin:0;max-width:none}}";

void kd_html_text(struct kd_out *o, struct kd_view v)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);

	kd_utf8_printable(v, &b);
	for (size_t i = 0; i < b.n; i++) {
		char c = b.p[i];

		if (c == '<')
			kd_out_puts(o, "&lt;");
		else if (c == '>')
			kd_out_puts(o, "&gt;");
		else if (c == '&')
			kd_out_puts(o, "&amp;");
		else if (c == '"')
			kd_out_puts(o, "&quot;");
		else if (c == '\'')
			kd_out_puts(o, "&#39;");
		else
			kd_out_raw(o, kd_view(&c, 1));
	}
}

void kd_html_begin(struct kd_out *o, struct kd_view title)
{
	kd_out_puts(o, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		       "style-src 'unsafe-inline'\">\n"
		       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		       "<title>");
	kd_html_text(o, title);
	kd_out_puts(o, "</title>\n<style>");
	kd_out_puts(o, style);
	kd_out_puts(o, "</style></head><body>\n");
}

void kd_html_end(struct kd_out *o)
{
	kd_out_puts(o, "<footer>" KD_RENDER_TOOL);
	kd_render_version(o);
	kd_out_puts(o, "</footer>\n</body></html>\n");
}
