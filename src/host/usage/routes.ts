/** The kernel's routing tables, as far as they tell which interface carries what. */
import { contains as networkContains, parseIp } from '../../state/ip-address.ts';
import { byteOrderOf } from '../byte-order.ts';
import type { ByteOrder } from '../../state/snapshot.ts';
import type { HostReader } from '../port.ts';

export interface Route {
  readonly interface: string;
  /** `ipv4` or `ipv6`; an IPv6 address mapped from IPv4 counts as IPv4. */
  readonly family: 'ipv4' | 'ipv6';
  /** Network address in the usual notation. */
  readonly network: string;
  readonly prefix: number;
  readonly metric: number;
}

/** Unusable: unreachable, prohibited, or the kernel's own reject routes. */
const RTF_REJECT = 0x0200;

const TABLE_LIMIT = 4 * 1024 * 1024;

/** All routes of the main tables. */
export async function readRoutes(port: HostReader): Promise<Route[]> {
  const lines = async (path: string): Promise<string[]> => new TextDecoder().decode(await port.read(path, TABLE_LIMIT)).split('\n');
  const order = await byteOrderOf(port);
  const [four, six] = [await lines('/proc/net/route'), await lines('/proc/net/ipv6_route')];
  return [...four.slice(1).flatMap((line) => parseIpv4(line, order) ?? []), ...six.flatMap((line) => parseIpv6(line) ?? [])];
}

function parseIpv4(line: string, order: ByteOrder): Route | undefined {
  const [name = '', destination = '', , flags = '', , , metric = '', mask = ''] = line.split('\t');
  if (destination.length !== 8 || mask.trim().length !== 8 || (Number.parseInt(flags, 16) & RTF_REJECT) !== 0) return undefined;
  // Little-endian as the CPU that writes it, but the masks of both orders have the same bits.
  const prefix = [...Number.parseInt(mask, 16).toString(2)].filter((bit) => bit === '1').length;
  return { interface: name, family: 'ipv4', network: bytesOf(destination, order), prefix, metric: Number(metric) };
}

/** `0102A8C0` is 192.168.2.1 on a little-endian machine. Big-endian ones (IBM Z) write C0A80201. */
function bytesOf(hex: string, order: ByteOrder): string {
  const bytes = hex.match(/../g)?.map((each) => Number.parseInt(each, 16)) ?? [];
  return (order === 'big' ? bytes : bytes.reverse()).join('.');
}

function parseIpv6(line: string): Route | undefined {
  const [destination = '', prefix = '', , , , metric = '', , , flags = '', name = ''] = line.trim().split(/\s+/);
  // The kernel's own unreachable default is on lo.
  if (destination.length !== 32 || name === 'lo' || (Number.parseInt(flags, 16) & RTF_REJECT) !== 0) return undefined;
  const network = destination.match(/.{4}/g)?.join(':') ?? '';
  return { interface: name, family: 'ipv6', network, prefix: Number.parseInt(prefix, 16), metric: Number.parseInt(metric, 16) };
}

/** Interfaces of default routes. */
export function defaultRouteInterfaces(routes: readonly Route[]): Set<string> {
  return new Set(routes.filter(({ prefix }) => prefix === 0).map((route) => route.interface));
}

/** The interface that packets to an IP address leave by: longest prefix, then lowest metric. */
export function routeTo(routes: readonly Route[], address: string): string | undefined {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const parsed = parseIp(plain);
  if (parsed === undefined) return undefined;
  const family = parsed.length === 4 ? 'ipv4' : 'ipv6';
  const matching = routes.filter((route) => route.family === family && contains(route, plain));
  matching.sort((a, b) => b.prefix - a.prefix || a.metric - b.metric);
  return matching[0]?.interface;
}

function contains(route: Route, address: string): boolean {
  return route.prefix === 0 || networkContains({ network: route.network, prefix: route.prefix }, address);
}
