/** A machine as it will be: what a plan writes that is not carried out yet, laid over what there is. Where more would follow than is written, only the kernel knows it. */
import { attributesThrough, type HostPort } from './port.ts';

/** Paths that will be otherwise; null for what will be gone. */
export interface Projection {
  readonly texts: ReadonlyMap<string, string | null>;
  readonly links: ReadonlyMap<string, string>;
}

/** The port to that machine. It is for looking: what is written through it goes to the machine as it is. */
export function projectedPort(port: HostPort, { texts, links }: Projection): HostPort {
  const encoder = new TextEncoder();
  const read: HostPort['read'] = async (path, limit) => {
    const text = texts.get(path);
    if (text === undefined) return port.read(path, limit);
    return text === null ? undefined : encoder.encode(text).subarray(0, limit);
  };
  return {
    ...port,
    read,
    attributes: (directory, names) =>
      names.some((name) => texts.has(`${directory}/${name}`)) ? attributesThrough(read)(directory, names) : port.attributes(directory, names),
    readlink: async (path) => links.get(path) ?? port.readlink(path),
    list: async (path) => {
      const there = await port.list(path);
      const inside = [...texts].filter(([each]) => each.startsWith(`${path}/`) && !each.slice(path.length + 1).includes('/'));
      if (inside.length === 0) return there;
      const gone = new Set(inside.flatMap(([each, text]) => (text === null ? [each.slice(path.length + 1)] : [])));
      const come = inside.flatMap(([each, text]) => (text === null ? [] : [each.slice(path.length + 1)]));
      return [...new Set([...(there ?? []).filter((name) => !gone.has(name)), ...come])].toSorted();
    },
  };
}
