// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cli.h"

int main(int argc, char **argv)
{
	return kd_cli_main(argc > 0 ? (size_t)argc : 0, (const char **)argv);
}
