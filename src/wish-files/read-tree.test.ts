import { describe, expect, it } from 'vitest';
import { HostdevError, formatLocation, type Problem } from '../errors.ts';
import { readTree } from './read-tree.ts';
import { readOne } from './read-texts.ts';

function problemsOf(text: string, name = 'wish.yaml'): string[] {
  const read = readOne({ name, text });
  if ('slots' in read) return [];
  return read.map(told);
}

function told({ code, message, hint, location }: Problem): string {
  return `${location === undefined ? '-' : formatLocation(location)} ${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

const HEAD = 'formatVersion: 1\n';

describe('a wish in a file', () => {
  it('says what there is to be, each part with its place', () => {
    const text = `${HEAD}slots:
  - { fid: 0x17, state: standby }
virtualFunctions:
  - physicalFunction: "0000:03:00.0"
    numVfs: 2
    persist: true
    settings:
      - { index: 0, mac: 52:54:00:6d:90:02, vlan: 100, trust: true }
functions:
  - function: { match: { vendor: "0x8086", device: 10c9, serial: "01:02:03:04:05:06:07:08" } }
    persist: true
pools:
  - { network: fast, functions: ["0000:03:00.0"] }
guests:
  - guest: web
    hostdevs:
      - function: { physicalFunction: "0000:03:00.0", index: 1 }
        uid: "0x21"
`;
    expect(readOne({ name: 'w.yaml', text })).toMatchObject({
      slots: [{ fid: 0x17, state: 'standby', at: { file: 'w.yaml', line: 3, column: 5 } }],
      virtualFunctions: [
        { numVfs: 2, persist: true, settings: [{ index: 0, values: { mac: '52:54:00:6d:90:02', vlan: '100', trust: 'on' }, at: { line: 9 } }] },
      ],
      functions: [{ function: { kind: 'match', match: { vendor: '0x8086', device: '0x10c9', serial: '01 02 03 04 05 06 07 08' } }, persist: true }],
      pools: [{ network: 'fast', functions: [{ kind: 'name', written: '0000:03:00.0' }] }],
      guests: [{ guest: 'web', hostdevs: [{ function: { kind: 'virtual', index: 1 }, uid: 0x21, at: { line: 18, column: 9 } }] }],
    });
  });

  it('is the same in JSON', () => {
    const text = '{ "formatVersion": 1, "slots": [{ "fid": "0x17", "state": "configured" }] }';
    expect(readOne({ name: 'w.json', text })).toMatchObject({ slots: [{ fid: 0x17, state: 'configured', at: { line: 1, column: 33 } }] });
  });

  it.each([
    ['', 'wish.yaml:1:1 wish-malformed: there is nothing in the file (a wish begins with formatVersion: 1)'],
    ['# nothing\n', 'wish.yaml:1:1 wish-malformed: there is nothing in the file (a wish begins with formatVersion: 1)'],
    ['slots: []\n', "wish.yaml:1:1 wish-malformed: 'formatVersion' is missing (add formatVersion: 1)"],
    ['formatVersion: 2\n', 'wish.yaml:1:16 wish-malformed: formatVersion is 2, not 1 (write 1)'],
    ['- 1\n', 'wish.yaml:1:1 wish-malformed: the file is a list, not an object with formatVersion, slots, virtualFunctions (write formatVersion: 1)'],
    [`${HEAD}function: []\n`, "wish.yaml:2:1 wish-malformed: there is no 'function' here (write functions)"],
    [`${HEAD}virtual_functions: []\n`, "wish.yaml:2:1 wish-malformed: there is no 'virtual_functions' here (write virtualFunctions)"],
    [`${HEAD}networks: []\n`, "there is no 'networks' here (there may be formatVersion, slots"],
    [`${HEAD}__proto__: []\n`, "wish.yaml:2:1 wish-malformed: there is no '__proto__' here"],
    [`${HEAD}constructor: []\n`, "wish.yaml:2:1 wish-malformed: there is no 'constructor' here"],
    [`${HEAD}slots:\n`, 'wish.yaml:2:7 wish-malformed: slots is empty, not a list (write a list, or leave it out)'],
    [`${HEAD}slots: { fid: 0x17 }\n`, 'wish.yaml:2:8 wish-malformed: slots is an object, not a list'],
    [
      `${HEAD}slots:\n  - { fid: 0x17, state: off }\n`,
      'wish.yaml:3:25 wish-ambiguous: off without quotes is false to readers of YAML 1.1 (write "off", or false)',
    ],
    [`${HEAD}slots:\n  - { fid: 0x17, state: "off" }\n`, 'wish.yaml:3:25 wish-malformed: state is "off", not one of configured, standby'],
    [`${HEAD}slots:\n  - { fid: 0x17, state: configure }\n`, 'state is "configure", not one of configured, standby (write configured)'],
    [`${HEAD}slots:\n  - { fid: 17, state: standby }\n`, "wish.yaml:3:12 number-ambiguous: fid '17' can mean 0x17 or 0x11"],
    [
      `${HEAD}slots:\n  - { fid: 0010, state: standby }\n`,
      'wish.yaml:3:12 wish-ambiguous: 0010 without quotes is the number 8 to readers of YAML 1.1 (write "0010")',
    ],
    [
      `${HEAD}functions:\n  - function: 0000:06:00.0\n`,
      'wish.yaml:3:15 wish-ambiguous: 0000:06:00.0 without quotes is the number 360 to readers of YAML 1.1 (write "0000:06:00.0")',
    ],
    [`${HEAD}functions:\n  - function: "0000:06:00"\n`, 'wish.yaml:3:15 address-malformed:'],
    [`${HEAD}functions:\n  - function: { fid: 0x17, index: 2 }\n`, "wish.yaml:3:28 wish-malformed: there is no 'index' here"],
    [
      `${HEAD}functions:\n  - { function: "06:00.0", persist: yes }\n`,
      'wish-ambiguous: yes without quotes is true to readers of YAML 1.1 (write "yes", or true)',
    ],
    [`${HEAD}functions:\n  - { function: "06:00.0", persist: "yes" }\n`, 'wish.yaml:3:37 wish-malformed: persist is "yes", not true or false (write true)'],
    [`${HEAD}functions:\n  - { function: "06:00.0", driver: 7 }\n`, 'driver is 7, not a text (write it in quotes: "7")'],
    [`${HEAD}functions:\n  - { driver: vfio-pci }\n`, "wish.yaml:3:5 wish-malformed: 'function' is missing"],
    [`${HEAD}virtualFunctions:\n  - { physicalFunction: "03:00.0", numVfs: "4" }\n`, 'numVfs is "4", not a number (write it without quotes: 4)'],
    [`${HEAD}virtualFunctions:\n  - { physicalFunction: "03:00.0", numVfs: -1 }\n`, 'numVfs is -1, which is not between 0 and 65535'],
    [`${HEAD}virtualFunctions:\n  - { physicalFunction: "03:00.0", numVfs: 1.5 }\n`, 'numVfs is 1.5, not a number'],
    [
      `${HEAD}virtualFunctions:\n  - { physicalFunction: "03:00.0", numVfs: 1, settings: [{ index: 0, vlan: 4095 }] }\n`,
      'vlan is 4095, which is not between 0 and 4094',
    ],
    [`${HEAD}virtualFunctions:\n  - { physicalFunction: "03:00.0", numVfs: 1, settings: [{ index: 0, mac: "53:54:00:6d:90:02" }] }\n`, 'mac-malformed'],
    [`${HEAD}pools:\n  - { network: fast, functions: [] }\n`, 'wish.yaml:3:33 wish-malformed: functions is empty (name one at least)'],
    [`${HEAD}pools:\n  - { network: "a b", functions: ["03:00.0"] }\n`, "wish.yaml:3:16 usage: 'a b' is no name for a network"],
    [`${HEAD}slots: []\nslots: []\n`, "wish.yaml:3:1 wish-malformed: 'slots' is there twice (put what it says into one place)"],
    [`${HEAD}slots: [\n`, 'wish-malformed'],
    [`${HEAD}---\n${HEAD}`, 'wish.yaml:2:1 wish-malformed: a second document begins here'],
    [`%YAML 1.1\n---\n${HEAD}`, 'wish.yaml:1:1 wish-malformed: the file says that it is YAML 1.1'],
    [`${HEAD}slots: !!set {}\n`, 'wish-malformed'],
    [`${HEAD}slots: !mine []\n`, 'wish-malformed'],
    [`${HEAD}slots: *gone\n`, 'wish-malformed'],
    [`${HEAD}? [a]\n: 1\n`, 'wish-malformed: a name is a text, not a list or an object'],
    [`${HEAD}guests:\n\t- guest: web\n`, 'wish.yaml:3:1 wish-malformed'],
  ])('%j is refused, with its place and what to write', (text, told) => expect(problemsOf(text).join('\n')).toContain(told));

  it('tells everything that is wrong at once', () => {
    const text = `${HEAD}slots:\n  - { fid: 0x17, stat: standby }\n  - { fid: 0x18, state: off }\nfunctions:\n  - { function: "06:00.0", persits: true }\n`;
    expect(problemsOf(text)).toEqual([
      "wish.yaml:3:5 wish-malformed: 'state' is missing (add state: configured or standby)",
      "wish.yaml:3:18 wish-malformed: there is no 'stat' here (write state)",
      'wish.yaml:4:25 wish-ambiguous: off without quotes is false to readers of YAML 1.1 (write "off", or false)',
      "wish.yaml:6:28 wish-malformed: there is no 'persits' here (write persist)",
    ]);
  });

  it('may use anchors, which are bounded however they grow', () => {
    expect(
      problemsOf(
        `${HEAD}functions:\n  - &one { function: "06:00.0" }\nslots: []\npools:\n  - { network: a, functions: [&f "03:00.0"] }\n  - { network: b, functions: [*f] }\n`,
      ),
    ).toEqual([]);
    const laughs = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}, *a${i}]`).join('\n');
    expect(problemsOf(`a0: &a0 [x, x]\n${laughs}\n`).join()).toContain('there are more than 50000 values');
    expect(problemsOf('a: &a [*a]\n').join()).toContain('wish-malformed');
  });

  it('may name an anchor anew, and an alias stands for the last one before it', () => {
    const functions = ['&f "06:00.0"', '*f', '&f "07:00.0"', '*f'].map((name) => `  - { function: ${name} }\n`).join('');
    const written = ['06:00.0', '06:00.0', '07:00.0', '07:00.0'].map((each) => ({ function: { written: each } }));
    expect(readOne({ name: 'w.yaml', text: `${HEAD}functions:\n${functions}` })).toMatchObject({ functions: written });
    expect(problemsOf(`${HEAD}functions:\n  - function: *later\n  - function: &later "06:00.0"\n`).join()).toContain('there is no anchor &later');
  });

  it('of nothing but names, or aliases, is refused at once', () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `k${i}:`).join('\n');
    expect(problemsOf(`${HEAD}${names}\n`).join()).toContain('there are more than 50000 values');
    const aliases = Array.from({ length: 60_000 }, () => '- *a').join('\n');
    expect(problemsOf(`${HEAD}a: &a x\nslots:\n${aliases}\n`).join()).toContain('there are more than 50000 values');
  });

  it.each([
    ['brackets', '['.repeat(100_000)],
    ['braces', '{a: '.repeat(100_000)],
    ['lists', '- '.repeat(100_000)],
    ['names', Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['brackets that are closed', `a: ${'['.repeat(60)}${']'.repeat(60)}`],
  ])('with endless %s is refused and brings nobody down', (_, text) => expect(problemsOf(text).join()).toContain('wish-malformed'));

  it.each([
    ['{ "formatVersion": 1, }', 'wish.json:1:'],
    ["{ 'formatVersion': 1 }", 'wish.json:1:3 wish-malformed: it is no JSON'],
    ['{ "formatVersion": 1,\n  "slots": [{ "fid": "0x17", "state": "standby", "x": 1 }] }', "wish.json:2:50 wish-malformed: there is no 'x' here"],
    ['{ "formatVersion": 1,\n  "slots": [], "slots": [] }', "wish.json:2:16 wish-malformed: 'slots' is there twice"],
  ])('in JSON %j is refused as well', (text, told) => expect(problemsOf(text, 'wish.json').join('\n')).toContain(told));

  it('is never led to anything but a refusal with a place by text that is cut anywhere', () => {
    const text = `${HEAD}slots:\n  - { fid: 0x17, state: standby }\nfunctions:\n  - function: { match: { vendor: "0x8086", device: "0x10c9" } }\n    persist: true\n`;
    for (let end = 0; end < text.length; end += 1) {
      try {
        readTree({ name: 'cut.yaml', text: text.slice(0, end) });
      } catch (error) {
        expect(error).toBeInstanceOf(HostdevError);
        expect((error as HostdevError).location?.file).toBe('cut.yaml');
      }
    }
  });
});
