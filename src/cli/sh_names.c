// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/sh_names.h"

#include <string.h>

#include "cli/sh_line.h"
#include "cli/verbs.h"
#include "verb/nearest.h"

/* The first row whose verb exists counts; a row without verb is the last resort. */
static const struct kd_sh_name names[] = {
	{"dmesg", "core log", NULL, NULL},
	{"sys config", "core config", NULL, NULL},
	{"sys -c", NULL, NULL, "the table of system calls is not shown (kernel configuration: sys config)"},
	{"sys -t", "core taint", NULL, NULL},
	{"sys -panic", NULL, NULL, "a dump cannot panic"},
	{"sys", "core info", NULL, NULL},
	{"sys", "core check", NULL, NULL},
	{"mach", "core info", NULL, NULL},
	{"px", "core p", "--hex", NULL},
	{"pd", "core p", NULL, NULL},
	{"print", "core p", NULL, NULL},
	{"*", "core struct", NULL, NULL},
	{"union", "core struct", NULL, NULL},
	{"whatis", "core struct", NULL, NULL},
	{"whatis", NULL, NULL, "see 'kdoc type' for the layout of a type"},
	{"timer", "core timers", NULL, NULL},
	{"mount", "core mounts", NULL, NULL},
	{"sys -i", NULL, NULL, "strings of the firmware: log | grep DMI"},
	{"tree", NULL, NULL, "list START TYPE.MEMBER walks trees, too: its type says which, or --kind=rbtree, xarray, maple"},
	{"btop", NULL, NULL, "an address of physical memory is read by 'rd -p ADDRESS'"},
	{"ptob", NULL, NULL, "an address of physical memory is read by 'rd -p ADDRESS'"},
	{"extend", NULL, NULL, "nothing is loaded into kdoc"},
	{"gdb", NULL, NULL, "no debugger is inside; 'p', 'struct' and 'list' evaluate expressions"},
	{"wr", NULL, NULL, "a dump is only read"},
	{"repeat", NULL, NULL, "a dump does not change: a command gives the same answer again"},
	{"load", NULL, NULL, "debug info is named at the start: kdoc core sh --debug FILE"},
	{"mod -s", NULL, NULL, "debug info of modules is named at the start: kdoc core sh --debug FILE-OR-FOLDER"},
	{"mod -S", NULL, NULL, "debug info of modules is named at the start: kdoc core sh --debug FOLDER"},
	{"mod -d", NULL, NULL, "debug info stays as it was named at the start"},
	{"mod -D", NULL, NULL, "debug info stays as it was named at the start"},
	{NULL, NULL, NULL, NULL},
};

#define SAY(command, option, say) {command, option, NULL, say, false}
#define SAY_VALUE(command, option, say) {command, option, NULL, say, true}
#define IS(command, option, to) {command, option, to, NULL, false}
#define IS_VALUE(command, option, to) {command, option, to, NULL, true}

