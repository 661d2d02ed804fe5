/** The token of the link that `hostdev ui` printed. It is behind the #, which browsers send to nobody; what is behind it otherwise is a place. */
const TOKEN = /^#token=([^&]+)$/;

/** Takes it out of the address, so that neither history nor a copied link has it. `before` is the place that it has come over, which is there again then. */
export function takeToken(before = ''): string | null {
  const token = TOKEN.exec(globalThis.location.hash)?.[1] ?? null;
  if (token !== null) globalThis.history.replaceState(null, '', globalThis.location.pathname + globalThis.location.search + before);
  return token;
}

/** Tells of the token of a link that is opened in a tab which has the page already: nothing is loaded anew then, only the fragment is another one. */
export function onToken(tell: (token: string) => void): () => void {
  const look = ({ oldURL }: HashChangeEvent): void => {
    const token = takeToken(URL.canParse(oldURL) ? new URL(oldURL).hash : '');
    if (token !== null) tell(token);
  };
  globalThis.addEventListener('hashchange', look);
  return () => globalThis.removeEventListener('hashchange', look);
}
