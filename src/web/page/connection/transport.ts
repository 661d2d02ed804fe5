/** How requests get to the server: a browser asks it by itself, or has Cockpit ask. */

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the server's root, as `api/v1/session`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Gives an answer of any status; rejects where there is none. */
export type Transport = (request: Request) => Promise<Response>;

/** Paths are relative to the page, which may be served below any path. */
export const byFetch: Transport = ({ path, ...init }) => fetch(path, { ...init, ...{ credentials: 'same-origin', cache: 'no-store' } });
