// SPDX-License-Identifier: GPL-2.0-or-later
/* key=value, key: value, "key":"value": what the key says about the value. */
#include "base/alloc.h"
#include "verb/redact_line.h"

enum { VALUE_MAX = 16384 };

enum style {
	WORD, /* up to a blank or a sign that ends values */
	REST, /* up to a comma, a quote, a bracket or the end of the line */
};

struct key {
	struct kd_view name; /* the end of the key, from a word boundary on */
	uint8_t kind;
	uint8_t style;
	bool colon; /* also "key: value", not only "key=value" */
	bool digits; /* the value must have a digit and four characters */
	uint8_t min; /* shortest value */
	bool text; /* the value must not be a number */
	bool last; /* behind ':' the value must be the last of the line or string */
	bool learn;
};

#define K(n, k, ...) {.name = KD_V(n), .kind = KD_RK_##k, __VA_ARGS__}

/*
 * udev properties: systemd's 60-persistent-storage.rules; journal fields:
 * systemd.journal-fields(7); audit fields: audit.spec's field dictionary; IP-Config:
 * net/ipv4/ipconfig.c; USB strings: drivers/usb/core/hub.c.
 */
static const struct key keys[] = {
	K("password", SECRET, .colon = true),
	K("passwd", SECRET, .colon = true),
	K("passphrase", SECRET, .colon = true),
	K("pass", SECRET, .colon = false, .text = true),
	K("pwd", SECRET, .colon = false),
	K("secret", SECRET, .colon = true),
	K("token", SECRET, .colon = true, .digits = true),
	K("apikey", SECRET, .colon = true),
	K("api key", SECRET, .colon = true),
	K("access key", SECRET, .colon = true),
	K("private key", SECRET, .colon = true),
	K("secret key", SECRET, .colon = true),
	K("auth key", SECRET, .colon = true),
	K("encryption key", SECRET, .colon = true),
	K("shared key", SECRET, .colon = true),
	K("preshared key", SECRET, .colon = true),
	K("session key", SECRET, .colon = true),
	K("master key", SECRET, .colon = true),
	K("signing key", SECRET, .colon = false),
	K("psk", SECRET, .colon = true),
	K("credential", SECRET, .colon = true),
	K("credentials", SECRET, .colon = false),
	K("passkey", SECRET, .colon = true),
	K("cookie", SECRET, .colon = true, .digits = true, .text = true),
	K("sig", SECRET, .colon = false, .min = 16),
	K("authorization", SECRET, .style = REST, .colon = true),
	K("proctitle", SECRET, .colon = false),
	K("ssid", SECRET, .style = REST, .colon = true),
	K("hostname", HOST, .colon = true, .last = true, .learn = true),
	K("nodename", HOST, .colon = true, .last = true, .learn = true),
	K("fqdn", HOST, .colon = true, .last = true, .learn = true),
	K("host", HOST, .colon = false, .learn = true),
	K("rhost", HOST, .colon = false, .learn = true),
	K("nis domain", HOST, .colon = false, .learn = true),
	K("domainname", HOST, .colon = false, .learn = true),
	K("nfsroot", HOST, .colon = false, .learn = true),
	K("serialnumber", SERIAL, .style = REST, .colon = true, .learn = true),
	K("serialno", SERIAL, .colon = true, .learn = true),
	K("serial number", SERIAL, .style = REST, .colon = true, .learn = true),
	K("serial no", SERIAL, .style = REST, .colon = true, .learn = true),
	K("unit serial", SERIAL, .style = REST, .colon = true, .learn = true),
	K("service tag", SERIAL, .colon = true, .learn = true),
	K("asset tag", SERIAL, .colon = true, .learn = true),
	K("id serial", SERIAL, .colon = false, .learn = true),
	K("serial short", SERIAL, .colon = false, .learn = true),
	K("scsi serial", SERIAL, .colon = false, .learn = true),
	K("wwid", SERIAL, .colon = true, .digits = true, .learn = true),
	K("wwn", SERIAL, .colon = true, .digits = true, .learn = true),
	K("imei", SERIAL, .colon = true, .digits = true, .learn = true),
	K("s/n", SERIAL, .colon = true, .digits = true, .learn = true),
	K("sn", SERIAL, .colon = true, .digits = true, .learn = true),
	K("serial", SERIAL, .colon = true, .digits = true, .learn = true),
	K("user", USER, .colon = false, .learn = true),
	K("username", USER, .colon = true, .learn = true),
	K("logname", USER, .colon = true, .learn = true),
	K("acct", USER, .colon = true, .learn = true),
	K("ruser", USER, .colon = false, .learn = true),
	K("uuid", UUID, .colon = true, .digits = true),
	K("partuuid", UUID, .colon = false, .digits = true),
};