static const struct kd_sh_option options[] = {
	IS("bt", "a", "--all"),
	IS("bt", "f", "--raw"),
	IS("bt", "F", "--raw"),
	IS("bt", "FF", "--raw"),
	IS("bt", "l", ""), /* lines are shown whenever debug info is there */
	IS("bt", "s", ""), /* so are symbols with offset */
	IS("bt", "x", ""),
	IS("bt", "p", ""), /* bt without arguments and without 'set' */
	IS("bt", "e", ""), /* exception frames are always shown */
	SAY("bt", "A", "vector registers of s390x are not read"),
	SAY_VALUE("bt", "c", "bt -a shows all CPUs; 'set -c CPU', then 'bt', the task of one"),
	SAY("bt", "g", "bt takes several PIDs"),
	SAY("bt", "r", "'bt -f' has the words of the frames; 'rd -s ADDRESS COUNT' shows the words of a stack"),
	SAY("bt", "t", "'rd -s ADDRESS COUNT' shows the words of a stack as symbols; all tasks: foreach bt"),
	SAY("bt", "T", "'rd -s ADDRESS COUNT' shows the words of a stack as symbols"),
	SAY("bt", "E", "exception frames are shown where they are in a chain"),
	SAY("bt", "v", "no check of all stacks; 'foreach bt' shows every chain and why it ends"),
	SAY("bt", "o", "words of a stack that could not be unwound are shown anyway, as guessed"),
	SAY("bt", "O", "words of a stack that could not be unwound are shown anyway, as guessed"),
	SAY("bt", "d", "offsets are hexadecimal"),
	SAY_VALUE("bt", "R", "foreach bt | grep SYMBOL (what is known of registers: bt --registers)"),
	SAY_VALUE("bt", "n", "idle tasks are shown with the others"),
	SAY_VALUE("bt", "I", "a chain begins with the registers of the dump"),
	SAY_VALUE("bt", "S", "a chain begins with the registers of the dump"),
	IS("log", "m", "--level"),
	IS("log", "t", "--time=none"),
	IS("log", "T", "--time=date"),
	SAY("log", "d", "properties of devices in the log are not shown"),
	SAY("log", "a", "audit's own buffer is not read"),
	SAY("log", "s", "buffers of printk for NMI (kernels before 5.15) are not read"),
	IS("sym", "l", "--list"),
	IS_VALUE("sym", "m", "--module="),
	IS_VALUE("sym", "q", "--query="),
	IS("sym", "p", "--around"),
	IS("sym", "n", "--around"),
	SAY("sym", "M", "sym -m MODULE; 'mod' lists modules"),
	IS("rd", "8", "--form=8"),
	IS("rd", "16", "--form=16"),
	IS("rd", "32", "--form=32"),
	IS("rd", "64", "--form=64"),
	IS("rd", "d", "--form=decimal"),
	IS("rd", "D", "--form=unsigned"),
	IS("rd", "a", "--form=ascii"),
	IS("rd", "s", "--symbols"),
	IS("rd", "S", "--objects"),
	IS("rd", "SS", "--objects"),
	IS("rd", "p", "--physical"),
	IS("rd", "R", "--reverse"),
	IS_VALUE("rd", "e", "--end="),
	IS("rd", "x", ""),
	SAY("rd", "u", "addresses of processes are not read"),
	SAY("rd", "m", "no Xen host is read"),
	SAY("rd", "f", "an offset in the file: the page is compressed there; rd -p takes a physical address"),
	SAY("rd", "N", "bytes in the order of the memory: rd -8"),
	SAY_VALUE("rd", "o", "the address as SYMBOL+OFFSET"),
	SAY_VALUE("rd", "r", "rd … > FILE writes text; raw bytes are not written"),
	IS("dis", "r", "--reverse"),
	IS("dis", "l", ""), /* lines are shown whenever debug info is there */
	IS("dis", "x", ""),
	IS("dis", "s", ""),
	SAY("dis", "u", "addresses of processes are not read"),
	SAY("dis", "b", "dis -r ADDRESS COUNT shows the instructions before it"),
	SAY("dis", "f", "an address without COUNT shows the whole function"),
	IS("ps", "k", "--kernel"),
	IS("ps", "u", "--user"),
	IS("ps", "G", "--processes"),
	IS("ps", "p", "--parents"),
	IS("ps", "c", "--children"),
	IS("ps", "g", "--threads"),
	IS("ps", "l", "--time"),
	IS("ps", "m", "--time"),
	SAY("ps", "s", "a stack is named by 'task PID'"),
	SAY("ps", "t", "times of a task: 'struct task_struct.utime,stime,start_time ADDRESS'; as a tree: ps --tree"),
	SAY("ps", "a", "arguments and environment are memory of the process, which a dump seldom has"),
	SAY("ps", "r", "'struct signal_struct.rlim ADDRESS'"),
	SAY("ps", "S", "ps --state=D shows and counts those of a state"),
	SAY("ps", "A", "foreach active ps, or runq"),
	SAY_VALUE("ps", "C", "ps --sort=cpu"),
	SAY_VALUE("ps", "y", "'struct task_struct.policy ADDRESS'"),
	IS("task", "x", ""),
	IS("task", "d", ""),
	SAY_VALUE("task", "R", "'struct task_struct.MEMBER ADDRESS'"),
	SAY("vm", "p", "pages of a process are not translated"),
	SAY("vm", "m", "'struct mm_struct ADDRESS'"),
	SAY("vm", "v", "'struct vm_area_struct ADDRESS'"),
	IS("vm", "x", ""),
	IS("vm", "d", ""),
	SAY_VALUE("vm", "P", "pages of a process are not translated"),
	SAY_VALUE("vm", "M", "vm takes a task"),
	SAY_VALUE("vm", "R", "vm PID | grep TEXT"),
	SAY_VALUE("vm", "f", "flags are shown as words"),
	SAY("files", "c", "pages of files are not counted"),
	SAY_VALUE("files", "d", "'struct dentry ADDRESS'"),
	SAY_VALUE("files", "p", "'struct inode ADDRESS'"),
	SAY_VALUE("files", "R", "files PID | grep TEXT"),
	IS_VALUE("mount", "n", ""),
	IS("mount", "f", "--files"),
	IS("mount", "i", "--dirty"),
	IS("mod", "t", ""),
	SAY("mod", "r", "debug info is named at the start: kdoc core sh --debug FILE"),
	SAY("mod", "g", "debug info is named at the start: kdoc core sh --debug FILE"),
	IS("struct", "x", "--hex"),
	IS("struct", "d", ""),
	IS("struct", "o", ""), /* offsets are shown anyway, addresses of members are sums */
	IS_VALUE("struct", "l", "--embedded="),
	SAY("struct", "r", "rd ADDRESS COUNT"),
	SAY("struct", "p", "'p' follows pointers: p *(TYPE *)ADDRESS"),
	SAY("struct", "u", "addresses of processes are not read"),
	SAY("struct", "f", "an offset in the file: the page is compressed there"),
	SAY_VALUE("struct", "c", "COUNT is the last argument"),
	IS("whatis", "o", ""),
	SAY_VALUE("whatis", "r", "types are not searched by size"),
	SAY_VALUE("whatis", "m", "types are not searched by members"),
	IS("p", "x", "--hex"),
	IS("p", "d", ""),
	SAY("p", "u", "addresses of processes are not read"),
	IS("kmem", "i", "--info"),
	IS("kmem", "s", "--slab"),
	IS("kmem", "S", "--objects"),
	IS("kmem", "v", "--vmalloc"),
	IS("kmem", "z", "--zones"),
	IS("kmem", "f", "--zones"),
	SAY("kmem", "F", "kmem -f counts free blocks; kmem ADDRESS says what a page is"),
	SAY("kmem", "c", "the page cache is not walked; kmem ADDRESS says what a page is"),
	SAY("kmem", "C", "the page cache is not walked; kmem ADDRESS says what a page is"),
	SAY("kmem", "V", "p vm_zone_stat (with debug info)"),
	SAY("kmem", "n", "sections of memory are not listed; kmem -z has zones"),
	SAY("kmem", "o", "p __per_cpu_offset (with debug info); percpu SYMBOL for a variable"),
	SAY("kmem", "h", "p hstates (with debug info)"),
	SAY("kmem", "p", "pages are not listed; kmem ADDRESS says what one is"),
	SAY("kmem", "r", "kmem -s"),
	SAY("kmem", "g", "flags of a page are shown as words: kmem ADDRESS"),
	SAY("kmem", "P", "what 0x… takes addresses of the kernel; rd -p those of physical memory"),
	SAY_VALUE("kmem", "I", "kmem -s CACHE names those that are wanted"),
	SAY_VALUE("kmem", "m", "'struct page.MEMBER ADDRESS'"),
	IS_VALUE("search", "s", "--start="),
	IS_VALUE("search", "e", "--end="),
	IS("search", "k", ""),
	IS("search", "p", "--physical"),
	IS("search", "c", "--text"),
	IS("search", "w", "--width=4"),
	IS("search", "h", "--width=2"),
	SAY("search", "K", "--start and --end"),
	SAY("search", "V", "--start and --end"),
	SAY("search", "u", "addresses of processes are not read"),
	SAY("search", "t", "what --stacks ADDRESS looks through all stacks"),
	SAY("search", "T", "what --stacks ADDRESS looks through all stacks"),
	SAY_VALUE("search", "l", "--end=ADDRESS"),
	SAY_VALUE("search", "m", "--mask=BITS has the bits that count, crash's those that do not"),
	SAY_VALUE("search", "x", "rd ADDRESS COUNT around what was found"),
	SAY("runq", "t", "the clock of each queue is shown anyway"),
	SAY("runq", "T", "the clock of each queue is shown anyway"),
	SAY("runq", "m", "how long tasks have been as they are: ps --time"),
	SAY("runq", "g", "groups of tasks are not shown"),
	SAY_VALUE("runq", "c", "all CPUs are shown"),
	IS("timer", "r", "--hrtimer"),
	SAY_VALUE("timer", "C", "all CPUs are shown"),
	IS("irq", "b", "--softirq"),
	IS("irq", "a", ""),
	IS("irq", "u", ""),
	SAY("irq", "s", "counts of each CPU are shown anyway; softirqs: irq -b"),
	SAY("irq", "d", "the table of vectors is not shown"),
	SAY_VALUE("irq", "c", "all CPUs are shown"),
	IS("dev", "p", "--pci"),
	IS("dev", "d", "--io"),
	IS("dev", "D", "--io"),
	SAY("dev", "i", "ports are not listed; requests in flight: dev -d"),
	SAY("dev", "V", "device dumps in the file are not read"),
	SAY_VALUE("dev", "v", "device dumps in the file are not read"),
	SAY("net", "s", "net --sockets and --unix show those of the machine with their owners, files PID the descriptors of a process"),
	SAY("net", "S", "net --sockets and --unix show those of the machine with their owners, files PID the descriptors of a process"),
	SAY("net", "a", "the ARP cache is not shown"),
	SAY_VALUE("net", "N", "addresses of interfaces are shown by 'net'"),
	SAY_VALUE("net", "R", "net --sockets | grep TEXT"),
	IS("bpf", "m", "--maps"),
	IS("list", "H", "--kind=list"),
	IS("list", "x", "--hex"),
	IS("list", "d", ""),
	SAY("list", "h", "list --member START TYPE.MEMBER: START is the list_head in an entry, '&' gives it"),
	SAY("list", "r", "a list is walked forwards; each step has to point back"),
	SAY("list", "B", "a list that does not come back to its head is told anyway"),
	SAY_VALUE("list", "s", "list START TYPE.MEMBER --fields=NAMES"),
	SAY_VALUE("list", "S", "list START TYPE.MEMBER --fields=NAMES"),
	SAY_VALUE("list", "o", "list START TYPE.MEMBER; of a chain by pointers --next=MEMBER"),
	SAY_VALUE("list", "O", "list START TYPE.MEMBER, START is an expression"),
	SAY_VALUE("list", "l", "list START TYPE.MEMBER"),
	SAY_VALUE("list", "e", "list --limit=N"),
	{NULL, NULL, NULL, NULL, false},
};

