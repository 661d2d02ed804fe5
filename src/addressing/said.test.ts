import { describe, expect, it } from 'vitest';
import type { Problem } from '../errors.ts';
import { cachedCapabilities } from './capabilities/cached.ts';
import { KNOWN_LIBVIRTS } from './libvirt/known.ts';
import { versionWords } from './libvirt/version-words.ts';
import { formatProblem, problemSummary } from './validate/problem-text.ts';

const problem = (told: Partial<Problem> = {}): Problem => ({
  code: 'hostdev-invalid',
  severity: 'error',
  subject: 'hostdev x',
  message: 'is wrong',
  hint: 'mend it',
  ...told,
});

describe('a problem as text', () => {
  it('has where it is, what it is, the line with a caret, and what to do', () => {
    expect(formatProblem(problem({ location: { file: 'g.xml', line: 2, column: 4 } }), '<a>\n\t <b/>\r\n</a>')).toBe(
      'g.xml:2:4: error: is wrong [hostdev-invalid]\n    2 | \t <b/>\n      | \t  ^\n  hint: mend it\n',
    );
    expect(formatProblem(problem({ severity: 'warning', hint: undefined as never, location: { line: 1, column: 1 } }), 'x')).toBe(
      '1:1: warning: is wrong [hostdev-invalid]\n    1 | x\n      | ^\n',
    );
  });

  it('without a place has what it is about, and without a text no line', () => {
    expect(formatProblem(problem(), '<a/>')).toBe('hostdev x: error: is wrong [hostdev-invalid]\n  hint: mend it\n');
    expect(formatProblem(problem({ subject: undefined as never }), '<a/>')).toBe(': error: is wrong [hostdev-invalid]\n  hint: mend it\n');
    const somewhere = problem({ location: { line: 1, column: 1 } });
    expect(formatProblem(somewhere, '')).toBe('1:1: error: is wrong [hostdev-invalid]\n  hint: mend it\n');
    expect(formatProblem({ ...somewhere, location: { line: 9, column: 1 } }, '<a/>')).toBe('9:1: error: is wrong [hostdev-invalid]\n  hint: mend it\n');
  });

  it('shows of a long line what is around it', () => {
    const line = Array.from({ length: 50 }, (_, i) => `<a n='${String(i).padStart(3, '0')}'/>`).join('');
    const shown = (column: number): string[] =>
      formatProblem(problem({ hint: undefined as never, location: { line: 1, column } }), line)
        .split('\n')
        .slice(1, 3);
    expect(shown(160)).toEqual([`    1 | ${line.slice(0, 160)}`, `      | ${' '.repeat(159)}^`]);
    expect(shown(161)).toEqual([`    1 | ${line.slice(81, 241)}`, `      | ${' '.repeat(79)}^`]);
  });

  it('is painted where somebody paints', () => {
    const paint = { red: (text: string) => `R${text}`, yellow: (text: string) => `Y${text}`, green: (text: string) => `G${text}` };
    const told = (severity: Problem['severity']): string => formatProblem(problem({ severity, location: { line: 1, column: 1 } }), 'x', paint);
    expect([told('error').includes('Rerror'), told('warning').includes('Ywarning'), told('error').includes('| G^')]).toEqual([true, true, true]);
  });

  it.each([
    [0, 0, 'g.xml: nothing wrong found\n'],
    [0, 1, 'g.xml: no errors, 1 warning\n'],
    [0, 2, 'g.xml: no errors, 2 warnings\n'],
    [1, 2, '1 problem\n'],
    [3, 0, '3 problems\n'],
  ])('beside %i errors and %i warnings in all is summed up', (errors, warnings, words) => {
    const all = [...Array.from({ length: errors }, () => problem()), ...Array.from({ length: warnings }, () => problem({ severity: 'warning' }))];
    expect(problemSummary(all, 'g.xml')).toBe(words);
  });
});

describe('what a libvirt found out about its QEMUs', () => {
  const cache = (arch: string, emulator: string, changed: number, flag: string): string =>
    `<qemuCaps><emulator>${emulator}</emulator><qemuctime>${changed}</qemuctime><arch>${arch}</arch><flag name='${flag}'/></qemuCaps>`;
  const caches = new Map([
    ['a', cache('x86_64', '/old', 10, 'old')],
    ['b', cache('x86_64', '/new', 200, 'new')],
    ['c', cache('s390x', '/z', 3000, 'z')],
    ['d', '<qemuCaps><arch>x86_64</arch><torn'],
    ['e', cache('x86_64', '/undated', 0, 'undated').replace(/<qemuctime>.*<\/qemuctime>/, '')],
    ['f', 'nothing of the kind'],
  ]);
  it.each([
    ['x86_64', undefined, 'new'],
    ['x86_64', '/old', 'old'],
    ['x86_64', '/undated', 'undated'],
    ['x86_64', '/z', 'new'],
    ['s390x', undefined, 'z'],
    ['aarch64', undefined, undefined],
  ])('for %s and the emulator %s is %s', (arch, emulator, flag) => {
    const found = cachedCapabilities(caches, { arch, emulator } as Parameters<typeof cachedCapabilities>[1]);
    expect(found && [...found.flags]).toEqual(flag === undefined ? undefined : [flag]);
  });
});

describe('which libvirt a prediction speaks for', () => {
  const [oldest, newest] = [KNOWN_LIBVIRTS[0]?.version, KNOWN_LIBVIRTS.at(-1)?.version];
  const words = (told: object, another?: string): string =>
    versionWords({ libvirt: '11.3.0', qemu: '10.0', said: true, evidence: 'measured', ...told } as Parameters<typeof versionWords>[0], another);
  it.each([
    [{}, 'libvirt 11.3.0 with QEMU 10.0'],
    [{ qemu: undefined }, 'libvirt 11.3.0'],
    [{ said: false }, 'libvirt 11.3.0 with QEMU 10.0 (the newest that is known; --libvirt names another)'],
    [{ evidence: 'table' }, 'libvirt 11.3.0 with QEMU 10.0 (by table, not measured)'],
    [
      { said: false, evidence: 'outside' },
      `libvirt 11.3.0 with QEMU 10.0 (the newest that is known; --libvirt names another; outside what is known, ${oldest}–${newest}: by the rules of the nearest)`,
    ],
  ])('with %j is told', (told, line) => {
    expect(words(told)).toBe(line);
  });

  it('says how another one is named', () => {
    expect(words({ said: false }, 'choose another')).toBe('libvirt 11.3.0 with QEMU 10.0 (the newest that is known; choose another)');
  });
});
