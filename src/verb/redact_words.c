// SPDX-License-Identifier: GPL-2.0-or-later
/* Facts about words that decide whether a name is one. */
#include "base/alloc.h"
#include "verb/redact_line.h"

static bool among(struct kd_view w, const struct kd_view *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_ieq(w, list[i]))
			return true;
	return false;
}

#define AMONG(w, list) among((w), (list), KD_ARRAY_LEN(list))

/*
 * Machines and people do have such names, and logs use the words for something else: a
 * name like this is replaced only where the log says that it is one.
 */
static const struct kd_view common[] = {
	KD_V("admin"), KD_V("agent"), KD_V("alpha"), KD_V("amd64"), KD_V("android"), KD_V("arch"),
	KD_V("arm"), KD_V("arm64"), KD_V("audit"), KD_V("backup"), KD_V("beta"), KD_V("block"),
	KD_V("board"), KD_V("boot"), KD_V("bridge"), KD_V("buffer"), KD_V("bug"), KD_V("build"),
	KD_V("builder"), KD_V("bus"), KD_V("cache"), KD_V("call"), KD_V("centos"), KD_V("chip"),
	KD_V("client"), KD_V("clock"), KD_V("cloud"), KD_V("cluster"), KD_V("code"), KD_V("console"),
	KD_V("core"), KD_V("cpu"), KD_V("crash"), KD_V("data"), KD_V("database"), KD_V("debian"),
	KD_V("debug"), KD_V("default"), KD_V("demo"), KD_V("desktop"), KD_V("dev"), KD_V("device"),
	KD_V("disk"), KD_V("docker"), KD_V("domain"), KD_V("error"), KD_V("fail"), KD_V("fault"),
	KD_V("fedora"), KD_V("file"), KD_V("fix"), KD_V("frame"), KD_V("free"), KD_V("fuzz"),
	KD_V("gateway"), KD_V("gentoo"), KD_V("grant"), KD_V("guest"), KD_V("hardware"), KD_V("host"),
	KD_V("hunter"), KD_V("hypervisor"), KD_V("info"), KD_V("instance"), KD_V("invalid"),
	KD_V("jack"), KD_V("kdump"), KD_V("kernel"), KD_V("kvm"), KD_V("lab"), KD_V("lance"),
	KD_V("laptop"), KD_V("linux"), KD_V("live"), KD_V("local"), KD_V("localhost"), KD_V("lock"),
	KD_V("log"), KD_V("login"), KD_V("main"), KD_V("mark"), KD_V("master"), KD_V("max"),
	KD_V("media"), KD_V("memory"), KD_V("miles"), KD_V("min"), KD_V("module"), KD_V("monitor"),
	KD_V("network"), KD_V("node"), KD_V("none"), KD_V("normal"), KD_V("null"), KD_V("office"),
	KD_V("oops"), KD_V("oracle"), KD_V("page"), KD_V("panic"), KD_V("pass"), KD_V("pat"),
	KD_V("phone"), KD_V("port"), KD_V("primary"), KD_V("process"), KD_V("prod"), KD_V("proxy"),
	KD_V("qemu"), KD_V("raspberrypi"), KD_V("ray"), KD_V("read"), KD_V("redhat"), KD_V("remote"),
	KD_V("rescue"), KD_V("rich"), KD_V("rob"), KD_V("rocky"), KD_V("root"), KD_V("rose"),
	KD_V("router"), KD_V("secondary"), KD_V("server"), KD_V("service"), KD_V("session"),
	KD_V("setup"), KD_V("shell"), KD_V("slave"), KD_V("sparc"), KD_V("stack"), KD_V("stage"),
	KD_V("staging"), KD_V("storage"), KD_V("sue"), KD_V("suse"), KD_V("switch"),
	KD_V("syslog"), KD_V("system"), KD_V("systemd"), KD_V("syzkaller"), KD_V("target"),
	KD_V("task"), KD_V("temp"), KD_V("test"), KD_V("tester"), KD_V("thread"), KD_V("time"),
	KD_V("trace"), KD_V("type"), KD_V("ubuntu"), KD_V("unknown"), KD_V("user"), KD_V("vagrant"),
	KD_V("video"), KD_V("virtual"), KD_V("warning"), KD_V("web"), KD_V("will"), KD_V("worker"),
	KD_V("workstation"), KD_V("write"), KD_V("x86"), KD_V("x86_64"), KD_V("zero"),
};

bool kd_redact_is_common(struct kd_view word)
{
	return AMONG(word, common);
}

/* Accounts that Debian's base-passwd and common packages make; nobody's name. */
static const struct kd_view accounts[] = {
	KD_V("root"), KD_V("daemon"), KD_V("bin"), KD_V("sys"), KD_V("sync"), KD_V("games"),
	KD_V("man"), KD_V("lp"), KD_V("mail"), KD_V("news"), KD_V("uucp"), KD_V("proxy"),
	KD_V("www-data"), KD_V("backup"), KD_V("list"), KD_V("irc"), KD_V("gnats"), KD_V("nobody"),
	KD_V("sshd"), KD_V("messagebus"), KD_V("dbus"), KD_V("ntp"), KD_V("avahi"), KD_V("polkitd"),
	KD_V("postgres"), KD_V("mysql"), KD_V("nginx"), KD_V("apache"), KD_V("gdm"), KD_V("lightdm"),
	KD_V("sddm"), KD_V("colord"), KD_V("pulse"), KD_V("rtkit"), KD_V("tss"), KD_V("chrony"),
	KD_V("_chrony"), KD_V("unbound"), KD_V("bind"), KD_V("syslog"), KD_V("operator"),
	KD_V("halt"), KD_V("shutdown"), KD_V("adm"), KD_V("ftp"), KD_V("kvm"), KD_V("lost+found"),
	KD_V("cdrom"), KD_V("cdrom0"), KD_V("floppy"), KD_V("usb"), KD_V("unset"), KD_V("unknown"),
	KD_V("null"), KD_V("none"), KD_V("user"), KD_V("users"), KD_V("username"),
};

