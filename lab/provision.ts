/** Makes what the laboratory needs and does not have yet, or the parts that are named, with its progress shown, before its tests begin. */
import { type LabPart, LAB_PARTS, labReason } from './reason.ts';
import { inParallel } from './debian/parallel.ts';
import { toolsDirectory } from './debian/tools.ts';
import { wordsOf } from '../test/skip.ts';

async function provision(part: LabPart): Promise<boolean> {
  const begin = Date.now();
  const words = wordsOf(await labReason(part));
  const took = `${((Date.now() - begin) / 1000).toFixed(1)} s`;
  process.stdout.write(words === '' ? `ready   ${part}  ${took}\n` : `MISSING ${part}: ${words}\n`);
  return words === '';
}

await toolsDirectory().catch((error: unknown) => process.stdout.write(`MISSING tools: ${(error as Error).message}\n`));
// What is missing is said again, and judged, where a test needs it.
const named = process.argv.slice(2);
// Two at once: most of the time goes by while a host boots, which keeps one processor.
await inParallel(
  2,
  LAB_PARTS.filter((each) => named.length === 0 || named.includes(each)),
  provision,
);
