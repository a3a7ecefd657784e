// SPDX-License-Identifier: GPL-2.0-or-later
/* Names that the protocol's conformance suite asks for (kdoc mcp --fixtures). Never there in normal use. */
#include "serve/mcp_internal.h"

const struct kd_mcp_tool *kd_mcp_fixture_tools(size_t *n)
{
	*n = 0;
	return NULL;
}

bool mcp_fixture_prompt(struct kd_mcp_call *c, struct kd_view name)
{
	(void)c;
	(void)name;
	return false;
}

void mcp_fixture_prompts(struct kd_json *j)
{
	(void)j;
}

bool mcp_fixture_resource(struct kd_mcp_call *c, struct kd_view uri)
{
	(void)c;
	(void)uri;
	return false;
}

void mcp_fixture_resources(struct kd_json *j)
{
	(void)j;
}

void mcp_fixture_templates(struct kd_json *j)
{
	(void)j;
}
