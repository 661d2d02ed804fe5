import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readExposition } from '../../test/metrics/exposition.ts';
import type { MetricFamily } from './metric.ts';
import { formatMetrics } from './text-format.ts';

const family = (more: Partial<MetricFamily>): MetricFamily => ({ name: 'hostdev_slots', type: 'gauge', help: 'Slots.', samples: [], ...more });
const one = (value: number, labels: Readonly<Record<string, string>> = {}): MetricFamily => family({ samples: [{ labels, value }] });

describe('the text that Prometheus reads', () => {
  it.each<[string, readonly MetricFamily[], string]>([
    ['is nothing where there is nothing', [], ''],
    ['leaves out a family without samples', [family({})], ''],
    ['has what a number means and its type before it', [one(2)], '# HELP hostdev_slots Slots.\n# TYPE hostdev_slots gauge\nhostdev_slots 2\n'],
    [
      'says of a counter that it is one',
      [family({ type: 'counter', samples: [{ labels: {}, value: 0 }] })],
      '# HELP hostdev_slots Slots.\n# TYPE hostdev_slots counter\nhostdev_slots 0\n',
    ],
    [
      'has labels between braces',
      [one(1, { state: 'in use', by: 'root' })],
      '# HELP hostdev_slots Slots.\n# TYPE hostdev_slots gauge\nhostdev_slots{state="in use",by="root"} 1\n',
    ],
    [
      'escapes what would end the value of a label',
      [one(1, { guest: 'a"b\\c\nd' })],
      '# HELP hostdev_slots Slots.\n# TYPE hostdev_slots gauge\nhostdev_slots{guest="a\\"b\\\\c\\nd"} 1\n',
    ],
    [
      'escapes in a help text the backslash and the line feed, and leaves quotes alone',
      [family({ help: 'a "b" \\ c\nd', samples: [{ labels: {}, value: 1 }] })],
      '# HELP hostdev_slots a "b" \\\\ c\\nd\n# TYPE hostdev_slots gauge\nhostdev_slots 1\n',
    ],
    ['writes a fraction with a point', [one(1764187200.25)], '# HELP hostdev_slots Slots.\n# TYPE hostdev_slots gauge\nhostdev_slots 1764187200.25\n'],
  ])('%s', (_, families, text) => {
    expect(formatMetrics(families)).toBe(text);
  });

  it.each(['\r', '\u2028', '\u2029', '\u0085', '\v', 'a\u2028b', ' '])('keeps %j in a help text and a label: a line ends at a line feed alone', (text) => {
    const read = readExposition(formatMetrics([family({ help: text, samples: [{ labels: { guest: text }, value: 1 }] })]));
    expect(read.samples).toEqual([{ name: 'hostdev_slots', labels: { guest: text }, value: 1 }]);
    expect([...read.helps.values()]).toEqual([text === ' ' ? '' : text]);
  });

  it('is read back by somebody else as what it was, whatever labels, help texts and numbers are', () => {
    const label = fc.stringMatching(/^[a-z]{1,6}$/);
    const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, 1e21, 1e-7, 1e300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));
    const text = fc.string({ unit: 'grapheme' });
    const sample = fc.record({ labels: fc.dictionary(label, fc.oneof(text, fc.constantFrom('\\n', '"', '\n', '\\', '"}', '\r'))), value: number });
    const random = fc.uniqueArray(
      fc.record({ name: fc.stringMatching(/^hostdev_[a-z]{1,9}$/), help: fc.oneof(text, fc.constantFrom('\\', 'a\nb', '\\n')), sample }),
      {
        selector: ({ name }) => name,
      },
    );
    fc.assert(
      fc.property(random, (all) => {
        const families = all.map(({ name, help, sample: each }) => family({ name, help, samples: [each] }));
        const read = readExposition(formatMetrics(families));
        expect(read.samples).toEqual(all.map(({ name, sample: { labels, value } }) => ({ name, labels, value: value === 0 ? 0 : value })));
        expect([...read.types.values()]).toEqual(all.map(() => 'gauge'));
        expect([...read.helps.values()].map((help) => help.trim())).toEqual(all.map(({ help }) => help.trim()));
      }),
    );
  });
});

describe('the reader that the tests have', () => {
  it.each([
    ['a last line that does not end', 'a 1'],
    ['a name with a dash', 'a-b 1\n'],
    ['a value that is none', 'a one\n'],
    ['a number of JavaScript alone', 'a Infinity\n'],
    ['a label without quotes', 'a{b=c} 1\n'],
    ['a quote that is not escaped', 'a{b="c"d"} 1\n'],
    ['an escape that is none', 'a{b="\\x"} 1\n'],
    ['the same series twice', 'a{b="c"} 1\na{b="c"} 2\n'],
    ['a label that is empty beside one that is missing', 'a{b=""} 1\na 2\n'],
    ['lines of a metric in two places', 'a 1\nb 1\na{c="d"} 1\n'],
    ['a type behind the samples', 'a 1\n# TYPE a gauge\n'],
    ['a type that is none', '# TYPE a number\na 1\n'],
    ['a second help text', '# HELP a b\n# HELP a c\na 1\n'],
  ])('refuses %s', (_, text) => {
    expect(() => readExposition(text)).toThrow();
  });
});
