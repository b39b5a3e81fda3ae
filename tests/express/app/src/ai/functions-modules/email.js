export function send_email({ to, subject }) {
  if (!to.includes("@")) throw new Error(`${to} is not a valid email`);
  return { messageId: "abc123", to, subject };
}
