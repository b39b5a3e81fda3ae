// The real @navai/voice-backend on express. Only the two calls that would leave this machine, to OpenAI and ElevenLabs, are
// answered here.
//
//   node server.mjs '{"errorHandler": true, "backendOptions": {...}, "routes": {...}, "exactIdleSeconds": 5}'
//
// Writes {"port": ...} on one line, serves until its standard input ends, and tells on GET /_upstream what OpenAI
// would have seen, on GET /_speech what ElevenLabs would have seen, on GET /_connections how many connections there were, on GET /_listing/N/navai/functions N functions.
import express from "express";

const OPENAI = "https://api.openai.com/v1/realtime/client_secrets";
const EXPIRES_AT = 2000000000; // In 2033: `navai check` says so when a secret has expired already.
const ELEVENLABS = "https://api.elevenlabs.io/v1/text-to-speech/";
const upstream = [];
const speech = [];

globalThis.fetch = async (url, init) => {
  if (String(url).startsWith(ELEVENLABS)) return spoken(new URL(url), init);
  if (url !== OPENAI) throw new Error(`unexpected request to ${url}`);
  const request = { authorization: init.headers.Authorization, body: JSON.parse(init.body) };
  upstream.push(request);
  if (request.body.session.model === "unknown-model") {
    return Response.json({ error: { message: "The model does not exist." } }, { status: 404 });
  }
  if (request.body.session.model === "no-expiry") return Response.json({ value: "ek_fake_express_0000" });
  return Response.json({ value: `ek_fake_express_${upstream.length}`, expires_at: EXPIRES_AT });
};

// A stand-in of ElevenLabs, which says the text as bytes.
function spoken(url, { headers, body }) {
  const voice = decodeURIComponent(url.pathname.slice(new URL(ELEVENLABS).pathname.length));
  const request = { voice, query: Object.fromEntries(url.searchParams), key: headers["xi-api-key"], body: JSON.parse(body) };
  speech.push(request);
  if (voice === "unknown-voice") return Response.json({ detail: { status: "voice_not_found" } }, { status: 404 });
  return new Response(`audio of ${request.body.text}`, { headers: { "Content-Type": "audio/mpeg" } });
}

// After the replacement above, as the package takes the global fetch.
const { registerNavaiExpressRoutes } = await import("@navai/voice-backend");

const options = JSON.parse(process.argv[2] ?? "{}");
const app = express();
app.use(express.json());
app.get("/_connections", (_request, response) => response.json(connections));
app.get("/_upstream", (_request, response) => response.json(upstream));
app.get("/_speech", (_request, response) => response.json(speech));
app.get("/_listing/:count/navai/functions", ({ params }, response) => response.json(listing(Number(params.count))));
registerNavaiExpressRoutes(app, {
  env: {},
  functionsBaseDir: new URL("app", import.meta.url).pathname,
  backendOptions: { openaiApiKey: "sk-fake-of-the-backend", ...options.backendOptions },
  ...options.routes,
});
if (options.errorHandler ?? true) {
  // As in the documented playground.
  app.use((error, _request, response, _next) => {
    response.status(500).json({ error: error instanceof Error ? error.message : String(error) });
  });
}
// As many functions as a benchmark wants, in the form of the backend's own list.
const listings = new Map();
function listing(count) {
  if (!listings.has(count)) {
    const items = Array.from({ length: count }, (_, number) => ({
      name: `function_${number}`,
      description: `Call exported function function_${number}.`,
      source: `src/ai/functions-modules/module_${number}.js#function_${number}`,
    }));
    listings.set(count, { items, warnings: [] });
  }
  return listings.get(count);
}
let connections = 0;
const server = app.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
if (options.exactIdleSeconds) {
  // Idle connections end exactly when the answer says, as Node did for years; newer ones silently wait a second longer.
  server.keepAliveTimeout = 0;
  server.prependListener("request", ({ socket }, response) => {
    clearTimeout(socket.idle);
    response.setHeader("Connection", "keep-alive").setHeader("Keep-Alive", `timeout=${options.exactIdleSeconds}`);
    response.on("finish", () => (socket.idle = setTimeout(() => socket.end(), options.exactIdleSeconds * 1000)));
  });
}
server.on("connection", () => (connections += 1));
process.stdin.resume().on("end", () => process.exit(0));
