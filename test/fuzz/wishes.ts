/** Any wish: commands with words and values that nobody would write are refused with a word, and never carried out by half. */
import fc from 'fast-check';
import { COMMANDS } from '../../src/cli/command/table.ts';
import { hostdev } from '../capture.ts';
import { KINDS } from '../verdicts/kinds-of-functions.ts';
import { fuzzTarget } from './fuzz.ts';
import { machineAt, PORT, requireAnswer } from './machines.ts';

/** Those that wait for something are not asked, and options that lead to another machine or wait are not given. */
const NAMES = Object.keys(COMMANDS).filter((name) => name !== 'watch') as (keyof typeof COMMANDS)[];
const ELSEWHERE = /--(connect|root|host|wait|capabilities)\b/;

const VALUES = [
  ...Object.values(KINDS),
  '',
  ' ',
  '-',
  '-1',
  '0',
  '1',
  '99999999999999999999',
  '1e3',
  '0x17',
  'fid=0x17',
  'uid=0x2',
  'uid=zz',
  'pchid=0x128',
  '2:0.0',
  'pci_0002_00_00_0',
  '0000:ff:1f.7',
  '00:00',
  'nobody',
  'guest.xml',
  '9.0',
  '9.0,12.8',
  'vfio-pci',
  'igb',
  '52:54:00:00:00:01',
  '01:00:5e:00:00:01',
  '4095',
  'on',
  'off',
  'yes',
  'json',
  '__proto__',
  'constructor',
  '\u001B[31m',
  'a\nb',
  'x'.repeat(2000),
] as const;

const value = fc.constantFrom(...VALUES);

function wordsOf(name: keyof typeof COMMANDS): fc.Arbitrary<readonly string[]> {
  const { options } = COMMANDS[name];
  const flags = options.map(({ flags: all }) => all).filter((all) => !ELSEWHERE.test(all));
  const option = (all: string): fc.Arbitrary<string[]> => {
    const [, flag = '', argument] = /(--[\w-]+)( <|)/.exec(all) ?? [];
    return argument === ''
      ? fc.constant([flag])
      : fc.oneof(
          value.map((each) => [flag, each]),
          value.map((each) => [`${flag}=${each}`]),
        );
  };
  const some = flags.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...flags).chain(option), { maxLength: 4 });
  const always = options.some(({ flags: all }) => all === '--dry-run') ? ['--dry-run'] : [];
  return fc.tuple(fc.array(value, { maxLength: 4 }), some).map(([words, given]) => [...name.split(' '), ...words, ...given.flat(), ...always]);
}

const wish = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES).chain(wordsOf) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.oneof(value, fc.constantFrom(...NAMES), fc.constantFrom('--json', '--dry-run', '--help', '--version', '--')), { maxLength: 5 })
      .map((words) => [...words, '--dry-run']),
  },
);

export const wishes = fuzzTarget('what somebody may ask for', wish, async (words) => requireAnswer(words, await hostdev(words, '', machineAt(PORT))), 6);