#undef K

static bool is_key_char(char c)
{
	return kd_is_word(c) || c == '-' || c == '.' || c == '/';
}

/* '_', '-', '.' and a blank are the same inside of a key. */
static bool ends_in(struct kd_view key, struct kd_view name)
{
	size_t from = key.n - name.n;

	if (key.n < name.n || (key.p[key.n - 1] | 0x20) != name.p[name.n - 1])
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = key.p[from + i];

		if (name.p[i] == ' ' ? !(c == ' ' || c == '_' || c == '-' || c == '.')
				     : (c | (kd_is_alpha(c) ? 0x20 : 0)) != name.p[i])
			return false;
	}
	return !from || !kd_is_alnum(key.p[from - 1]);
}

/* The text in front of the sign at i that may be a key; two words for "serial number". */
static struct kd_view key_before(struct kd_view l, size_t i)
{
	size_t end = i, from;

	while (end && (kd_is_blank(l.p[end - 1]) || l.p[end - 1] == '"' || l.p[end - 1] == '\'' ||
		       l.p[end - 1] == '\\'))
		end--;
	if (i - end > 8)
		return KD_VNULL;
	for (from = end; from && end - from < 40 && (is_key_char(l.p[from - 1]) || l.p[from - 1] == ' ');)
		from--;
	return kd_view(l.p + from, end - from);
}

static const struct key *find_key(struct kd_view k)
{
	for (size_t i = 0; k.n && i < KD_ARRAY_LEN(keys); i++)
		if (ends_in(k, keys[i].name))
			return &keys[i];
	return NULL;
}

static bool ends_value(char c, char quote, uint8_t style)
{
	if (quote)
		return c == quote;
	if (style == REST)
		return c == ',' || c == ';' || c == '"' || c == '\'' || c == ')' || c == ']';
	return kd_is_blank(c) || c == '"' || c == '\'' || c == '<' || c == '>' || c == ',' ||
	       c == ';' || c == '&' || c == ')' || c == ']' || c == '}' || c == '|' || c == '\r';
}

/* The value from j to where it ends. In JSON inside of JSON quotes are escaped. */
static size_t value_end(struct kd_view l, size_t j, char quote, uint8_t style)
{
	while (j < l.n && !ends_value(l.p[j], quote, style)) {
		if (l.p[j] == '\\' && j + 1 < l.n) {
			if (l.p[j + 1] == 'n' || (!quote && l.p[j + 1] == '"'))
				break;
			j++;
		}
		j++;
	}
	return j < l.n ? j : l.n;
}

/* The value behind the sign at i. */
static struct kd_view value_behind(struct kd_redactor *r, struct kd_view l, size_t i, uint8_t style)
{
	size_t j = i + 1, end;
	char quote = 0;

	l = kd_view_head(l, i + VALUE_MAX);
	while (j < l.n && kd_is_blank(l.p[j]))
		j++;
	if (j + 1 < l.n && l.p[j] == '\\' && l.p[j + 1] == '"')
		j++;
	if (j < l.n && (l.p[j] == '"' || l.p[j] == '\'' || l.p[j] == '<')) {
		quote = l.p[j] == '<' ? '>' : l.p[j];
		j++;
	}
	end = value_end(l, j, quote, style);
	if (end == i + VALUE_MAX)
		r->too_many = true; /* no value has this length: the line goes as a whole */
	if (quote && end > j && l.p[end - 1] == '\\')
		end--;
	return kd_view_trim(kd_view(l.p + j, end - j));
}

