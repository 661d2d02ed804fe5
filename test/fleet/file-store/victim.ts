/** A process that writes to a store, and kills itself before one call to the disk: `victim DIRECTORY CALL`. */
import { openFileStore } from '../../../src/fleet/file-store/file-store.ts';
import { faultyDisk } from './faulty-disk.ts';
import { PAIR } from './pair.ts';

const [, , directory = '', last = ''] = process.argv;

const disk = faultyDisk();
let calls = 0;
disk.watch((call) => {
  calls += 1;
  if (calls !== Number(last)) return;
  process.stdout.write(`${call}\n`);
  process.kill(process.pid, 'SIGKILL');
});
const store = await openFileStore(directory, disk);
const answer = await store.commit(PAIR);
process.stdout.write(`${answer.outcome} after ${calls} calls\n`);
await store.close();