/* Commands of crash that are said to be missing while no verb has their name. */
static const char *const crash_commands[] = {"ps", "vm", "files", "task", "sig", "kmem", "mod", "struct", "p", "list", "search", "runq",
					     "dev", "net", "irq", "waitq", "ipcs", "fuser", "swap", "vtop", "ptov", "pte", "bpf", NULL};

/* Commands that take process ids. */
static const char *const of_tasks[] = {"bt", "vm", "files", "task", "sig", "ps", NULL};

const struct kd_sh_name *kd_sh_names(void)
{
	return names;
}

const struct kd_sh_option *kd_sh_options(void)
{
	return options;
}

/* "bt" of "core bt" */
static const char *short_name(const struct kd_cmd *cmd)
{
	return cmd->name + strlen("core ");
}

bool kd_sh_can(const struct kd_cmd *cmd)
{
	return kd_verb_in_family(cmd, "core") && strcmp(cmd->name, "core sh") != 0;
}

static const struct kd_cmd *own(const char *word)
{
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		if (kd_sh_can(*v) && !strcmp(short_name(*v), word))
			return *v;
	return NULL;
}

bool kd_sh_of_tasks(const struct kd_cmd *cmd)
{
	for (const char *const *p = of_tasks; *p; p++)
		if (!strcmp(short_name(cmd), *p))
			return true;
	return false;
}

