/** Which libraries a program or library asks the loader for (System V ABI, "Dynamic Section"). 64 bits, either byte order. */
const MAGIC = 0x7f454c46;
const LOAD = 1;
const DYNAMIC = 2;
const NEEDED = 1n;
const STRINGS = 5n;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly size: number;
}

/**
 * Names as they are asked for: `libc.so.6`.
 *
 * @throws when the bytes are no program of 64 bits.
 */
export function parseNeeded(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint32(0) !== MAGIC || bytes[4] !== 2) throw new Error('this is no ELF file of 64 bits');
  const little = bytes[5] === 1;
  const long = (at: number): bigint => view.getBigUint64(at, little);
  const [table, size, count] = [Number(long(32)), view.getUint16(54, little), view.getUint16(56, little)];
  const segments = Array.from({ length: count }, (_, i): Segment => {
    const at = table + i * size;
    return { type: view.getUint32(at, little), offset: Number(long(at + 8)), address: long(at + 16), size: Number(long(at + 32)) };
  });
  const dynamic = segments.find(({ type }) => type === DYNAMIC);
  if (dynamic === undefined) return [];
  const entries: [tag: bigint, value: bigint][] = [];
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) entries.push([long(at), long(at + 8)]);
  const address = entries.find(([tag]) => tag === STRINGS)?.[1] ?? 0n;
  const holder = segments.find((one) => one.type === LOAD && address >= one.address && address < one.address + BigInt(one.size));
  const strings = holder === undefined ? 0 : holder.offset + Number(address - holder.address);
  return entries.flatMap(([tag, value]) => (tag === NEEDED ? [textAt(bytes, strings + Number(value))] : []));
}

function textAt(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.subarray(at, bytes.indexOf(0, at))).toString('latin1');
}
