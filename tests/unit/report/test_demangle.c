// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/demangle.h"

#include <string.h>

#include "base/alloc.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(const char *sym, const char *want)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	size_t n = strlen(sym);
	char *exact = kd_xstrndup(sym, n);
	struct kd_view got = kd_demangle(&a, kd_view(exact, n));

	if (!kd_view_eq(got, kd_view_of(want)))
		fail_msg("%s: got %.*s, want %s", sym, KD_VARG(got), want);
	kd_free(exact);
}

static void plain(void **state)
{
	(void)state;
	expect("vfs_write", "vfs_write");
	expect("", "");
	expect("_R", "_R");
	expect("_Z", "_Z");
	expect("_ZN", "_ZN");
	expect("_ZN3foo", "_ZN3foo");
	expect("_Z99foo", "_Z99foo");
}

static void itanium(void **state)
{
	(void)state;
	expect("_Z8fakeNameiii", "fakeName");
	expect("_ZN3net5Queue4pushEPv", "net::Queue::push");
	expect("_ZNK3net5Queue4sizeEv", "net::Queue::size");
	/* what g++ 12 makes; the parameters of functions and templates are left out */
	expect("_ZN3fooIiE3barEv", "foo<…>::bar");
	expect("_ZN2ns12_GLOBAL__N_16hiddenEi", "ns::(anonymous namespace)::hidden");
	expect("_ZN2ns1AC1Ei", "ns::A::A");
	expect("_ZN2ns1AD0Ev", "ns::A::~A");
	expect("_ZNK2ns1AplERKS0_", "ns::A::operator+");
	expect("_ZN2ns1AixEj", "ns::A::operator[]");
	expect("_ZN2ns1AclEic", "ns::A::operator()");
	expect("_ZNK2ns1AcvbEv", "ns::A::operator <type>");
	expect("_Zli3_kmy", "operator\"\" _km");
	expect("_ZN2ns1BISt6vectorIiSaIiEELi2EE1fERA2_S3_", "ns::B<…>::f");
	expect("_ZZN2ns1V2goEvENKUliE_clEi", "ns::V::go::{lambda}::operator()");
	expect("_ZN2ns2fpEPFiclEMNS_1AEFviE", "ns::fp");
	expect("_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<…>::push_back");
	expect("_ZN2ns1A2tmINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEEET_S8_", "ns::A::tm<…>");
	expect("_ZN2ns1A3getEv.isra.0", "ns::A::get");
	/* of no function, or not understood: as they are */
	expect("_ZTVN2ns1VE", "_ZTVN2ns1VE");
	expect("_ZN2ns1AC1", "_ZN2ns1AC1");
	expect("_ZN2ns1AC1Ei$", "_ZN2ns1AC1Ei$");
	expect("_ZNC1Ev", "_ZNC1Ev");
}

static void rust_legacy(void **state)
{
	(void)state;
	expect("_ZN4core9panicking5panic17h0123456789abcdefE", "core::panicking::panic");
	expect("_ZN44_$LT$$RF$T$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE",
	       "<&T as core::fmt::Display>::fmt");
	expect("_ZN77_$LT$$LP$i64$C$$u5b$u8$u3b$$u20$4$u5d$$RP$$u20$as$u20$a..outer..inner..Tr$GT$2go17hdc0dc50b91d3a000E",
	       "<(i64,[u8; 4]) as a::outer::inner::Tr>::go");
}

/* Forms of RFC 2603. */
static void rust_v0(void **state)
{
	(void)state;
	expect("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar");
	expect("_RNvC6_123foo3bar", "123foo::bar");
	expect("_RNvXCsktjF9JQNZ8U_5rnullNtB2_13NullBlkModuleNtCs43vyB533jt3_6kernel13InPlaceModule4init",
	       "<rnull::NullBlkModule as kernel::InPlaceModule>::init");
	expect("_RNvMNtCs1_4drvs3busNtB2_3Bus4open", "<drvs::bus::Bus>::open");
	expect("_RNCNvCs1_4drvs4mains_0", "drvs::main::{closure}");
	expect("_RINvCs1_4drvs4readhSjTmbEE", "drvs::read::<u8, [usize], (u32, bool)>");
	expect("_RINvCs1_4drvs4readAhj10_E", "drvs::read::<[u8; 16]>");
	/* a crate's hash of 64 bits; one type in a tuple (rustc 1.95) */
	expect("_RNvXs2_NtCslNYArtu3iFV_5alloc5allocNtB5_6GlobalNtNtCsgEmfK2I1SDS_4core5clone5Clone5cloneCs4Q2Qx8jI5j6_1a",
	       "<alloc::alloc::Global as core::clone::Clone>::clone");
	expect("_RNCNCNvCs4Q2Qx8jI5j6_1a3all00B5_", "a::all::{closure}::{closure}");
	expect("_RINvCs1_4drvs4readTmEE", "drvs::read::<(u32,)>");
	expect("_RINvCs1_4drvs4callFUKChEuE", "drvs::call::<unsafe extern \"C\" fn(u8)>");
	expect("_RINbNbCskIICzLVDPPb_5alloc5alloc8box_freeDINbNiB4_5boxed5FnBoxuEp6OutputuEL_ECs1iopQbuBiw2_3std",
	       "alloc::alloc::box_free::<dyn alloc::boxed::FnBox<()>>");
}

static void hostile(void **state)
{
	char deep[600] = "_R";

	(void)state;
	expect("_RB_", "_RB_");	     /* to itself */
	expect("_RBzzzzz_", "_RBzzzzz_"); /* forwards */
	expect("_RNvC99999999999999999999a", "_RNvC99999999999999999999a");
	memset(deep + 2, 'M', 500);
	expect(deep, deep);
	memset(deep + 2, 'I', 500);
	expect(deep, deep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),   cmocka_unit_test(itanium), cmocka_unit_test(rust_legacy),
		cmocka_unit_test(rust_v0), cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
