/** All keys at one revision as a file: a line for each. */
import type { Entry } from '../store/store.ts';
import { damaged } from './damage.ts';
import { seal, unseal } from './sealed.ts';

export function encodeSnapshot(entries: readonly Entry[]): Buffer {
  const line = ({ key, created, modified, value }: Entry): string =>
    `${JSON.stringify([key, `${created}`, `${modified}`, Buffer.from(value).toString('base64')])}\n`;
  return seal('snapshot', entries.map(line).join(''));
}

/** @throws HostdevError `fleet-damaged`, `fleet-newer` */
export function decodeSnapshot(bytes: Buffer, path: string): Entry[] {
  const body = unseal('snapshot', bytes, path);
  try {
    return body.split('\n').slice(0, -1).map(asEntry);
  } catch (error) {
    throw damaged(path, (error as Error).message);
  }
}

function asEntry(line: string): Entry {
  const [key, created, modified, value] = JSON.parse(line) as readonly unknown[];
  if (typeof key !== 'string' || typeof created !== 'string' || typeof modified !== 'string' || typeof value !== 'string')
    throw new Error('a line is no entry');
  return { key, created: BigInt(created), modified: BigInt(modified), value: new Uint8Array(Buffer.from(value, 'base64')) };
}