static const struct kd_view absent[] = {
	KD_V("(none)"), KD_V("(null)"), KD_V("?"), KD_V("n/a"), KD_V("none"), KD_V("null"), KD_V("unset"),
	KD_V("localhost"), KD_V("unknown"), KD_V("(unknown)"), KD_V("not"), KD_V("no"), KD_V("yes"),
	KD_V("not specified"), KD_V("default string"), KD_V("system serial number"),
	KD_V("to be filled by o.e.m."), KD_V("not applicable"), KD_V("not available"),
	KD_V("true"), KD_V("false"), KD_V("*"), KD_V("on"), KD_V("off"), KD_V("localdomain"),
};

static bool is_absent(struct kd_view v)
{
	bool zero = true;

	for (size_t i = 0; i < KD_ARRAY_LEN(absent); i++)
		if (kd_view_ieq(v, absent[i]))
			return true;
	for (size_t i = 0; i < v.n; i++)
		zero = zero && (v.p[i] == '0' || v.p[i] == '*' || v.p[i] == ' ' || v.p[i] == '-');
	return zero;
}

static bool has_digit(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (kd_is_digit(v.p[i]))
			return true;
	return false;
}

static bool all_digits(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_digit(v.p[i]))
			return false;
	return true;
}

static bool is_word_char(char c)
{
	return kd_is_word(c) || c == '-' || c == '.';
}

static struct kd_view name_part(struct kd_view v)
{
	size_t n = 0;

	while (n < v.n && is_word_char(v.p[n]))
		n++;
	while (n && !kd_is_alnum(v.p[n - 1]))
		n--;
	return kd_view_head(v, n);
}

/* Root hubs give the name of their controller: drivers/usb/core/hcd.c, rh_string(). */
static bool is_device(struct kd_view v)
{
	struct kd_view rest = v;
	uint64_t n;

	if (kd_view_starts(v, KD_V("tty")) || kd_view_ends(v, KD_V(".auto")) ||
	    kd_view_ends(v, KD_V(".usb")) || kd_view_has(v, KD_V("_hcd.")) || kd_view_starts(v, KD_V("SEQNUM=")))
		return true;
	return v.n >= 12 && v.n <= 16 && kd_view_take_hex(&rest, &n) && v.n - rest.n >= 4 &&
	       kd_view_skip(&rest, KD_V(":")) && kd_view_take_hex(&rest, &n) &&
	       kd_view_skip(&rest, KD_V(":")) && kd_view_take_hex(&rest, &n) &&
	       kd_view_skip(&rest, KD_V(".")) && rest.n == 1;
}

static bool serial_fits(const struct key *k, struct kd_view line, struct kd_view v, char sign)
{
	/* "New USB device strings: Mfr=1, Product=3, SerialNumber=10": an index */
	if (sign == '=' && v.n <= 3 && kd_view_has(line, KD_V("Product=")))
		return false;
	/* "Serial: 8250/16550 driver, 4 ports" */
	if (k->style != REST && kd_view_has(line, KD_V("Serial: ")))
		return false;
	return !is_device(v);
}

static bool host_fits(struct kd_view *v)
{
	if (kd_redact_ip4(*v, 0) || kd_redact_ip6(*v, 0))
		return false; /* found as what it is */
	*v = name_part(*v);
	return v->n && !all_digits(*v) && !is_absent(*v);
}

static bool uuid_fits(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_alnum(v.p[i]) && v.p[i] != '-')
			return false;
	return v.n >= 8 && kd_redact_uuid(v, 0) != v.n;
}

static bool secret_fits(const struct key *k, struct kd_view v)
{
	/* PWD=/home/…: the working folder */
	if (kd_view_eq(k->name, KD_V("pwd")) && v.p[0] == '/')
		return false;
	return v.p[0] != '(' && !kd_view_starts(v, KD_V("/dev/"));
}

