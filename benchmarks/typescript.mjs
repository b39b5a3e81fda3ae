// The published TypeScript client as a contender: node typescript.mjs OPERATION URL CALLS AT_A_TIME. As contenders.py says.
import { readFileSync } from "node:fs";
import { createNavaiBackendClient } from "../tests/parity/node_modules/@navai/voice-frontend/dist/index.js";

const [operation, url, calls, atATime] = process.argv.slice(2);
const [kind, size] = operation.split(":");
const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "ascii"))[1]) / 1024;
const before = peak();
const client = createNavaiBackendClient({ apiBaseUrl: kind === "list" ? `${url}/_listing/${size}` : url });
const call =
  kind === "list"
    ? async () => (await client.listFunctions()).functions
    : () => client.executeFunction({ functionName: "sized", payload: { size: Number(size) } });

await Promise.all(Array.from({ length: Math.max(atATime, Math.min(calls, 20)) }, call));
const latencies = [];
let left = Number(calls);
const cpu = process.cpuUsage();
const began = performance.now();
await Promise.all(
  Array.from({ length: Number(atATime) }, async () => {
    while (left-- > 0) {
      const start = performance.now();
      await call();
      latencies.push(performance.now() - start);
    }
  }),
);
const wall = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
latencies.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    cpu_us: (user + system) / latencies.length,
    per_second: latencies.length / wall,
    p50_ms: latencies[latencies.length >> 1],
    p99_ms: latencies[Math.floor(latencies.length * 0.99)],
    grown_mib: peak() - before,
  }),
);
