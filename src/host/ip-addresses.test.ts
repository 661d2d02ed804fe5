import { describe, expect, it } from 'vitest';
import { parseIpAddresses } from './ip-addresses.ts';

const OF_IPROUTE2 = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
    inet6 ::1/128 scope host noprefixroute
       valid_lft forever preferred_lft forever
2: eno1: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group default qlen 1000
    link/ether 52:54:00:12:34:56 brd ff:ff:ff:ff:ff:ff
    altname enp3s0
    inet 192.0.2.1/24 brd 192.0.2.255 scope global eno1
       valid_lft forever preferred_lft forever
    inet 192.0.2.2/24 scope global secondary eno1
       valid_lft forever preferred_lft forever
3: veth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default
    link/ether 52:54:00:12:34:57 brd ff:ff:ff:ff:ff:ff link-netnsid 0
    inet6 2001:db8::7/64 scope global tentative
       valid_lft forever preferred_lft forever
4: eno2.7@eno2: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noop state DOWN group default qlen 1000
    link/ether 52:54:00:12:34:58 brd ff:ff:ff:ff:ff:ff
5: tun0: <POINTOPOINT,NOARP> mtu 1500 qdisc noop state DOWN group default qlen 500
    link/none
    inet 10.0.0.1 peer 10.0.0.2/32 scope global tun0
       valid_lft forever preferred_lft forever
`;

const OF_BUSYBOX = `2: eth0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop qlen 1000
    link/ether 52:54:00:12:34:56 brd ff:ff:ff:ff:ff:ff
    inet 198.51.100.7/24 scope global eth0
       valid_lft forever preferred_lft forever
`;

describe('what ip(8) prints has the addresses of interfaces', () => {
  it.each<[string, string, Record<string, string[]>]>([
    [
      'of iproute2, also of those that are down',
      OF_IPROUTE2,
      { lo: ['127.0.0.1', '::1'], eno1: ['192.0.2.1', '192.0.2.2'], veth0: ['2001:db8::7'], tun0: ['10.0.0.1'] },
    ],
    ['of busybox', OF_BUSYBOX, { eth0: ['198.51.100.7'] }],
    ['where there are none', '', {}],
  ])('%s', (_, text, expected) => {
    expect(Object.fromEntries(parseIpAddresses(text))).toEqual(expected);
  });
});
