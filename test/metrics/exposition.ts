/** A reader of Prometheus' text format 0.0.4, written from its specification ("Exposition formats"), that refuses what the specification does not allow. */

interface Exposed {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly samples: readonly Exposed[];
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*/;
/** What Go's ParseFloat takes, and the three words of the format. */
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|NaN|[+-]Inf)$/i;

/** Blanks and tabs separate, and nothing else does: a help text may have what JavaScript takes for the end of a line (carriage return, U+2028). */
const COMMENT = /^#[ \t]+(HELP|TYPE)[ \t]+([^ \t]+)(?:[ \t]+(.*))?$/s;

export function readExposition(text: string): Exposition {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no line feed');
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const samples: Exposed[] = [];
  const seen = new Set<string>();
  /** Lines of one metric are one group. */
  let group = '';
  const groups = new Set<string>();
  const enter = (name: string): void => {
    if (name === group) return;
    if (groups.has(name)) throw new Error(`lines of ${name} are in two places`);
    groups.add(name);
    group = name;
  };
  for (const line of text.split('\n').slice(0, -1)) {
    if (/^[ \t]*$/.test(line)) continue;
    const [, word = '', name = '', rest = ''] = COMMENT.exec(line) ?? [];
    if (line.startsWith('#') && word === '') continue;
    if (word === '') {
      const sample = readSample(line);
      enter(sample.name);
      const key = JSON.stringify([
        sample.name,
        Object.entries(sample.labels)
          .filter(([, value]) => value !== '')
          .toSorted(),
      ]);
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      samples.push(sample);
      continue;
    }
    enter(name);
    if (METRIC_NAME.exec(name)?.[0] !== name) throw new Error(`no name of a metric: ${name}`);
    const into = word === 'HELP' ? helps : types;
    if (into.has(name)) throw new Error(`a second ${word} of ${name}`);
    if (word === 'TYPE') {
      if (!['counter', 'gauge', 'histogram', 'summary', 'untyped'].includes(rest)) throw new Error(`no type: ${rest}`);
      if (samples.some((sample) => sample.name === name)) throw new Error(`the type of ${name} stands behind its samples`);
    }
    into.set(name, word === 'HELP' ? unescape(rest, /^[\\n]$/) : rest);
  }
  return { samples, types, helps };
}

function readSample(line: string): Exposed {
  const name = METRIC_NAME.exec(line)?.[0];
  if (name === undefined) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  let rest = line.slice(name.length);
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    while (!rest.startsWith('}')) {
      const label = LABEL_NAME.exec(rest)?.[0];
      const value = label === undefined ? undefined : /^="((?:[^"\\]|\\.)*)"/s.exec(rest.slice(label.length));
      if (label === undefined || value === undefined || value === null) throw new Error(`no label: ${line}`);
      if (label.startsWith('__') || label in labels) throw new Error(`label ${label}: ${line}`);
      labels[label] = unescape(value[1] ?? '', /^[\\n"]$/);
      rest = rest.slice(label.length + value[0].length);
      if (rest.startsWith(',')) rest = rest.slice(1);
      else if (!rest.startsWith('}')) throw new Error(`no end of the labels: ${line}`);
    }
    rest = rest.slice(1);
  }
  const [, value = '', time] = /^[ \t]+([^ \t]+)(?:[ \t]+(-?\d+))?[ \t]*$/.exec(rest) ?? [];
  if (!NUMBER.test(value) || time !== undefined) throw new Error(`no value, or a time that nobody asked for: ${line}`);
  return { name, labels, value: /inf$/i.test(value) ? (value.startsWith('-') ? -Infinity : Infinity) : Number(value) };
}

function unescape(text: string, known: RegExp): string {
  return text.replaceAll(/\\(.?)/gs, (_, sign: string) => {
    if (!known.test(sign)) throw new Error(`a backslash before '${sign}'`);
    return sign === 'n' ? '\n' : sign;
  });
}