bool kd_redact_is_account(struct kd_view user)
{
	return AMONG(user, accounts) || kd_view_starts(user, KD_V("systemd-")) ||
	       kd_view_starts(user, KD_V("user-"));
}

/* Words in front of numbers with four parts that are versions, not IPv4 addresses. */
static const struct kd_view version_words[] = {
	KD_V("version"), KD_V("versions"), KD_V("ver"), KD_V("v"), KD_V("rev"), KD_V("revision"),
	KD_V("release"), KD_V("rel"), KD_V("firmware"), KD_V("fw"), KD_V("fwver"), KD_V("bios"),
	KD_V("uefi"), KD_V("driver"), KD_V("build"), KD_V("linux"), KD_V("tainted"), KD_V("magic"),
	KD_V("microcode"), KD_V("ucode"), KD_V("api"), KD_V("abi"), KD_V("module"), KD_V("kernel"),
	KD_V("nvm"), KD_V("eetrack"), KD_V("oid"), KD_V("gcc"), KD_V("clang"), KD_V("ld"),
	KD_V("binutils"), KD_V("compiler"), KD_V("fw_version"), KD_V("fw_ver"), KD_V("drv"),
	KD_V("phy"), KD_V("bootloader"), KD_V("loader"),
};

bool kd_redact_is_version_word(struct kd_view word)
{
	return AMONG(word, version_words);
}

/* systemd.unit(5): name@instance.suffix is no mail address. */
static const struct kd_view unit_suffixes[] = {
	KD_V("service"), KD_V("socket"), KD_V("device"), KD_V("mount"), KD_V("automount"),
	KD_V("swap"), KD_V("target"), KD_V("path"), KD_V("timer"), KD_V("slice"), KD_V("scope"),
	KD_V("conf"), KD_V("catalog"),
};

bool kd_redact_is_unit_suffix(struct kd_view label)
{
	return AMONG(label, unit_suffixes);
}

/* For two labels only what is no usual end of a file name or of a symbol. */
static const struct kd_view tops[] = {
	KD_V("com"), KD_V("net"), KD_V("org"), KD_V("edu"), KD_V("gov"), KD_V("local"), KD_V("lan"),
	KD_V("internal"), KD_V("corp"), KD_V("intra"), KD_V("localdomain"), KD_V("home"),
	KD_V("mil"), KD_V("intranet"),
};

static const struct kd_view tops_of_three[] = {
	KD_V("io"), KD_V("dev"), KD_V("cloud"), KD_V("info"), KD_V("biz"), KD_V("eu"), KD_V("de"),
	KD_V("uk"), KD_V("fr"), KD_V("nl"), KD_V("ch"), KD_V("at"), KD_V("be"), KD_V("se"),
	KD_V("no"), KD_V("fi"), KD_V("dk"), KD_V("pl"), KD_V("cz"), KD_V("it"), KD_V("es"),
	KD_V("pt"), KD_V("ru"), KD_V("ua"), KD_V("cn"), KD_V("jp"), KD_V("kr"), KD_V("in"),
	KD_V("au"), KD_V("nz"), KD_V("br"), KD_V("ca"), KD_V("us"), KD_V("mx"), KD_V("za"),
	KD_V("ie"), KD_V("tw"), KD_V("sg"), KD_V("il"), KD_V("tr"), KD_V("private"),
	KD_V("hu"), KD_V("gr"), KD_V("ro"),
};

bool kd_redact_is_top_level(struct kd_view label, size_t labels)
{
	return AMONG(label, tops) || (labels > 2 && AMONG(label, tops_of_three));
}

/* Addresses that kernels, compilers and distributions print for everybody. */
static const struct kd_view public_domains[] = {
	KD_V("kernel.org"), KD_V("github.com"), KD_V("githubusercontent.com"), KD_V("goo.gl"),
	KD_V("freedesktop.org"), KD_V("systemd.io"), KD_V("redhat.com"), KD_V("debian.org"),
	KD_V("ubuntu.com"), KD_V("launchpad.net"), KD_V("gnu.org"), KD_V("lkml.org"),
	KD_V("googlesource.com"), KD_V("appspot.com"), KD_V("infradead.org"), KD_V("sourceware.org"),
	KD_V("llvm.org"), KD_V("linuxfoundation.org"), KD_V("fedoraproject.org"),
	KD_V("opensuse.org"), KD_V("intel.com"), KD_V("amd.com"), KD_V("nvidia.com"),
	KD_V("microsoft.com"), KD_V("in-addr.arpa"), KD_V("ip6.arpa"), KD_V("netfilter.org"),
	KD_V("wireguard.com"), KD_V("x.org"), KD_V("rc.local"), KD_V("alsa-project.org"), KD_V("sourceforge.net"), KD_V("linux.dev"),
};

bool kd_redact_is_public(struct kd_view domain)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(public_domains); i++) {
		struct kd_view p = public_domains[i];

		if (domain.n < p.n || !kd_view_ieq(kd_view_from(domain, domain.n - p.n), p))
			continue;
		if (domain.n == p.n || domain.p[domain.n - p.n - 1] == '.')
			return true;
	}
	return false;
}