/* How many words of the line the name is; 0: it is not there. */
static size_t matches(const char *name, const char *const *word, size_t n)
{
	struct kd_view v = kd_view_of(name);
	const size_t blank = kd_view_chr(v, ' ');

	if (blank == KD_NPOS)
		return strcmp(name, word[0]) ? 0 : 1;
	return n > 1 && kd_view_eq(kd_view_head(v, blank), kd_view_of(word[0])) && !strcmp(name + blank + 1, word[1]) ? 2 : 0;
}

/* The row with most words; of these one with a verb that exists. */
static const struct kd_sh_name *by_crash(const char *const *word, size_t n, size_t *ret_words)
{
	const struct kd_sh_name *best = NULL;

	*ret_words = 0;
	for (const struct kd_sh_name *r = names; r->name; r++) {
		const size_t m = matches(r->name, word, n);

		if (m > *ret_words || (m && m == *ret_words && best && best->verb && !kd_verb_find(best->verb))) {
			best = r;
			*ret_words = m;
		}
	}
	return best;
}

const struct kd_cmd *kd_sh_find(const char *const *word, size_t n, size_t *ret_words, const char **ret_before)
{
	const struct kd_cmd *cmd = own(word[0]);
	const struct kd_sh_name *r = by_crash(word, n, ret_words);

	*ret_before = NULL;
	if (cmd && (!r || *ret_words < 2)) {
		*ret_words = 1;
		return cmd;
	}
	*ret_before = r ? r->before : NULL;
	return r && r->verb ? kd_verb_find(r->verb) : NULL;
}

