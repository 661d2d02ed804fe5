/** IBM Z: what hangs on which physical channel. PCHID, then port, then functions and slots that are on standby, by function id. */
import { functionNode, type HostNode, type ListedFunction, type ListedSlot, slotNode } from './node.ts';
import { byPhysicalFunction, virtualNode } from './virtual.ts';

interface Placed {
  readonly pchid: string | null;
  readonly port: number | null;
  readonly fid: string;
  readonly type: string | null;
  readonly node: HostNode;
}

/** Whether a host is of that kind: it has slots, or functions with a function id. */
export function hasChannels(functions: readonly ListedFunction[], slots: readonly ListedSlot[]): boolean {
  return slots.length > 0 || functions.some(({ fid }) => fid !== null);
}

export function channelTree(functions: readonly ListedFunction[], slots: readonly ListedSlot[]): readonly HostNode[] {
  const virtual = byPhysicalFunction(functions);
  const summedUp = new Set([...virtual.values()].flat());
  const typeOf = new Map(slots.map(({ fid, functionType }) => [fid, functionType]));
  const shown = functions.filter((each) => !summedUp.has(each));
  const there = new Set(functions.map(({ fid }) => fid));
  const placed: Placed[] = [
    ...shown.map((each) => {
      const below = virtual.get(each.hostAddress);
      const node = functionNode(each, below === undefined ? [] : [virtualNode(each.hostAddress, below)]);
      return { ...each, fid: each.fid ?? each.hostAddress, type: typeOf.get(each.fid ?? '') ?? each.deviceName, node };
    }),
    ...slots.filter(({ fid }) => !there.has(fid)).map((slot) => ({ ...slot, type: slot.functionType ?? slot.deviceName, node: slotNode(slot) })),
  ];
  const channels = groupBy(placed.toSorted(byFid), ({ pchid }) => pchid);
  return [...channels].toSorted(([a], [b]) => compare(a, b)).map(([pchid, on]) => channelNode(pchid, on));
}

function channelNode(pchid: string | null, on: readonly Placed[]): HostNode {
  const ports = [...groupBy(on, ({ port }) => port)].toSorted(([a], [b]) => (a ?? -1) - (b ?? -1));
  const types = [...new Set(on.flatMap(({ type }) => (type === null ? [] : [type])))];
  const [only] = ports;
  const key = `pchid ${pchid ?? 'unknown'}`;
  const words = [types.join(', '), ports.length === 1 && only?.[0] !== null && only !== undefined ? `port ${only[0]}` : ''].filter((each) => each !== '');
  const children =
    ports.length === 1
      ? on.map(({ node }) => node)
      : ports.flatMap(([port, there]): readonly HostNode[] =>
          port === null ? there.map(({ node }) => node) : [{ kind: 'port', key: `${key} port ${port}`, port, children: there.map(({ node }) => node) }],
        );
  return { kind: 'channel', key, pchid, words: words.join(' · '), children };
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): ReadonlyMap<Key, readonly Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function byFid(a: Placed, b: Placed): number {
  return compare(a.fid, b.fid);
}

/** What has none comes last. */
function compare(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
}
