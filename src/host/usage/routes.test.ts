import { describe, expect, it } from 'vitest';
import { type Route, routeTo } from './routes.ts';

const route = (name: string, network: string, prefix: number, metric = 100): Route => ({
  interface: name,
  family: network.includes(':') ? 'ipv6' : 'ipv4',
  network,
  prefix,
  metric,
});

const ROUTES = [
  route('eno1', '0.0.0.0', 0, 100),
  route('wlan0', '0.0.0.0', 0, 600),
  route('eno2', '10.0.0.0', 8),
  route('eno3', '10.1.0.0', 16),
  route('eno4', '2001:db8::', 32),
];

describe('the interface that carries packets to an address', () => {
  it.each([
    ['the default route with the lowest metric', '198.51.100.1', 'eno1'],
    ['a network', '10.2.3.4', 'eno2'],
    ['the longest of several prefixes', '10.1.3.4', 'eno3'],
    ['IPv6', '2001:db8::7', 'eno4'],
    ['IPv6 in brackets, with a zone', '[2001:db8::7%eno4]', 'eno4'],
    ['no route at all', '2001:db9::7', undefined],
    ['a name instead of an address', 'nas.example.org', undefined],
  ])('%s', (_, address, expected) => {
    expect(routeTo(ROUTES, address)).toBe(expected);
  });
});
