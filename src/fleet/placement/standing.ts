/** Which of two hosts comes first, where a definition can run on several. */

/** What of a placement the order is made of. */
export interface Standing {
  readonly fits: boolean;
  readonly claimed: number;
  readonly far: number;
  readonly companions: number;
  readonly free: number;
  readonly host: string;
}

/**
 * Those that can run it come first. Of these the ones where the guest has claims, then those with functions near its memory, then where it takes the
 * fewest others along, then where more is left.
 */
export function better(a: Standing, b: Standing): number {
  return (
    Number(b.fits) - Number(a.fits) || b.claimed - a.claimed || a.far - b.far || a.companions - b.companions || b.free - a.free || (a.host < b.host ? -1 : 1)
  );
}
