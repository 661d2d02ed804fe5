import { detachFromFile } from '../../app/attach.ts';
import { readDomainFile } from '../../app/domain-file.ts';
import type { Io } from '../io.ts';
import { parseAddresses } from '../options.ts';
import { refuseStdin, reportChange } from './attach.ts';

export async function detach(io: Io, guest: string, words: readonly string[], options: { json?: boolean; dryRun?: boolean }): Promise<number> {
  const addresses = parseAddresses(words);
  refuseStdin(guest, options.dryRun === true);
  const file = await readDomainFile(guest, io.stdin);
  io.catchSignals();
  const change = await detachFromFile(file, addresses, options.dryRun === true);
  reportChange(io, { verb: 'detached from', guest: file.name, addresses, change, json: options.json === true });
  return 0;
}
