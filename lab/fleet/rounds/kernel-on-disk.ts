/** What a host has in guests, and its journal, as files: they outlive its process. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host, InGuest } from '../actors/host.ts';
import { isOnHost } from '../checker/stay.ts';
import { historyFile, openRecorder, readHistory } from '../history/recorder.ts';

export function hostOnDisk(name: string, directory: string): Host {
  const devices = join(directory, 'kernel', name);
  const journal = `journal-${name}`;
  mkdirSync(devices, { recursive: true });
  const { say } = openRecorder(directory, journal);
  const fileOf = ({ function: key, token }: InGuest): string => join(devices, `${token}-${encodeURIComponent(key)}`);
  return {
    name,
    kernel: {
      inGuests: () =>
        readdirSync(devices).map((file) => {
          const [, token = '0', key = ''] = /^(\d+)-(.*)$/.exec(file) ?? [];
          return { function: decodeURIComponent(key), guest: readFileSync(join(devices, file), 'utf8'), token: BigInt(token) };
        }),
      attach: (device) => writeFileSync(fileOf(device), device.guest),
      detach: (device) => rmSync(fileOf(device), { force: true }),
    },
    journal: {
      append: say,
      read: () => (existsSync(historyFile(directory, journal)) ? readHistory(historyFile(directory, journal)).filter(isOnHost) : []),
    },
  };
}
