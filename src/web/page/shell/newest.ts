/** Of answers to several questions, that of the last one: others may come behind it, and are of no use any more. */

export interface Newest {
  /** A question is asked; gives whether it is still the last one. */
  readonly ask: () => () => boolean;
  /** What was asked is of no use any more. */
  readonly forget: () => void;
}

export function newest(): Newest {
  let last = 0;
  return {
    ask: () => {
      last += 1;
      const mine = last;
      return () => mine === last;
    },
    forget: () => {
      last += 1;
    },
  };
}
