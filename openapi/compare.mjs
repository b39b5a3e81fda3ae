// node compare.mjs BEFORE.json AFTER.json: how the second OpenAPI document differs from the first, as JSON. See changes.py.
import { readFileSync } from "node:fs";

import { apiCompare } from "api-smart-diff";

const [before, after] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")));
const changes = apiCompare(before, after).diffs.map(({ type, action, path, description }) => ({ type, action, path, description }));
console.log(JSON.stringify(changes));