static bool fits(const struct key *k, struct kd_view line, struct kd_view *v, char sign)
{
	if (!v->n || is_absent(*v) || (k->digits && (!has_digit(*v) || v->n < 4)) ||
	    v->n < k->min || (k->text && all_digits(*v)))
		return false;
	switch (k->kind) {
	case KD_RK_SERIAL:
		return serial_fits(k, line, *v, sign);
	case KD_RK_USER:
		*v = name_part(*v);
		return v->n && !all_digits(*v) && !kd_redact_is_account(*v);
	case KD_RK_HOST:
		return host_fits(v);
	case KD_RK_UUID:
		return uuid_fits(*v);
	default:
		return secret_fits(k, *v);
	}
}

/* "ip=client:server:gateway:netmask:hostname:device:…": Documentation/admin-guide/nfs/nfsroot */
static void mark_ip_parameter(struct kd_redactor *r, struct kd_view line, size_t i)
{
	struct kd_view v = value_behind(r, line, i, WORD), field;

	for (unsigned k = 0; k < 5; k++) {
		if (!kd_view_take_until(&v, KD_V(":"), &field))
			return;
	}
	if (field.n && !is_absent(field) && !kd_redact_ip4(field, 0) && !all_digits(field))
		kd_redact_add_mark(r, line, field, KD_RK_HOST, true);
}

/* "hostname: static hostname changed" is a sentence. */
static bool is_last(struct kd_view line, struct kd_view v)
{
	struct kd_view rest = kd_view_trim(kd_view_from(line, (size_t)(v.p - line.p) + v.n));

	return !rest.n || memchr("\"',;)}]\\", rest.p[0], 8);
}

/* Where to go on: behind the value if there was one. */
static size_t look_at_sign(struct kd_redactor *r, struct kd_view line, size_t i)
{
	struct kd_view k = key_before(line, i), v;
	const struct key *key = find_key(k);

	if (!key) {
		if (line.p[i] == '=' && kd_view_ends(k, KD_V("ip")) && (k.n == 2 || k.p[k.n - 3] == ' '))
			mark_ip_parameter(r, line, i);
		return i;
	}
	if (line.p[i] == ':' && !key->colon && !kd_view_starts(kd_view_from(line, i - 1), KD_V("\":")))
		return i;
	/* "a::b" and "user:group" are no keys. */
	if (line.p[i] == ':' && i + 1 < line.n && !kd_is_blank(line.p[i + 1]) && line.p[i + 1] != '"')
		return i;
	v = value_behind(r, line, i, key->style);
	if (!fits(key, line, &v, line.p[i]))
		return i;
	if (key->last && line.p[i] == ':' && !is_last(line, v))
		return i;
	kd_redact_add_mark(r, line, v, key->kind, key->learn);
	return (size_t)(v.p - line.p) + v.n - 1;
}

/* "--password VALUE" */
static void look_at_option(struct kd_redactor *r, struct kd_view line, size_t i)
{
	size_t end = i + 2;
	const struct key *key;
	struct kd_view v;

	while (end < line.n && (kd_is_word(line.p[end]) || line.p[end] == '-'))
		end++;
	if (end >= line.n || line.p[end] != ' ')
		return;
	key = find_key(kd_view(line.p + i + 2, end - i - 2));
	v = value_behind(r, line, end, WORD);
	if (key && key->kind == KD_RK_SECRET && v.n && v.p[0] != '-' && fits(key, line, &v, ' '))
		kd_redact_add_mark(r, line, v, KD_RK_SECRET, false);
}

void kd_redact_key_marks(struct kd_redactor *r, struct kd_view line)
{
	for (size_t i = 1; i < line.n && !r->too_many; i++) {
		if (line.p[i] == '=' || line.p[i] == ':')
			i = look_at_sign(r, line, i);
		else if (line.p[i] == '-' && line.p[i - 1] == '-' && (i == 1 || line.p[i - 2] == ' '))
			look_at_option(r, line, i - 1);
	}
}
