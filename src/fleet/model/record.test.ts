import { describe, expect, it } from 'vitest';
import { claimOf, hostRecord, mappingOf, publishedOf } from '../../../test/fleet/fleet-records.ts';
import { formatFunctionKey, parseFunctionKey } from './keys.ts';
import { CLAIM, HOST, MAPPING, type RecordKind, REQUEST, RESERVATION } from './record-kinds.ts';
import { formatRecord, readEntry, readRecord, readUnless } from './record.ts';
import type { Problem } from '../../errors.ts';
import type { Claim } from './records.ts';
import { transition } from './transition.ts';

const claim = claimOf(publishedOf(0)).record;
const AT = { key: 'hostdev/v1/claims/x', created: 3n, modified: 4n };
const read = (value: unknown, kind: RecordKind<unknown> = CLAIM): unknown =>
  readRecord(AT, typeof value === 'string' ? value : JSON.stringify(value), kind).record;

describe('records', () => {
  it.each<[string, RecordKind<unknown>, object]>([
    ['a claim', CLAIM, claim],
    ['a claim that keeps ids', CLAIM, { ...claim, zpci: { uid: '0x0021', fid: '0x00000000' } }],
    ['an id that is kept', RESERVATION, { version: 1, function: claim.function, request: 'r1', host: 'kvm1', guest: 'web' }],
    ['a host with ids of its guests', HOST, hostRecord([], { guestIds: { uid: ['0x0001'], fid: ['0x00000000'] } })],
    ['a mapping', MAPPING, mappingOf([{ ids: '10de:*', numaNode: 1 }]).record],
    ['a host', HOST, hostRecord([publishedOf(0), publishedOf(1)])],
    ['a request', REQUEST, { version: 1, request: 'r1', what: 'gpu-a10', guest: 'web', by: 'alice', at: '2026-11-26T09:00:00Z' }],
  ])('of %s are read as they were written', (_, kind, record) => {
    expect(read(record, kind)).toEqual(record);
  });

  it('keep what a newer writer has added, also when a step of theirs is written back', () => {
    const newer = { ...claim, priority: 7, fence: { kind: 'watchdog' } };
    const kept = readRecord(AT, JSON.stringify(newer), CLAIM);
    const [operation] = transition([kept], { to: 'attaching', hand: 'host', host: 'kvm1' }).operations;
    const value = operation?.kind === 'put' ? operation.value : new Uint8Array();
    expect(JSON.parse(new TextDecoder().decode(value))).toEqual({ ...newer, state: 'attaching' });
  });

  it.each([
    ['', 'no JSON'],
    ['[]', 'no object'],
    ['null', 'no object'],
    ['{}', 'no version'],
    [{ ...claim, version: 0 }, 'no version'],
    [{ ...claim, version: '1' }, 'no version'],
    [{ ...claim, state: 'gone' }, '.state is none of claimed, attaching'],
    [{ ...claim, guest: undefined }, '.guest is missing'],
    [{ ...claim, guest: 7 }, '.guest is no text'],
    [{ ...claim, guest: 'w'.repeat(257) }, '.guest has more than 256 characters'],
    [{ ...claim, together: ['a', 7] }, '.together[1] is no text'],
    [{ ...claim, together: Array.from({ length: 129 }, () => 'a') }, '.together has more than 128 entries'],
    [{ ...claim, together: 'a' }, '.together is no list'],
    [{ ...claim, zpci: { uid: '0x0000', fid: '0x00000000' } }, '.zpci.uid is no uid'],
    [{ ...claim, zpci: { uid: '0x0021/../..', fid: '0x00000000' } }, '.zpci.uid is no uid'],
    [{ ...claim, zpci: { uid: '0x0021', fid: '0x21' } }, '.zpci.fid is no fid'],
    [{ ...claim, zpci: { uid: '0x0021' } }, '.zpci.fid is missing'],
    ['{"version":1,"__proto__":{"guest":"web"}}', '.request is missing'],
  ])('are refused where they say %s', (value, why) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ code: 'fleet-record-malformed', message: expect.stringContaining(why) as unknown }));
  });

  it.each([
    ['numaNode', -1, '.match[0].numaNode is no whole number'],
    ['numaNode', 1.5, '.match[0].numaNode is no whole number'],
    ['ids', 7, '.match[0].ids is no text'],
  ])('of mappings are refused where %s is %s', (name, value, why) => {
    expect(() => read({ ...mappingOf([]).record, match: [{ [name]: value }] }, MAPPING)).toThrow(why);
  });

  it('of a newer version are refused by that name, and with what to do', () => {
    expect(() => read({ ...claim, version: 2 })).toThrow(
      expect.objectContaining({
        code: 'fleet-record-newer',
        message: expect.stringContaining('version 2') as unknown,
        hint: expect.stringContaining('install') as unknown,
      }),
    );
  });

  it('that cannot be read are noted: they keep nobody from the others', async () => {
    const problems: Problem[] = [];
    const values = [formatRecord<Claim>(claim), new Uint8Array([0xff]), new Uint8Array(256 * 1024 + 1)];
    const kept = await Promise.all(values.map(async (value, at) => readUnless(problems, () => readEntry({ ...AT, key: `k${at}`, value }, CLAIM))));
    expect(kept.map((each) => each?.key)).toEqual(['k0', undefined, undefined]);
    expect(problems.map(({ subject, message }) => [subject, message.split(': ')[1]])).toEqual([
      ['k1', 'it is no UTF-8'],
      ['k2', 'it has more than 262144 bytes'],
    ]);
    await expect(readUnless(problems, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  });
});

describe('keys of functions', () => {
  it.each(['host/kvm1/0000:3b:00.0', 'host/kvm1/0000:3b:00.0/vf/3', 'cpc/8561-0123456/0000a0f1', 'host/a.b-c/10000:00:1f.7'])(
    '%s is read and written',
    (key) => {
      const read = parseFunctionKey(key);
      expect(read && formatFunctionKey(read)).toBe(key);
    },
  );

  it.each([
    '',
    'host/kvm1',
    'host//0000:3b:00.0',
    'host/KVM1/0000:3b:00.0',
    'host/kvm1/3b:00.0',
    'host/kvm1/0000:3b:00.0/vf/03',
    'host/kvm1/0000:3b:00.0/vf/',
    'cpc/x/1',
    'cpc//0000a0f1',
  ])('%j is none', (text) => {
    expect(parseFunctionKey(text)).toBeUndefined();
  });
});
