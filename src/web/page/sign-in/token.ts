/** The token of the link that `hostdev ui` printed. It is behind the #, which browsers send to nobody; what is behind it otherwise is a place. */
const TOKEN = /^#token=([^&]+)$/;

/** Takes it out of the address, so that neither history nor a copied link has it. */
export function takeToken(): string | null {
  const token = TOKEN.exec(globalThis.location.hash)?.[1] ?? null;
  if (token !== null) globalThis.history.replaceState(null, '', globalThis.location.pathname + globalThis.location.search);
  return token;
}
