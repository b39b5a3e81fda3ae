// The published TypeScript client, driven by lines of JSON: {id, options, operation, input} in, {id, outcome} out.
// Lines are answered as they are done, not in order; the program ends with its standard input.
import { createInterface } from "node:readline";
import { createNavaiBackendClient } from "@navai/voice-frontend";

// The published client leaves the audio as it came, and the published widget decodes it like this; ours does (docs/parity.md).
function hex(audioBase64) {
  try {
    return Buffer.from(atob(audioBase64), "latin1").toString("hex");
  } catch {
    throw new Error("Invalid speech synthesis response. Its audio is not base64.");
  }
}

async function outcomeOf({ options, operation, input }) {
  try {
    const client = createNavaiBackendClient(options);
    if (operation === "secret") {
      const { value, expires_at, speech } = await client.createClientSecret(input);
      return ["secret", value, expires_at ?? null, speech.provider];
    }
    if (operation === "speech") {
      const { mimeType, audioBase64 } = await client.synthesizeSpeech(input);
      return ["speech", mimeType, hex(audioBase64)];
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
