// The published agent code of @navai/voice-frontend, asked over its standard input: a JSON job a line, an answer a line.
// Only @openai/agents is replaced, by what keeps the agents and tools as they are given: today its own schema check refuses them.
import { register } from "node:module";
import { createInterface } from "node:readline";

const STUB = `
export class RealtimeAgent { constructor(options) { Object.assign(this, options); } }
export class RealtimeSession {}
export const tool = (definition) => definition;
`;
const HOOK = `
export async function resolve(specifier, context, next) {
  return specifier === "@openai/agents/realtime" ? { url: "stub:agents", shortCircuit: true } : next(specifier, context);
}
export async function load(url, context, next) {
  return url === "stub:agents" ? { format: "module", source: ${JSON.stringify(STUB)}, shortCircuit: true } : next(url, context);
}
`;
register(`data:text/javascript,${encodeURIComponent(HOOK)}`);
console.log = () => {}; // It logs each step.
const { buildNavaiAgent, getNavaiRoutePromptLines, resolveNavaiRoute } = await import("@navai/voice-frontend");

const loaders = (names) => ({ "functions.js": async () => Object.fromEntries(names.map((name) => [name, () => name])) });
const described = (agent) => ({
  name: agent.name,
  instructions: agent.instructions,
  handoffDescription: agent.handoffDescription ?? null,
  tools: agent.tools.map(({ name, description }) => [name, description]),
  handoffs: (agent.handoffs ?? []).map(described),
});
const jobs = {
  // Whether the tool of each name takes these arguments, by its own schema.
  async accepts({ calls }) {
    const backendFunctions = [{ name: "f" }];
    const { agent } = await buildNavaiAgent({ routes: [], navigate() {}, functionModuleLoaders: {}, agents: [], backendFunctions });
    const schemas = Object.fromEntries(agent.tools.map(({ name, parameters }) => [name, parameters]));
    return calls.map(([name, given]) => schemas[name].safeParse(given).success);
  },
  route: ({ target, routes }) => resolveNavaiRoute(target, routes),
  lines: ({ routes }) => getNavaiRoutePromptLines(routes),
  async agent({ functions, agents, ...options }) {
    const configured = agents.map(({ functions: own, ...agent }, key) => ({
      ...agent, key: String(key), functionModuleLoaders: own.length ? loaders(own) : {},
    }));
    const { agent, warnings } = await buildNavaiAgent({
      ...options, navigate() {}, functionModuleLoaders: functions.length ? loaders(functions) : {}, agents: configured,
    });
    return { ...described(agent), warnings };
  },
};
for await (const line of createInterface({ input: process.stdin })) {
  const { job, ...input } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify((await jobs[job](input)) ?? null)}\n`);
}
