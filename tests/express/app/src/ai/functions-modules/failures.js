export function fails() {
  throw new Error("kaboom");
}

export async function rejects() {
  throw "not even an Error";
}
