// usage: node sdk.cjs PACKAGES CONFIG     (tests/run/mcp-clients starts it)
//
// The official clients for JavaScript, both generations, as a program: takes steps out of CONFIG (JSON) and
// prints what came back, one JSON object a line: {"step", "value"} or {"step", "error", "code"}.
//
//   sdk      1: @modelcontextprotocol/sdk; 2: @modelcontextprotocol/client
//   era      of sdk 2: versionNegotiation.mode ("auto"); absent: its default
//   stdio    {command, args, env, cwd}; or
//   http     {url, headers, accept}: accept replaces what the client would send (n8n's default is JSON alone)
//   strict   check structuredContent against outputSchema as the client does by itself
//   steps    [[name, method, argument, options] …]
'use strict';
const { createRequire } = require('node:module');
const [packages, text] = process.argv.slice(2);
const load = createRequire(packages + '/none.cjs');
const config = JSON.parse(text);

function classes() {
  if (config.sdk === 1) {
    const types = load('@modelcontextprotocol/sdk/types.js');
    return {
      Client: load('@modelcontextprotocol/sdk/client/index.js').Client,
      Http: load('@modelcontextprotocol/sdk/client/streamableHttp.js').StreamableHTTPClientTransport,
      Stdio: load('@modelcontextprotocol/sdk/client/stdio.js').StdioClientTransport,
      types,
    };
  }
  const all = load('@modelcontextprotocol/client');
  return { Client: all.Client, Http: all.StreamableHTTPClientTransport, Stdio: load('@modelcontextprotocol/client/stdio').StdioClientTransport };
}

function transport(c) {
  if (config.stdio) return new c.Stdio({ ...config.stdio, stderr: 'inherit' });
  const { url, headers, accept } = config.http;
  const options = { requestInit: { headers: headers || {} } };
  if (accept) {
    options.fetch = (where, init) => {
      const all = new Headers(init && init.headers);
      if (init && init.method === 'POST') all.set('accept', accept);
      return fetch(where, { ...init, headers: all });
    };
  }
  return new c.Http(new URL(url), options);
}

// Every page, as n8n's node asks for them.
async function every(ask, member, page) {
  const all = [];
  let cursor, pages = 0;
  do {
    const answer = await ask(cursor ? { cursor } : {});
    all.push(...answer[member]);
    cursor = answer.nextCursor;
    pages++;
  } while (cursor && pages < 1000);
  return page ? { [member]: all, pages } : all;
}

async function step(client, method, argument, options) {
  switch (method) {
    case 'tools': return every((a) => client.listTools(a), 'tools');
    case 'resources': return every((a) => client.listResources(a), 'resources');
    case 'templates': return every((a) => client.listResourceTemplates(a), 'resourceTemplates');
    case 'prompts': return every((a) => client.listPrompts(a), 'prompts');
    case 'call': {
      const progress = [];
      const how = { timeout: 60000, ...options };
      if (how.progress) how.onprogress = (p) => progress.push(p);
      delete how.progress;
      const result = config.sdk === 1 ? await client.callTool(argument, undefined, how) : await client.callTool(argument, how);
      return { ...result, progress };
    }
    case 'cancelled': {
      const stop = new AbortController();
      setTimeout(() => stop.abort('enough'), options.after);
      const how = { timeout: 60000, signal: stop.signal };
      return config.sdk === 1 ? client.callTool(argument, undefined, how) : client.callTool(argument, how);
    }
    case 'read': return client.readResource(argument);
    case 'prompt': return client.getPrompt(argument);
    case 'complete': return client.complete(argument);
    case 'ping': return client.ping();
    case 'level': return client.setLoggingLevel(argument);
    default: throw new Error('no step ' + method);
  }
}

function say(object) {
  process.stdout.write(JSON.stringify(object) + '\n');
}

async function main() {
  const c = classes();
  const options = { capabilities: {} };
  if (config.era) options.versionNegotiation = { mode: config.era };
  const client = new c.Client({ name: 'kdoc-tests', version: '1' }, options);
  client.onerror = (e) => process.stderr.write('client: ' + e + '\n');
  const t = transport(c);
  await client.connect(t);
  say({ step: 'server', value: {
    info: client.getServerVersion && client.getServerVersion(),
    capabilities: client.getServerCapabilities && client.getServerCapabilities(),
    instructions: client.getInstructions && client.getInstructions(),
    version: (client.getNegotiatedProtocolVersion && client.getNegotiatedProtocolVersion()) || t.protocolVersion || t._protocolVersion || null,
  } });
  for (const [name, method, argument, how] of config.steps) {
    try {
      const value = await step(client, method, argument, how || {});
      say({ step: name, value: value === undefined ? null : value });
    } catch (e) {
      say({ step: name, error: String(e && e.message), code: e && e.code });
    }
  }
  client.onerror = () => {}; // from here on it cuts its own streams
  if (t.terminateSession) await t.terminateSession().catch((e) => say({ step: 'terminate', error: String(e) }));
  await client.close();
}

// Not before everything is written: what is left in a pipe's queue goes with the process.
function leave(status) {
  process.stdout.write('', () => process.exit(status));
}

main().then(() => leave(0), (e) => {
  say({ step: 'fatal', error: String((e && e.stack) || e) });
  leave(1);
});
