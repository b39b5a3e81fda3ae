// What the published TypeScript client makes of the recorded WordPress answers: writes outcomes.json, which test_answers.py
// compares with. Run once, in a folder where `npm install @navai/voice-frontend@0.1.7 react` was run:
//
//   node record_outcomes.mjs answers.json > outcomes.json
import { readFileSync } from "node:fs";
import { createNavaiBackendClient } from "@navai/voice-frontend";

const outcomes = {};
for (const { case: name, request, response } of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  const body = [204, 304].includes(response.status) ? null : response.body;
  const client = createNavaiBackendClient({
    apiBaseUrl: "http://backend.example",
    fetchImpl: async () => new Response(body, { status: response.status, headers: response.headers }),
  });
  try {
    if (request.path.includes("client-secret")) {
      const { value, expires_at } = await client.createClientSecret();
      outcomes[name] = { value, expires_at: expires_at ?? null };
    } else if (request.path.includes("execute")) {
      const result = await client.executeFunction({ functionName: "f", payload: null });
      outcomes[name] = { result: result ?? null };
    } else {
      const { functions, warnings } = await client.listFunctions();
      outcomes[name] = { functions, warnings };
    }
  } catch (error) {
    outcomes[name] = { error: error.message };
  }
}
console.log(JSON.stringify(outcomes, null, 1));
