/** The token of the link: exchanged once, and not later than a minute after it was made. */
import { hashOf, isSecret, newSecret } from './secret.ts';
import { uptime } from './uptime.ts';

const LIFE_MS = 60_000;

export interface OneTimeToken {
  /** What stands behind # in the link. */
  readonly text: string;
  /** Whether it is this one, and nobody has exchanged it yet; it is used up by that. */
  readonly exchange: (text: string) => boolean;
}

export function oneTimeToken(now: () => number = uptime): OneTimeToken {
  const text = newSecret();
  const [hash, until] = [hashOf(text), now() + LIFE_MS];
  let isUsed = false;
  return {
    text,
    exchange: (given) => {
      if (isUsed || now() > until || !isSecret(given, hash)) return false;
      isUsed = true;
      return true;
    },
  };
}
