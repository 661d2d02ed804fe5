import { describe, expect, it } from 'vitest';
import { HostdevError } from '../errors.ts';
import { parseSnapshot } from './snapshot.ts';

const SECOND = {
  format: 'hostdev-snapshot',
  version: 2,
  made: '2026-01-01T00:00:00Z',
  redacted: false,
  files: { '/proc/version': { text: 'Linux' }, '/sys/bus/pci/devices/0000:01:00.0/config': { base64: 'AAEC' } },
  links: { '/sys/bus/pci/devices/0000:01:00.0/driver': '../drivers/igb' },
  directories: { '/proc': ['1', '2'] },
  addresses: { eth0: ['192.0.2.7'] },
  sessionAddress: '192.0.2.7',
  claims: { '/dev/sda': 'claimed' },
  reader: { uid: 0, byteOrder: 'little' },
  refused: { '/proc/1/fd': 'EACCES' },
};
const { reader: _, refused: __, ...WITHOUT } = SECOND;
/** As 0.1.0 wrote it. */
const FIRST = { ...WITHOUT, version: 1, sessionAddress: null };

function refusal(text: string): { message: string; hint: string | undefined } {
  try {
    parseSnapshot(text, 'host.json');
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    const { code, subject, message, hint } = error.toProblem();
    expect([code, subject, message.startsWith('host.json: ')]).toEqual(['snapshot-malformed', 'host.json', true]);
    return { message: message.slice('host.json: '.length), hint };
  }
  throw new Error('it was taken');
}

describe('a snapshot', () => {
  it.each<[string, object]>([
    ['is read', SECOND],
    ['of 0.1.0 has no reader and nothing that was refused', FIRST],
    ['of 0.1.0 may have both', { ...SECOND, version: 1 }],
    ['may be of a machine where nobody came in from elsewhere', { ...SECOND, sessionAddress: null }],
    ['may be redacted', { ...SECOND, redacted: true }],
    ['may be of a machine of the other byte order, read by somebody', { ...SECOND, reader: { uid: 1000, byteOrder: 'big' } }],
    ['may have every kind of claim', { ...SECOND, claims: { a: 'free', b: 'claimed', c: 'unreadable', d: 'not asked' } }],
    ['may have something of a later hostdev in it', { ...SECOND, more: 1 }],
  ])('%s', (_, value) => {
    expect(parseSnapshot(JSON.stringify(value), 'host.json')).toMatchObject(value);
  });

  it('may begin with the mark of an editor', () => {
    expect(parseSnapshot(`\uFEFF${JSON.stringify(SECOND)}`, 'host.json').made).toBe('2026-01-01T00:00:00Z');
  });

  const MAKE = 'make it on the other host: hostdev snapshot > host.json';
  const READER = 'reader is missing: who read the machine, in which byte order';
  const WHEN = 'it does not say when it was made, and whether it is redacted';
  const without = (name: string): object => Object.fromEntries(Object.entries(SECOND).filter(([key]) => key !== name));
  it.each<[unknown, string]>([
    [null, 'not a snapshot of a host'],
    [[], 'not a snapshot of a host'],
    ['hostdev-snapshot', 'not a snapshot of a host'],
    [{ ...SECOND, format: 'hostdev' }, 'not a snapshot of a host'],
    [without('version'), 'its version is no number that hostdev writes'],
    [{ ...SECOND, version: 0 }, 'its version is no number that hostdev writes'],
    [{ ...SECOND, version: 2.5 }, 'its version is no number that hostdev writes'],
    [{ ...SECOND, version: '3' }, 'its version is no number that hostdev writes'],
    ...['files', 'links', 'directories', 'addresses', 'claims'].flatMap((name): [unknown, string][] => [
      [without(name), `${name} is missing`],
      [{ ...SECOND, [name]: [] }, `${name} is missing`],
      [{ ...SECOND, [name]: { '/x': 1 } }, `${name}: /x is not what it should be`],
    ]),
    [{ ...SECOND, files: { '/x': {} } }, 'files: /x is not what it should be'],
    [{ ...SECOND, files: { '/x': { text: 1 } } }, 'files: /x is not what it should be'],
    [{ ...SECOND, files: { '/x': { base64: 1 } } }, 'files: /x is not what it should be'],
    [{ ...SECOND, files: { '/ok': { text: '' }, '/x': { base64: 'A*' } } }, 'files: /x is not what it should be'],
    [{ ...SECOND, directories: { '/x': ['a', 1] } }, 'directories: /x is not what it should be'],
    [{ ...SECOND, claims: { '/x': 'lost' } }, 'claims: /x is not what it should be'],
    [without('sessionAddress'), 'sessionAddress is no text'],
    [{ ...SECOND, sessionAddress: 7 }, 'sessionAddress is no text'],
    [without('made'), WHEN],
    [{ ...SECOND, made: 7 }, WHEN],
    [{ ...SECOND, redacted: 'no' }, WHEN],
    [without('reader'), READER],
    [{ ...SECOND, reader: {} }, READER],
    [{ ...SECOND, reader: { uid: '0', byteOrder: 'little' } }, READER],
    [{ ...SECOND, reader: { uid: 0, byteOrder: 'middle' } }, READER],
    [{ ...FIRST, reader: 7 }, READER],
    [without('refused'), 'refused is missing'],
    [{ ...SECOND, refused: ['/x'] }, 'refused is missing'],
    [{ ...SECOND, refused: { '/x': 13 } }, 'refused is missing'],
    [{ ...FIRST, refused: 7 }, 'refused is missing'],
  ])('is not %j', (value, message) => {
    expect(refusal(JSON.stringify(value))).toEqual({ message, hint: MAKE });
  });

  it('is not what is no JSON', () => {
    expect(refusal('{')).toEqual({ message: expect.stringMatching(/^not JSON: ./) as string, hint: MAKE });
  });

  it('of a later hostdev is named as that', () => {
    expect(refusal(JSON.stringify({ ...SECOND, version: 3 }))).toEqual({
      message: 'it is of version 3, and this hostdev knows versions up to 2',
      hint: 'look at it with the hostdev that made it, or a newer one',
    });
  });
});
