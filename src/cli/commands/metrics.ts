/** `hostdev metrics`: numbers of a host as Prometheus reads them, printed or in a file. */
import { readMetrics } from '../../app/metrics.ts';
import { HostdevError } from '../../errors.ts';
import { formatMetrics } from '../../metrics/text-format.ts';
import { answerItems } from '../answer.ts';
import type { Options } from '../command/table.ts';
import { type Io, printProblem } from '../io.ts';
import { journalOf, machineContext } from '../machine.ts';
import { type OutputFile, requireWritable, writeOutput } from '../output-file.ts';
import { VERSION } from '../version.ts';

export async function metrics(io: Io, flags: Options<'metrics'>): Promise<number> {
  const file = outputFile(flags);
  if (file !== undefined) await requireWritable(file);
  const context = await machineContext(io.machine, flags);
  const { families, problems } = await readMetrics(context, {
    version: VERSION,
    now: new Date().toISOString(),
    stateDirectory: journalOf(io.machine, flags),
  });
  for (const problem of problems) printProblem(io, problem);
  if (flags.json === true) answerItems(io, 'metrics', families);
  else if (file === undefined) io.document(formatMetrics(families));
  else await writeOutput(file, formatMetrics(families));
  return 0;
}

/** node_exporter runs as another user, and reads `*.prom`; what is written beside it until it is whole is called otherwise. */
function outputFile({ output, json }: Options<'metrics'>): OutputFile | undefined {
  if (output === undefined) return undefined;
  if (json === true) throw new HostdevError('option-conflict', '--json prints the numbers, and --output names a file', { hint: 'leave one of them out' });
  if (!output.endsWith('.prom')) {
    throw new HostdevError('option-conflict', `--output ${output}: node_exporter's textfile collector reads only files that end with .prom`, {
      subject: output,
      hint: 'name one that does, or print the numbers: hostdev metrics > FILE',
    });
  }
  return { name: output, mode: 0o644, hint: 'name another file, or leave --output out to have the numbers printed' };
}
