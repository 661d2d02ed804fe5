/** What a look at the host found. */

/** One thing that was looked at. */
export interface Readiness {
  readonly what: string;
  readonly state: 'ok' | 'missing' | 'unknown';
  readonly found: string;
  readonly hint: string | null;
}
