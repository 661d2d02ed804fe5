/** A process that adds to a counter by comparing it: `counter DIRECTORY TIMES`. Prints how often that was done. */
import { openFileStore } from '../../../src/fleet/file-store/file-store.ts';

const [, , directory = '', times = ''] = process.argv;

const store = await openFileStore(directory);
const bytes = (number: number): Uint8Array => new TextEncoder().encode(`${number}`);
let done = 0;
while (done < Number(times)) {
  const [entry] = (await store.get(['counter/a'])).entries;
  const next = bytes(Number(new TextDecoder().decode(entry?.value)) + 1);
  const answer = await store.commit({
    compares: [entry === undefined ? { kind: 'absent', key: 'counter/a' } : { kind: 'modified', key: 'counter/a', revision: entry.modified }],
    operations: [
      { kind: 'put', key: 'counter/a', value: next },
      { kind: 'put', key: 'counter/b', value: next },
    ],
  });
  if (answer.outcome === 'unclear') throw new Error(answer.why);
  if (answer.outcome === 'done') done += 1;
}
await store.close();
process.stdout.write(`${done}\n`);
