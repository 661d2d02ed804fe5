/** What fields of a record have to be. What is wrong is said with where it is; members that nobody asks for may be there: a newer writer's. */

/** What is wrong with a value, from where it is on: ` is no text`, `.guest is no text`; undefined when nothing is. */
export type FieldCheck = (value: unknown) => string | undefined;

export function text(limit: number): FieldCheck {
  return (value) => {
    if (typeof value !== 'string') return ' is no text';
    return value.length > limit ? ` has more than ${limit} characters` : undefined;
  };
}

/** A text that is written in one way only, such as what a key is made of. */
export function written(pattern: RegExp, what: string): FieldCheck {
  return (value) => (typeof value === 'string' && pattern.test(value) ? undefined : ` is no ${what}`);
}

/** A whole number that is not negative. */
export const whole: FieldCheck = (value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : ' is no whole number');

export const flag: FieldCheck = (value) => (typeof value === 'boolean' ? undefined : ' is neither true nor false');

export function oneOf(words: readonly string[]): FieldCheck {
  return (value) => (typeof value === 'string' && words.includes(value) ? undefined : ` is none of ${words.join(', ')}`);
}

export function nullOr(check: FieldCheck): FieldCheck {
  return (value) => (value === null ? undefined : check(value));
}

export function listOf(check: FieldCheck, limit: number): FieldCheck {
  return (value) => {
    if (!Array.isArray(value)) return ' is no list';
    if (value.length > limit) return ` has more than ${limit} entries`;
    for (const [at, each] of value.entries()) {
      const wrong = check(each);
      if (wrong !== undefined) return `[${at}]${wrong}`;
    }
    return undefined;
  };
}

type Fields = Readonly<Record<string, FieldCheck>>;

/** An object that has all of these, and may have the optional ones and others. */
export function fields(needed: Fields, optional: Fields = {}): FieldCheck {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return ' is no object';
    const members = value as Readonly<Record<string, unknown>>;
    for (const [name, check] of [...Object.entries(needed), ...Object.entries(optional)]) {
      if (!Object.hasOwn(members, name)) {
        if (name in needed) return `.${name} is missing`;
        continue;
      }
      const wrong = check(members[name]);
      if (wrong !== undefined) return `.${name}${wrong}`;
    }
    return undefined;
  };
}
