/** A virtio port of an emulated host, as a program inside has it: lines come, lines go. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

const PORTS = '/sys/class/virtio-ports';
const RETRY_MS = 50;

export interface VirtioPort {
  readonly lines: AsyncIterable<string>;
  /** Lines do not run into each other. */
  readonly write: (line: string) => void;
}

export async function openVirtioPort(name: string): Promise<VirtioPort> {
  // A console has no name.
  const nameOf = (each: string): string => (existsSync(`${PORTS}/${each}/name`) ? readFileSync(`${PORTS}/${each}/name`, 'utf8').trim() : '');
  const device = readdirSync(PORTS).find((each) => nameOf(each) === name);
  if (device === undefined) throw new Error(`the emulated host has no virtio port called ${name}`);
  const port = await open(`/dev/${device}`, 'r+');
  let written = Promise.resolve();
  return {
    lines: linesOf(port),
    // Not write(): the port takes 32 KiB at a time.
    write: (line) => void (written = written.then(() => port.writeFile(`${line}\n`))),
  };
}

async function* linesOf(port: FileHandle): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  const buffer = Buffer.alloc(65_536);
  let rest = '';
  for (;;) {
    const { bytesRead } = await port.read(buffer, 0, buffer.length, null);
    // Nobody is connected.
    if (bytesRead === 0) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    const lines = (rest + decoder.write(buffer.subarray(0, bytesRead))).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
