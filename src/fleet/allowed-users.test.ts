import { expect, it } from 'vitest';
import { parseAllowedUsers } from './allowed-users.ts';

it.each([
  ['reader=grafana', [{ role: { kind: 'reader' }, user: 'grafana' }]],
  ['host:kvm1=kvm1.example.org', [{ role: { kind: 'host', host: 'kvm1' }, user: 'kvm1.example.org' }]],
  ['host:z1:8561-02-12345=z1', [{ role: { kind: 'host', host: 'z1', serial: '8561-02-12345' }, user: 'z1' }]],
  [
    'claimer=nova, administrator=alice',
    [
      { role: { kind: 'claimer' }, user: 'nova' },
      { role: { kind: 'administrator' }, user: 'alice' },
    ],
  ],
])('%s says who may do what', (text, expected) => {
  expect(parseAllowedUsers(text)).toEqual(expected);
});

it.each([
  '',
  'reader',
  'reader=',
  '=grafana',
  'root=alice',
  'host=kvm1',
  'host:KVM1=kvm1',
  'host:kvm1:a/b=kvm1',
  'host:a:b:c=d',
  'reader=two words',
  `reader=${'x'.repeat(65)}`,
])('%j is refused', (text) => {
  expect(() => parseAllowedUsers(text)).toThrow(expect.objectContaining({ code: 'usage' }));
});
