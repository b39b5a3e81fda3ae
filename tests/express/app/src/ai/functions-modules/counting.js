// Tells how often it ran for each id.
const runs = new Map();

export function count({ id }) {
  runs.set(id, (runs.get(id) ?? 0) + 1);
  return { id };
}

export function all_counts() {
  return Object.fromEntries(runs);
}