static struct kd_error *not_there(const char *const *word, size_t n)
{
	size_t words;
	const struct kd_sh_name *r = by_crash(word, n, &words);
	struct kd_nearest near;

	if (r && r->say)
		return kd_error_new(KD_UNSUPPORTED, "%s: %s", r->name, r->say);
	if (r)
		return kd_error_new(KD_UNSUPPORTED, "%s: 'kdoc %s' is not in this version", r->name, r->verb);
	for (const char *const *c = crash_commands; *c; c++)
		if (!strcmp(*c, word[0]))
			return kd_error_new(KD_UNSUPPORTED, "crash's '%s' is not in this version of kdoc; 'help' lists what is", *c);
	kd_nearest_init(&near, word[0]);
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		if (kd_sh_can(*v))
			kd_nearest_try(&near, short_name(*v));
	return near.best ? kd_error_new(KD_INVALID, "there is no command '%s'; did you mean '%s'?", word[0], near.best) :
			   kd_error_new(KD_INVALID, "there is no command '%s'; 'help' lists them", word[0]);
}

/* --- options ----------------------------------------------------------------------------------------- */

struct translation {
	const char *const *word;
	size_t n, at; /* at: of the next word */
	struct kd_arena *arena;
	struct kd_sh_call *c;
	size_t room;
};

