// The published TypeScript client, driven by lines of JSON: {id, options, operation, input} in, {id, outcome} out.
// Lines are answered as they are done, not in order; the program ends with its standard input.
import { createInterface } from "node:readline";
import { createNavaiBackendClient } from "@navai/voice-frontend";

async function outcomeOf({ options, operation, input }) {
  try {
    const client = createNavaiBackendClient(options);
    if (operation === "secret") {
      const { value, expires_at } = await client.createClientSecret(input);
      return ["secret", value, expires_at ?? null];
    }
    if (operation === "execute") return ["result", (await client.executeFunction(input)) ?? null];
    const { functions, warnings } = await client.listFunctions();
    return ["functions", functions.map((each) => [each.name, each.description ?? null, each.source ?? null]), warnings];
  } catch (error) {
    // `cause` is there when fetch itself failed.
    return [error.cause ? "network" : "error", error.message];
  }
}

// JSON has no such numbers, but JSON.parse makes them of 1e999.
const lossless = (_key, value) => (typeof value === "number" && !Number.isFinite(value) ? { $number: String(value) } : value);

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  outcomeOf(job).then((outcome) => process.stdout.write(`${JSON.stringify({ id: job.id, outcome }, lossless)}\n`));
}
