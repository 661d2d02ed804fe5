import { describe, expect, it } from 'vitest';
import { type EtcdCondition, problemsOf } from './condition.ts';

const GOOD: EtcdCondition = { version: '3.5.16', size: 1n, revision: 100_000n, compacted: true, rights: true, alarms: [] };

describe('what is said of an etcd before a fleet relies on it', () => {
  it.each<[string, Partial<EtcdCondition>, readonly string[]]>([
    ['of one that is as it should be', {}, []],
    ['of one that is as old as may be', { version: '3.4.0', rights: null }, []],
    ['of one that is too old', { version: '3.3.27' }, ['error fleet-etcd-old']],
    ['of one whose version cannot be read', { version: 'unknown' }, ['error fleet-etcd-old']],
    ['of one that is newer than all we know', { version: '4.0.0-rc.1' }, []],
    ['of one that is full', { alarms: ['NOSPACE'] }, ['error fleet-full']],
    ['of one that asks nobody for rights', { rights: false }, ['warning fleet-rights-off']],
    ['of one that has forgotten nothing, although much was written', { compacted: false }, ['warning fleet-history']],
    ['of one that has forgotten nothing, and is new', { compacted: false, revision: 10n }, []],
    [
      'of one with all of it',
      { ...GOOD, version: '3.3.0', compacted: false, rights: false, alarms: ['NOSPACE'] },
      ['error fleet-etcd-old', 'error fleet-full', 'warning fleet-rights-off', 'warning fleet-history'],
    ],
  ])('%s', (_, condition, said) => {
    expect(problemsOf({ ...GOOD, ...condition }).map(({ severity, code }) => `${severity} ${code}`)).toEqual(said);
  });
});