static const struct kd_sh_option *option_row(const struct kd_cmd *cmd, struct kd_view name)
{
	for (const struct kd_sh_option *o = options; o->command; o++)
		if (!strcmp(o->command, short_name(cmd)) && kd_view_eq(kd_view_of(o->option), name))
			return o;
	return NULL;
}

static struct kd_error *add(struct translation *t, const char *text)
{
	if (!text || t->c->argc >= t->room)
		return kd_error_new(KD_LIMIT, "the command has too many words");
	t->c->argv[t->c->argc++] = text;
	return NULL;
}

/* attached: what stands in the same word behind the option; "": nothing does. */
static struct kd_error *put(struct translation *t, const struct kd_sh_option *o, const char *attached)
{
	const char *value = attached;

	if (o->value && !*attached) {
		if (t->at >= t->n)
			return kd_error_new(KD_INVALID, "%s -%s needs a value", o->command, o->option);
		value = t->word[t->at++];
	}
	if (!o->to)
		return kd_error_new(KD_UNSUPPORTED, "%s -%s of crash is not here: %s", o->command, o->option, o->say);
	if (o->value)
		return add(t, kd_arena_printf(t->arena, "%s%s", o->to, value).p);
	return *o->to ? add(t, o->to) : NULL;
}

/* "-fl" is "-f -l"; a word of which the first letter is no option of crash is the verb's own. */
static struct kd_error *letters(struct translation *t, const char *word)
{
	const struct kd_sh_option *o = option_row(t->c->cmd, kd_view_of(word + 1));
	struct kd_error *err = NULL;

	if (o)
		return put(t, o, "");
	if (!option_row(t->c->cmd, kd_view(word + 1, 1)))
		return add(t, word);
	for (const char *p = word + 1; *p && !err; p++) {
		o = option_row(t->c->cmd, kd_view(p, 1));
		if (!o)
			return add(t, kd_arena_printf(t->arena, "-%s", p).p);
		err = put(t, o, o->value ? p + 1 : "");
		if (o->value)
			break;
	}
	return err;
}

/* The rest of the words is one expression: "p jiffies + 1". */
static struct kd_error *join(struct translation *t)
{
	struct kd_view v = kd_view_of(t->word[t->at]);

	for (t->at++; v.p && t->at < t->n; t->at++)
		v = kd_arena_printf(t->arena, "%.*s %s", KD_VARG(v), t->word[t->at]);
	return add(t, v.p);
}

static struct kd_error *translate(struct translation *t)
{
	const bool expression = !strcmp(short_name(t->c->cmd), "p");
	bool only_args = false;
	struct kd_error *err = NULL;

	while (!err && t->at < t->n) {
		const char *word = t->word[t->at];

		if (expression && word[0] != '-') {
			t->c->args = true;
			return join(t);
		}
		t->at++;
		if (!only_args && word[0] == '-' && word[1] && word[1] != '-') {
			err = letters(t, word);
			continue;
		}
		if (!strcmp(word, "--"))
			only_args = true;
		else if (only_args || word[0] != '-')
			t->c->args = true;
		err = add(t, word);
	}
	return err;
}

struct kd_error *kd_sh_call(const char *const *word, size_t n, struct kd_arena *arena, struct kd_sh_call *ret)
{
	struct kd_sh_call c = {.argc = 0};
	struct translation t = {.word = word, .n = n, .arena = arena, .c = &c, .room = 2 * KD_SH_WORDS_MAX};
	const char *before;
	struct kd_error *err;

	c.cmd = kd_sh_find(word, n, &t.at, &before);
	if (!c.cmd)
		return not_there(word, n);
	c.argv = kd_arena_array(arena, t.room + 2, const char *);
	if (!c.argv)
		return kd_error_new(KD_LIMIT, "no room for the command");
	err = before ? add(&t, before) : NULL;
	if (!err)
		err = translate(&t);
	if (!err)
		*ret = c;
	return err;
}
